#include "node/run_summary.h"

#include <nlohmann/json.hpp>

namespace fedllm::node {
namespace {

using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

// JSON has no NaN: a loss that is not a number becomes null.
ordered_json loss_of(const TopicScores& scores) {
  const auto all = scores.find("");
  return all == scores.end() || all->second.tokens == 0 ? ordered_json(nullptr) : ordered_json(all->second.mean_loss());
}

ordered_json exact_of(const TopicScores& scores, const SummaryFacts& facts) {
  ordered_json topics = ordered_json::object();
  for (const auto& [topic, score] : scores) {
    if (!facts.exact_match || score.records == 0) continue;
    topics[topic.empty() ? facts.all_topic : topic] = {
        {"exact", static_cast<double>(score.exact) / static_cast<double>(score.records)}, {"n", score.records}};
  }
  return topics;
}

}  // namespace

std::string summary_json(const SummaryFacts& facts) {
  const RunTotals& totals = facts.totals;
  const ordered_json summary = {{"run", facts.run},
                                {"state", facts.state},
                                {"rounds", facts.rounds},
                                {"adapter_sha256", text_or_null(facts.adapter_sha256)},
                                {"adapter_dir", text_or_null(facts.adapter_dir)},
                                {"initial_eval_loss", loss_of(totals.initial_eval)},
                                {"final_eval_loss", loss_of(totals.latest_eval)},
                                {"initial_eval_exact", exact_of(totals.initial_eval, facts)},
                                {"final_eval_exact", exact_of(totals.latest_eval, facts)},
                                {"uplink_payload_bytes", totals.traffic.uplink_payload},
                                {"downlink_payload_bytes", totals.traffic.downlink_payload},
                                {"uplink_wire_bytes", totals.traffic.uplink_wire},
                                {"downlink_wire_bytes", totals.traffic.downlink_wire},
                                {"wall_s", totals.wall_s},
                                {"peak_rss_bytes", totals.peak_rss_bytes}};
  return summary.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace fedllm::node
