// Sweep: an experiment as a file. One scenario, axes of changes to it, seeds, and a grid of learning rates from which every
// combination of the axes takes its own best on the first seed. Pure values; nothing is opened.
//   {"name": "methods", "scenario": "builtin:desk-iid", "set": {"rounds": 10},
//    "axes": {"method": {"FedIT": {"strategy.aggregator": "fedavg"}, "FLoRA": {"strategy.aggregator": "flora"}},
//             "training.local_steps": [10, 20]},
//    "seeds": [1, 2, 3], "learning_rates": [0.001, 0.003], "choose_by": "loss",
//    "match": {"by": "steps", "at": 100}, "target": 0.9}
// An axis is a scenario path with its values, or a name with named values that set several paths each. Errors are
// INVALID_ARGUMENT: path, expected, got.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "spec/scenario.h"

namespace fedllm::spec {

using Assignments = std::vector<std::string>;   // "path=value" as apply_set() takes them

struct SweepAxis {
  struct Value { std::string name; Assignments set; };
  std::string name;
  std::vector<Value> values;
};

inline constexpr std::string_view kMatchings[] = {"rounds", "steps", "tokens", "bytes"};
inline constexpr std::string_view kChoosings[] = {"loss", "exact"};

struct Sweep {
  std::string name;
  std::string scenario;                  // a file relative to the sweep's, or builtin:NAME
  Assignments set;                       // for every run
  std::vector<SweepAxis> axes;
  std::vector<uint64_t> seeds = {1};
  std::vector<double> learning_rates;    // empty: the scenario's
  std::string choose_by = "loss";        // final held-out loss, or exact match, picks the rate
  std::string match_by = "rounds";       // where runs are compared
  std::optional<double> match_at;        // absent: the smallest that every run reaches
  double target = 0.9;                   // exact match whose cost in bytes is told
};

Result<Sweep> parse_sweep(std::string_view json);

// One value of every axis, in the order of the axes, the last axis fastest.
struct SweepPoint {
  std::vector<std::string> values;       // names, one an axis
  Assignments set;
};
std::vector<SweepPoint> sweep_points(const Sweep& sweep);
// Under which a sweep's run is asked for, so that the same scenario runs once in a home, whoever sweeps.
std::string sweep_request_id(std::string_view scenario_json);
// The scenario of a point; an assignment that is refused says so with the axis' value.
Result<Scenario> sweep_scenario(const Sweep& sweep, const Scenario& scenario, const SweepPoint& point, uint64_t seed, std::optional<double> learning_rate);

}  // namespace fedllm::spec
