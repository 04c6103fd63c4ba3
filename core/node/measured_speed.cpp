#include "node/measured_speed.h"

#include <algorithm>

#include "spec/scenario_json.h"

namespace fedllm::node {
namespace {

constexpr size_t kRunsLookedAt = 50, kEvents = 500;

bool comparable(const spec::Scenario& a, const spec::Scenario& b) {
  return a.base_model == b.base_model && a.training.batch_size == b.training.batch_size &&
         a.training.max_length == b.training.max_length;
}

double median_step(const std::vector<ledger::Event>& events) {
  std::vector<double> seconds;
  for (const ledger::Event& event : events) {
    if (event.kind != "client_step") continue;
    for (const auto& [key, value] : event.metrics)
      if (key == "seconds" && value > 0) seconds.push_back(value);
  }
  if (seconds.empty()) return 0;
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

}  // namespace

double measured_step_seconds(const ledger::Ledger& ledger, const spec::Scenario& scenario) {
  const auto runs = ledger.runs();
  if (!runs.ok()) return 0;
  for (size_t i = 0; i < runs->size() && i < kRunsLookedAt; ++i) {
    const auto before = spec::parse_scenario((*runs)[i].scenario_json);
    if (!before.ok() || !comparable(*before, scenario)) continue;
    const auto events = ledger.events((*runs)[i].id, 1, kEvents);
    if (const double seconds = events.ok() ? median_step(*events) : 0; seconds > 0) return seconds;
  }
  return 0;
}

}  // namespace fedllm::node
