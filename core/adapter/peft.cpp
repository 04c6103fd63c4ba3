#include "adapter/peft.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"

namespace fedllm::adapter {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kWhere = "adapter.peft";
constexpr std::string_view kPrefix = "base_model.model.";

std::string tensor_name(const std::string& module, const char* factor) {
  return std::string(kPrefix) + module + "." + factor + ".weight";
}

// "base_model.model.X.lora_A.weight" (or ".lora_A.default.weight") -> X; empty if the name has another form.
std::string module_of(std::string_view name, std::string_view factor) {
  if (!name.starts_with(kPrefix)) return {};
  name.remove_prefix(kPrefix.size());
  for (const std::string& ending : {"." + std::string(factor) + ".weight", "." + std::string(factor) + ".default.weight"})
    if (name.size() > ending.size() && name.ends_with(ending)) return std::string(name.substr(0, name.size() - ending.size()));
  return {};
}

int most_common_rank(const AdapterLayout& layout) {
  std::map<int, int> count;
  for (const ModuleSlot& slot : layout.modules()) ++count[slot.rank];
  return std::max_element(count.begin(), count.end(), [](auto& l, auto& r) { return l.second < r.second; })->first;
}

Json number(double value) {
  if (std::trunc(value) == value && std::abs(value) < 1e15) return static_cast<int64_t>(value);
  return value;
}

// The keys that PEFT 0.13 writes itself.
Json config_of(const AdapterLayout& layout, const PeftMeta& meta) {
  const int rank = most_common_rank(layout);
  std::set<std::string> targets;
  Json rank_pattern = Json::object();
  for (const ModuleSlot& slot : layout.modules()) {
    targets.insert(slot.name.substr(slot.name.rfind('.') + 1));
    if (slot.rank != rank) rank_pattern[slot.name] = slot.rank;
  }
  return {{"alpha_pattern", Json::object()}, {"auto_mapping", nullptr}, {"base_model_name_or_path", meta.base_model_name},
          {"bias", "none"}, {"fan_in_fan_out", false}, {"inference_mode", true}, {"init_lora_weights", true},
          {"layer_replication", nullptr}, {"layers_pattern", nullptr}, {"layers_to_transform", nullptr},
          {"loftq_config", Json::object()}, {"lora_alpha", number(layout.lora_alpha())}, {"lora_dropout", meta.dropout},
          {"megatron_config", nullptr}, {"megatron_core", "megatron.core"}, {"modules_to_save", nullptr},
          {"peft_type", "LORA"}, {"r", rank}, {"rank_pattern", rank_pattern}, {"revision", nullptr},
          {"target_modules", targets}, {"task_type", "CAUSAL_LM"}, {"use_dora", false}, {"use_rslora", false}};
}

struct FactorPair { const TensorView* a = nullptr; const TensorView* b = nullptr; };

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Result<std::map<std::string, FactorPair>> pair_up(const SafetensorsFile& file, const std::string& path) {
  std::map<std::string, FactorPair> pairs;
  for (const auto& [name, tensor] : file.tensors()) {
    const TensorView** place = nullptr;
    if (const std::string module = module_of(name, "lora_A"); !module.empty()) place = &pairs[module].a;
    else if (const std::string module_b = module_of(name, "lora_B"); !module_b.empty()) place = &pairs[module_b].b;
    if (place && *place)
      return data_loss(path + ": the tensors " + (*place)->name + " and " + name + " are the same LoRA factor", kWhere);
    if (place) *place = &tensor;
    else
      return Status(Code::unimplemented,
                    path + ": tensor " + name + " is not a LoRA factor (base_model.model.<module>.lora_A.weight or lora_B)",
                    kWhere);
  }
  return pairs;
}

Result<ModuleSlot> slot_of(const std::string& path, const std::string& module, const FactorPair& pair) {
  if (!pair.a || !pair.b)
    return data_loss(path + ": " + module + " has lora_" + (pair.a ? "A" : "B") + " but no lora_" + (pair.a ? "B" : "A"), kWhere);
  const auto &a = pair.a->shape, &b = pair.b->shape;
  constexpr int64_t kMax = 1 << 28;
  const bool fits = a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[0] > 0 && a[1] > 0 && b[0] > 0 && a[0] <= kMax &&
                    a[1] <= kMax && b[0] <= kMax;
  if (!fits)
    return data_loss(path + ": " + module + ": expected lora_A [rank, in] and lora_B [out, rank], got " + shape_text(a) +
                         " and " + shape_text(b),
                     kWhere);
  return ModuleSlot{module, static_cast<int>(a[1]), static_cast<int>(b[0]), static_cast<int>(a[0])};
}

// alpha of the layout, whose scale is alpha / rank; what the config asks for beyond that is refused by name.
Result<double> alpha_of(const Json& config, const std::string& path, bool& rank_stabilised) {
  const auto refuse = [&](const char* key) {
    return Status(Code::unimplemented, path + ": " + key + " " + config[key].dump() + " is not supported", kWhere);
  };
  if (config.value("peft_type", "") != "LORA")
    return Status(Code::unimplemented, path + ": expected peft_type \"LORA\", got " + config.value("peft_type", Json()).dump(),
                  kWhere);
  if (config.value("use_dora", false)) return refuse("use_dora");
  if (config.contains("bias") && config["bias"] != "none") return refuse("bias");
  for (const char* key : {"modules_to_save", "layer_replication", "alpha_pattern"})
    if (config.contains(key) && !config[key].is_null() && !config[key].empty()) return refuse(key);
  if (!config.contains("lora_alpha") || !config["lora_alpha"].is_number())
    return data_loss(path + ": expected a number lora_alpha, got " + config.value("lora_alpha", Json()).dump(), kWhere);
  rank_stabilised = config.value("use_rslora", false);
  return config["lora_alpha"].get<double>();
}

Result<Json> read_config(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  Json config = Json::parse(text, nullptr, false);
  if (config.is_discarded() || !config.is_object()) return data_loss(path + ": expected a JSON object", kWhere);
  return config;
}

Result<double> config_alpha(const std::string& path, bool& rank_stabilised) {
  FEDLLM_ASSIGN_OR_RETURN(const Json config, read_config(path));
  try {
    return alpha_of(config, path, rank_stabilised);
  } catch (const Json::exception& error) {   // a key of another type
    return data_loss(path + ": " + error.what(), kWhere);
  }
}

// PEFT's rsLoRA scale alpha / sqrt(r) as our alpha / r, possible where all ranks are equal.
Result<AdapterState> rescaled(AdapterState state, double alpha, const std::string& path) {
  std::vector<ModuleSlot> modules = state.layout->modules();
  for (const ModuleSlot& slot : modules)
    if (slot.rank != modules[0].rank)
      return Status(Code::unimplemented, path + ": use_rslora with different ranks is not supported", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const LayoutPtr layout,
                          AdapterLayout::make(modules, alpha * std::sqrt(static_cast<double>(modules[0].rank))));
  state.layout = layout;
  return state;
}

}  // namespace

