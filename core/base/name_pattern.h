// A regular expression as Python's `re` reads it, for the names of modules: what PEFT's configurations are written in.
// Literals, ., classes, \d \w \s \b, groups, |, greedy and lazy repeats, ^ $ \A \Z and lookahead; whatever else a pattern
// asks for (lookbehind, back references, flags) is INVALID_ARGUMENT by name. Text is bytes. Matching takes time in proportion
// to pattern times text (every state is tried once at every place), whatever the pattern. Immutable, any thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace fedllm {

class NamePattern {
 public:
  static Result<NamePattern> compile(std::string_view pattern);
  bool full_match(std::string_view text) const { return search(0, 0, text, true); }   // re.fullmatch
  bool match(std::string_view text) const { return search(0, 0, text, false); }       // re.match: from the start, to anywhere

  enum class Op : uint8_t { set, split, jump, look_ahead, look_ahead_not, begin, end, word_edge, no_word_edge, accept };
  struct Step {
    Op op = Op::accept;
    uint32_t to = 0, other = 0;    // split: both ways; jump: to; look: what comes after the assertion; set: which one
  };

 private:
  bool search(uint32_t from, size_t at, std::string_view text, bool whole) const;

  std::vector<Step> steps_;
  std::vector<std::bitset<256>> sets_;
};

}  // namespace fedllm
