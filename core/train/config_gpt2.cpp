// gpt2: learned positions, LayerNorm, one projection of queries, keys and values in blocks, weights as [in, out] (Conv1D).
#include <algorithm>
#include <cmath>

#include "train/config_reader.h"

namespace fedllm::train {
namespace {

// Every published file names dropouts of 0.1; they act in training only, and LoRA training here runs the base without.
void note_dropouts(ConfigReader& reader, ModelConfig& c) {
  for (const char* key : {"attn_pdrop", "embd_pdrop", "resid_pdrop"}) {
    const nlohmann::json* value = reader.find(key);
    if (!value || *value == 0) continue;
    if (!value->is_number() || !(value->get<double>() > 0 && value->get<double>() < 1)) reader.number(key);   // says what is wrong
    c.notes.push_back(std::string(key) + " " + value->dump() + " is not applied: training runs the base model without its own dropout");
  }
}

}  // namespace

ModelConfig read_gpt2(ConfigReader& reader, const std::string& type) {
  ModelConfig c;
  c.model_type = type;
  c.vocab_size = reader.integer("vocab_size");
  c.hidden_size = reader.integer("n_embd", {}, ConfigReader::kMostSize / 4);
  c.layers = reader.integer("n_layer", {}, ConfigReader::kMostLayers);
  c.heads = c.kv_heads = reader.integer("n_head");
  c.max_positions = reader.integer("n_positions", 1024);
  if (c.hidden_size % c.heads != 0) reader.fail("n_embd (" + std::to_string(c.hidden_size) + ") is not a multiple of n_head (" + std::to_string(c.heads) + ")");
  c.head_dim = std::max(1, c.hidden_size / c.heads);
  c.intermediate_size = reader.integer("n_inner", 4 * c.hidden_size);
  c.norm = NormKind::layer;
  c.norm_eps = reader.number("layer_norm_epsilon", 1e-5);
  c.initializer_range = reader.number("initializer_range", 0.02);
  c.activation = reader.activation("activation_function", "gelu_new");
  c.gated = false;
  c.learned_positions = true;
  c.qkv = QkvLayout::blocks;
  c.attention_bias = c.mlp_bias = true;
  c.tie_word_embeddings = reader.boolean("tie_word_embeddings", true);
  c.eos_token_id = read_eos(reader, c.vocab_size);
  c.windows.assign(static_cast<size_t>(c.layers), 0);
  const double scale = reader.boolean("scale_attn_weights", true) ? 1 / std::sqrt(static_cast<double>(c.head_dim)) : 1;
  const bool by_layer = reader.boolean("scale_attn_by_inverse_layer_idx", false);
  for (int i = 0; i < c.layers; ++i) c.attention_scales.push_back(by_layer ? scale / (i + 1) : scale);
  note_dropouts(reader, c);
  // The order of the scale's factors and a float32 that we have anyway; heads that a language model does not have.
  reader.harmless({"reorder_and_upcast_attn", "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj"});
  check_heads(reader, c);
  return c;
}

ModelPlan plan_gpt2(const ModelConfig& c) {
  const int d = c.hidden_size, ff = c.intermediate_size;
  ModelPlan plan;
  plan.optional_prefix = "transformer.";
  plan.embedding = "transformer.wte.weight", plan.positions = "transformer.wpe.weight";
  for (int i = 0; i < c.layers; ++i) {
    const std::string at = "transformer.h." + std::to_string(i) + ".";
    LayerPlan layer;
    layer.attention_norm = {at + "ln_1", d}, layer.mlp_norm = {at + "ln_2", d};
    layer.qkv = {{at + "attn.c_attn", d, 3 * d, true, true}};
    layer.attention_out = {at + "attn.c_proj", d, d, true, true};
    layer.mlp_in = {{at + "mlp.c_fc", d, ff, true, true}};
    layer.mlp_out = {at + "mlp.c_proj", ff, d, true, true};
    plan.layers.push_back(std::move(layer));
  }
  plan.final_norm = {"transformer.ln_f", d};
  plan.head = c.tie_word_embeddings ? plan.embedding : "lm_head.weight";
  finish_plan(plan, c);
  return plan;
}

}  // namespace fedllm::train
