// What a run is measured against: the base model, every client trained alone, all data in one place. A pure function of the
// record; a reference that the run does not have is not in the list. Losses are per held-out token, over all clients together.
#pragma once

#include <QString>
#include <vector>

#include "ui/model/run_record.h"

namespace fedllm::ui {

struct Reference {
  enum class Kind { Base, Local, Centralised };
  Kind kind = Kind::Base;
  double loss = 0;
  double exact = 0;                    // NaN: not measured
};

std::vector<Reference> references(const RunRecord& record);
QString referenceName(Reference::Kind kind);   // "base", "local-only", "centralised"

}  // namespace fedllm::ui
