// The last line of `fedllm run`: one JSON object with run, state, rounds (committed), adapter_sha256, adapter_dir,
// initial_eval_loss, final_eval_loss, initial_eval_exact, final_eval_exact (topic -> {exact: share, n}; all held-out records
// together under the name of the label column, "all" without one), uplink/downlink payload and wire bytes, wall_s (pauses left
// out), peak_rss_bytes. What is not known is null.
#pragma once

#include <string>

#include "node/checkpoint.h"

namespace fedllm::node {

struct SummaryFacts {
  std::string run, state;
  int rounds = 0;
  std::string adapter_sha256, adapter_dir;  // empty: no version yet
  RunTotals totals;
  bool exact_match = true;
  std::string all_topic = "all";  // the label column where there is one
};

std::string summary_json(const SummaryFacts& facts);

}  // namespace fedllm::node
