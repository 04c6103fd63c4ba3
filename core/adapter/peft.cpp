#include "adapter/peft.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter.peft";
constexpr uint64_t kMaxConfigBytes = 16 << 20;
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

struct FactorPair { const TensorView* a = nullptr; const TensorView* b = nullptr; };

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
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

// The tensor that takes the place of the base's, or empty: "lm_head.weight" of base_model.model.lm_head.weight.
std::string saved_name(std::string_view name, const std::function<bool(const std::string&)>& saves) {
  if (!name.starts_with(kPrefix) || name.find("lora_") != std::string_view::npos) return {};
  std::string rest(name.substr(kPrefix.size()));
  for (const std::string_view part : {".modules_to_save.default.", ".modules_to_save.", ".default."})
    if (const size_t at = rest.find(part); at != std::string::npos) rest.replace(at, part.size(), ".");
  const size_t dot = rest.rfind('.');
  const bool is_parameter = rest.ends_with(".weight") || rest.ends_with(".bias");
  return is_parameter && saves(rest.substr(0, dot)) ? rest : std::string();
}

using Saves = std::function<bool(const std::string& module)>;
struct Parts {
  std::map<std::string, FactorPair> pairs;
  std::map<std::string, const TensorView*> saved;
};

Result<Parts> pair_up(const SafetensorsFile& file, const std::string& path, const Saves& saves) {
  Parts parts;
  for (const auto& [name, tensor] : file.tensors()) {
    const TensorView** place = nullptr;
    if (const std::string module = module_of(name, "lora_A"); !module.empty()) place = &parts.pairs[module].a;
    else if (const std::string module_b = module_of(name, "lora_B"); !module_b.empty()) place = &parts.pairs[module_b].b;
    else if (const std::string whole = saved_name(name, saves); !whole.empty()) place = &parts.saved[whole];
    if (!place)
      return Status(Code::unimplemented,
                    path + ": tensor " + name + " is not a LoRA factor (base_model.model.<module>.lora_A.weight or lora_B)",
                    kWhere);
    if (*place) return data_loss(path + ": the tensors " + (*place)->name + " and " + name + " are the same LoRA factor", kWhere);
    *place = &tensor;
  }
  return parts;
}

// Slots in natural order of their names (layer 2 before layer 10).
Result<std::vector<ModuleSlot>> slots_of(const Parts& parts, const std::string& path) {
  std::vector<ModuleSlot> modules;
  for (const auto& [module, pair] : parts.pairs) {
    FEDLLM_ASSIGN_OR_RETURN(ModuleSlot slot, slot_of(path, module, pair));
    modules.push_back(std::move(slot));
  }
  std::sort(modules.begin(), modules.end(), [](const ModuleSlot& l, const ModuleSlot& r) { return natural_less(l.name, r.name); });
  return modules;
}

std::vector<SavedTensor> saved_of(const Parts& parts) {
  std::vector<SavedTensor> saved;
  for (const auto& [name, tensor] : parts.saved) saved.push_back({name, tensor->shape});
  return saved;
}

Status copy_values(const TensorView& tensor, std::span<float> to) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> values, to_float(tensor));
  std::ranges::copy(values, to.begin());
  return {};
}

Result<AdapterState> fill(const Parts& parts, LayoutPtr layout) {
  AdapterState state = AdapterState::zeros(std::move(layout));
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const FactorPair& pair = parts.pairs.at(state.layout->modules()[m].name);
    FEDLLM_RETURN_IF_ERROR(copy_values(*pair.a, state.a(m)));
    FEDLLM_RETURN_IF_ERROR(copy_values(*pair.b, state.b(m)));
  }
  for (size_t t = 0; t < state.layout->saved().size(); ++t)
    FEDLLM_RETURN_IF_ERROR(copy_values(*parts.saved.at(state.layout->saved()[t].name), state.saved(t)));
  return state;
}

// What the layout needs beside the tensors' shapes.
struct Scaling { double lora_alpha = 0; bool rank_stabilised = false; };
using SetAlphas = std::function<Status(std::vector<ModuleSlot>&)>;

Result<AdapterState> read_tensors(const std::string& path, const Saves& saves, Scaling scaling, const SetAlphas& set_alphas) {
  FEDLLM_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::open(path));
  FEDLLM_ASSIGN_OR_RETURN(const Parts parts, pair_up(file, path, saves));
  FEDLLM_ASSIGN_OR_RETURN(std::vector<ModuleSlot> modules, slots_of(parts, path));
  FEDLLM_RETURN_IF_ERROR(set_alphas(modules));
  Result<LayoutPtr> layout = AdapterLayout::make(std::move(modules), scaling.lora_alpha, scaling.rank_stabilised, saved_of(parts));
  if (!layout.ok()) return layout.status().with_prefix(path);
  Result<AdapterState> state = fill(parts, *layout);
  if (!state.ok()) return state.status().with_prefix(path);
  return state;
}

