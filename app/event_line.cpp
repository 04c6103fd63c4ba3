#include "event_line.h"

#include <cmath>

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;

ordered_json number(double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!std::isfinite(value)) return nullptr;
  if (value == std::floor(value) && std::abs(value) < kExact) return static_cast<int64_t>(value);
  return value;
}

// What is there already stays.
void add(ordered_json& line, const std::string& key, ordered_json value) {
  if (!line.contains(key)) line[key] = std::move(value);
}

ordered_json parse(const std::string& text) {
  return text.empty() ? ordered_json::object() : ordered_json::parse(text, nullptr, false);
}

}  // namespace

std::string to_line(const ordered_json& value) { return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }

ordered_json json_of(const ledger::Event& event) {
  ordered_json line = {{"event", event.kind}, {"run", event.run}, {"seq", event.seq}, {"time_ms", event.time_ms}};
  if (event.round) line["round"] = *event.round;
  if (event.client) line["client"] = *event.client;
  for (const auto& [key, value] : event.metrics) add(line, key, number(value));
  const ordered_json detail = parse(event.detail);
  if (detail.is_object())
    for (const auto& [key, value] : detail.items()) add(line, key, value);
  return line;
}

std::string event_line(const ledger::Event& event) { return to_line(json_of(event)); }

ordered_json json_of(const ledger::RunRow& row) {
  ordered_json line = {{"run", row.id},
                       {"state", ledger::run_state_name(row.state)},
                       {"rounds_done", row.rounds_done},
                       {"rounds", row.rounds},
                       {"name", row.name},
                       {"created_ms", row.created_ms},
                       {"updated_ms", row.updated_ms},
                       {"scenario_sha256", row.scenario_sha256}};
  if (!row.previous_run.empty()) line["previous_run"] = row.previous_run;
  if (!row.error.empty()) line["error"] = row.error;
  return line;
}

ordered_json summary_of(const ledger::RunRow& row) {
  ordered_json summary = parse(row.summary_json);
  if (!summary.is_object()) summary = ordered_json::object();
  ordered_json line = {{"run", row.id}, {"state", ledger::run_state_name(row.state)}, {"rounds", row.rounds_done}};
  for (const char* key :
       {"adapter_sha256", "adapter_dir", "initial_eval_loss", "final_eval_loss", "initial_eval_exact", "final_eval_exact",
        "uplink_payload_bytes", "downlink_payload_bytes", "uplink_wire_bytes", "downlink_wire_bytes", "wall_s", "peak_rss_bytes"})
    line[key] = summary.contains(key) ? summary[key] : ordered_json(nullptr);
  for (const auto& [key, value] : summary.items()) add(line, key, value);
  if (!row.error.empty()) line["error"] = row.error;
  return line;
}

}  // namespace fedllm::app
