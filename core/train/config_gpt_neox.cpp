// gpt_neox (Black et al. 2204.06745; Pythia): LayerNorm, partly rotated heads, one projection with each head's query, key and
// value side by side, attention and MLP beside or after one another.
#include <algorithm>
#include <cmath>

#include "train/config_reader.h"

namespace fedllm::train {
namespace {

using nlohmann::json;

// The same number under its older name, its newer name and inside rope_parameters.
double one_of(ConfigReader& reader, const char* older, const char* newer, double fallback) {
  const json* parameters = reader.find("rope_parameters");
  const double value = reader.number(older, fallback);
  const double again = reader.number(newer, value);
  if (reader.has(older) && again != value) reader.fail("\"" + std::string(older) + "\" and \"" + newer + "\" differ: " + std::to_string(value) + " and " + std::to_string(again));
  if (!parameters || !parameters->is_object() || !parameters->contains(newer)) return again;
  const json& inner = (*parameters)[newer];
  if (!inner.is_number() || !(inner.get<double>() > 0)) reader.fail("\"rope_parameters." + std::string(newer) + "\": expected a positive number, got " + inner.dump(-1, ' ', true, json::error_handler_t::replace));
  return inner.is_number() ? inner.get<double>() : again;
}

}  // namespace

ModelConfig read_gpt_neox(ConfigReader& reader, const std::string& type) {
  ModelConfig c;
  c.model_type = type;
  c.vocab_size = reader.integer("vocab_size");
  c.hidden_size = reader.integer("hidden_size", {}, ConfigReader::kMostSize / 4);
  c.intermediate_size = reader.integer("intermediate_size");
  c.layers = reader.integer("num_hidden_layers", {}, ConfigReader::kMostLayers);
  c.heads = c.kv_heads = reader.integer("num_attention_heads");
  c.max_positions = reader.integer("max_position_embeddings", 2048);
  if (c.hidden_size % c.heads != 0) reader.fail("hidden_size (" + std::to_string(c.hidden_size) + ") is not a multiple of num_attention_heads (" + std::to_string(c.heads) + ")");
  c.head_dim = std::max(1, c.hidden_size / c.heads);
  c.norm = NormKind::layer;
  c.norm_eps = reader.number("layer_norm_eps", 1e-5);
  c.initializer_range = reader.number("initializer_range", 0.02);
  c.activation = reader.activation("hidden_act", "gelu");
  c.gated = false;
  c.parallel_residual = reader.boolean("use_parallel_residual", true);
  c.qkv = QkvLayout::per_head;
  c.attention_bias = reader.boolean("attention_bias", true);
  c.mlp_bias = true;
  c.tie_word_embeddings = reader.boolean("tie_word_embeddings", false);
  c.eos_token_id = read_eos(reader, c.vocab_size);
  const double part = one_of(reader, "rotary_pct", "partial_rotary_factor", 0.25);
  if (part > 1) reader.fail("\"rotary_pct\": expected at most 1, got " + std::to_string(part));
  c.rope.dim = static_cast<int>(c.head_dim * std::min(1.0, part));
  if (c.rope.dim < 2) reader.fail("\"rotary_pct\": expected at least two rotated floats of a head of " + std::to_string(c.head_dim) + ", got " + std::to_string(c.rope.dim));
  read_rope(reader, c, one_of(reader, "rotary_emb_base", "rope_theta", 10000));
  c.windows.assign(static_cast<size_t>(c.layers), 0);
  c.attention_scales.assign(static_cast<size_t>(c.layers), 1 / std::sqrt(static_cast<double>(c.head_dim)));
  check_heads(reader, c);
  return c;
}

ModelPlan plan_gpt_neox(const ModelConfig& c) {
  const int d = c.hidden_size, ff = c.intermediate_size;
  ModelPlan plan;
  plan.optional_prefix = "gpt_neox.";
  plan.embedding = "gpt_neox.embed_in.weight";
  for (int i = 0; i < c.layers; ++i) {
    const std::string at = "gpt_neox.layers." + std::to_string(i) + ".";
    LayerPlan layer;
    layer.attention_norm = {at + "input_layernorm", d}, layer.mlp_norm = {at + "post_attention_layernorm", d};
    layer.qkv = {{at + "attention.query_key_value", d, 3 * d, false, c.attention_bias}};
    layer.attention_out = {at + "attention.dense", d, d, false, c.attention_bias};
    layer.mlp_in = {{at + "mlp.dense_h_to_4h", d, ff, false, true}};
    layer.mlp_out = {at + "mlp.dense_4h_to_h", ff, d, false, true};
    plan.layers.push_back(std::move(layer));
  }
  plan.final_norm = {"gpt_neox.final_layer_norm", d};
  plan.head = c.tie_word_embeddings ? plan.embedding : "embed_out.weight";
  finish_plan(plan, c);
  return plan;
}

}  // namespace fedllm::train
