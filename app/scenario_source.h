// The scenario a verb was given: a file, builtin:NAME or - (standard input), with its --set options applied.
#pragma once

#include <string>

#include "command_line.h"
#include "spec/scenario_json.h"

namespace fedllm::app {

struct ScenarioSource {
  spec::Scenario scenario;
  std::string base_dir;  // absolute; against which its relative paths resolve
  std::string json() const { return spec::to_json(scenario); }
};

inline constexpr Option kSetOption{"--set", "path=value", "change one value, e.g. lora.rank=4; repeatable"};

Result<ScenarioSource> load_source(const std::string& operand, const Arguments& arguments);
// Every --set in order; a bad one is a usage error.
Status apply_sets(spec::Scenario& scenario, const Arguments& arguments);

}  // namespace fedllm::app