Status no_alphas(std::vector<ModuleSlot>&) { return {}; }

// PEFT keeps resized embeddings and heads beside the factors without naming them in modules_to_save.
bool is_embedding(const std::string& module) {
  const std::string name = module.substr(module.rfind('.') + 1);
  return name == "embed_tokens" || name == "lm_head" || name == "wte" || name == "embed_in" || name == "embed_out";
}

Result<std::string> tensors_path(const std::string& folder) {
  const std::string path = folder + "/adapter_model.safetensors", pickle = folder + "/adapter_model.bin";
  std::error_code error;
  if (!std::filesystem::exists(path, error) && std::filesystem::exists(pickle, error))
    return Status(Code::unimplemented,
                  pickle + " is a Python pickle, which runs code when it is read: save the adapter as adapter_model.safetensors",
                  kWhere);
  return path;
}

// Where they lie in the state.
std::vector<TensorToWrite> tensors_of(const AdapterState& state) {
  std::vector<TensorToWrite> tensors;
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const ModuleSlot& slot = state.layout->modules()[m];
    tensors.push_back(view_tensor(tensor_name(slot.name, "lora_A"), {slot.rank, slot.in_features}, state.a(m)));
    tensors.push_back(view_tensor(tensor_name(slot.name, "lora_B"), {slot.out_features, slot.rank}, state.b(m)));
  }
  for (size_t t = 0; t < state.layout->saved().size(); ++t) {
    const SavedTensor& tensor = state.layout->saved()[t];
    tensors.push_back(view_tensor(std::string(kPrefix) + tensor.name, tensor.shape, state.saved(t)));
  }
  return tensors;
}

std::string sha256_of(const SafetensorsPieces& pieces) {
  Sha256 hash;
  for (const std::string_view piece : pieces.all) hash.update(piece);
  return hash.hex();
}

}  // namespace

std::string serialize_peft(const AdapterState& state) { return serialize_safetensors(tensors_of(state)); }

std::string adapter_sha256(const AdapterState& state) {
  std::vector<TensorToWrite> tensors = tensors_of(state);
  return sha256_of(SafetensorsPieces(tensors));
}

Result<std::string> save_peft(const AdapterState& state, const PeftMeta& meta, const std::string& folder, FileCache cache) {
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  std::vector<TensorToWrite> tensors = tensors_of(state);
  const SafetensorsPieces pieces(tensors);
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + "/adapter_model.safetensors", pieces.all, cache));
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + "/adapter_config.json", write_peft_config(*state.layout, meta)));
  return sha256_of(pieces);
}

Result<AdapterState> load_peft_tensors(const std::string& path, double lora_alpha) {
  return read_tensors(path, [](const std::string&) { return false; }, {lora_alpha, false}, no_alphas);
}

Result<AdapterState> load_peft_tensors(const std::string& path, const LayoutPtr& layout) {
  const auto saves = [&](const std::string& module) {
    return std::any_of(layout->saved().begin(), layout->saved().end(),
                       [&](const SavedTensor& tensor) { return tensor.name.substr(0, tensor.name.rfind('.')) == module; });
  };
  FEDLLM_ASSIGN_OR_RETURN(const AdapterState state, read_tensors(path, saves, {layout->lora_alpha(), false}, no_alphas));
  Result<AdapterState> arranged = arrange(state, layout);
  if (!arranged.ok()) return arranged.status().with_prefix(path);
  return arranged;
}

Result<PeftAdapter> open_peft(const std::string& folder) {
  const std::string path = folder + "/adapter_config.json";
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxConfigBytes));
  FEDLLM_ASSIGN_OR_RETURN(PeftConfig config, parse_peft_config(text, path));
  FEDLLM_ASSIGN_OR_RETURN(const std::string tensors, tensors_path(folder));
  const auto saves = [&](const std::string& module) { return saves_module(config, module) || is_embedding(module); };
  FEDLLM_ASSIGN_OR_RETURN(
      AdapterState state, read_tensors(tensors, saves, {config.lora_alpha, config.use_rslora},
                                       [&](std::vector<ModuleSlot>& modules) { return apply_patterns(config, modules, path); }));
  return PeftAdapter{std::move(state), std::move(config)};
}

Result<AdapterState> load_peft(const std::string& folder) {
  FEDLLM_ASSIGN_OR_RETURN(PeftAdapter adapter, open_peft(folder));
  return std::move(adapter.state);
}

}  // namespace fedllm::adapter
