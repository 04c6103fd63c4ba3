#include "scenario_source.h"

#include <filesystem>
#include <iostream>
#include <iterator>

#include "base/file.h"
#include "spec/scenario_json.h"

namespace fedllm::app {
namespace {

namespace fs = std::filesystem;

Result<spec::Scenario> read_standard_input() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  auto scenario = spec::parse_scenario(text);
  if (!scenario.ok()) return scenario.status().with_prefix("standard input");
  return scenario;
}

}  // namespace

Status apply_sets(spec::Scenario& scenario, const Arguments& arguments) {
  for (const std::string& assignment : arguments.values("--set"))
    if (const Status set = spec::apply_set(scenario, assignment); !set.ok())
      return usage_error("--set " + assignment + ": " + set.message());
  return {};
}

Result<ScenarioSource> load_source(const std::string& operand, const Arguments& arguments) {
  ScenarioSource source;
  auto scenario = operand == "-" ? read_standard_input() : spec::load_scenario(operand);
  if (!scenario.ok()) return scenario.status();
  source.scenario = std::move(scenario).value();
  FEDLLM_RETURN_IF_ERROR(apply_sets(source.scenario, arguments));
  const std::string path = operand == "-" ? "./-" : resolve_path(operand, "scenarios", "");
  source.base_dir = fs::absolute(fs::path(path)).lexically_normal().parent_path().string();
  return source;
}

}  // namespace fedllm::app
