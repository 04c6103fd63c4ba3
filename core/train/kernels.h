// The fused float32 loops of a transformer step, on plain arrays: what LibTorch would do in many small operations. Matrix
// products with weights stay with LibTorch's BLAS. Rows `[N, width]` are row-major and dense unless a stride is given.
// Single-threaded, no allocation but a per-thread scratch, no errors; equal inputs give equal bits on one machine.
// Sources: RMSNorm 1910.07467, RoPE 2104.09864 (Hugging Face's half-split form), SwiGLU 2002.05202, AdamW 1711.05101.
#pragma once

#include <cstdint>
#include <span>

namespace fedllm::train::kernels {

// y = x / sqrt(mean(x^2) + eps) * gain; inverse_rms[N] is kept for the backward pass.
void rms_norm(const float* x, const float* gain, float* y, float* inverse_rms, int64_t rows, int64_t width, float eps);
// dx from dy; gain_gradient (may be null) is added to.
void rms_norm_backward(const float* x, const float* gain, const float* inverse_rms, const float* dy, float* dx,
                       float* gain_gradient, int64_t rows, int64_t width);

// y = silu(gate) * up over `count` floats, and its two gradients.
void swiglu(const float* gate, const float* up, float* y, int64_t count);
void swiglu_backward(const float* gate, const float* up, const float* dy, float* dgate, float* dup, int64_t count);

// Rotates every head of x in place by its row's position; direction -1 undoes it (the backward pass).
// cosine and sine are [positions, head_dim / 2].
struct Rotation {
  const float* cosine = nullptr;
  const float* sine = nullptr;
  int head_dim = 0;
};
void rotate(float* x, const int32_t* positions, int64_t rows, int heads, Rotation rotation, float direction);

// Causal attention over packed sequences. Sequence s has keys in rows key_starts[s] .. key_starts[s + 1] of k and v, and
// its queries, rows query_starts[s] .. query_starts[s + 1] of q, are its last positions.
struct AttentionShape {
  std::span<const int32_t> key_starts, query_starts;   // [sequences + 1]
  int heads = 0, kv_heads = 0, head_dim = 0;
  float scale = 1;
};
// q, out [Q, heads * head_dim]; k, v [K, kv_heads * head_dim]; log_sums [Q, heads] is kept for the backward pass.
void attention(const AttentionShape& shape, const float* q, const float* k, const float* v, float* out, float* log_sums);
void attention_backward(const AttentionShape& shape, const float* q, const float* k, const float* v, const float* out,
                        const float* log_sums, const float* dout, float* dq, float* dk, float* dv);

// Cross entropy of each row of logits [rows, vocab] against targets: losses[row] in nats. Logits become probabilities.
// argmax (may be null) takes the first of equal maxima.
void cross_entropy(float* logits, const int64_t* targets, float* losses, int32_t* argmax, int64_t rows, int64_t vocab);
// In place: gradient = (probabilities - one hot) * factor.
void cross_entropy_backward(float* probabilities, const int64_t* targets, int64_t rows, int64_t vocab, float factor);

// One AdamW step on a flat vector: decoupled decay, then the Adam update, as torch.optim.AdamW.
struct AdamStep {
  double learning_rate = 0, weight_decay = 0, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  int64_t step = 1;
};
void adamw(float* theta, float* m, float* v, const float* gradient, int64_t count, AdamStep options);
// Sum of squares in double, in order.
double sum_of_squares(const float* x, int64_t count);

}  // namespace fedllm::train::kernels
