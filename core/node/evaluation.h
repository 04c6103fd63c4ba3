// Evaluation: what is scored after every round and how. Topics are the label values of the held-out records ("" is all of
// them) and of the control files, which nobody trains. The choice of records is deterministic by seed and capped by
// evaluation.max_records and by a share of the run's training work, so that scoring stays near 15 % of the run's time.
// Scores are summed in record order in double: they do not depend on the number of workers. Losses in nats per token.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "data/example.h"
#include "node/pause_gate.h"
#include "node/worker_pool.h"
#include "train/backend.h"

namespace fedllm::node {

struct HeldOutRecord {
  data::Example example;
  std::string topic;
  bool control = false;
};

void add_score(train::Score& sum, const train::Score& one);
// topic -> score; "" sums every record that is not a control.
using TopicScores = std::map<std::string, train::Score>;
// evaluation.metrics of all held-out records: name -> mean.
using Measures = std::map<std::string, double>;

struct EvalSet {
  std::vector<HeldOutRecord> records;  // the global adapter is scored on all of them
  std::vector<size_t> client_records;  // each client's own adapter on these
  std::vector<std::string> topics;     // sorted, controls last, without ""
};

struct EvalLimits {
  int max_records = 256;         // per topic
  int64_t training_records = 0;  // records x steps that the whole run trains, all clients
  int global_evaluations = 0;    // rounds + 1
  int client_evaluations = 0;    // clients' own adapters scored in the whole run
};

// Records chosen per topic: at most max_records, and as many as the budget allows but at least 16.
struct EvalCaps {
  int global = 0, client = 0;
};
EvalCaps eval_caps(const EvalLimits& limits, int topics);

// Keeps at most `cap` of `count` items, evenly likely, ascending; the same for the same seed and topic.
std::vector<size_t> choose(size_t count, size_t cap, uint64_t seed, const std::string& topic);

struct EvalTools {
  train::Backend& backend;
  const train::BaseModel& base;
  WorkerPool& pool;
  PauseGate& gate;
  StopFlag stop;
};
// adapter null: the base itself. With `only`, those records.
Result<TopicScores> evaluate(const EvalTools& tools, const adapter::AdapterState* adapter, const EvalSet& set,
                             const std::vector<size_t>* only = nullptr);

}  // namespace fedllm::node
