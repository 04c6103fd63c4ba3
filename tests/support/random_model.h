// A checkpoint of random weights for any config.json that the engine reads, by the tensors that its plan names. The folder
// must exist. Same seed, same bytes.
#pragma once

#include <QtGlobal>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "base/seed_tree.h"
#include "train/model_config.h"

namespace fedllm::tests {

// The six architectures, tiny: two layers, more queries than keys where there can be, 40 tokens, 64 positions.
inline std::vector<nlohmann::json> tiny_configs() {
  std::vector<nlohmann::json> all;
  for (const char* type : {"llama", "mistral", "qwen2", "qwen3"})
    all.push_back({{"model_type", type}, {"hidden_size", 24}, {"intermediate_size", 32}, {"num_attention_heads", 4}, {"num_key_value_heads", 2}, {"head_dim", 6},
                   {"num_hidden_layers", 2}, {"max_position_embeddings", 64}, {"vocab_size", 40}, {"rms_norm_eps", 1e-6}});
  all.push_back({{"model_type", "gpt2"}, {"n_embd", 24}, {"n_head", 3}, {"n_layer", 2}, {"n_positions", 64}, {"vocab_size", 40}});
  all.push_back({{"model_type", "gpt_neox"}, {"hidden_size", 24}, {"intermediate_size", 32}, {"num_attention_heads", 3}, {"num_hidden_layers", 2},
                 {"max_position_embeddings", 64}, {"vocab_size", 40}});
  return all;
}

inline void write_random_model(const std::string& folder, const nlohmann::json& config, uint64_t seed = 1) {
  const auto parsed = train::parse_config(config.dump(), folder);
  if (!parsed.ok()) qFatal("%s", parsed.status().message().c_str());
  Rng rng(seed);
  std::vector<adapter::TensorToWrite> tensors;
  for (const train::TensorSpec& tensor : train::plan_of(*parsed).tensors) {
    size_t count = 1;
    for (const int64_t n : tensor.shape) count *= static_cast<size_t>(n);
    const bool gain = tensor.shape.size() == 1 && tensor.name.ends_with(".weight");
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>((gain ? 1 : 0) + 0.1 * (rng.uniform() - 0.5));
    tensors.push_back(adapter::float_tensor(tensor.name, tensor.shape, values));
  }
  for (const Status& status : {write_file_atomic(folder + "/config.json", config.dump()), write_file_atomic(folder + "/model.safetensors", adapter::serialize_safetensors(std::move(tensors)))})
    if (!status.ok()) qFatal("%s", status.message().c_str());
}

}  // namespace fedllm::tests
