// fedllm version
#include <nlohmann/json.hpp>

#include "command_line.h"

namespace fedllm::app {
namespace {

Status run(const Arguments& arguments) {
  if (arguments.json())
    print_line(nlohmann::ordered_json{{"program", "fedllm"}, {"version", FEDLLM_VERSION}}.dump());
  else
    print_line("fedllm " FEDLLM_VERSION);
  return {};
}

const VerbEntry entry({"version", "", "print the version", {}, run, 90});

}  // namespace
}  // namespace fedllm::app
