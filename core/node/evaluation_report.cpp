#include "node/evaluation_report.h"

#include <algorithm>
#include <cmath>

namespace fedllm::node {
namespace {

using Topic = std::pair<std::string, train::Score>;

// Those that may be told, smallest first.
std::vector<Topic> tellable(const TopicScores& scores, int64_t total) {
  std::vector<Topic> told;
  int64_t left_out = total;  // records without a topic are left out too
  for (const auto& [topic, score] : scores) {
    if (topic.empty() || score.records < kFewestTold) continue;
    told.emplace_back(topic, score);
    left_out -= score.records;
  }
  std::sort(told.begin(), told.end(), [](const Topic& a, const Topic& b) { return a.second.records < b.second.records; });
  while (!told.empty() && left_out > 0 && left_out < kFewestTold) {
    left_out += told.front().second.records;
    told.erase(told.begin());
  }
  return told;
}

void add(wire::EvaluationReport& report, const std::string& topic, const train::Score& score) {
  wire::TopicSums* sums = report.add_sums();
  sums->set_topic(topic);
  sums->set_loss_sum(score.loss_sum);
  sums->set_tokens(score.tokens);
  sums->set_exact(score.exact);
  sums->set_records(score.records);
}

}  // namespace

wire::EvaluationReport evaluation_report(const TopicScores& scores, bool by_topic) {
  wire::EvaluationReport report;
  const auto all = scores.find("");
  if (all == scores.end() || all->second.records < kFewestTold) {
    report.set_suppressed(true);
    return report;
  }
  if (!std::isfinite(all->second.loss_sum)) {
    report.set_failure("the loss on the held-out records is not a finite number");
    return report;
  }
  add(report, "", all->second);
  if (!by_topic) return report;
  auto told = tellable(scores, all->second.records);
  std::sort(told.begin(), told.end(), [](const Topic& a, const Topic& b) { return a.first < b.first; });
  for (const auto& [topic, score] : told) add(report, topic, score);
  return report;
}

}  // namespace fedllm::node
