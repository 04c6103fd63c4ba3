// The Llama network: pre-norm blocks of rotary grouped-query attention and SwiGLU (Touvron et al. 2302.13971), as Hugging
// Face's LlamaForCausalLM computes it. The last block's queries and MLP run on the wanted rows only.
#include <torch/torch.h>

#include <algorithm>

#include "train/network.h"
#include "train/rotary.h"

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
    const auto linear = [&](const LinearPlan& plan) { return Linear{get(plan.name + ".weight"), plan.bias ? get(plan.name + ".bias") : Tensor()}; };
    const ModelPlan plan = plan_of(config_);
    for (const LayerPlan& layer : plan.layers)
      blocks_.push_back({get(layer.attention_norm.name + ".weight"), get(layer.mlp_norm.name + ".weight"), linear(layer.qkv[0]), linear(layer.qkv[1]), linear(layer.qkv[2]),
                         linear(layer.attention_out), linear(layer.mlp_in[0]), linear(layer.mlp_in[1]), linear(layer.mlp_out)});
    embedding_ = get(plan.embedding);
    norm_ = get(plan.final_norm.name + ".weight");
    head_.weight = get(plan.head);
  }

  Tensor hidden(const PackedBatch& batch) const override {
    const Tensor tokens = at::from_blob(const_cast<int64_t*>(batch.tokens.data()), {batch.rows()}, at::kLong);
    Tensor x = at::embedding(embedding_, tokens);
    const Tensor wanted = wanted_rows(batch);
    for (int layer = 0; layer < config_.layers; ++layer) x = run(blocks_[layer], x, layer + 1 == config_.layers ? wanted : Tensor(), batch);
    return ops::rms_norm(x, norm_, config_.norm_eps);
  }

  Tensor logits(const Tensor& hidden) const override { return ops::project(hidden, {&head_})[0]; }

 private:
  Tensor run(const Block& block, Tensor x, const Tensor& wanted, const PackedBatch& batch) const {
    const Tensor normed = ops::rms_norm(x, block.attention_norm, config_.norm_eps);
    std::vector<Tensor> qkv;
    if (wanted.defined()) {
      qkv = ops::project(at::index_select(normed, 0, wanted), {&block.q});
      for (Tensor& t : ops::project(normed, {&block.k, &block.v})) qkv.push_back(std::move(t));
      x = at::index_select(x, 0, wanted);
    } else {
      qkv = ops::project(normed, {&block.q, &block.k, &block.v});
    }
    const Tensor mixed = ops::attention(qkv[0], qkv[1], qkv[2], heads_, batch);
    x = ops::project(mixed, {&block.o}, x)[0];
    const Tensor middle = ops::rms_norm(x, block.mlp_norm, config_.norm_eps);
    const std::vector<Tensor> gated = ops::project(middle, {&block.gate, &block.up});
    return ops::project(ops::swiglu(gated[0], gated[1]), {&block.down}, x)[0];
  }

  ModelConfig config_;
  ops::Heads heads_;
  std::vector<Block> blocks_;
  Tensor embedding_, norm_;
  Linear head_;
};

}  // namespace

void make_rotation(Weights& weights) {
  const RotationTable table = make_rotation(weights.config.rope, weights.config.max_positions);
  const auto tensor = [&](const std::vector<float>& values) { return at::tensor(values).view({table.positions, table.half}); };
  weights.cosine = tensor(table.cosine), weights.sine = tensor(table.sine);
}

Status network_supports(const ModelConfig& c) {
  const bool windowed = std::any_of(c.windows.begin(), c.windows.end(), [](int window) { return window != 0; });
  const bool same = c.norm == NormKind::rms && c.gated && c.activation == Activation::silu && !c.qk_norm && c.qkv == QkvLayout::separate;
  if (same && !windowed && !depends_on_length(c.rope)) return {};
  return {Code::unimplemented, "this network does not compute what the " + c.model_type + " config asks for", "train.network"};
}

std::unique_ptr<Network> make_network(const Weights& weights) { return std::make_unique<Llama>(weights); }

}  // namespace fedllm::train
