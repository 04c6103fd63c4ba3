// Checkpoint: what a run needs beside its adapter to go on after any kill as if nothing had happened: server optimizer
// state, the clients' codec residuals, hashes of what it was started with, and totals, so that the summary of a resumed run
// covers the whole run. A file beside the version's adapter (FORMAT.md, "run state"); only the newest is kept.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/traffic.h"
#include "node/evaluation.h"

namespace fedllm::node {

struct RunTotals {
  net::TrafficCount traffic;
  int64_t uplink_modelled = 0, downlink_modelled = 0;
  double wall_s = 0;  // pauses left out
  int64_t peak_rss_bytes = 0;
  TopicScores initial_eval, latest_eval;  // of the base; of the last committed global adapter
};

struct Checkpoint {
  int round = 0;
  std::string dataset_hash, partition_hash, base_sha256;
  RunTotals totals;
  std::string server_optimizer;                 // ServerOptimizer::save_state
  std::map<int, std::vector<float>> residuals;  // by client; clients without one are left out
};

std::string serialize_checkpoint(const Checkpoint& checkpoint);
// Truncated, damaged or newer bytes are DATA_LOSS or FAILED_PRECONDITION with expected and got.
Result<Checkpoint> parse_checkpoint(std::string_view bytes);

}  // namespace fedllm::node
