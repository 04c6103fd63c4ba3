// A tiny random Llama checkpoint in a temporary folder, and examples for it. Tests spoil what they want to see refused.
#pragma once

#include <QTemporaryDir>
#include <QTest>

#include <functional>
#include <map>
#include <string>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "base/seed_tree.h"
#include "train/backend.h"

namespace tiny {

using namespace fedllm;

inline constexpr int kVocab = 40, kHidden = 24, kFeed = 40, kLayers = 2, kHeads = 4, kKvHeads = 2, kHeadDim = 6, kPositions = 32, kEos = 2;

struct Tensor { std::vector<int64_t> shape; std::vector<float> values; };
using Tensors = std::map<std::string, Tensor>;

inline std::string config(const std::string& extra = {}) {
  const auto n = [](int value) { return std::to_string(value); };
  return R"({"model_type": "llama", "hidden_act": "silu", "vocab_size": )" + n(kVocab) + R"(, "hidden_size": )" + n(kHidden) +
         R"(, "intermediate_size": )" + n(kFeed) + R"(, "num_hidden_layers": )" + n(kLayers) + R"(, "num_attention_heads": )" + n(kHeads) +
         R"(, "num_key_value_heads": )" + n(kKvHeads) + R"(, "head_dim": )" + n(kHeadDim) + R"(, "max_position_embeddings": )" + n(kPositions) +
         R"(, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "eos_token_id": )" + n(kEos) + (extra.empty() ? "" : ", " + extra) + "}";
}

inline Tensors tensors() {
  Tensors all;
  Rng rng(7);
  const auto add = [&](const std::string& name, std::vector<int64_t> shape) {
    Tensor tensor{std::move(shape), {}};
    int64_t count = 1;
    for (int64_t n : tensor.shape) count *= n;
    for (int64_t i = 0; i < count; ++i) tensor.values.push_back(tensor.shape.size() == 1 ? 1.0f : static_cast<float>(rng.normal() * 0.3));
    all[name] = std::move(tensor);
  };
  add("model.embed_tokens.weight", {kVocab, kHidden});
  add("model.norm.weight", {kHidden});
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::string at = "model.layers." + std::to_string(layer) + ".";
    add(at + "input_layernorm.weight", {kHidden});
    add(at + "post_attention_layernorm.weight", {kHidden});
    add(at + "self_attn.q_proj.weight", {kHeads * kHeadDim, kHidden});
    add(at + "self_attn.k_proj.weight", {kKvHeads * kHeadDim, kHidden});
    add(at + "self_attn.v_proj.weight", {kKvHeads * kHeadDim, kHidden});
    add(at + "self_attn.o_proj.weight", {kHidden, kHeads * kHeadDim});
    add(at + "mlp.gate_proj.weight", {kFeed, kHidden});
    add(at + "mlp.up_proj.weight", {kFeed, kHidden});
    add(at + "mlp.down_proj.weight", {kHidden, kFeed});
  }
  return all;
}

inline void write(const std::string& folder, const std::string& config_json, const Tensors& all) {
  std::vector<adapter::TensorToWrite> out;
  for (const auto& [name, tensor] : all) out.push_back(adapter::float_tensor(name, tensor.shape, tensor.values));
  QVERIFY(write_file_atomic(folder + "/model.safetensors", adapter::serialize_safetensors(std::move(out))).ok());
  QVERIFY(write_file_atomic(folder + "/config.json", config_json).ok());
}

struct Folder {
  QTemporaryDir dir;
  std::string path() const { return dir.path().toStdString(); }
  explicit Folder(const std::string& config_json = config(), const Tensors& all = tensors()) { write(path(), config_json, all); }
};

// Records of 6 to 12 tokens whose answer follows from the prompt's first token, ending with EOS.
inline std::vector<data::Example> examples(int count, uint64_t seed = 3) {
  Rng rng(seed);
  std::vector<data::Example> all;
  for (int i = 0; i < count; ++i) {
    data::Example example;
    const int prompt = 4 + static_cast<int>(rng.below(6));
    for (int t = 0; t < prompt; ++t) example.ids.push_back(3 + static_cast<int32_t>(rng.below(kVocab - 3)));
    example.prompt_length = prompt;
    example.ids.push_back(3 + (example.ids[0] * 5) % (kVocab - 3));
    example.ids.push_back(kEos);
    all.push_back(std::move(example));
  }
  return all;
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().to_string());
  return std::move(result).value();
}

}  // namespace tiny

// The status is an error of that code, one clear sentence with that text in it.
#define REFUSED(result_status, expected_code, text)                                                              \
  do {                                                                                                           \
    const fedllm::Status refused = (result_status);                                                              \
    QVERIFY2(refused.code() == (expected_code), refused.to_string().c_str());                                    \
    QVERIFY2(refused.message().find(text) != std::string::npos, refused.to_string().c_str());                    \
    QVERIFY2(refused.message().find('\n') == std::string::npos, refused.to_string().c_str());                    \
  } while (0)
