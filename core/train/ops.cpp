#include "train/ops.h"

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/torch.h>

#include <cmath>

#include "train/kernels.h"

namespace fedllm::train::ops {
namespace {

using at::Tensor;
using torch::autograd::Node;
using torch::autograd::variable_list;

// Operations inside a node must not be recorded themselves.
using Unrecorded = at::AutoDispatchBelowADInplaceOrView;

template <class T>
std::shared_ptr<T> make_node() {
  return std::shared_ptr<T>(new T, torch::autograd::deleteNode);
}
// A saved output would hold its own node in a cycle; its data alone does not.
Tensor saved_output(const Tensor& output) { return output.variable_data(); }

float* data(const Tensor& t) { return t.data_ptr<float>(); }

// Edges: x, residual, then weight and bias of each linear.
struct ProjectNode : Node {
  Tensor x;
  std::vector<Tensor> weights;

  variable_list apply(variable_list&& grads) override {
    Unrecorded guard;
    variable_list out(2 + 2 * weights.size());
    Tensor dx;
    for (size_t i = 0; i < weights.size(); ++i) {
      const Tensor& dy = grads[i];
      if (!dy.defined()) continue;
      const size_t edge = 2 + 2 * i;
      if (should_compute_output(0)) {
        if (dx.defined()) dx.addmm_(dy, weights[i]);
        else dx = at::mm(dy, weights[i]);
      }
      if (should_compute_output(edge)) out[edge] = at::mm(dy.t(), x);
      if (should_compute_output(edge + 1)) out[edge + 1] = dy.sum(0);
    }
    out[0] = dx;
    if (should_compute_output(1)) out[1] = grads[0];
    return out;
  }
  void release_variables() override { x.reset(), weights.clear(); }
  std::string name() const override { return "project"; }
};

Tensor run_linear(const Tensor& x, const Linear& linear, const Tensor& residual) {
  Tensor y = residual.defined() ? at::addmm(residual, x, linear.weight.t()) : linear.bias.defined() ? at::addmm(linear.bias, x, linear.weight.t()) : at::mm(x, linear.weight.t());
  if (residual.defined() && linear.bias.defined()) y.add_(linear.bias);
  return y;
}

}  // namespace

std::vector<Tensor> project(const Tensor& x, std::initializer_list<const Linear*> linears, const Tensor& residual) {
  std::vector<Tensor> outputs, weights;
  variable_list inputs{x, residual};
  {
    Unrecorded guard;
    for (const Linear* linear : linears) {
      inputs.insert(inputs.end(), {linear->weight, linear->bias});
      outputs.push_back(run_linear(x, *linear, residual));
      weights.push_back(linear->weight);
    }
  }
  if (!torch::autograd::compute_requires_grad(inputs)) return outputs;
  auto node = make_node<ProjectNode>();
  node->x = x, node->weights = std::move(weights);
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  for (Tensor& y : outputs) torch::autograd::set_history(y, node);
  return outputs;
}

namespace {

struct RmsNormNode : Node {
  Tensor x, gain, inverse;
  variable_list apply(variable_list&& grads) override {
    Unrecorded guard;
    const Tensor dy = grads[0].contiguous(), dx = at::empty_like(x);
    const Tensor dgain = should_compute_output(1) ? at::zeros_like(gain) : Tensor();
    kernels::rms_norm_backward(data(x), data(gain), data(inverse), data(dy), data(dx), dgain.defined() ? data(dgain) : nullptr, x.size(0), x.size(1));
    return {dx, dgain};
  }
  void release_variables() override { x.reset(), gain.reset(), inverse.reset(); }
  std::string name() const override { return "rms_norm"; }
};

struct SwigluNode : Node {
  Tensor gate, up;
  variable_list apply(variable_list&& grads) override {
    Unrecorded guard;
    const Tensor dy = grads[0].contiguous(), dgate = at::empty_like(gate), dup = at::empty_like(up);
    kernels::swiglu_backward(data(gate), data(up), data(dy), data(dgate), data(dup), gate.numel());
    return {dgate, dup};
  }
  void release_variables() override { gate.reset(), up.reset(); }
  std::string name() const override { return "swiglu"; }
};

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& gain, double eps) {
  Tensor y, inverse;
  {
    Unrecorded guard;
    y = at::empty_like(x), inverse = at::empty({x.size(0)}, x.options());
    kernels::rms_norm(data(x), data(gain), data(y), data(inverse), x.size(0), x.size(1), static_cast<float>(eps));
  }
  if (!torch::autograd::compute_requires_grad(x, gain)) return y;
  auto node = make_node<RmsNormNode>();
  node->x = x, node->gain = gain, node->inverse = inverse;
  node->set_next_edges(torch::autograd::collect_next_edges(x, gain));
  torch::autograd::set_history(y, node);
  return y;
}

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  Tensor y;
  {
    Unrecorded guard;
    y = at::empty_like(gate);
    kernels::swiglu(data(gate), data(up), data(y), gate.numel());
  }
  if (!torch::autograd::compute_requires_grad(gate, up)) return y;
  auto node = make_node<SwigluNode>();
  node->gate = gate, node->up = up;
  node->set_next_edges(torch::autograd::collect_next_edges(gate, up));
  torch::autograd::set_history(y, node);
  return y;
}

