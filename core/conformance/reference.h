// What a method's result must hold, from the papers' formulas on whole matrices.
#pragma once

#include "conformance/problems.h"

namespace fedllm::conformance {

// The effective update of one module. `method` as in the conformance table.
Matrix reference(std::string_view method, const Problem& problem, size_t module, int round, const fed::Parameters& parameters);

// Which factor its clients must leave as it was.
Frozen frozen_in(std::string_view method, int round);

}  // namespace fedllm::conformance
