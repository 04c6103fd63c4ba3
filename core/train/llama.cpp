// The Llama network: pre-norm blocks of rotary grouped-query attention and SwiGLU (Touvron et al. 2302.13971), as Hugging
// Face's LlamaForCausalLM computes it. The last block's queries and MLP run on the wanted rows only.
#include <torch/torch.h>

#include "train/network.h"

namespace fedllm::train {
namespace {

using at::Tensor;

struct Block {
  Tensor attention_norm, mlp_norm;
  Linear q, k, v, o, gate, up, down;
};

// Rows of the whole batch that are wanted; undefined where all are.
Tensor wanted_rows(const PackedBatch& batch) {
  if (batch.out_rows() == batch.rows()) return {};
  std::vector<int64_t> rows;
  for (int s = 0; s < batch.sequences(); ++s)
    for (int32_t n = batch.out_starts[s + 1] - batch.out_starts[s], i = batch.starts[s + 1] - n; i < batch.starts[s + 1]; ++i) rows.push_back(i);
  return at::tensor(rows, at::kLong);
}

class Llama final : public Network {
 public:
  explicit Llama(const Weights& weights) : config_(weights.config), heads_{config_.heads, config_.kv_heads, config_.head_dim, weights.cosine, weights.sine} {
    const auto get = [&](const std::string& name) { return weights.tensors.at(name); };
    const auto linears = architecture_of(config_).linears(config_);
    int next = 0;
    const auto linear = [&] {
      const std::string& name = linears[next].name;
      const auto bias = weights.tensors.find(name + ".bias");
      return Linear{get(name + ".weight"), bias == weights.tensors.end() ? Tensor() : bias->second, next++};
    };
    for (int layer = 0; layer < config_.layers; ++layer) {
      const std::string at = "model.layers." + std::to_string(layer) + ".";
      Block block{get(at + "input_layernorm.weight"), get(at + "post_attention_layernorm.weight")};
      for (Linear Block::*part : {&Block::q, &Block::k, &Block::v, &Block::o, &Block::gate, &Block::up, &Block::down}) block.*part = linear();
      blocks_.push_back(std::move(block));
    }
    embedding_ = get("model.embed_tokens.weight");
    norm_ = get("model.norm.weight");
    head_.weight = config_.tie_word_embeddings ? embedding_ : get("lm_head.weight");
  }

  Tensor hidden(const PackedBatch& batch, const Pass& pass) const override {
    const Tensor tokens = at::from_blob(const_cast<int64_t*>(batch.tokens.data()), {batch.rows()}, at::kLong);
    Tensor x = at::embedding(embedding_, tokens);
    const Tensor wanted = wanted_rows(batch);
    for (int layer = 0; layer < config_.layers; ++layer) x = run(blocks_[layer], x, layer + 1 == config_.layers ? wanted : Tensor(), batch, pass, layer);
    if (pass.cache) pass.cache->length += static_cast<int>(batch.rows());
    return ops::rms_norm(x, norm_, config_.rms_norm_eps);
  }

  Tensor logits(const Tensor& hidden) const override { return ops::project(hidden, {&head_}, {})[0]; }
  int layers() const override { return config_.layers; }
  int kv_width() const override { return config_.kv_heads * config_.head_dim; }

 private:
  Tensor run(const Block& block, Tensor x, const Tensor& wanted, const PackedBatch& batch, const Pass& pass, int layer) const {
    const Tensor normed = ops::rms_norm(x, block.attention_norm, config_.rms_norm_eps);
    std::vector<Tensor> qkv;
    if (wanted.defined()) {
      qkv = ops::project(at::index_select(normed, 0, wanted), {&block.q}, pass);
      for (Tensor& t : ops::project(normed, {&block.k, &block.v}, pass)) qkv.push_back(std::move(t));
      x = at::index_select(x, 0, wanted);
    } else {
      qkv = ops::project(normed, {&block.q, &block.k, &block.v}, pass);
    }
    const Tensor mixed = ops::attention(qkv[0], qkv[1], qkv[2], heads_, batch, pass, layer);
    x = ops::project(mixed, {&block.o}, pass, x)[0];
    const Tensor middle = ops::rms_norm(x, block.mlp_norm, config_.rms_norm_eps);
    const std::vector<Tensor> gated = ops::project(middle, {&block.gate, &block.up}, pass);
    return ops::project(ops::swiglu(gated[0], gated[1]), {&block.down}, pass, x)[0];
  }

  ModelConfig config_;
  ops::Heads heads_;
  std::vector<Block> blocks_;
  Tensor embedding_, norm_;
  Linear head_;
};

}  // namespace

// Operation by operation in float32 as Hugging Face's LlamaRotaryEmbedding: one unit in the last place of a frequency is
// 1e-4 radians at position 2000.
void make_rotation(Weights& weights) {
  const ModelConfig& c = weights.config;
  const Tensor exponents = at::arange(0, c.head_dim, 2, at::kFloat) / c.head_dim;
  const Tensor frequencies = at::reciprocal(at::pow(at::Scalar(c.rope_theta), exponents));
  const Tensor angles = at::outer(at::arange(c.max_positions, at::kFloat), frequencies);
  weights.cosine = at::cos(angles), weights.sine = at::sin(angles);
}

std::unique_ptr<Network> make_network(const Weights& weights) { return std::make_unique<Llama>(weights); }

KvCache make_cache(const Network& network, int capacity) {
  KvCache cache;
  for (int layer = 0; layer < network.layers(); ++layer) {
    cache.keys.push_back(at::empty({capacity, network.kv_width()}, at::kFloat));
    cache.values.push_back(at::empty({capacity, network.kv_width()}, at::kFloat));
  }
  return cache;
}

}  // namespace fedllm::train
