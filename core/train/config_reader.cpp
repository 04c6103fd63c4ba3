#include "train/config_reader.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace fedllm::train {
namespace {

using nlohmann::json;

// Keys of any model that change nothing we compute: names, token ids, settings of training, generation and saving.
constexpr auto kHarmless = std::to_array<std::string_view>({
    "model_type", "architectures", "bos_token_id", "pad_token_id", "unk_token_id", "sep_token_id", "decoder_start_token_id", "torch_dtype",
    "dtype", "transformers_version", "use_cache", "_name_or_path", "name_or_path", "initializer_range", "auto_map", "unsloth_version",
    "unsloth_fixed", "return_dict", "task_specific_params", "id2label", "label2id", "_attn_implementation_autoset",
    "_attn_implementation", "attn_implementation", "is_decoder", "license", "_commit_hash", "problem_type", "classifier_dropout",
    "tokenizer_class", "transformers.js_config", "is_llama_config", "max_sequence_length", "max_length", "do_sample", "temperature",
    "top_p", "top_k", "repetition_penalty", "output_attentions", "output_hidden_states", "_num_labels", "n_ctx"});

struct Named { const char* name; Activation activation; };
// transformers' ACT2FN, those that are one of the four functions up to rounding.
constexpr Named kActivations[] = {{"silu", Activation::silu}, {"swish", Activation::silu}, {"gelu", Activation::gelu}, {"gelu_python", Activation::gelu},
                                  {"gelu_new", Activation::gelu_tanh}, {"gelu_pytorch_tanh", Activation::gelu_tanh}, {"gelu_fast", Activation::gelu_tanh},
                                  {"gelu_accurate", Activation::gelu_tanh}, {"relu", Activation::relu}};

bool asks_nothing(const json& value) {
  return value.is_null() || (value.is_boolean() && !value.get<bool>()) || (value.is_number() && value.get<double>() == 0) ||
         ((value.is_object() || value.is_array()) && value.empty());
}

// One line of at most 80 characters.
std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() > 80 ? text.substr(0, 77) + "..." : text;
}

}  // namespace

void ConfigReader::fail(const std::string& message) {
  if (status_.ok()) status_ = invalid_argument(where_ + ": " + message, "train.config");
}

const json* ConfigReader::find(const std::string& key) {
  known_.insert(key);
  const auto it = root_.find(key);
  return it == root_.end() || it->is_null() ? nullptr : &*it;
}

int ConfigReader::integer(const std::string& key, std::optional<int> fallback, int most) {
  const json* value = find(key);
  if (!value && fallback) return *fallback;
  if (!value) { fail("\"" + prefix_ + key + "\" is missing"); return 1; }
  const bool fits = value->is_number_unsigned() ? value->get<uint64_t>() >= 1 && value->get<uint64_t>() <= static_cast<uint64_t>(most) : false;
  if (!fits) fail("\"" + prefix_ + key + "\": expected a whole number of 1 to " + std::to_string(most) + ", got " + shown(*value));
  return fits ? value->get<int>() : 1;
}

double ConfigReader::number(const std::string& key, std::optional<double> fallback) {
  const json* value = find(key);
  if (!value && fallback) return *fallback;
  if (!value) { fail("\"" + prefix_ + key + "\" is missing"); return 1; }
  if (!value->is_number() || !(value->get<double>() > 0)) {
    fail("\"" + prefix_ + key + "\": expected a positive number, got " + shown(*value));
    return 1;
  }
  return value->get<double>();
}

bool ConfigReader::boolean(const std::string& key, bool fallback) {
  const json* value = find(key);
  if (!value) return fallback;
  if (!value->is_boolean()) fail("\"" + prefix_ + key + "\": expected true or false, got " + shown(*value));
  return value->is_boolean() && value->get<bool>();
}

std::string ConfigReader::text(const std::string& key, const std::string& fallback) {
  const json* value = find(key);
  if (!value) return fallback;
  if (!value->is_string()) fail("\"" + prefix_ + key + "\": expected a text, got " + shown(*value));
  return value->is_string() ? value->get<std::string>() : fallback;
}

Activation ConfigReader::activation(const std::string& key, const std::string& fallback) {
  const std::string name = text(key, fallback);
  std::string known;
  for (const Named& named : kActivations) {
    if (name == named.name) return named.activation;
    known += (known.empty() ? "\"" : ", \"") + std::string(named.name) + "\"";
  }
  fail("\"" + key + "\": expected one of " + known + ", got " + shown(json(name)));
  return Activation::silu;
}

