#include "spec/scenario_json.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/home.h"
#include "base/sha256.h"
#include "base/text.h"
#include "spec/json_tree.h"

namespace fedllm::spec {
namespace {

constexpr std::string_view kBuiltin = "builtin:";
constexpr const char* kWhere = "spec.load";

std::vector<std::string> shipped_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(assets_dir() + "/scenarios", error))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

Status no_such_builtin(const std::string& name) {
  const std::vector<std::string> names = shipped_names();
  return not_found("there is no shipped scenario \"" + name + "\"" + (names.empty() ? "" : "; there are: " + join(names, ", ")),
                   kWhere);
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view json) {
  FEDLLM_ASSIGN_OR_RETURN(const Json tree, parse_json_text(json));
  return scenario_from_tree(tree);
}

Result<Scenario> load_scenario(const std::string& path) {
  std::string file = path;
  if (path.starts_with(kBuiltin)) {
    const std::string name = path.substr(kBuiltin.size());
    const std::vector<std::string> names = shipped_names();
    if (std::find(names.begin(), names.end(), name) == names.end()) return no_such_builtin(name);
    file = assets_dir() + "/scenarios/" + name + ".json";
  }
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(file));
  Result<Scenario> scenario = parse_scenario(text);
  if (!scenario.ok()) return scenario.status().with_prefix(path);
  return scenario;
}

std::string to_json(const Scenario& scenario) {
  Json tree = {{"format_version", kScenarioVersion}};
  tree.update(scenario_to_tree(scenario));
  return tree.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string scenario_sha256(const Scenario& scenario) { return sha256_hex(to_json(scenario)); }

}  // namespace fedllm::spec
