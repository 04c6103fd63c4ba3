#include "train/gguf_base.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "adapter/gguf_names.h"
#include "adapter/gguf_writer.h"
#include "train/gguf_vocab.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.gguf_base";
using adapter::DType;
using adapter::GgufWriter;

Status check_supported(const ModelFolder& model) {
  const ModelConfig& c = model.config;
  const auto refuse = [&](const std::string& what) {
    return Status(Code::unimplemented, "a GGUF base can be written for the llama architecture; " + model.path + "/config.json asks for " + what, kWhere);
  };
  if (c.model_type != "llama" && c.model_type != "mistral") return refuse("model_type \"" + c.model_type + "\"");
  if (std::any_of(c.windows.begin(), c.windows.end(), [&](int w) { return w > 0 && w < c.max_positions; })) return refuse("a sliding window");
  if (c.rope.scaling == RopeScaling::dynamic) return refuse("rope_scaling \"dynamic\"");
  if (c.rope.dim != c.head_dim) return refuse("partial rotary positions");
  if (c.activation != Activation::silu || !c.gated) return refuse("another activation than silu");
  const bool usual_yarn = c.rope.beta_fast == 32 && c.rope.beta_slow == 1 && std::abs(c.rope.attention_factor - (0.1 * std::log(c.rope.factor) + 1)) < 1e-6;
  if (c.rope.scaling == RopeScaling::yarn && !usual_yarn) return refuse("yarn with its own beta or attention_factor");
  return {};
}

uint32_t ggml_type(DType type) { return type == DType::f32 ? adapter::kGgmlF32 : type == DType::f16 ? adapter::kGgmlF16 : adapter::kGgmlBf16; }
// general.file_type: ALL_F32, MOSTLY_F16, MOSTLY_BF16.
uint32_t file_type(DType type) { return type == DType::f32 ? 0 : type == DType::f16 ? 1 : 32; }

void add_rope(const ModelConfig& c, GgufWriter& writer) {
  writer.u32("llama.rope.dimension_count", static_cast<uint32_t>(c.rope.dim));
  writer.f32("llama.rope.freq_base", static_cast<float>(c.rope.theta));
  if (c.rope.scaling != RopeScaling::linear && c.rope.scaling != RopeScaling::yarn) return;
  writer.text("llama.rope.scaling.type", c.rope.scaling == RopeScaling::linear ? "linear" : "yarn");
  writer.f32("llama.rope.scaling.factor", static_cast<float>(c.rope.factor));
  if (c.rope.scaling == RopeScaling::yarn)
    writer.u32("llama.rope.scaling.original_context_length", static_cast<uint32_t>(c.rope.original_positions));
}

void add_header(const ModelFolder& model, const std::string& name, GgufWriter& writer) {
  const ModelConfig& c = model.config;
  writer.text("general.architecture", "llama");
  writer.text("general.type", "model");
  writer.text("general.name", name);
  writer.u32("general.file_type", file_type(model.weights->tensor(model.plan.embedding).dtype));
  writer.u32("general.quantization_version", 2);
  const std::pair<const char*, int> sizes[] = {
      {"vocab_size", c.vocab_size}, {"context_length", c.max_positions}, {"embedding_length", c.hidden_size},
      {"block_count", c.layers}, {"feed_forward_length", c.intermediate_size}, {"attention.head_count", c.heads},
      {"attention.head_count_kv", c.kv_heads}, {"attention.key_length", c.head_dim}, {"attention.value_length", c.head_dim}};
  for (const auto& [key, value] : sizes) writer.u32(std::string("llama.") + key, static_cast<uint32_t>(value));
  writer.f32("llama.attention.layer_norm_rms_epsilon", static_cast<float>(c.norm_eps));
  add_rope(c, writer);
}

// What llama.cpp divides each rotary frequency by (Llama 3's scaling).
std::vector<float> rope_factors(const Rope& rope) {
  std::vector<float> factors;
  const double low = rope.original_positions / rope.low_frequency_factor, high = rope.original_positions / rope.high_frequency_factor;
  for (int i = 0; i < rope.dim; i += 2) {
    const double wavelength = 2 * std::numbers::pi * std::pow(rope.theta, static_cast<double>(i) / rope.dim);
    const double smooth = (rope.original_positions / wavelength - rope.low_frequency_factor) / (rope.high_frequency_factor - rope.low_frequency_factor);
    const double factor = wavelength < high ? 1 : wavelength > low ? rope.factor : 1 / ((1 - smooth) / rope.factor + smooth);
    factors.push_back(static_cast<float>(factor));
  }
  return factors;
}

// The rows in the order given, all of `row_bytes`.
Status append_rows(std::span<const std::byte> bytes, const std::vector<size_t>& order, FileSink& sink) {
  if (order.empty()) return sink.append(bytes);
  const size_t row_bytes = bytes.size() / order.size();
  for (const size_t row : order) FEDLLM_RETURN_IF_ERROR(sink.append(bytes.subspan(row * row_bytes, row_bytes)));
  return {};
}

Status add_tensor(const ModelFolder& model, const adapter::GgufModel& names, const std::string& tensor, GgufWriter& writer) {
  const size_t dot = tensor.rfind('.');
  const std::string module = tensor.substr(0, dot), name = adapter::gguf_module(names.model_type, module);
  if (name.empty()) return internal_error("GGUF has no name for " + tensor, kWhere);
  const adapter::TensorView& view = model.weights->tensor(tensor);
  FEDLLM_ASSIGN_OR_RETURN(std::vector<size_t> order, adapter::gguf_rows(names, module, static_cast<size_t>(view.shape[0])));
  const bool vector = view.shape.size() == 1;
  writer.tensor(name + tensor.substr(dot), view.shape, vector ? adapter::kGgmlF32 : ggml_type(view.dtype),
                [&view, vector, order = std::move(order)](FileSink& sink) -> Status {
                  if (!vector) return append_rows(view.bytes, order, sink);
                  FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> values, adapter::to_float(view));
                  return append_rows(std::as_bytes(std::span(values)), order, sink);
                });
  return {};
}

}  // namespace

Result<GgufBaseResult> write_gguf_base(const ModelFolder& model, const std::string& name, const std::string& path) {
  FEDLLM_RETURN_IF_ERROR(check_supported(model));
  GgufWriter writer;
  add_header(model, name, writer);
  GgufBaseResult result;
  FEDLLM_ASSIGN_OR_RETURN(result.no_vocabulary, add_gguf_vocabulary(model.path, model.config.vocab_size, writer));
  const adapter::GgufModel names{model.config.model_type, model.config.heads, model.config.kv_heads};
  for (const TensorSpec& tensor : model.plan.tensors) FEDLLM_RETURN_IF_ERROR(add_tensor(model, names, tensor.name, writer));
  const std::vector<float> factors = model.config.rope.scaling == RopeScaling::llama3 ? rope_factors(model.config.rope) : std::vector<float>();
  if (!factors.empty()) writer.tensor("rope_freqs.weight", {static_cast<int64_t>(factors.size())}, factors);
  FEDLLM_RETURN_IF_ERROR(writer.write(path));
  std::error_code error;
  result.bytes = static_cast<int64_t>(std::filesystem::file_size(path, error));
  return result;
}

}  // namespace fedllm::train