std::string serialize_peft(const AdapterState& state) {
  std::vector<TensorToWrite> tensors;
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const ModuleSlot& slot = state.layout->modules()[m];
    tensors.push_back(view_tensor(tensor_name(slot.name, "lora_A"), {slot.rank, slot.in_features}, state.a(m)));
    tensors.push_back(view_tensor(tensor_name(slot.name, "lora_B"), {slot.out_features, slot.rank}, state.b(m)));
  }
  return serialize_safetensors(std::move(tensors));
}

std::string adapter_sha256(const AdapterState& state) { return sha256_hex(serialize_peft(state)); }

Result<std::string> save_peft(const AdapterState& state, const PeftMeta& meta, const std::string& folder) {
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  const std::string bytes = serialize_peft(state);
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + "/adapter_model.safetensors", bytes));
  const std::string config = config_of(*state.layout, meta).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + "/adapter_config.json", config));
  return sha256_hex(bytes);
}

Result<AdapterState> load_peft_tensors(const std::string& path, double lora_alpha) {
  FEDLLM_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::open(path));
  using Pairs = std::map<std::string, FactorPair>;
  FEDLLM_ASSIGN_OR_RETURN(const Pairs pairs, pair_up(file, path));
  std::vector<ModuleSlot> modules;
  for (const auto& [module, pair] : pairs) {
    FEDLLM_ASSIGN_OR_RETURN(ModuleSlot slot, slot_of(path, module, pair));
    modules.push_back(std::move(slot));
  }
  std::sort(modules.begin(), modules.end(),
            [](const ModuleSlot& l, const ModuleSlot& r) { return natural_less(l.name, r.name); });
  Result<LayoutPtr> layout = AdapterLayout::make(std::move(modules), lora_alpha);
  if (!layout.ok()) return layout.status().with_prefix(path);
  AdapterState state = AdapterState::zeros(*layout);
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const FactorPair& pair = pairs.at(state.layout->modules()[m].name);
    FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> a, to_float(*pair.a));
    FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> b, to_float(*pair.b));
    std::ranges::copy(a, state.a(m).begin());
    std::ranges::copy(b, state.b(m).begin());
  }
  return state;
}

Result<AdapterState> load_peft_tensors(const std::string& path, const LayoutPtr& layout) {
  FEDLLM_ASSIGN_OR_RETURN(const AdapterState state, load_peft_tensors(path, layout->lora_alpha()));
  Result<AdapterState> arranged = arrange(state, layout);
  if (!arranged.ok()) return arranged.status().with_prefix(path);
  return arranged;
}

Result<AdapterState> load_peft(const std::string& folder) {
  const std::string config = folder + "/adapter_config.json";
  bool rank_stabilised = false;
  FEDLLM_ASSIGN_OR_RETURN(const double alpha, config_alpha(config, rank_stabilised));
  FEDLLM_ASSIGN_OR_RETURN(AdapterState state, load_peft_tensors(folder + "/adapter_model.safetensors", alpha));
  return rank_stabilised ? rescaled(std::move(state), alpha, config) : Result<AdapterState>(std::move(state));
}

}  // namespace fedllm::adapter
