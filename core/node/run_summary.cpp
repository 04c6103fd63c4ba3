#include "node/run_summary.h"

#include <cmath>
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

// Perplexity and token accuracy cost nothing; the others are evaluation.metrics.
ordered_json measures_of(const TopicScores& scores, const Measures& measures) {
  ordered_json out = ordered_json::object();
  if (const auto all = scores.find(""); all != scores.end() && all->second.tokens > 0) {
    out["perplexity"] = std::exp(all->second.mean_loss());
    if (all->second.correct > 0) out["token_accuracy"] = static_cast<double>(all->second.correct) / static_cast<double>(all->second.tokens);
  }
  for (const auto& [name, value] : measures) out[name] = value;
  return out;
}

}  // namespace

std::string summary_json(const SummaryFacts& facts) {
  const RunTotals& totals = facts.totals;
  ordered_json summary = {{"run", facts.run},
                                {"state", facts.state},
                                {"rounds", facts.rounds},
                                {"adapter_sha256", text_or_null(facts.adapter_sha256)},
                                {"adapter_dir", text_or_null(facts.adapter_dir)},
                                {"initial_eval_loss", loss_of(totals.initial_eval)},
                                {"final_eval_loss", loss_of(totals.latest_eval)},
                                {"initial_eval_exact", exact_of(totals.initial_eval, facts)},
                                {"final_eval_exact", exact_of(totals.latest_eval, facts)},
                                {"initial_eval_metrics", measures_of(totals.initial_eval, totals.initial_measures)},
                                {"final_eval_metrics", measures_of(totals.latest_eval, totals.latest_measures)},
                                {"base_precision_loss_difference", totals.precision_cost},
                                {"uplink_payload_bytes", totals.traffic.uplink_payload},
                                {"downlink_payload_bytes", totals.traffic.downlink_payload},
                                {"uplink_wire_bytes", totals.traffic.uplink_wire},
                                {"downlink_wire_bytes", totals.traffic.downlink_wire},
                                {"wall_s", totals.wall_s},
                                {"peak_rss_bytes", totals.peak_rss_bytes}};
  for (const auto& [name, scores] : totals.references) {
    summary["reference_eval_loss"][name] = loss_of(scores);
    summary["reference_eval_exact"][name] = exact_of(scores, facts);
  }
  return summary.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace fedllm::node
