// llama, mistral, qwen2, qwen3: pre-norm blocks of rotary grouped-query attention and a gated MLP (Touvron et al. 2302.13971).
// They differ in biases, the norm of queries and keys, sliding windows, and what an absent key means.
#include <algorithm>
#include <cmath>

#include "train/config_reader.h"

namespace fedllm::train {
namespace {

using nlohmann::json;

// What an absent key means, by transformers' configuration classes.
struct Defaults { const char* type; int kv_heads, head_dim, max_positions, window; };   // 0: as many as heads; hidden / heads; -; none
constexpr Defaults kDefaults[] = {{"llama", 0, 0, 2048, 0}, {"mistral", 8, 0, 131072, 4096}, {"qwen2", 32, 0, 32768, 4096}, {"qwen3", 32, 128, 32768, 4096}};

const Defaults& defaults_of(const std::string& type) {
  return *std::find_if(std::begin(kDefaults), std::end(kDefaults), [&](const Defaults& d) { return type == d.type; });
}

// null is not absent: mistral's null window is none, null key/value heads are as many as heads.
bool is_null(const ConfigReader& reader, const char* key) {
  const auto it = reader.root().find(key);
  return it != reader.root().end() && it->is_null();
}

// Newer files name each layer's kind.
void read_layer_types(ConfigReader& reader, ModelConfig& c, int window) {
  const json* types = reader.find("layer_types");
  if (!types) return;
  if (!types->is_array() || types->size() != static_cast<size_t>(c.layers)) return reader.fail("\"layer_types\": expected " + std::to_string(c.layers) + " entries");
  for (size_t i = 0; i < types->size(); ++i) {
    const bool sliding = (*types)[i] == "sliding_attention";
    if (!sliding && (*types)[i] != "full_attention")
      return reader.fail("\"layer_types\": expected \"full_attention\" or \"sliding_attention\", got " + (*types)[i].dump(-1, ' ', true, json::error_handler_t::replace));
    if (sliding && window == 0) return reader.fail("\"layer_types\" asks for \"sliding_attention\" but there is no sliding_window");
    c.windows[i] = sliding ? window : 0;
  }
}

void read_windows(ConfigReader& reader, ModelConfig& c) {
  c.windows.assign(static_cast<size_t>(c.layers), 0);
  if (c.model_type == "llama") return read_layer_types(reader, c, 0);
  int window = is_null(reader, "sliding_window") ? 0 : defaults_of(c.model_type).window;
  if (const json* given = reader.find("sliding_window"); given && *given == 0) window = 0;   // as older files write none
  else if (given) window = reader.integer("sliding_window");
  if (c.model_type == "mistral") {
    std::fill(c.windows.begin(), c.windows.end(), window);
  } else {
    if (!reader.boolean("use_sliding_window", false)) window = 0;
    const json* full = reader.find("max_window_layers");
    int first = full && *full == 0 ? 0 : reader.integer("max_window_layers", 28);
    if (reader.written_before(4, 53)) first = 0;   // their eager attention lets the window act in every layer
    for (int i = first; i < c.layers; ++i) c.windows[static_cast<size_t>(i)] = window;
  }
  read_layer_types(reader, c, window);
}

void read_sizes(ConfigReader& reader, ModelConfig& c) {
  const Defaults& defaults = defaults_of(c.model_type);
  c.vocab_size = reader.integer("vocab_size");
  c.hidden_size = reader.integer("hidden_size");
  c.intermediate_size = reader.integer("intermediate_size");
  c.layers = reader.integer("num_hidden_layers", {}, ConfigReader::kMostLayers);
  c.heads = reader.integer("num_attention_heads");
  c.kv_heads = reader.integer("num_key_value_heads", defaults.kv_heads == 0 || is_null(reader, "num_key_value_heads") ? c.heads : defaults.kv_heads);
  const bool given = reader.has("head_dim") || (defaults.head_dim != 0 && !is_null(reader, "head_dim"));
  if (!given && c.hidden_size % c.heads != 0) reader.fail("hidden_size is not a multiple of num_attention_heads and head_dim is not given");
  c.head_dim = reader.integer("head_dim", given ? defaults.head_dim : std::max(1, c.hidden_size / c.heads));
  c.max_positions = reader.integer("max_position_embeddings", defaults.max_positions);
}

void read_biases(ConfigReader& reader, ModelConfig& c) {
  if (c.model_type == "llama") c.mlp_bias = reader.boolean("mlp_bias", false);
  if (c.model_type == "llama" || c.model_type == "qwen3") c.attention_bias = reader.boolean("attention_bias", false);
  if (c.model_type == "qwen2") c.attention_bias = true;
}

}  // namespace

ModelConfig read_llama(ConfigReader& reader, const std::string& type) {
  ModelConfig c;
  c.model_type = type;
  read_sizes(reader, c);
  c.norm_eps = reader.number("rms_norm_eps", 1e-6);
  c.initializer_range = reader.number("initializer_range", 0.02);
  c.activation = reader.activation("hidden_act", "silu");
  c.qk_norm = type == "qwen3";
  c.tie_word_embeddings = reader.boolean("tie_word_embeddings", false);
  read_biases(reader, c);
  c.eos_token_id = read_eos(reader, c.vocab_size);
  reader.harmless({"pretraining_tp"});
  c.rope.dim = c.head_dim;
  read_rope(reader, c, reader.number("rope_theta", 10000));
  for (const char* name : {"rope_parameters", "rope_scaling"})
    if (const json* rope = reader.find(name); rope && rope->is_object() && rope->contains("partial_rotary_factor") && (*rope)["partial_rotary_factor"] != 1.0)
      reader.fail("asks for \"" + std::string(name) + ".partial_rotary_factor\" = " + (*rope)["partial_rotary_factor"].dump(-1, ' ', true, json::error_handler_t::replace) + ", which " + type + " does not have");
  read_windows(reader, c);
  c.attention_scales.assign(static_cast<size_t>(c.layers), 1 / std::sqrt(static_cast<double>(c.head_dim)));
  check_heads(reader, c);
  return c;
}

ModelPlan plan_llama(const ModelConfig& c) {
  const int d = c.hidden_size, q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim, ff = c.intermediate_size;
  const bool out_bias = c.attention_bias && c.model_type != "qwen2";
  ModelPlan plan;
  plan.optional_prefix = "model.";
  plan.embedding = "model.embed_tokens.weight";
  for (int i = 0; i < c.layers; ++i) {
    const std::string at = "model.layers." + std::to_string(i) + ".", attention = at + "self_attn.", mlp = at + "mlp.";
    LayerPlan layer;
    layer.attention_norm = {at + "input_layernorm", d}, layer.mlp_norm = {at + "post_attention_layernorm", d};
    if (c.qk_norm) layer.q_norm = {attention + "q_norm", c.head_dim}, layer.k_norm = {attention + "k_norm", c.head_dim};
    layer.qkv = {{attention + "q_proj", d, q, false, c.attention_bias}, {attention + "k_proj", d, kv, false, c.attention_bias}, {attention + "v_proj", d, kv, false, c.attention_bias}};
    layer.attention_out = {attention + "o_proj", q, d, false, out_bias};
    layer.mlp_in = {{mlp + "gate_proj", d, ff, false, c.mlp_bias}, {mlp + "up_proj", d, ff, false, c.mlp_bias}};
    layer.mlp_out = {mlp + "down_proj", ff, d, false, c.mlp_bias};
    plan.layers.push_back(std::move(layer));
  }
  plan.final_norm = {"model.norm", d};
  plan.head = c.tie_word_embeddings ? plan.embedding : "lm_head.weight";
  finish_plan(plan, c);
  return plan;
}

}  // namespace fedllm::train