void ConfigReader::expect(const std::string& key, const json& only) {
  const json* value = find(key);
  if (value && *value != only) fail("asks for \"" + prefix_ + key + "\" = " + shown(*value) + ", this version does " + only.dump() + " only");
}

void ConfigReader::harmless(std::initializer_list<const char*> keys) { known_.insert(keys.begin(), keys.end()); }

bool ConfigReader::written_before(int major, int minor) {
  int by_major = 0, by_minor = 0;
  const std::string version = text("transformers_version", "");
  if (std::sscanf(version.c_str(), "%d.%d", &by_major, &by_minor) != 2) return false;
  return by_major < major || (by_major == major && by_minor < minor);
}

Status ConfigReader::finish() {
  for (const auto& [key, value] : root_.items()) {
    const bool named = prefix_.empty() && std::find(kHarmless.begin(), kHarmless.end(), key) != kHarmless.end();
    if (known_.contains(key) || named || asks_nothing(value)) continue;
    fail("asks for " + shown(json(prefix_ + key)) + " = " + shown(value) + ", which this version does not do");
  }
  return status_;
}

int read_eos(ConfigReader& reader, int vocab_size) {
  const json* eos = reader.find("eos_token_id");
  if (!eos) return -1;
  const json& first = eos->is_array() && !eos->empty() ? eos->front() : *eos;
  const bool inside = first.is_number_unsigned() && first.get<uint64_t>() < static_cast<uint64_t>(vocab_size);
  return inside ? first.get<int>() : -1;
}

void check_heads(ConfigReader& reader, const ModelConfig& config) {
  const auto text = [](int64_t n) { return std::to_string(n); };
  if (config.heads % config.kv_heads != 0)
    reader.fail("num_attention_heads (" + text(config.heads) + ") is not a multiple of num_key_value_heads (" + text(config.kv_heads) + ")");
  if (int64_t{config.heads} * config.head_dim > ConfigReader::kMostSize)
    reader.fail("num_attention_heads times head_dim: expected at most " + text(ConfigReader::kMostSize) + ", got " + text(config.heads) + " x " + text(config.head_dim));
  if (int64_t{config.max_positions} * config.head_dim > ConfigReader::kMostRotation)
    reader.fail("max_position_embeddings times head_dim: expected at most " + text(ConfigReader::kMostRotation) + ", got " + text(config.max_positions) + " x " + text(config.head_dim));
}

void finish_plan(ModelPlan& plan, const ModelConfig& c) {
  std::vector<NormPlan> norms;
  const auto take = [&](LinearPlan& linear) { linear.index = static_cast<int>(plan.linears.size()), plan.linears.push_back(linear); };
  for (LayerPlan& layer : plan.layers) {
    std::for_each(layer.qkv.begin(), layer.qkv.end(), take), take(layer.attention_out);
    std::for_each(layer.mlp_in.begin(), layer.mlp_in.end(), take), take(layer.mlp_out);
    for (const NormPlan& norm : {layer.attention_norm, layer.mlp_norm, layer.q_norm, layer.k_norm})
      if (!norm.name.empty()) norms.push_back(norm);
  }
  plan.head_linear = {c.model_type == "gpt_neox" ? "embed_out" : "lm_head", c.hidden_size, c.vocab_size};
  plan.head_linear.index = static_cast<int>(plan.linears.size());
  norms.push_back(plan.final_norm);
  plan.tensors.push_back({plan.embedding, {c.vocab_size, c.hidden_size}});
  if (!plan.positions.empty()) plan.tensors.push_back({plan.positions, {c.max_positions, c.hidden_size}});
  for (const LinearPlan& linear : plan.linears) {
    const int64_t rows = linear.transposed ? linear.in_features : linear.out_features, columns = linear.transposed ? linear.out_features : linear.in_features;
    plan.tensors.push_back({linear.name + ".weight", {rows, columns}});
    if (linear.bias) plan.tensors.push_back({linear.name + ".bias", {linear.out_features}});
  }
  for (const NormPlan& norm : norms) {
    plan.tensors.push_back({norm.name + ".weight", {norm.width}});
    if (c.norm == NormKind::layer) plan.tensors.push_back({norm.name + ".bias", {norm.width}});
  }
  if (plan.head != plan.embedding) plan.tensors.push_back({plan.head, {c.vocab_size, c.hidden_size}});
}

}  // namespace fedllm::train
