// What is wrong with a scenario, seen without opening a file: the same list on the canvas, in `check`, and before a run.
#pragma once

#include <string>
#include <vector>

#include "spec/scenario.h"

namespace fedllm::spec {

struct Problem {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  std::string path;     // "lora.rank", "clients.3.speed"
  std::string message;  // one sentence: expected and got
  std::string code;     // stable id for translation, e.g. "lora.rank.range"
};

// network: the clients are machines that bring their own data, so the scenario may name none and its partition is not used.
// trusting_network: and the host lets an aggregator "exec:PATH" run on its machine.
enum class Setting { simulation, network, trusting_network };
std::vector<Problem> validate(const Scenario& scenario, Setting setting = Setting::simulation);
bool has_errors(const std::vector<Problem>& problems);

}  // namespace fedllm::spec
