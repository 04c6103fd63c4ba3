#include "node/evaluation.h"

#include <algorithm>
#include <numeric>

#include "base/seed_tree.h"

namespace fedllm::node {
namespace {

constexpr double kShare = 0.15;   // of the run's work
constexpr double kTrainCost = 3;  // forward and backward against forward alone
constexpr int kFewest = 16;       // records a topic, whatever the budget
constexpr size_t kBlock = 32;     // records scored by one job; fixed, so that batches do not depend on workers

}  // namespace

void add_score(train::Score& sum, const train::Score& one) {
  sum.loss_sum += one.loss_sum;
  sum.tokens += one.tokens;
  sum.exact += one.exact;
  sum.correct += one.correct;
  sum.records += one.records;
}

EvalCaps eval_caps(const EvalLimits& limits, int topics) {
  const double budget = kShare * kTrainCost * static_cast<double>(limits.training_records);
  auto cap = [&](double share, int evaluations) {
    const double records = evaluations > 0 && topics > 0 ? share * budget / evaluations / topics : limits.max_records;
    return std::min(limits.max_records, std::max(kFewest, static_cast<int>(std::min(records, 1e9))));
  };
  // Curves and tiles of the global adapter come first; what clients' own adapters show needs fewer records.
  if (limits.client_evaluations == 0) return {cap(1, limits.global_evaluations), 0};
  const EvalCaps caps{cap(0.6, limits.global_evaluations), cap(0.4, limits.client_evaluations)};
  return {caps.global, std::min(caps.global, caps.client)};
}

std::vector<size_t> choose(size_t count, size_t cap, uint64_t seed, const std::string& topic) {
  std::vector<size_t> items(count);
  std::iota(items.begin(), items.end(), size_t{0});
  if (count <= cap) return items;
  Rng rng = SeedTree(seed).child("evaluation").child(topic).rng();
  rng.shuffle(items);
  items.resize(cap);
  std::sort(items.begin(), items.end());
  return items;
}

Result<TopicScores> evaluate(const EvalTools& tools, const adapter::AdapterState* adapter, const EvalSet& set,
                             const std::vector<size_t>* only) {
  std::vector<size_t> all;
  if (!only) {
    all.resize(set.records.size());
    std::iota(all.begin(), all.end(), size_t{0});
    only = &all;
  }
  const int jobs = static_cast<int>((only->size() + kBlock - 1) / kBlock);
  std::vector<std::vector<train::Score>> scores(static_cast<size_t>(jobs));
  std::vector<Status> status(static_cast<size_t>(jobs));
  tools.pool.run_all(jobs, [&](int job) {
    tools.gate.wait(tools.stop);
    const size_t first = static_cast<size_t>(job) * kBlock, end = std::min(only->size(), first + kBlock);
    std::vector<data::Example> examples;
    for (size_t i = first; i < end; ++i) examples.push_back(set.records[(*only)[i]].example);
    auto scored = tools.backend.score(tools.base, adapter, examples, tools.stop);
    if (scored.ok() && scored->size() != examples.size()) {
      scored = internal_error("expected " + std::to_string(examples.size()) + " scores, got " + std::to_string(scored->size()),
                              "node.evaluation");
    }
    if (scored.ok())
      scores[static_cast<size_t>(job)] = std::move(scored).value();
    else
      status[static_cast<size_t>(job)] = scored.status();
  });
  for (const Status& one : status) FEDLLM_RETURN_IF_ERROR(one);
  TopicScores topics;
  for (size_t i = 0; i < only->size(); ++i) {
    const HeldOutRecord& record = set.records[(*only)[i]];
    const train::Score& score = scores[i / kBlock][i % kBlock];
    if (!record.control) add_score(topics[""], score);
    if (!record.topic.empty()) add_score(topics[record.topic], score);
  }
  return topics;
}

}  // namespace fedllm::node
