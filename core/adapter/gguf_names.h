// How llama.cpp names the modules of the architectures this program knows, and how it orders the rows of their weights:
// Llama's rotary positions turn neighbouring rows (2i, 2i + 1) where Hugging Face's turn (i, i + half), so queries and keys of
// llama and mistral are permuted head by head; GPT-NeoX's fused rows head by head of query, key, value become all queries,
// all keys, all values. Pure. Source: github.com/ggml-org/llama.cpp, gguf-py/gguf/tensor_mapping.py and conversion/.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace fedllm::adapter {

// The part of a model's config.json that names and rows depend on.
struct GgufModel {
  std::string model_type;              // "llama", as in config.json
  int heads = 0, kv_heads = 0;
};

// "llama", "qwen2", "qwen3", "gpt2", "gptneox"; mistral is llama. Another model_type is UNIMPLEMENTED.
Result<std::string> gguf_architecture(const std::string& model_type);
// "blk.3.attn_q" of "model.layers.3.self_attn.q_proj"; "output" of "lm_head". Empty: llama.cpp has no such module.
std::string gguf_module(const std::string& model_type, const std::string& module);
// For every row of the written weight the row of `module` that it holds; empty: as they are. `rows` must be whole heads.
Result<std::vector<size_t>> gguf_rows(const GgufModel& model, const std::string& module, size_t rows);

}  // namespace fedllm::adapter
