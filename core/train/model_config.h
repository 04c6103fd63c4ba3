// ModelConfig: what a config.json asks for, checked; and the tensors and modules that follow from it, in model order.
// Values, torch-free. Whatever a config asks for and this version does not do is an error that names the key; accepted
// sizes multiply without overflow.
// An architecture is one Architecture entry: parse, list tensors, and (network.h) build the network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "spec/forecast.h"

namespace fedllm::train {

struct ModelConfig {
  std::string model_type;            // "llama"
  int vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int max_positions = 0;
  double rms_norm_eps = 1e-6, rope_theta = 10000, initializer_range = 0.02;
  bool tie_word_embeddings = false, attention_bias = false, mlp_bias = false;
  int eos_token_id = -1;             // the first, where there are several; -1: none within the vocabulary
};

struct TensorSpec {
  std::string name;                  // as in the safetensors file
  std::vector<int64_t> shape;
};

struct Architecture {
  const char* model_type;
  std::vector<TensorSpec> (*tensors)(const ModelConfig&);
  // Linear modules in model order: "model.layers.0.self_attn.q_proj" has the tensor "<name>.weight" [out, in].
  std::vector<spec::LinearFacts> (*linears)(const ModelConfig&);
};

// The text of a config.json; `where` (its path) goes into messages.
Result<ModelConfig> parse_config(const std::string& text, const std::string& where);
// The entry of a config that parse_config accepted.
const Architecture& architecture_of(const ModelConfig& config);

}  // namespace fedllm::train
