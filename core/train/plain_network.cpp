#include "train/plain_network.h"

#include <torch/torch.h>

#include <limits>

#include "train/rotary.h"

namespace fedllm::train {

using at::Tensor;

// What all layers of one pass share.
struct PlainNetwork::Scene {
  Tensor cosine, sine;                 // [T, rope.dim], both halves alike
  std::map<int, Tensor> masks;         // by window: 0 where a query sees a key, the type's least number elsewhere
};

namespace {

Tensor activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::silu: return at::silu(x);
    case Activation::gelu: return at::gelu(x);
    case Activation::gelu_tanh: return at::gelu(x, "tanh");
    case Activation::relu: return at::relu(x);
  }
  return x;
}

// The first dim floats of every head turn, the others stay: x [B, heads, T, head_dim].
Tensor rotate(const Tensor& x, const Tensor& cosine, const Tensor& sine) {
  const int64_t dim = cosine.size(1), half = dim / 2, width = x.size(3);
  const Tensor turned = x.narrow(3, 0, dim);
  const Tensor swapped = at::cat({-turned.narrow(3, half, half), turned.narrow(3, 0, half)}, 3);
  const Tensor result = turned * cosine + swapped * sine;
  return dim == width ? result : at::cat({result, x.narrow(3, dim, width - dim)}, 3);
}

// [1 or B, 1, T, T]. A query that sees no key (padding on the left) weighs all keys alike; gpt2, which adds one mask to the
// other (`twice`), leaves out those that both hide.
Tensor make_mask(int64_t length, int window, const Tensor& mask, bool twice, const at::TensorOptions& options) {
  const Tensor places = at::arange(length, options.dtype(at::kLong)), query = places.unsqueeze(1), key = places.unsqueeze(0);
  Tensor later = key > query;
  if (window > 0) later = later.logical_or(key <= query - window);
  later = later.unsqueeze(0).unsqueeze(0);
  const double least = options.dtype() == at::kBFloat16 ? static_cast<double>(std::numeric_limits<at::BFloat16>::lowest()) : std::numeric_limits<float>::lowest();
  if (!mask.defined()) return at::zeros(later.sizes(), options).masked_fill(later, least);
  const Tensor padding = mask.to(options.device()).eq(0).unsqueeze(1).unsqueeze(1), hidden = later.logical_or(padding);
  const Tensor sum = at::zeros(hidden.sizes(), options).masked_fill(hidden, least);
  return twice ? sum.masked_fill(later.logical_and(padding), -std::numeric_limits<double>::infinity()) : sum;
}

}  // namespace

PlainNetwork::PlainNetwork(const ModelConfig& config, const ModelPlan& plan, const TensorSource& source, at::Device device, at::ScalarType type)
    : config_(config), plan_(plan) {
  for (const TensorSpec& spec : plan.tensors) tensors_[spec.name] = source(spec.name).to(device, type);
  if (!tensors_.contains(plan.head)) tensors_[plan.head] = source(plan.head).to(device, type);   // a head of its own beside the embedding
}

PlainNetwork::Scene PlainNetwork::make_scene(const Tensor& ids, const Tensor& mask) const {
  const auto options = tensor(plan_.embedding).options().requires_grad(false);
  const int64_t length = ids.size(1);
  Scene scene;
  for (int window : config_.windows)
    if (!scene.masks.contains(window)) scene.masks[window] = make_mask(length, window, mask, config_.model_type == "gpt2", options);
  const RotationTable table = make_rotation(config_.rope, static_cast<int>(length));
  if (table.half == 0) return scene;
  const auto twice = [&](const std::vector<float>& values) {
    const Tensor part = at::tensor(values).view({length, table.half});
    return at::cat({part, part}, 1).to(options);
  };
  scene.cosine = twice(table.cosine), scene.sine = twice(table.sine);
  return scene;
}

Tensor PlainNetwork::linear(const Tensor& x, const LinearPlan& plan, const PlainPass& pass) const {
  const Tensor weight = tensor(plan.name + ".weight");
  Tensor y = at::matmul(x, plan.transposed ? weight : weight.t());
  if (plan.bias) y = y + tensor(plan.name + ".bias");
  return with_lora(y, x, plan, pass);
}

// y + scale dropout(x) A^T B^T
Tensor PlainNetwork::with_lora(const Tensor& y, const Tensor& x, const LinearPlan& plan, const PlainPass& pass) const {
  if (!pass.lora || pass.lora->empty()) return y;
  const PlainLora& lora = (*pass.lora)[static_cast<size_t>(plan.index)];
  if (!lora.a.defined()) return y;
  const Tensor dropped = at::dropout(x.to(lora.a.scalar_type()), pass.dropout, pass.dropout > 0);
  return (y + at::matmul(at::matmul(dropped, lora.a.t()), lora.b.t()) * lora.scale).to(y.scalar_type());
}

