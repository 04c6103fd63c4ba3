// What tests ask of a run's events: by kind, by metric, by detail; and running one to its end.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "node/run_executor.h"
#include "support/mini_world.h"
#include "support/noop_backend.h"

namespace fedllm::tests {

inline std::vector<ledger::Event> events_of(const ledger::Ledger& ledger, const std::string& run, const std::string& kind = {}) {
  auto all = ledger.events(run, 1, 1000000);
  if (!all.ok()) qFatal("%s", all.status().to_string().c_str());
  std::vector<ledger::Event> found;
  for (ledger::Event& event : *all) {
    if (kind.empty() || event.kind == kind) found.push_back(std::move(event));
  }
  return found;
}

inline std::optional<double> metric(const ledger::Event& event, const std::string& key) {
  for (const auto& [name, value] : event.metrics) {
    if (name == key) return value;
  }
  return std::nullopt;
}

inline nlohmann::json detail(const ledger::Event& event) {
  return event.detail.empty() ? nlohmann::json::object() : nlohmann::json::parse(event.detail);
}

inline node::RunOutcome run_to_end(const MiniWorld& world, ledger::Ledger& ledger, train::Backend& backend,
                                   const std::string& run, int workers = 2) {
  auto executor = node::RunExecutor::start(ledger, backend, world.home(), run, workers);
  if (!executor.ok()) return {ledger::RunState::failed, "{}", executor.status().to_string()};
  return (*executor)->wait();
}

inline nlohmann::json summary_of(const node::RunOutcome& outcome) { return nlohmann::json::parse(outcome.summary_json); }

// Waits until an event of `kind` exists, at most 20 s.
inline bool wait_for(const ledger::Ledger& ledger, const std::string& run, const std::string& kind, size_t count = 1) {
  for (int i = 0; i < 20000; ++i) {
    if (events_of(ledger, run, kind).size() >= count) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace fedllm::tests
