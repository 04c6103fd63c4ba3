#include "train/model_config.h"

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>

namespace fedllm::train {
namespace {

using nlohmann::json;

// Keys that change nothing we compute: names, token ids, training-time and generation settings.
constexpr auto kHarmless = std::to_array<std::string_view>({
    "architectures", "bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "torch_dtype", "dtype", "transformers_version",
    "use_cache", "_name_or_path", "name_or_path", "pretraining_tp", "initializer_range", "auto_map", "unsloth_version",
    "unsloth_fixed", "return_dict", "task_specific_params", "id2label", "label2id", "_attn_implementation_autoset"});

// Far above every published model; below them no product of sizes overflows, and nothing is allocated that a file's few
// bytes could make huge: the list of tensors grows with the layers, the rotation tables with positions times head_dim.
constexpr int kMostSize = 1 << 28, kMostLayers = 1000;
constexpr int64_t kMostRotation = int64_t{1} << 28;
constexpr double kMostParameters = 1e12;

struct Reader {
  const json& root;
  std::string where;
  Status status;

  void fail(const std::string& message) {
    if (status.ok()) status = invalid_argument(where + ": " + message, "train.config");
  }
  // The value of `key`, or nothing where it is absent or null.
  const json* find(const char* key) const {
    const auto it = root.find(key);
    return it == root.end() || it->is_null() ? nullptr : &*it;
  }
  int integer(const char* key, std::optional<int> fallback, int most = kMostSize) {
    const json* value = find(key);
    if (!value && fallback) return *fallback;
    if (!value) { fail(std::string("\"") + key + "\" is missing"); return 1; }
    if (!value->is_number_integer() || value->get<int64_t>() < 1 || value->get<int64_t>() > most) {
      fail(std::string("\"") + key + "\": expected a whole number of 1 to " + std::to_string(most) + ", got " + value->dump());
      return 1;
    }
    return value->get<int>();
  }
  double number(const char* key, double fallback) {
    const json* value = find(key);
    if (!value) return fallback;
    if (!value->is_number() || !(value->get<double>() > 0)) {
      fail(std::string("\"") + key + "\": expected a positive number, got " + value->dump());
      return fallback;
    }
    return value->get<double>();
  }
  bool boolean(const char* key, bool fallback) {
    const json* value = find(key);
    if (!value) return fallback;
    if (!value->is_boolean()) fail(std::string("\"") + key + "\": expected true or false, got " + value->dump());
    return value->is_boolean() && value->get<bool>();
  }
};

constexpr auto kRead = std::to_array<std::string_view>({
    "model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps", "rope_theta", "tie_word_embeddings",
    "attention_bias", "mlp_bias", "hidden_act"});

bool asks_nothing(const json& value) {
  return value.is_null() || (value.is_boolean() && !value.get<bool>()) || (value.is_number() && value.get<double>() == 0) ||
         ((value.is_object() || value.is_array()) && value.empty());
}

bool contains(std::span<const std::string_view> keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// rope_scaling and rope_parameters (newer files) may only repeat the plain rotation.
bool plain_rope(const json& value, ModelConfig& config) {
  if (!value.is_object()) return false;
  for (const auto& [key, item] : value.items()) {
    if ((key == "rope_type" || key == "type") && item == "default") continue;
    if (key != "rope_theta" || !item.is_number() || !(item.get<double>() > 0)) return false;
    config.rope_theta = item.get<double>();
  }
  return true;
}

void refuse_the_rest(Reader& reader, ModelConfig& config) {
  for (const auto& [key, value] : reader.root.items()) {
    if (contains(kRead, key) || contains(kHarmless, key) || asks_nothing(value)) continue;
    if ((key == "rope_parameters" || key == "rope_scaling") && plain_rope(value, config)) continue;
    reader.fail("asks for \"" + key + "\" = " + value.dump() + ", which this version does not do");
  }
  if (const json* act = reader.find("hidden_act"); act && *act != "silu" && *act != "swish")
    reader.fail("\"hidden_act\": expected \"silu\", got " + act->dump());
}

void check_shape(Reader& reader, const ModelConfig& config) {
  if (config.heads % config.kv_heads != 0)
    reader.fail("num_attention_heads (" + std::to_string(config.heads) + ") is not a multiple of num_key_value_heads (" + std::to_string(config.kv_heads) + ")");
  if (config.head_dim % 2 != 0) reader.fail("head_dim must be even for rotary positions, got " + std::to_string(config.head_dim));
  if (int64_t{config.heads} * config.head_dim > kMostSize)
    reader.fail("num_attention_heads times head_dim: expected at most " + std::to_string(kMostSize) + ", got " + std::to_string(config.heads) + " x " + std::to_string(config.head_dim));
  if (int64_t{config.max_positions} * config.head_dim > kMostRotation)
    reader.fail("max_position_embeddings times head_dim: expected at most " + std::to_string(kMostRotation) + ", got " + std::to_string(config.max_positions) + " x " + std::to_string(config.head_dim));
}

ModelConfig read_llama(Reader& reader) {
  ModelConfig c;
  c.model_type = "llama";
  c.vocab_size = reader.integer("vocab_size", {});
  c.hidden_size = reader.integer("hidden_size", {});
  c.intermediate_size = reader.integer("intermediate_size", {});
  c.layers = reader.integer("num_hidden_layers", {}, kMostLayers);
  c.heads = reader.integer("num_attention_heads", {});
  c.kv_heads = reader.integer("num_key_value_heads", c.heads);
  if (!reader.find("head_dim") && c.hidden_size % c.heads != 0) reader.fail("hidden_size is not a multiple of num_attention_heads and head_dim is not given");
  c.head_dim = reader.integer("head_dim", std::max(1, c.hidden_size / c.heads));
  c.max_positions = reader.integer("max_position_embeddings", 2048);
  c.rms_norm_eps = reader.number("rms_norm_eps", 1e-6);
  c.rope_theta = reader.number("rope_theta", 10000);
  c.initializer_range = reader.number("initializer_range", 0.02);
  c.tie_word_embeddings = reader.boolean("tie_word_embeddings", false);
  c.attention_bias = reader.boolean("attention_bias", false);
  c.mlp_bias = reader.boolean("mlp_bias", false);
  if (const json* eos = reader.find("eos_token_id")) {
    const json& first = eos->is_array() && !eos->empty() ? eos->front() : *eos;
    if (first.is_number_integer() && first.get<int64_t>() >= 0 && first.get<int64_t>() < c.vocab_size) c.eos_token_id = first.get<int>();
  }
  check_shape(reader, c);
  return c;
}

std::vector<spec::LinearFacts> llama_linears(const ModelConfig& c) {
  const int d = c.hidden_size, q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim, ff = c.intermediate_size;
  std::vector<spec::LinearFacts> linears;
  for (int layer = 0; layer < c.layers; ++layer) {
    const std::string at = "model.layers." + std::to_string(layer) + ".";
    for (spec::LinearFacts linear : {spec::LinearFacts{"self_attn.q_proj", d, q}, {"self_attn.k_proj", d, kv}, {"self_attn.v_proj", d, kv},
                                     {"self_attn.o_proj", q, d}, {"mlp.gate_proj", d, ff}, {"mlp.up_proj", d, ff}, {"mlp.down_proj", ff, d}}) {
      linear.name = at + linear.name;
      linears.push_back(linear);
    }
  }
  return linears;
}

std::vector<TensorSpec> llama_tensors(const ModelConfig& c) {
  std::vector<TensorSpec> tensors{{"model.embed_tokens.weight", {c.vocab_size, c.hidden_size}}};
  for (const spec::LinearFacts& linear : llama_linears(c)) {
    const bool attention = linear.name.find(".self_attn.") != std::string::npos;
    tensors.push_back({linear.name + ".weight", {linear.out_features, linear.in_features}});
    if (attention ? c.attention_bias : c.mlp_bias) tensors.push_back({linear.name + ".bias", {linear.out_features}});
  }
  for (int layer = 0; layer < c.layers; ++layer)
    for (const char* norm : {"input_layernorm", "post_attention_layernorm"})
      tensors.push_back({"model.layers." + std::to_string(layer) + "." + norm + ".weight", {c.hidden_size}});
  tensors.push_back({"model.norm.weight", {c.hidden_size}});
  if (!c.tie_word_embeddings) tensors.push_back({"lm_head.weight", {c.vocab_size, c.hidden_size}});
  return tensors;
}

void check_parameters(Reader& reader, const ModelConfig& config) {
  double parameters = 0;
  for (const TensorSpec& tensor : llama_tensors(config))
    parameters += std::accumulate(tensor.shape.begin(), tensor.shape.end(), 1.0, std::multiplies<>());
  if (parameters > kMostParameters) reader.fail("the sizes give " + std::to_string(parameters / 1e12) + "e12 parameters, expected at most 1e12");
}

constexpr Architecture kArchitectures[] = {{"llama", llama_tensors, llama_linears}};

}  // namespace

const Architecture& architecture_of(const ModelConfig& config) {
  return *std::find_if(std::begin(kArchitectures), std::end(kArchitectures), [&](const Architecture& a) { return config.model_type == a.model_type; });
}

Result<ModelConfig> parse_config(const std::string& text, const std::string& where) {
  const json root = json::parse(text, nullptr, false);
  if (!root.is_object()) return invalid_argument(where + " is not a JSON object", "train.config");
  const auto type = root.find("model_type");
  if (type == root.end() || !type->is_string()) return invalid_argument(where + ": \"model_type\" is missing", "train.config");
  if (*type != "llama") return invalid_argument(where + ": model_type " + type->dump() + " is not supported; supported: \"llama\"", "train.config");
  Reader reader{root, where, {}};
  ModelConfig config = read_llama(reader);
  refuse_the_rest(reader, config);
  if (reader.status.ok()) check_parameters(reader, config);
  if (!reader.status.ok()) return reader.status;
  return config;
}

}  // namespace fedllm::train
