#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "node/scenario_facts.h"
#include "train/checkpoint.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.model_facts";
constexpr uint64_t kMaxConfigBytes = 16 << 20;

}  // namespace

Result<spec::ModelFacts> model_facts(const std::string& model_dir) {
  std::error_code error;
  if (!std::filesystem::is_directory(model_dir, error))
    return not_found("no base model at " + model_dir + ": the folder does not exist", kWhere);
  const std::string path = model_dir + "/config.json";
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxConfigBytes));
  FEDLLM_ASSIGN_OR_RETURN(const train::ModelConfig config, train::parse_config(text, path));
  const train::ModelPlan plan = train::plan_of(config);
  FEDLLM_ASSIGN_OR_RETURN(const auto weights, train::Checkpoint::open_headers(model_dir, config, plan));
  return spec::ModelFacts{train::linear_facts(plan), train::tensor_facts(config, plan), weights->parameters(), weights->weight_bytes(), 0};
}

std::vector<std::string> linear_suffixes(const spec::ModelFacts& facts) {
  std::vector<std::string> suffixes;
  for (const spec::LinearFacts& linear : facts.linears) {
    if (linear.head) continue;
    const std::string suffix = linear.name.substr(linear.name.rfind('.') + 1);
    if (std::find(suffixes.begin(), suffixes.end(), suffix) == suffixes.end()) suffixes.push_back(suffix);
  }
  return suffixes;
}

}  // namespace fedllm::node
