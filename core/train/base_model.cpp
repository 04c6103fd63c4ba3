#include "train/base_model.h"

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.base_model";
using adapter::DType;
using adapter::SafetensorsFile;
using adapter::TensorView;

std::string shape_text(const std::vector<int64_t>& shape) {
  std::vector<std::string> parts;
  for (int64_t n : shape) parts.push_back(std::to_string(n));
  return std::string("[").append(join(parts, ", ")).append("]");
}

// The weight files of a folder in name order.
Result<std::vector<std::string>> weight_files(const std::string& folder) {
  const std::string single = folder + "/model.safetensors", index = folder + "/model.safetensors.index.json";
  if (std::filesystem::exists(single)) return std::vector<std::string>{single};
  if (!std::filesystem::exists(index)) return not_found("neither model.safetensors nor model.safetensors.index.json in " + folder, kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(index));
  const auto root = nlohmann::json::parse(text, nullptr, false);
  if (!root.is_object() || !root.contains("weight_map") || !root["weight_map"].is_object()) return data_loss(index + " has no \"weight_map\"", kWhere);
  std::set<std::string> names;
  for (const auto& [tensor, file] : root["weight_map"].items()) {
    if (!file.is_string() || file.get<std::string>().find('/') != std::string::npos)
      return data_loss(index + ": tensor " + tensor + " names " + file.dump() + ", expected a file of the same folder", kWhere);
    names.insert(file.get<std::string>());
  }
  std::vector<std::string> files;
  for (const std::string& name : names) files.push_back(folder + "/" + name);
  return files;
}

Result<std::string> hash_of(const std::vector<std::string>& files) {
  if (files.size() == 1) return sha256_file(files[0]);
  Sha256 hash;
  for (const std::string& path : files) {
    FEDLLM_ASSIGN_OR_RETURN(const auto map, MappedFile::open(path));
    hash.update(map->bytes());
  }
  return hash.hex();
}

Result<at::Tensor> to_tensor(const TensorView& view, const std::shared_ptr<const MappedFile>& map) {
  if (view.dtype == DType::f32 && reinterpret_cast<uintptr_t>(view.bytes.data()) % alignof(float) == 0)
    return at::from_blob(const_cast<std::byte*>(view.bytes.data()), view.shape, [map](void*) {}, at::kFloat);   // read-only by agreement
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> values, to_float(view));
  at::Tensor tensor = at::empty(view.shape, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

// Tensors that checkpoints carry and the network does not need.
bool may_ignore(const std::string& name, const ModelConfig& config) {
  return name.ends_with("rotary_emb.inv_freq") || (name == "lm_head.weight" && config.tie_word_embeddings);
}

std::string suffixes(const std::vector<spec::LinearFacts>& linears) {
  std::vector<std::string> names;
  for (const auto& linear : linears) {
    const std::string name = linear.name.substr(linear.name.rfind('.') + 1);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return join(names, ", ");
}

}  // namespace

Status LoadedModel::take_tensors(const std::vector<SafetensorsFile>& files, const std::string& folder) {
  std::map<std::string, std::pair<TensorView, std::shared_ptr<const MappedFile>>> found;
  for (const SafetensorsFile& file : files)
    for (const auto& [name, view] : file.tensors())
      if (!found.insert({name, {view, file.map()}}).second) return data_loss("two weight files in " + folder + " hold tensor " + name, kWhere);
  for (const TensorSpec& wanted : architecture_of(weights_.config).tensors(weights_.config)) {
    const auto it = found.find(wanted.name);
    if (it == found.end()) return data_loss("the weights in " + folder + " lack tensor " + wanted.name + " " + shape_text(wanted.shape), kWhere);
    const TensorView& view = it->second.first;
    if (view.shape != wanted.shape)
      return data_loss("tensor " + wanted.name + " in " + folder + ": expected shape " + shape_text(wanted.shape) + ", got " + shape_text(view.shape), kWhere);
    FEDLLM_ASSIGN_OR_RETURN(weights_.tensors[wanted.name], to_tensor(view, it->second.second));
    facts_.parameters += view.elements();
    facts_.weight_bytes += static_cast<int64_t>(view.bytes.size());
    found.erase(it);
  }
  for (const auto& [name, entry] : found)
    if (!may_ignore(name, weights_.config)) return data_loss("the weights in " + folder + " hold tensor " + name + ", which the config does not ask for", kWhere);
  return {};
}

Status LoadedModel::read_weights(const std::string& folder) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<std::string> paths, weight_files(folder));
  std::vector<SafetensorsFile> files;
  for (const std::string& path : paths) {
    FEDLLM_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
    files.push_back(std::move(file));
  }
  FEDLLM_RETURN_IF_ERROR(take_tensors(files, folder));
  FEDLLM_ASSIGN_OR_RETURN(sha256_, hash_of(paths));
  return {};
}

