// What both ways of `fedllm train` share: the adapter they start from, progress lines, the last line and the saved folder.
#pragma once

#include <nlohmann/json.hpp>

#include "model_arguments.h"

namespace fedllm::app {

// --adapter-init, else a fresh one.
Result<OpenAdapter> starting_adapter(const Arguments& arguments, const OpenModel& model);
void show_step(const Arguments& arguments, int step, double loss);
// Saves the adapter where --save asks for it and prints `facts` with its hash as the last line.
Status report_training(const Arguments& arguments, nlohmann::ordered_json facts, const adapter::AdapterState& state, const adapter::PeftMeta& meta);

}  // namespace fedllm::app
