// Folders of models and adapters as a person names them on the command line, for the verbs that look at them and write them
// anew. Every refusal is one sentence.
#pragma once

#include <string>

#include "adapter/peft.h"
#include "command_line.h"

namespace fedllm::app {

// "builtin:NAME" or a path, made absolute.
std::string model_path(const std::string& given);
// The base of an adapter: --model, else the folder that its configuration names (absolute, beside the adapter, in the working
// directory, or a shipped model of that name).
Result<std::string> base_folder(const Arguments& arguments, const std::string& adapter_folder, const adapter::PeftConfig& config);
bool holds_file(const std::string& folder, const char* name);

}  // namespace fedllm::app
