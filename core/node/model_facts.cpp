#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <set>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "node/scenario_facts.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.model_facts";

// Without the exceptions that a loop of links or a closed folder would bring.
bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

Result<nlohmann::json> read_json(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return data_loss(path + " is not JSON", kWhere);
  return json;
}

Result<std::vector<std::string>> weight_files(const std::string& folder) {
  const std::string single = folder + "/model.safetensors", index = folder + "/model.safetensors.index.json";
  if (is_there(single)) return std::vector<std::string>{single};
  if (!is_there(index))
    return not_found("no base model in " + folder + ": expected model.safetensors or model.safetensors.index.json", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const auto json, read_json(index));
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
    return data_loss(index + " has no weight_map", kWhere);
  std::set<std::string> names;
  for (const auto& [tensor, file] : json["weight_map"].items()) {
    if (!file.is_string()) return data_loss(index + ": the file of " + tensor + " is not a name", kWhere);
    names.insert(folder + "/" + file.get<std::string>());
  }
  return std::vector<std::string>(names.begin(), names.end());
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// "model.layers.10." sorts after "model.layers.9.": digits compare as numbers.
bool natural_less(const std::string& a, const std::string& b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (std::isdigit(static_cast<unsigned char>(a[i])) && std::isdigit(static_cast<unsigned char>(b[j]))) {
      size_t x = 0, y = 0;
      while (i < a.size() && std::isdigit(static_cast<unsigned char>(a[i]))) x = x * 10 + static_cast<size_t>(a[i++] - '0');
      while (j < b.size() && std::isdigit(static_cast<unsigned char>(b[j]))) y = y * 10 + static_cast<size_t>(b[j++] - '0');
      if (x != y) return x < y;
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i, ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

// The order a decoder block calls them in; others follow by name.
int place_in_block(const std::string& name) {
  static const char* kOrder[] = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
  for (int i = 0; i < 7; ++i) {
    if (ends_with(name, kOrder[i])) return i;
  }
  return 7;
}

std::string block_of(const std::string& name) {
  const size_t layers = name.find(".layers.");
  const size_t end = layers == std::string::npos ? std::string::npos : name.find('.', layers + 8);
  return name.substr(0, end);
}

bool model_order(const spec::LinearFacts& a, const spec::LinearFacts& b) {
  const std::string block_a = block_of(a.name), block_b = block_of(b.name);
  if (block_a != block_b) return natural_less(block_a, block_b);
  const int place_a = place_in_block(a.name), place_b = place_in_block(b.name);
  return place_a != place_b ? place_a < place_b : a.name < b.name;
}

bool is_linear(const adapter::TensorView& tensor) {
  return tensor.shape.size() == 2 && ends_with(tensor.name, ".weight") && tensor.name.find("embed") == std::string::npos &&
         tensor.name.find("lm_head") == std::string::npos;
}

}  // namespace

Result<spec::ModelFacts> model_facts(const std::string& model_dir) {
  std::error_code error;
  if (!std::filesystem::is_directory(model_dir, error))
    return not_found("no base model at " + model_dir + ": the folder does not exist", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const auto config, read_json(model_dir + "/config.json"));
  if (!config.is_object()) return data_loss(model_dir + "/config.json is not a JSON object", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const auto files, weight_files(model_dir));
  spec::ModelFacts facts;
  for (const std::string& path : files) {
    FEDLLM_ASSIGN_OR_RETURN(const auto file, adapter::SafetensorsFile::open(path));
    for (const auto& [name, tensor] : file.tensors()) {
      facts.parameters += tensor.elements();
      facts.weight_bytes += static_cast<int64_t>(tensor.bytes.size());
      if (!is_linear(tensor)) continue;
      facts.linears.push_back(
          {name.substr(0, name.size() - 7), static_cast<int>(tensor.shape[1]), static_cast<int>(tensor.shape[0])});
    }
  }
  std::sort(facts.linears.begin(), facts.linears.end(), model_order);
  return facts;
}

std::vector<std::string> linear_suffixes(const spec::ModelFacts& facts) {
  std::vector<std::string> suffixes;
  for (const spec::LinearFacts& linear : facts.linears) {
    const std::string suffix = linear.name.substr(linear.name.rfind('.') + 1);
    if (std::find(suffixes.begin(), suffixes.end(), suffix) == suffixes.end()) suffixes.push_back(suffix);
  }
  return suffixes;
}

}  // namespace fedllm::node