Result<std::shared_ptr<const LoadedModel>> LoadedModel::load(const std::string& folder, int require_vocab) {
  std::shared_ptr<LoadedModel> model(new LoadedModel);
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(folder + "/config.json"));
  FEDLLM_ASSIGN_OR_RETURN(model->weights_.config, parse_config(text, folder + "/config.json"));
  const ModelConfig& config = model->weights_.config;
  if (require_vocab > config.vocab_size)
    return failed_precondition("the tokenizer has " + std::to_string(require_vocab) + " tokens but the model in " + folder + " has a vocabulary of " + std::to_string(config.vocab_size), kWhere);
  FEDLLM_RETURN_IF_ERROR(model->read_weights(folder));
  model->facts_.linears = architecture_of(config).linears(config);
  make_rotation(model->weights_);
  model->network_ = make_network(model->weights_);
  return std::shared_ptr<const LoadedModel>(std::move(model));
}

Result<adapter::LayoutPtr> LoadedModel::lora_layout(const spec::LoraSpec& lora) const {
  std::vector<adapter::ModuleSlot> modules;
  std::set<std::string> used;
  for (const auto& linear : facts_.linears) {
    bool wanted = false;
    for (const std::string& target : lora.target_modules)
      if (spec::targets_module(target, linear.name)) wanted = true, used.insert(target);
    if (wanted) modules.push_back({linear.name, linear.in_features, linear.out_features, lora.rank});
  }
  for (const std::string& target : lora.target_modules)
    if (!used.contains(target)) return invalid_argument("no module of the base model is called \"" + target + "\"; there are " + suffixes(facts_.linears), "train.lora_layout");
  if (modules.empty()) return invalid_argument("no LoRA target module is chosen; there are " + suffixes(facts_.linears), "train.lora_layout");
  return adapter::AdapterLayout::make(std::move(modules), lora.alpha);
}

Result<const LoadedModel*> loaded(const BaseModel& base) {
  const auto* model = dynamic_cast<const LoadedModel*>(&base);
  if (!model) return invalid_argument("the base model was not loaded by this backend", kWhere);
  return model;
}

Status check_values(const adapter::AdapterState& state) {
  if (state.values.size() == state.layout->size()) return {};
  return invalid_argument("the adapter's layout has " + std::to_string(state.layout->size()) + " values, got " + std::to_string(state.values.size()), "train.lora");
}

Result<std::vector<LoraFactors>> lora_factors(const LoadedModel& model, const adapter::AdapterLayout& layout, const at::Tensor& flat, bool gradients) {
  const auto& linears = model.facts().linears;
  std::map<std::string, size_t> index;
  for (size_t i = 0; i < linears.size(); ++i) index[linears[i].name] = i;
  std::vector<LoraFactors> factors(linears.size());
  const auto view = [&](size_t offset, int rows, int columns) {
    return flat.narrow(0, static_cast<int64_t>(offset), int64_t{rows} * columns).view({rows, columns}).detach().requires_grad_(gradients);
  };
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const adapter::ModuleSlot& slot = layout.modules()[m];
    const auto it = index.find(slot.name);
    if (it == index.end()) return invalid_argument("the adapter has module " + slot.name + ", which the base model lacks", "train.lora");
    const auto& linear = linears[it->second];
    if (linear.in_features != slot.in_features || linear.out_features != slot.out_features)
      return invalid_argument("adapter module " + slot.name + ": expected " + shape_text({linear.out_features, linear.in_features}) + ", got " + shape_text({slot.out_features, slot.in_features}), "train.lora");
    factors[it->second] = {view(slot.a_offset, slot.rank, slot.in_features), view(slot.b_offset, slot.out_features, slot.rank), layout.scale(m)};
  }
  return factors;
}

Result<std::shared_ptr<const Network>> merged_network(const LoadedModel& model, const adapter::AdapterState* adapter) {
  Weights weights = model.weights();
  if (adapter && adapter->layout) {
    FEDLLM_RETURN_IF_ERROR(check_values(*adapter));
    const at::Tensor flat = at::from_blob(const_cast<float*>(adapter->values.data()), {static_cast<int64_t>(adapter->values.size())}, at::kFloat);
    FEDLLM_ASSIGN_OR_RETURN(const std::vector<LoraFactors> factors, lora_factors(model, *adapter->layout, flat, false));
    for (size_t i = 0; i < factors.size(); ++i) {
      if (!factors[i].a.defined()) continue;
      at::Tensor& weight = weights.tensors.at(model.facts().linears[i].name + ".weight");
      weight = at::addmm(weight, factors[i].b, factors[i].a, 1, factors[i].scale);
    }
  }
  return std::shared_ptr<const Network>(make_network(weights));
}

}  // namespace fedllm::train
