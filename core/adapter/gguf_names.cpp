#include "adapter/gguf_names.h"

#include <string_view>
#include <utility>

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter.gguf";
using Pair = std::pair<std::string_view, std::string_view>;

struct Names {
  std::string_view layers;             // before the layer's number
  std::vector<Pair> in_layer, others;
};

const Names& llama_names() {
  static const Names names{"model.layers.",
                           {{"self_attn.q_proj", "attn_q"}, {"self_attn.k_proj", "attn_k"}, {"self_attn.v_proj", "attn_v"},
                            {"self_attn.o_proj", "attn_output"}, {"self_attn.q_norm", "attn_q_norm"},
                            {"self_attn.k_norm", "attn_k_norm"}, {"mlp.gate_proj", "ffn_gate"}, {"mlp.up_proj", "ffn_up"},
                            {"mlp.down_proj", "ffn_down"}, {"input_layernorm", "attn_norm"},
                            {"post_attention_layernorm", "ffn_norm"}},
                           {{"model.embed_tokens", "token_embd"}, {"model.norm", "output_norm"}, {"lm_head", "output"}}};
  return names;
}
const Names& gpt2_names() {
  static const Names names{"transformer.h.",
                           {{"attn.c_attn", "attn_qkv"}, {"attn.c_proj", "attn_output"}, {"mlp.c_fc", "ffn_up"},
                            {"mlp.c_proj", "ffn_down"}, {"ln_1", "attn_norm"}, {"ln_2", "ffn_norm"}},
                           {{"transformer.wte", "token_embd"}, {"transformer.wpe", "position_embd"},
                            {"transformer.ln_f", "output_norm"}, {"lm_head", "output"}}};
  return names;
}
const Names& gpt_neox_names() {
  static const Names names{"gpt_neox.layers.",
                           {{"attention.query_key_value", "attn_qkv"}, {"attention.dense", "attn_output"},
                            {"mlp.dense_h_to_4h", "ffn_up"}, {"mlp.dense_4h_to_h", "ffn_down"},
                            {"input_layernorm", "attn_norm"}, {"post_attention_layernorm", "ffn_norm"}},
                           {{"gpt_neox.embed_in", "token_embd"}, {"gpt_neox.final_layer_norm", "output_norm"},
                            {"embed_out", "output"}}};
  return names;
}

struct Architecture { std::string_view model_type, name; const Names& (*names)(); bool permuted; };
constexpr Architecture kArchitectures[] = {{"llama", "llama", llama_names, true},     {"mistral", "llama", llama_names, true},
                                           {"qwen2", "qwen2", llama_names, false},    {"qwen3", "qwen3", llama_names, false},
                                           {"gpt2", "gpt2", gpt2_names, false},       {"gpt_neox", "gptneox", gpt_neox_names, false}};

const Architecture* architecture(const std::string& model_type) {
  for (const Architecture& known : kArchitectures)
    if (known.model_type == model_type) return &known;
  return nullptr;
}

std::string_view lookup(const std::vector<Pair>& pairs, std::string_view name) {
  for (const Pair& pair : pairs)
    if (pair.first == name) return pair.second;
  return {};
}

// Rows of one part of one head.
Result<size_t> head_size(const std::string& module, size_t rows, int heads, size_t parts) {
  const size_t unit = static_cast<size_t>(heads) * parts;
  if (heads < 1 || rows == 0 || rows % unit != 0)
    return invalid_argument(module + ": expected a multiple of " + std::to_string(unit) + " rows (heads times " + std::to_string(parts) +
                                "), got " + std::to_string(rows),
                            kWhere);
  return rows / unit;
}

}  // namespace

Result<std::string> gguf_architecture(const std::string& model_type) {
  const Architecture* known = architecture(model_type);
  if (!known) return Status(Code::unimplemented, "model_type \"" + model_type + "\" cannot be written as GGUF", kWhere);
  return std::string(known->name);
}

std::string gguf_module(const std::string& model_type, const std::string& module) {
  const Architecture* known = architecture(model_type);
  if (!known) return {};
  const Names& names = known->names();
  if (!module.starts_with(names.layers)) return std::string(lookup(names.others, module));
  const size_t end = module.find('.', names.layers.size());
  if (end == std::string::npos) return {};
  const std::string layer = module.substr(names.layers.size(), end - names.layers.size());
  const std::string_view name = lookup(names.in_layer, std::string_view(module).substr(end + 1));
  return name.empty() ? std::string() : "blk." + layer + "." + std::string(name);
}

Result<std::vector<size_t>> gguf_rows(const GgufModel& model, const std::string& module, size_t rows) {
  const Architecture* known = architecture(model.model_type);
  const bool query = module.ends_with(".q_proj"), key = module.ends_with(".k_proj");
  const bool fused = model.model_type == "gpt_neox" && module.ends_with(".query_key_value");
  std::vector<size_t> order;
  if (known && known->permuted && (query || key)) {
    FEDLLM_ASSIGN_OR_RETURN(const size_t half, head_size(module, rows, query ? model.heads : model.kv_heads, 2));
    for (size_t head = 0; head < rows / (2 * half); ++head)
      for (size_t i = 0; i < half; ++i)
        for (size_t side = 0; side < 2; ++side) order.push_back((2 * head + side) * half + i);
  } else if (fused) {
    FEDLLM_ASSIGN_OR_RETURN(const size_t size, head_size(module, rows, model.heads, 3));
    for (size_t part = 0; part < 3; ++part)
      for (size_t head = 0; head < static_cast<size_t>(model.heads); ++head)
        for (size_t i = 0; i < size; ++i) order.push_back((3 * head + part) * size + i);
  }
  return order;
}

}  // namespace fedllm::adapter
