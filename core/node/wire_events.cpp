#include "node/wire_events.h"

namespace fedllm::node {

void to_wire(const ledger::Event& event, wire::Event& out) {
  out.set_seq(event.seq);
  out.set_time_ms(event.time_ms);
  out.set_kind(event.kind);
  if (event.round) out.set_round(*event.round);
  if (event.client) out.set_client(*event.client);
  for (const auto& [key, value] : event.metrics) {
    wire::Metric& metric = *out.add_metrics();
    metric.set_key(key);
    metric.set_value(value);
  }
  out.set_detail(event.detail);
}

ledger::Event from_wire(const wire::Event& event, const std::string& run) {
  ledger::Event out;
  out.run = run;
  out.seq = event.seq();
  out.time_ms = event.time_ms();
  out.kind = event.kind();
  if (event.has_round()) out.round = event.round();
  if (event.has_client()) out.client = event.client();
  for (const wire::Metric& metric : event.metrics()) out.metrics.emplace_back(metric.key(), metric.value());
  out.detail = event.detail();
  return out;
}

void to_wire(const ledger::RunRow& row, wire::RunInfo& out) {
  out.set_run(row.id);
  out.set_name(row.name);
  out.set_state(std::string(ledger::run_state_name(row.state)));
  out.set_rounds(row.rounds);
  out.set_rounds_done(row.rounds_done);
  out.set_created_ms(row.created_ms);
  out.set_updated_ms(row.updated_ms);
  out.set_scenario_json(row.scenario_json);
  out.set_scenario_sha256(row.scenario_sha256);
  out.set_previous_run(row.previous_run);
  out.set_summary_json(row.summary_json);
  out.set_error(row.error);
  out.set_base_dir(row.base_dir);
}

}  // namespace fedllm::node
