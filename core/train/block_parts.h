// What the forward and the backward pass of a block share: where heads lie in a row, norms by kind, LoRA on a group of
// linears with its dropout masks. Internal to transformer*.cpp.
#pragma once

#include <span>

#include "train/transformer.h"

namespace fedllm::train {

// Rows of queries, keys and values inside the rows of the qkv linears.
struct QkvHeads { kernels::Heads q, k, v; };
QkvHeads qkv_heads(const ModelConfig& config, float* qkv, int64_t stride);
inline kernels::Heads plain_heads(const ModelConfig& config, float* data, int heads) { return {data, int64_t{heads} * config.head_dim, config.head_dim}; }

void norm_forward(const ModelConfig& config, const FrozenNorm& norm, const float* x, float* y, float* mean, float* inverse, int64_t rows);
// dx += the gradient.
void norm_backward(const ModelConfig& config, const FrozenNorm& norm, const float* x, const float* mean, const float* inverse, const float* dy, float* dx, int64_t rows);

// Where a group's LoRA runs. Dropout has a stream a module and sequence, so that it does not depend on who shares a pass.
struct LoraSite {
  const Pass& pass;
  int layer;
  GroupKind kind;
  std::span<const int32_t> starts;   // rows of each sequence among those that the group reads, [sequences + 1]
  const LoraGroup* group() const {
    if (!pass.lora) return nullptr;
    const LoraGroup& g = pass.lora->group(layer, kind);
    return g.modules.empty() ? nullptr : &g;
  }
};
// low [rows, rank] = scale dropout(x) A^T.
void lora_low(const LoraSite& site, const float* x, int64_t rows, Arena& arena, float* low);
// y of outputs [from, to) += low B^T, for the modules that lie within.
void lora_up(const LoraSite& site, const float* low, int64_t rows, MatrixOut y, int64_t from, int64_t to);

// Rows whose sums go to one gradient.
struct RowRange { int64_t from = 0, to = 0; float* gradient = nullptr; };
// Gradients of B, and d_low [rows, rank] = scale dy B, for the modules within outputs [from, to).
void lora_up_backward(const LoraSite& site, const float* low, MatrixIn dy, int64_t rows, int64_t from, int64_t to, float* d_low, std::span<const RowRange> ranges, Arena& arena);
// Gradients of A; dx (may be null) += d_low A.
void lora_low_backward(const LoraSite& site, const float* x, const float* d_low, int64_t rows, float* dx, std::span<const RowRange> ranges, Arena& arena);

// Rows `rows` of x [*, width], one after another.
void gather(const float* x, const std::vector<int32_t>& rows, int64_t width, float* y);

}  // namespace fedllm::train
