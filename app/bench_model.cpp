#include "bench_model.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "adapter/half.h"
#include "base/file.h"
#include "base/seed_tree.h"
#include "command_line.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

const ModelShape kShapes[] = {
    {"small", 128, 4, 344, 1024, 4, 4, 32, 4, 64, 40},
    {"15m", 288, 6, 768, 32000, 6, 6, 48, 4, 128, 6},
    {"135m", 576, 30, 1536, 49152, 9, 3, 64, 2, 128, 3},
};

Json config_of(const ModelShape& shape) {
  return {{"architectures", {"LlamaForCausalLM"}}, {"model_type", "llama"}, {"hidden_act", "silu"},
          {"hidden_size", shape.hidden}, {"intermediate_size", shape.feed}, {"num_hidden_layers", shape.layers},
          {"num_attention_heads", shape.heads}, {"num_key_value_heads", shape.kv_heads}, {"vocab_size", shape.vocab},
          {"max_position_embeddings", 1024}, {"rms_norm_eps", 1e-5}, {"rope_theta", 10000.0},
          {"tie_word_embeddings", true}, {"bos_token_id", 1}, {"eos_token_id", 2}};
}

struct RandomTensor {
  std::string name;
  std::vector<int64_t> shape;
  int64_t size() const { return shape.size() == 1 ? shape[0] : shape[0] * shape[1]; }
};

std::vector<RandomTensor> tensors_of(const ModelShape& s) {
  std::vector<RandomTensor> all{{"model.embed_tokens.weight", {s.vocab, s.hidden}}};
  const int64_t wide = s.heads * s.head_dim, narrow = s.kv_heads * s.head_dim;
  for (int layer = 0; layer < s.layers; ++layer) {
    const std::string block = "model.layers." + std::to_string(layer) + ".";
    all.push_back({block + "input_layernorm.weight", {s.hidden}});
    all.push_back({block + "self_attn.q_proj.weight", {wide, s.hidden}});
    all.push_back({block + "self_attn.k_proj.weight", {narrow, s.hidden}});
    all.push_back({block + "self_attn.v_proj.weight", {narrow, s.hidden}});
    all.push_back({block + "self_attn.o_proj.weight", {s.hidden, wide}});
    all.push_back({block + "post_attention_layernorm.weight", {s.hidden}});
    all.push_back({block + "mlp.gate_proj.weight", {s.feed, s.hidden}});
    all.push_back({block + "mlp.up_proj.weight", {s.feed, s.hidden}});
    all.push_back({block + "mlp.down_proj.weight", {s.hidden, s.feed}});
  }
  all.push_back({"model.norm.weight", {s.hidden}});
  return all;
}

// The header of a safetensors file whose tensors lie in the order given.
std::string header_of(const std::vector<RandomTensor>& tensors, const std::string& dtype) {
  Json header{{"__metadata__", {{"format", "pt"}}}};
  const int64_t width = dtype == "f32" ? 4 : 2;
  int64_t at = 0;
  for (const RandomTensor& tensor : tensors) {
    const int64_t end = at + tensor.size() * width;
    header[tensor.name] = {{"dtype", dtype == "f32" ? "F32" : "BF16"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

// Uniform values of standard deviation 0.02 for matrices, 1 for gains; always values that bf16 holds exactly, so that both
// types of file are the same model.
void fill(const RandomTensor& tensor, Rng& rng, std::vector<uint16_t>& out) {
  out.assign(static_cast<size_t>(tensor.size()), adapter::float_to_bfloat(1.0f));
  if (tensor.shape.size() == 1) return;
  for (uint16_t& value : out) value = adapter::float_to_bfloat(static_cast<float>(rng.uniform() - 0.5) * 0.0692820323f);
}

void write_values(std::ofstream& file, const std::vector<uint16_t>& values, const std::string& dtype) {
  if (dtype == "bf16") {
    file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * 2));
    return;
  }
  std::vector<float> wide(values.size());
  for (size_t i = 0; i < values.size(); ++i) wide[i] = adapter::bfloat_to_float(values[i]);
  file.write(reinterpret_cast<const char*>(wide.data()), static_cast<std::streamsize>(wide.size() * 4));
}

void add_product(StepWork& work, double rows, int64_t in, int64_t out, int times) {
  const double flops = 4.0 * rows * static_cast<double>(in * out) * times;
  work.products.push_back({std::llround(rows), in, out, flops});
  work.flops += flops;
}

}  // namespace

int64_t ModelShape::block_weights() const {
  const int64_t attention = static_cast<int64_t>(hidden) * head_dim * (2 * heads + 2 * kv_heads);
  return layers * (attention + int64_t{3} * hidden * feed);
}

Result<ModelShape> shape_by_name(const std::string& name) {
  for (const ModelShape& shape : kShapes)
    if (shape.name == name) return shape;
  return usage_error("--shape expects small, 15m or 135m, got \"" + name + "\"");
}

Result<ModelShape> shape_of_model(const std::string& folder) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(folder + "/config.json"));
  const Json config = Json::parse(text, nullptr, false);
  if (!config.is_object()) return invalid_argument(folder + "/config.json is not a JSON object", "bench");
  try {
    ModelShape shape{.name = folder, .hidden = config.at("hidden_size"), .layers = config.at("num_hidden_layers"),
                     .feed = config.at("intermediate_size"), .vocab = config.at("vocab_size"), .heads = config.at("num_attention_heads")};
    shape.kv_heads = config.value("num_key_value_heads", shape.heads);
    shape.head_dim = config.contains("head_dim") && config["head_dim"].is_number() ? config["head_dim"].get<int>() : shape.hidden / std::max(1, shape.heads);
    const ModelShape& like = shape.block_weights() < 2'000'000 ? kShapes[0] : shape.block_weights() < 40'000'000 ? kShapes[1] : kShapes[2];
    shape.batch = like.batch, shape.length = like.length, shape.steps = like.steps;
    return shape;
  } catch (const Json::exception& problem) {
    return invalid_argument(folder + "/config.json lacks a size that the benchmark counts with: " + problem.what(), "bench");
  }
}

