#include "model_source.h"

#include <filesystem>

#include "base/home.h"

namespace fedllm::app {
namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path full = fs::absolute(path, error);
  return error ? path : full.lexically_normal().string();
}

}  // namespace

std::string model_path(const std::string& given) {
  constexpr std::string_view kBuiltin = "builtin:";
  return given.starts_with(kBuiltin) ? assets_dir() + "/models/" + given.substr(kBuiltin.size()) : absolute(given);
}

bool holds_file(const std::string& folder, const char* name) {
  std::error_code error;
  return fs::is_regular_file(folder + "/" + name, error);
}

Result<std::string> base_folder(const Arguments& arguments, const std::string& adapter_folder, const adapter::PeftConfig& config) {
  if (arguments.has("--model")) return model_path(arguments.value("--model"));
  const std::string& name = config.base_model_name;
  if (!name.empty())
    for (const std::string& folder : {model_path(name), absolute(adapter_folder + "/" + name), assets_dir() + "/models/" + name})
      if (holds_file(folder, "config.json")) return folder;
  return failed_precondition("the adapter's base model" + (name.empty() ? std::string() : " \"" + name + "\"") +
                                 " is not a folder on this machine: name it with --model",
                             "command_line");
}

}  // namespace fedllm::app
