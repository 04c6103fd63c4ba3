// The sentences that validate() and the core's statuses make, as templates: %1 to %8 stand for names and figures, %9 for a
// sentence of its own. The list is how the window speaks its own language about them (problem_text.h). A new sentence of
// the core gets a line here; tst_problem_text fails until it has one.
#pragma once

#include <vector>

namespace fedllm::ui {

struct Sentence {
  Sentence(const char* both) : said(both), shown(both) {}
  Sentence(const char* core, const char* window) : said(core), shown(window) {}
  const char* said;    // by the core, in English
  const char* shown;   // in the window, before translation (context "Problems")
};

const std::vector<Sentence>& sentences();
const std::vector<Sentence>& labSentences();      // those of rooms and memberships
const std::vector<Sentence>& doctorSentences();   // those of the connection doctor

}  // namespace fedllm::ui
