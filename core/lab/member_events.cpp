#include "lab/member_events.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "lab/blob_store.h"
#include "lab/member_link.h"

namespace fedllm::lab {
namespace {

using nlohmann::json;
constexpr size_t kMostDetail = 64 << 10, kMostText = 512, kMostMetrics = 64;

const std::map<std::string, std::vector<std::string>>& known_metrics() {
  static const std::map<std::string, std::vector<std::string>> known = {
      {"round_started", {"version"}},
      {"eval", {"loss", "tokens", "exact", "records"}},
      {"round_committed",
       {"version", "uplink_payload_bytes", "downlink_payload_bytes", "uplink_wire_bytes", "downlink_wire_bytes",
        "uplink_modelled_bytes", "downlink_modelled_bytes", "compute_s", "transfer_s", "wait_s", "eval_s", "wall_s", "mean_loss",
        "aggregation_error"}},
      {"done", {"wall_s"}},
      {"failed", {"wall_s"}},
      {"stopped", {"wall_s"}},
      {"resumed", {"from_round"}},
      {"paused", {}},
      {"unpaused", {}},
      {"warning", {}}};
  return known;
}

json parsed(const std::string& detail) {
  if (detail.empty() || detail.size() > kMostDetail) return json::object();
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= 4; };
  json object = json::parse(detail, shallow, false);
  return object.is_object() ? object : json::object();
}

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? shown_text(found->get_ref<const std::string&>(),
      kMostText) : std::string();
}

// In its own ledger this machine is client 0; -1 stands for everybody else.
json own_cohort(const json& object, int slot) {
  const auto found = object.find("cohort");
  if (found == object.end() || !found->is_array()) return json::array({0});
  const bool in = std::any_of(found->begin(), found->end(), [&](const json& one) { return one.is_number_integer() &&
      one == slot; });
  return json::array({in ? 0 : -1});
}

// False: not of a form that is taken.
bool take_detail(GlobalEvent& out, const json& detail, int slot) {
  const std::string& kind = out.event.kind;
  json kept = json::object();
  if (kind == "eval") {
    const std::string adapter = text(detail, "adapter");
    if (adapter != "global" && adapter != "base") return false;
    kept = {{"adapter", adapter}, {"topic", text(detail, "topic")}};
  } else if (kind == "round_started") {
    kept = {{"cohort", own_cohort(detail, slot)}};
  } else if (kind == "round_committed") {
    kept = {{"absent", json::array()}};
  } else if (kind == "failed" || kind == "warning") {
    kept = {{"message", text(detail, "message")}};
  } else if (kind == "done" && detail.contains("summary") && detail["summary"].is_object()) {
    const std::string sha256 = text(detail["summary"], "adapter_sha256");
    if (is_sha256(sha256)) out.adapter_sha256 = sha256;
  }
  if (!kept.empty()) out.event.detail = kept.dump(-1, ' ', false, json::error_handler_t::replace);
  return true;
}

bool needs_round(const std::string& kind) { return kind == "round_started" || kind == "eval" || kind == "round_committed"; }

}  // namespace

std::optional<GlobalEvent> checked_event(const wire::LedgerEvent& told, int slot, int rounds) {
  const auto known = known_metrics().find(told.kind());
  if (known == known_metrics().end() || told.metrics_size() > static_cast<int>(kMostMetrics)) return std::nullopt;
  if (told.has_round() && (told.round() < 0 || told.round() > rounds)) return std::nullopt;
  if (needs_round(told.kind()) && !told.has_round()) return std::nullopt;
  GlobalEvent out;
  out.event.kind = told.kind();
  if (told.has_round()) out.event.round = told.round();
  for (const wire::LedgerMetric& metric : told.metrics()) {
    const auto& keys = known->second;
    if (std::find(keys.begin(), keys.end(), metric.key()) == keys.end()) continue;
    const double value = std::isfinite(metric.value()) ? metric.value() : std::numeric_limits<double>::quiet_NaN();
    out.event.metrics.emplace_back(metric.key(), value);
  }
  if (!take_detail(out, parsed(told.detail()), slot)) return std::nullopt;
  return out;
}

double metric_of(const ledger::Event& event, const std::string& key, double fallback) {
  for (const auto& [name, value] : event.metrics)
    if (name == key && std::isfinite(value)) return value;
  return fallback;
}

std::pair<std::string, std::string> adapter_and_topic(const ledger::Event& event) {
  const json detail = parsed(event.detail);
  return {text(detail, "adapter"), text(detail, "topic")};
}

std::string message_of(const ledger::Event& event) { return text(parsed(event.detail), "message"); }

void add_score(node::TopicScores& scores, const ledger::Event& event) {
  const auto whole = [&](const char* key) { return static_cast<int64_t>(std::clamp(metric_of(event, key, 0), 0.0, 1e15)); };
  train::Score score;
  score.tokens = whole("tokens");
  score.records = whole("records");
  score.loss_sum = metric_of(event, "loss", std::nan("")) * static_cast<double>(score.tokens);
  score.exact = static_cast<int64_t>(std::llround(std::clamp(metric_of(event, "exact", 0), 0.0,
      1.0) * static_cast<double>(score.records)));
  scores[adapter_and_topic(event).second] = score;
}

}  // namespace fedllm::lab
