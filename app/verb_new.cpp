// fedllm new
#include <algorithm>

#include "command_line.h"
#include "scenario_source.h"
#include "spec/scenario_json.h"

namespace fedllm::app {
namespace {

// Without a template: the documented defaults over the shipped note-sorting data, so that what comes out can be run as it is.
spec::Scenario plain() {
  spec::Scenario scenario;
  scenario.dataset.files = {"builtin:desk_train.jsonl"};
  scenario.partition.clients = 4;
  return scenario;
}

Status run(const Arguments& arguments) {
  spec::Scenario scenario = plain();
  if (arguments.has("--template")) {
    auto loaded = spec::load_scenario("builtin:" + arguments.value("--template"));
    if (!loaded.ok()) return usage_error("--template: " + loaded.status().message());
    scenario = std::move(loaded).value();
  }
  FEDLLM_RETURN_IF_ERROR(apply_sets(scenario, arguments));
  const std::string text = spec::to_json(scenario);
  print_line(std::string_view(text).substr(0, text.size() - 1));  // it ends with a newline of its own
  return {};
}

const VerbEntry entry({"new",
                       "",
                       "write a scenario to stdout",
                       {{"--template", "NAME", "start from a shipped scenario, e.g. desk-iid"}, kSetOption},
                       run,
                       30,
                       false,
                       "Opens no file that the scenario names. A --set value is JSON if it parses, else a string."});

}  // namespace
}  // namespace fedllm::app
