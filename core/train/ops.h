// The differentiable steps of pretraining on packed rows `[rows, width]`, each one autograd node over a fused kernel or BLAS
// product: at these sizes many tiny autograd operations would cost more than the arithmetic. Gradients are taken for the
// weights. Module-internal; may throw.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <vector>

#include "train/batch.h"

namespace fedllm::train {

struct Linear {
  at::Tensor weight, bias;             // [out, in], [out] or undefined
};

namespace ops {

// x W^T + bias (+ residual) for each linear of the list, all reading x.
std::vector<at::Tensor> project(const at::Tensor& x, std::initializer_list<const Linear*> linears, const at::Tensor& residual = {});
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain, double eps);
at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);

struct Heads {
  int heads = 0, kv_heads = 0, head_dim = 0;
  at::Tensor cosine, sine;             // [positions, head_dim / 2]
};
// Rotary causal attention. q has all rows of the batch, or only its out rows. `batch` must outlive the backward pass.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Heads& heads, const PackedBatch& batch);

// Mean cross entropy in nats; consumes logits [rows, vocab] (they become probabilities). row_losses and argmax, where
// given, get one entry a row. `targets` must outlive the backward pass.
at::Tensor cross_entropy(at::Tensor logits, const std::vector<int64_t>& targets, std::vector<float>* row_losses = nullptr,
                         std::vector<int32_t>* argmax = nullptr);

}  // namespace ops
}  // namespace fedllm::train
