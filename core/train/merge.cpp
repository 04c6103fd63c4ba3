#include "train/merge.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file_sink.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.merge";
namespace fs = std::filesystem;
using adapter::AdapterState;
using adapter::DType;

// What belongs to a checkpoint beside weights and config.json.
constexpr const char* kCompanions[] = {"generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model",
                                       "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja"};

std::optional<size_t> saved_index(const AdapterState& state, const std::string& name) {
  const auto& saved = state.layout->saved();
  const auto found = std::find_if(saved.begin(), saved.end(), [&](const adapter::SavedTensor& t) { return t.name == name; });
  if (found == saved.end()) return std::nullopt;
  return static_cast<size_t>(found - saved.begin());
}

// The module whose weight is `name`, or none.
std::optional<size_t> module_index(const AdapterState& state, const std::string& name) {
  const auto& modules = state.layout->modules();
  for (size_t m = 0; m < modules.size(); ++m)
    if (name.size() == modules[m].name.size() + 7 && name.starts_with(modules[m].name) && name.ends_with(".weight")) return m;
  return std::nullopt;
}

bool is_transposed(const ModelFolder& model, const std::string& module) {
  const auto found = std::find_if(model.plan.linears.begin(), model.plan.linears.end(), [&](const LinearPlan& l) { return l.name == module; });
  return found != model.plan.linears.end() && found->transposed;
}

// weight[o][i], or weight[i][o] where transposed, += scale * sum_r b[o][r] a[r][i]
void add_product(std::vector<float>& weight, const AdapterState& state, size_t module, bool transposed) {
  const adapter::ModuleSlot& slot = state.layout->modules()[module];
  const auto a = state.a(module), b = state.b(module);
  const double scale = state.layout->scale(module);
  const size_t in = static_cast<size_t>(slot.in_features), out = static_cast<size_t>(slot.out_features), rank = static_cast<size_t>(slot.rank);
  std::vector<double> row(in);
  for (size_t o = 0; o < out; ++o) {
    std::fill(row.begin(), row.end(), 0.0);
    for (size_t r = 0; r < rank; ++r) {
      const double factor = scale * b[o * rank + r];
      for (size_t i = 0; i < in; ++i) row[i] += factor * a[r * in + i];
    }
    for (size_t i = 0; i < in; ++i) {
      float& value = transposed ? weight[i * out + o] : weight[o * in + i];
      value = static_cast<float>(value + row[i]);
    }
  }
}

bool changes(const AdapterState& state, const std::string& name) { return saved_index(state, name) || module_index(state, name); }

// The tensors to write, by name: the plan's, and a head of its own where the adapter parts it from the embedding.
struct Output {
  std::vector<adapter::TensorHead> tensors;
  bool untied = false;
};

Output output_of(const ModelFolder& model, const AdapterState& state, std::optional<DType> type) {
  Output output;
  const auto add = [&](const std::string& name, const adapter::TensorView& like) {
    const DType dtype = type.value_or(like.dtype);
    output.tensors.push_back({name, dtype, like.shape, static_cast<uint64_t>(like.elements()) * adapter::dtype_size(dtype)});
  };
  for (const TensorSpec& tensor : model.plan.tensors) add(tensor.name, model.weights->tensor(tensor.name));
  const std::string head = own_head_name(model.config);
  output.untied = model.config.tie_word_embeddings && (changes(state, head) || saved_index(state, model.plan.embedding));
  if (output.untied) add(head, model.weights->tensor(model.plan.embedding));
  std::sort(output.tensors.begin(), output.tensors.end(), [](const auto& l, const auto& r) { return l.name < r.name; });
  return output;
}

const char* type_name(DType type) { return type == DType::f32 ? "float32" : type == DType::f16 ? "float16" : "bfloat16"; }

Status write_config(const ModelFolder& model, bool untied, std::optional<DType> type, const std::string& out) {
  if (!untied && !type) return write_file_atomic(out + "/config.json", model.config_text);
  auto config = nlohmann::ordered_json::parse(model.config_text, nullptr, false);
  if (untied) config["tie_word_embeddings"] = false;
  if (type) config[config.contains("dtype") ? "dtype" : "torch_dtype"] = type_name(*type);
  return write_file_atomic(out + "/config.json", config.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

Status copy_companions(const std::string& from, const std::string& to) {
  for (const char* name : kCompanions) {
    std::error_code error;
    if (!fs::exists(from + "/" + name, error)) continue;
    fs::copy_file(from + "/" + name, to + "/" + name, fs::copy_options::overwrite_existing, error);
    if (error) return Status(Code::unknown, "cannot copy " + from + "/" + name + " to " + to + ": " + error.message(), kWhere);
  }
  return {};
}

Status append_tensor(const ModelFolder& model, const AdapterState& state, const adapter::TensorHead& head, FileSink& sink) {
  const bool own_head = model.config.tie_word_embeddings && head.name == own_head_name(model.config);
  const adapter::TensorView& source = model.weights->tensor(own_head ? model.plan.embedding : head.name);
  if (!changes(state, head.name) && source.dtype == head.dtype) return sink.append(source.bytes);
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> values, merged_tensor(model, state, head.name));
  return sink.append(adapter::float_tensor(head.name, head.shape, values, head.dtype).content());
}

}  // namespace

Result<std::vector<float>> merged_tensor(const ModelFolder& model, const AdapterState& state, const std::string& name) {
  if (const auto saved = saved_index(state, name)) {
    const auto values = state.saved(*saved);
    return std::vector<float>(values.begin(), values.end());
  }
  const bool own_head = model.config.tie_word_embeddings && name == own_head_name(model.config);
  FEDLLM_ASSIGN_OR_RETURN(std::vector<float> values, adapter::to_float(model.weights->tensor(own_head ? model.plan.embedding : name)));
  if (const auto module = module_index(state, name))
    add_product(values, state, *module, is_transposed(model, state.layout->modules()[*module].name));
  return values;
}

Result<MergeResult> write_merged(const ModelFolder& model, const AdapterState& state, std::optional<DType> type, const std::string& out) {
  FEDLLM_RETURN_IF_ERROR(check_adapter_fits(*state.layout, model));
  std::error_code error;
  if (fs::exists(out, error) && fs::equivalent(out, model.path, error))
    return invalid_argument("the merged model needs a folder of its own, got the base model's: " + out, kWhere);
  FEDLLM_RETURN_IF_ERROR(make_dirs(out));
  const Output output = output_of(model, state, type);
  FEDLLM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSink> sink, FileSink::create(out + "/model.safetensors"));
  FEDLLM_RETURN_IF_ERROR(sink->append(adapter::safetensors_header(output.tensors)));
  MergeResult result;
  for (const adapter::TensorHead& head : output.tensors) {
    FEDLLM_RETURN_IF_ERROR(append_tensor(model, state, head, *sink));
    result.parameters += static_cast<int64_t>(head.bytes / adapter::dtype_size(head.dtype));
  }
  result.bytes = static_cast<int64_t>(sink->size());
  FEDLLM_RETURN_IF_ERROR(write_config(model, output.untied, type, out));
  FEDLLM_RETURN_IF_ERROR(copy_companions(model.path, out));
  FEDLLM_RETURN_IF_ERROR(sink->commit());
  return result;
}

}  // namespace fedllm::train