Status write_random_model(const ModelShape& shape, const std::string& dtype, const std::string& folder) {
  if (dtype != "bf16" && dtype != "f32") return usage_error("--dtype expects bf16 or f32, got \"" + dtype + "\"");
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + "/config.json", config_of(shape).dump(2) + "\n"));
  const std::vector<RandomTensor> tensors = tensors_of(shape);
  const std::string header = header_of(tensors, dtype);
  std::ofstream file(folder + "/model.safetensors", std::ios::binary);
  for (int i = 0; i < 8; ++i) file.put(static_cast<char>(header.size() >> 8 * i & 255));
  file << header;
  Rng rng(11);
  std::vector<uint16_t> values;
  for (const RandomTensor& tensor : tensors) {
    fill(tensor, rng, values);
    write_values(file, values, dtype);
  }
  file.close();
  if (!file) return Status(Code::resource_exhausted, "the random model could not be written to " + folder, "bench");
  return {};
}

std::vector<data::Example> instruction_rows(const ModelShape& shape, int count) {
  Rng rng(12);
  std::vector<data::Example> rows(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double part = count > 1 ? 0.4 + 0.6 * i / (count - 1) : 1.0;
    const int length = std::max(2, static_cast<int>(std::lround(part * shape.length)));
    rows[static_cast<size_t>(i)].prompt_length = std::max(1, static_cast<int>(std::lround(0.6 * length)));
    for (int t = 0; t < length; ++t) rows[static_cast<size_t>(i)].ids.push_back(static_cast<int32_t>(rng.below(static_cast<uint64_t>(shape.vocab))));
  }
  return rows;
}

StepWork step_work(const ModelShape& s, int batch, const std::vector<data::Example>& rows, int64_t lora_weights) {
  StepWork work;
  double pairs = 0;   // of a query and a key before or at it
  for (const data::Example& row : rows) {
    const auto length = static_cast<double>(row.ids.size());
    work.tokens += length;
    work.labels += length - row.prompt_length;
    pairs += length * (length + 1) / 2;
  }
  const double steps = static_cast<double>(rows.size()) / batch;
  work.tokens /= steps, work.labels /= steps, pairs /= steps;
  const int64_t wide = s.heads * s.head_dim, narrow = s.kv_heads * s.head_dim;
  add_product(work, work.tokens, s.hidden, wide, s.layers);
  add_product(work, work.tokens, s.hidden, narrow, 2 * s.layers);
  add_product(work, work.tokens, wide, s.hidden, s.layers);
  add_product(work, work.tokens, s.hidden, s.feed, 2 * s.layers);
  add_product(work, work.tokens, s.feed, s.hidden, s.layers);
  add_product(work, work.labels, s.hidden, s.vocab, 1);
  // Scores and their sum forward, four products backward, each 2 FLOPs a pair and column.
  work.flops += 6.0 * static_cast<double>(lora_weights) * work.tokens + 12.0 * pairs * static_cast<double>(wide) * s.layers;
  return work;
}

}  // namespace fedllm::app
