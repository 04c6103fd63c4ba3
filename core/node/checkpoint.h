// Checkpoint: what a run needs beside its adapter to go on after any kill as if nothing had happened: server optimizer
// state, what clients keep, hashes of what it was started with, and totals, so that the summary of a resumed run
// covers the whole run. A file beside the version's adapter (FORMAT.md, "run state"); only the newest is kept.
#pragma once

#include <limits>
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
  Measures initial_measures, latest_measures;
  // How much higher the base's loss is as it is held than as the file has it; NaN where it is held so or nothing is held out.
  std::map<std::string, TopicScores> references;  // "local", "centralised"; empty until the last round, or without them
  double precision_cost = std::numeric_limits<double>::quiet_NaN();
};

// What clients keep from round to round; those without are left out.
struct ClientStates {
  using ByClient = std::map<int, std::vector<float>>;
  ByClient residuals;   // what a lossy codec owes
  ByClient personal;    // FedSA-LoRA's B, in the order of a Parcel; Ditto's adapter
  ByClient variates;    // SCAFFOLD's c_k
};

struct Checkpoint {
  int round = 0;
  std::string dataset_hash, partition_hash, base_sha256;
  RunTotals totals;
  std::string server_optimizer;                 // ServerOptimizer::save_state
  ClientStates clients;
  std::vector<float> control;                   // SCAFFOLD's c; empty before the first round and without it
  std::map<int, int> ranks;                     // of clients that HetLoRA pruned
  std::string script_sha256;                    // of the program that aggregates; empty without one
};

std::string serialize_checkpoint(const Checkpoint& checkpoint);
// Truncated, damaged or newer bytes are DATA_LOSS or FAILED_PRECONDITION with expected and got.
Result<Checkpoint> parse_checkpoint(std::string_view bytes);

}  // namespace fedllm::node