Tensor PlainNetwork::norm(const Tensor& x, const NormPlan& plan) const {
  const Tensor gain = tensor(plan.name + ".weight");
  if (config_.norm == NormKind::layer) return at::layer_norm(x, {plan.width}, gain, tensor(plan.name + ".bias"), config_.norm_eps);
  const Tensor wide = x.to(at::kFloat);
  return gain * (wide * at::rsqrt(wide.pow(2).mean(-1, true) + config_.norm_eps)).to(x.scalar_type());
}

// Each [B, heads or kv_heads, T, head_dim].
std::vector<Tensor> PlainNetwork::query_key_value(const Tensor& x, const LayerPlan& layer, const PlainPass& pass) const {
  const int64_t batch = x.size(0), length = x.size(1), dim = config_.head_dim;
  std::vector<Tensor> parts;
  for (const LinearPlan& plan : layer.qkv) parts.push_back(linear(x, plan, pass));
  if (config_.qkv == QkvLayout::per_head) {
    const Tensor heads = parts[0].view({batch, length, config_.heads, 3, dim});
    for (int i = 0; i < 3; ++i) parts.push_back(heads.select(3, i));
    parts.erase(parts.begin());
  } else if (config_.qkv == QkvLayout::blocks) {
    const int64_t wide = config_.heads * dim, narrow = config_.kv_heads * dim;
    parts = at::split_with_sizes(parts[0], {wide, narrow, narrow}, -1);
  }
  for (Tensor& part : parts) part = part.reshape({batch, length, -1, dim});
  if (config_.qk_norm) parts[0] = norm(parts[0], layer.q_norm), parts[1] = norm(parts[1], layer.k_norm);
  for (Tensor& part : parts) part = part.transpose(1, 2);
  return parts;
}

Tensor PlainNetwork::attention(const Tensor& x, size_t layer, const Scene& scene, const PlainPass& pass) const {
  const LayerPlan& plan = plan_.layers[layer];
  std::vector<Tensor> qkv = query_key_value(x, plan, pass);
  if (scene.cosine.defined())
    for (size_t i : {0, 1}) qkv[i] = rotate(qkv[i], scene.cosine, scene.sine);
  const int64_t group = config_.heads / config_.kv_heads;
  if (group > 1)
    for (size_t i : {1, 2}) qkv[i] = qkv[i].repeat_interleave(group, 1);
  const Tensor scores = at::matmul(qkv[0], qkv[1].transpose(2, 3)) * config_.attention_scales[layer] + scene.masks.at(config_.windows[layer]);
  const Tensor shares = at::softmax(scores, -1, at::kFloat).to(x.scalar_type());
  return linear(at::matmul(shares, qkv[2]).transpose(1, 2).reshape({x.size(0), x.size(1), -1}), plan.attention_out, pass);
}

Tensor PlainNetwork::mlp(const Tensor& x, const LayerPlan& layer, const PlainPass& pass) const {
  Tensor inner = activate(linear(x, layer.mlp_in[0], pass), config_.activation);
  if (config_.gated) inner = inner * linear(x, layer.mlp_in[1], pass);
  return linear(inner, layer.mlp_out, pass);
}

Tensor PlainNetwork::block(const Tensor& x, size_t layer, const Scene& scene, const PlainPass& pass) const {
  const LayerPlan& plan = plan_.layers[layer];
  const Tensor mixed = attention(norm(x, plan.attention_norm), layer, scene, pass);
  if (config_.parallel_residual) return mlp(norm(x, plan.mlp_norm), plan, pass) + mixed + x;
  const Tensor middle = x + mixed;
  return middle + mlp(norm(middle, plan.mlp_norm), plan, pass);
}

Tensor PlainNetwork::hidden(const Tensor& ids, const Tensor& mask, const PlainPass& pass) const {
  const Tensor embedding = tensor(plan_.embedding);
  Tensor x = at::embedding(embedding, ids.to(embedding.device()));
  if (config_.learned_positions) x = x + tensor(plan_.positions).narrow(0, 0, ids.size(1));
  const Scene scene = make_scene(ids, mask);
  for (size_t layer = 0; layer < plan_.layers.size(); ++layer) {
    if (pass.hidden_states) pass.hidden_states->push_back(x);
    x = block(x, layer, scene, pass);
  }
  x = norm(x, plan_.final_norm);
  if (pass.hidden_states) pass.hidden_states->push_back(x);
  return x;
}

Tensor PlainNetwork::logits(const Tensor& hidden, const PlainPass& pass) const {
  return with_lora(at::matmul(hidden, tensor(plan_.head).t()), hidden, plan_.head_linear, pass);
}

}  // namespace fedllm::train
