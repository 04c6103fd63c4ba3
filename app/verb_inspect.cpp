// fedllm inspect
#include <algorithm>
#include <filesystem>
#include <map>

#include "adapter/gguf.h"
#include "base/text.h"
#include "event_line.h"
#include "model_source.h"
#include "run_list.h"
#include "run_view.h"
#include "spec/lora_selection.h"
#include "train/model_folder.h"
#include "training_memory.h"

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;
constexpr int kRank = 8, kBatch = 4, kLength = 256;

const char* type_name(adapter::DType type) {
  return type == adapter::DType::f32 ? "F32" : type == adapter::DType::f16 ? "F16" : type == adapter::DType::bf16 ? "BF16" : "other";
}

std::string shape_text(const ordered_json& shape) {
  std::vector<std::string> parts;
  for (const auto& n : shape) parts.push_back(n.dump());
  return "[" + join(parts, ", ") + "]";
}

void print_tensors(const ordered_json& tensors) {
  for (const auto& t : tensors)
    print_line("  " + t["name"].get<std::string>() + " " + t["type"].get<std::string>() + " " + shape_text(t["shape"]));
}

std::string bytes_of(const ordered_json& value) { return format_bytes(value.get<uint64_t>()); }

ordered_json memory_to_train(const train::ModelFolder& model) {
  const TrainingShape shape{kRank, kBatch, std::min(kLength, model.config.max_positions)};
  const TrainingMemory memory = training_memory(model, shape);
  return {{"rank", shape.rank}, {"batch", {shape.batch, shape.length}}, {"adapter_parameters", memory.adapter_parameters}, {"base_bytes", memory.base_bytes},
          {"adapter_state_bytes", memory.adapter_bytes}, {"activation_bytes", memory.activation_bytes}, {"total_bytes", memory.total_bytes()}};
}

ordered_json model_facts(const train::ModelFolder& model) {
  const train::ModelConfig& c = model.config;
  ordered_json tensors = ordered_json::array();
  std::map<std::string, int64_t> types;
  for (const train::TensorSpec& tensor : model.plan.tensors) {
    const char* type = type_name(model.weights->tensor(tensor.name).dtype);
    tensors.push_back({{"name", tensor.name}, {"type", type}, {"shape", tensor.shape}});
    types[type] += model.weights->tensor(tensor.name).elements();
  }
  return {{"kind", "model"}, {"architecture", c.model_type}, {"parameters", model.weights->parameters()},
          {"bytes", model.weights->weight_bytes()}, {"types", types}, {"layers", c.layers}, {"hidden_size", c.hidden_size},
          {"intermediate_size", c.intermediate_size}, {"heads", c.heads}, {"kv_heads", c.kv_heads}, {"head_dim", c.head_dim},
          {"vocab_size", c.vocab_size}, {"max_positions", c.max_positions}, {"tied_head", c.tie_word_embeddings},
          {"linear_modules", spec::linear_names(train::linear_facts(model.plan))}, {"notes", c.notes},
          {"sha256", model.weights->sha256()}, {"memory_to_train", memory_to_train(model)}, {"tensors", tensors}};
}

void print_model(const ordered_json& f) {
  std::vector<std::string> types;
  for (const auto& [type, count] : f["types"].items()) types.push_back(type);
  const ordered_json& m = f["memory_to_train"];
  print_line("model: " + f["architecture"].get<std::string>() + ", " + f["parameters"].dump() + " parameters, " + bytes_of(f["bytes"]) + " of " + join(types, ", "));
  print_line("  " + f["layers"].dump() + " layers, hidden " + f["hidden_size"].dump() + ", MLP " + f["intermediate_size"].dump() + ", " +
             f["heads"].dump() + " heads of " + f["head_dim"].dump() + " (" + f["kv_heads"].dump() + " for keys and values), vocabulary " +
             f["vocab_size"].dump() + ", " + f["max_positions"].dump() + " positions" + (f["tied_head"].get<bool>() ? ", tied head" : ""));
  print_line("linear modules: " + f["linear_modules"].get<std::string>());
  for (const auto& note : f["notes"]) print_line("note: " + note.get<std::string>());
  print_line("memory to train LoRA of rank " + m["rank"].dump() + " on all of them, batch " + m["batch"][0].dump() + " x " + m["batch"][1].dump() +
             ": about " + bytes_of(m["total_bytes"]) + " (base " + bytes_of(m["base_bytes"]) + ", adapter and AdamW " +
             bytes_of(m["adapter_state_bytes"]) + ", activations " + bytes_of(m["activation_bytes"]) + ")");
  print_line("sha256 " + f["sha256"].get<std::string>());
  print_tensors(f["tensors"]);
}