namespace {

kernels::Heads rows_of(const Tensor& t, const Heads& heads) { return {data(t), t.size(1), heads.head_dim}; }
kernels::Rotation rotation_of(const Heads& heads) { return {data(heads.cosine), data(heads.sine), heads.head_dim}; }

// Positions of the out rows: the last ones of every sequence.
std::vector<int32_t> out_positions(const PackedBatch& batch) {
  std::vector<int32_t> positions;
  for (int s = 0; s < batch.sequences(); ++s)
    for (int32_t n = batch.out_starts[s + 1] - batch.out_starts[s], i = batch.starts[s + 1] - n; i < batch.starts[s + 1]; ++i)
      positions.push_back(batch.positions[i]);
  return positions;
}

kernels::AttentionShape shape_of(const Heads& heads, const std::vector<int32_t>& keys, const std::vector<int32_t>& queries) {
  return {keys, queries, heads.heads, heads.kv_heads, heads.head_dim, 1.0f / std::sqrt(static_cast<float>(heads.head_dim))};
}

struct AttentionNode : Node {
  Tensor q, k, v, out, log_sums;      // q and k rotated
  Heads heads;
  const PackedBatch* batch = nullptr;
  const std::vector<int32_t>* query_starts = nullptr;
  std::vector<int32_t> query_positions;

  variable_list apply(variable_list&& grads) override {
    Unrecorded guard;
    const Tensor dout = grads[0].contiguous(), dq = at::empty_like(q), dk = at::empty_like(k), dv = at::empty_like(v);
    kernels::attention_backward(shape_of(heads, batch->starts, *query_starts), rows_of(q, heads), rows_of(k, heads), rows_of(v, heads), rows_of(out, heads), data(log_sums),
                                rows_of(dout, heads), rows_of(dq, heads), rows_of(dk, heads), rows_of(dv, heads));
    const kernels::Rotation rotation = rotation_of(heads);
    kernels::rotate(data(dq), query_positions.data(), q.size(0), heads.heads, rotation, -1);
    kernels::rotate(data(dk), batch->positions.data(), k.size(0), heads.kv_heads, rotation, -1);
    return {dq, dk, dv};
  }
  void release_variables() override { q.reset(), k.reset(), v.reset(), out.reset(), log_sums.reset(); }
  std::string name() const override { return "attention"; }
};

}  // namespace

Tensor attention(const Tensor& q_in, const Tensor& k_in, const Tensor& v, const Heads& heads, const PackedBatch& batch) {
  const bool every_row = q_in.size(0) == batch.rows();
  std::vector<int32_t> query_positions = every_row ? batch.positions : out_positions(batch);
  const std::vector<int32_t>& query_starts = every_row ? batch.starts : batch.out_starts;
  Tensor out, log_sums;
  // The rotation is in place: nothing else reads the projections.
  const Tensor q = q_in.variable_data(), k = k_in.variable_data();
  {
    Unrecorded guard;
    const kernels::Rotation rotation = rotation_of(heads);
    kernels::rotate(data(q), query_positions.data(), q.size(0), heads.heads, rotation, 1);
    kernels::rotate(data(k), batch.positions.data(), k.size(0), heads.kv_heads, rotation, 1);
    out = at::empty_like(q), log_sums = at::empty({q.size(0), heads.heads}, q.options());
    kernels::attention(shape_of(heads, batch.starts, query_starts), rows_of(q, heads), rows_of(k, heads), rows_of(v, heads), rows_of(out, heads), data(log_sums));
  }
  if (!torch::autograd::compute_requires_grad(q_in, k_in, v)) return out;
  auto node = make_node<AttentionNode>();
  node->q = q, node->k = k, node->v = v.variable_data(), node->out = saved_output(out), node->log_sums = log_sums;
  node->heads = heads, node->batch = &batch, node->query_starts = &query_starts, node->query_positions = std::move(query_positions);
  node->set_next_edges(torch::autograd::collect_next_edges(q_in, k_in, v));
  torch::autograd::set_history(out, node);
  return out;
}

namespace {

struct CrossEntropyNode : Node {
  Tensor probabilities;
  const std::vector<int64_t>* targets = nullptr;
  variable_list apply(variable_list&& grads) override {
    Unrecorded guard;
    const float factor = grads[0].item<float>() / static_cast<float>(targets->size());
    kernels::cross_entropy_backward(data(probabilities), targets->data(), probabilities.size(0), probabilities.size(1), factor);
    return {std::move(probabilities)};
  }
  void release_variables() override { probabilities.reset(); }
  std::string name() const override { return "cross_entropy"; }
};

double sum_of(const std::vector<float>& values) {
  double sum = 0;
  for (float v : values) sum += v;
  return sum;
}

}  // namespace

Tensor cross_entropy(Tensor logits, const std::vector<int64_t>& targets, std::vector<float>* row_losses, std::vector<int32_t>* argmax) {
  std::vector<float> own;
  std::vector<float>& losses = row_losses ? *row_losses : own;
  losses.resize(targets.size());
  if (argmax) argmax->resize(targets.size());
  Tensor loss;
  {
    Unrecorded guard;
    kernels::cross_entropy(data(logits), targets.data(), losses.data(), argmax ? argmax->data() : nullptr, logits.size(0), logits.size(1));
    loss = at::scalar_tensor(sum_of(losses) / static_cast<double>(targets.size()), logits.options());
  }
  if (!torch::autograd::compute_requires_grad(logits)) return loss;
  auto node = make_node<CrossEntropyNode>();
  node->probabilities = logits.variable_data(), node->targets = &targets;
  node->set_next_edges(torch::autograd::collect_next_edges(logits));
  torch::autograd::set_history(loss, node);
  return loss;
}

}  // namespace fedllm::train::ops
