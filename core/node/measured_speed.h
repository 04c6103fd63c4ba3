// How long a local step took here before: the median over an earlier run with the same base model, batch size and length.
// 0 when there is none. Reads a few hundred events at most.
#pragma once

#include "ledger/ledger.h"
#include "spec/scenario.h"

namespace fedllm::node {

double measured_step_seconds(const ledger::Ledger& ledger, const spec::Scenario& scenario);

}  // namespace fedllm::node
