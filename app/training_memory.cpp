#include "training_memory.h"

#include <algorithm>

namespace fedllm::app {
namespace {

constexpr int64_t kFloat = 4;
constexpr int64_t kLogitFloats = 6 << 20;      // of the loss head at once
constexpr int64_t kMostUnits = 8;              // gradients that are summed at the end of a step

int64_t outputs(const std::vector<train::LinearPlan>& linears) {
  int64_t sum = 0;
  for (const train::LinearPlan& linear : linears) sum += linear.out_features;
  return sum;
}

// Floats of one layer and row that the backward pass reads again.
int64_t kept(const train::ModelConfig& c, const train::LayerPlan& layer, int rank) {
  const int64_t d = c.hidden_size, q = int64_t{c.heads} * c.head_dim, kv = int64_t{c.kv_heads} * c.head_dim;
  const auto modules = static_cast<int64_t>(layer.qkv.size() + layer.mlp_in.size() + 2);
  const int64_t norms = 4 + (c.qk_norm ? q + kv + c.heads + c.kv_heads : 0);
  const int64_t stream = c.parallel_residual ? d : 2 * d;
  return stream + norms + outputs(layer.qkv) + q + c.heads + outputs(layer.mlp_in) + modules * rank;
}

// The largest scratch of a row in the backward pass: the gradient of the stream, and that of the MLP or of the attention.
int64_t scratch(const train::ModelConfig& c, const train::LayerPlan& layer) {
  const int64_t d = c.hidden_size, ff = c.intermediate_size, q = int64_t{c.heads} * c.head_dim;
  const int64_t mlp = ff + std::max(ff, 2 * d), attention = 2 * d + q + outputs(layer.qkv);
  return d + (c.parallel_residual ? d : 0) + std::max(mlp, attention);
}

}  // namespace

TrainingMemory training_memory(const train::ModelFolder& model, const TrainingShape& shape) {
  const train::ModelConfig& c = model.config;
  const int64_t rows = int64_t{shape.batch} * std::min(shape.length, c.max_positions), d = c.hidden_size;
  TrainingMemory memory;
  int64_t a = 0;
  for (const train::LinearPlan& linear : model.plan.linears) {
    a += int64_t{shape.rank} * linear.in_features;
    memory.adapter_parameters += int64_t{shape.rank} * (int64_t{linear.in_features} + linear.out_features);
  }
  memory.base_bytes = model.weights->weight_bytes();
  // Start, values, gradient, two moments; one gradient a unit; A once more, laid out for the products.
  memory.adapter_bytes = kFloat * (memory.adapter_parameters * (5 + std::min<int64_t>(shape.batch, kMostUnits)) + a);
  int64_t tape = 3 * d + 2;
  for (const train::LayerPlan& layer : model.plan.layers) tape += kept(c, layer, shape.rank);
  const int64_t logits = std::min(rows * c.vocab_size, std::max(kLogitFloats, int64_t{16} * c.vocab_size));
  const int64_t on_top = std::max(logits + d * logits / c.vocab_size, rows * scratch(c, model.plan.layers.front()));
  memory.activation_bytes = kFloat * (rows * tape + on_top);
  return memory;
}

}  // namespace fedllm::app