Result<ordered_json> adapter_facts(const std::string& folder) {
  FEDLLM_ASSIGN_OR_RETURN(const adapter::PeftAdapter found, adapter::open_peft(folder));
  const adapter::AdapterLayout& layout = *found.state.layout;
  ordered_json modules = ordered_json::array(), saved = ordered_json::array();
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const adapter::ModuleSlot& slot = layout.modules()[m];
    modules.push_back({{"name", slot.name}, {"in", slot.in_features}, {"out", slot.out_features}, {"rank", slot.rank},
                       {"alpha", layout.alpha(m)}, {"scale", layout.scale(m)}});
  }
  for (const adapter::SavedTensor& tensor : layout.saved()) saved.push_back({{"name", tensor.name}, {"type", "F32"}, {"shape", tensor.shape}});
  return ordered_json{{"kind", "adapter"}, {"base_model", found.config.base_model_name}, {"parameters", layout.size()},
                      {"bytes", 4 * layout.size()}, {"use_rslora", layout.rank_stabilised()},
                      {"fan_in_fan_out", found.config.fan_in_fan_out}, {"l2_norm", adapter::l2_norm(found.state)},
                      {"adapter_sha256", adapter::adapter_sha256(found.state)}, {"state_bytes", 16 * layout.size()},
                      {"modules", modules}, {"whole", saved}};
}

void print_adapter(const ordered_json& f) {
  print_line("adapter: LoRA on " + std::to_string(f["modules"].size()) + " modules, " + f["parameters"].dump() + " parameters, " + bytes_of(f["bytes"]) +
             (f["use_rslora"].get<bool>() ? ", rank-stabilised" : "") + ", base model " + f["base_model"].dump());
  print_line("memory to train it beside its base: " + bytes_of(f["state_bytes"]) + " (adapter, gradient, AdamW's moments)");
  print_line("sha256 " + f["adapter_sha256"].get<std::string>());
  for (const auto& m : f["modules"])
    print_line("  " + m["name"].get<std::string>() + " " + m["in"].dump() + " -> " + m["out"].dump() + ", rank " + m["rank"].dump() +
               ", scale " + format_double(m["scale"].get<double>()));
  print_tensors(f["whole"]);
}

ordered_json gguf_value(const adapter::GgufValue& value) {
  if (value.is_array) return "array of " + std::to_string(value.count);
  if (!value.texts.empty()) return shortened(value.texts[0], 200);
  if (value.type == adapter::GgufType::boolean) return value.whole().value_or(0) != 0;
  if (const auto whole = value.whole()) return *whole;
  return value.number() ? ordered_json(*value.number()) : ordered_json();
}

Result<ordered_json> gguf_facts(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const adapter::GgufFile file, adapter::GgufFile::open(path));
  ordered_json values = ordered_json::object(), tensors = ordered_json::array();
  for (const auto& [key, value] : file.values()) values[key] = gguf_value(value);
  uint64_t parameters = 0, bytes = 0;
  for (const adapter::GgufTensor& tensor : file.tensors()) {
    tensors.push_back({{"name", tensor.name}, {"type", adapter::ggml_type_name(tensor.type)}, {"shape", std::vector<uint64_t>(tensor.dims.rbegin(), tensor.dims.rend())}});
    parameters += tensor.elements();
    bytes += tensor.bytes.size();
  }
  return ordered_json{{"kind", "gguf"}, {"version", file.version()}, {"architecture", file.text("general.architecture")},
                      {"type", file.text("general.type")}, {"parameters", parameters}, {"bytes", bytes}, {"values", values}, {"tensors", tensors}};
}

void print_gguf(const ordered_json& f) {
  print_line("GGUF version " + f["version"].dump() + ": " + f["architecture"].get<std::string>() + " " + f["type"].get<std::string>() + ", " +
             f["parameters"].dump() + " parameters, " + bytes_of(f["bytes"]) + ", " + std::to_string(f["tensors"].size()) + " tensors");
  for (const auto& [key, value] : f["values"].items()) print_line("  " + key + " = " + to_line(value));
  print_tensors(f["tensors"]);
}

Status show(const Arguments& arguments, const Result<ordered_json>& facts, void (*print)(const ordered_json&)) {
  FEDLLM_RETURN_IF_ERROR(facts.status());
  if (arguments.json()) print_line(to_line(*facts));
  else print(*facts);
  return {};
}

Status show_run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  FEDLLM_ASSIGN_OR_RETURN(const RunList list, open_runs(paths));
  Result<ledger::RunRow> row = list.ledger->run(arguments.operands[0]);
  if (!row.ok())
    return not_found("expected a model folder, an adapter folder, a .gguf file or a run, got " + arguments.operands[0], "command_line");
  list.correct(*row);
  if (!arguments.json()) {
    print_summary(*row);
    return {};
  }
  ordered_json facts = {{"kind", "run"}};
  facts.update(summary_of(*row));
  print_line(to_line(facts));
  return {};
}

Status run(const Arguments& arguments) {
  const std::string path = model_path(arguments.operands[0]);
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return show(arguments, gguf_facts(path), print_gguf);
  if (holds_file(path, "adapter_config.json")) return show(arguments, adapter_facts(path), print_adapter);
  if (std::filesystem::is_directory(path, error)) {
    const Result<train::ModelFolder> model = train::open_model_folder(path);
    return show(arguments, model.ok() ? Result<ordered_json>(model_facts(*model)) : model.status(), print_model);
  }
  return show_run(arguments);
}

const VerbEntry entry({"inspect",
                       "PATH",
                       "say what a model, an adapter, a GGUF file or a run is: shapes, sizes, memory to train it",
                       {},
                       run,
                       63,
                       false,
                       "PATH is a model folder (or builtin:NAME), an adapter folder in PEFT's layout, a .gguf file, or a run's id. The memory\n"
                       "is an estimate for LoRA of rank 8 on every linear module and a batch of 4 x 256 tokens."});

}  // namespace
}  // namespace fedllm::app
