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

// Rows of heads inside wider rows: head h of row i starts at data + i row_stride + h head_stride.
template <class T>
struct HeadRows {
  T* data = nullptr;
  int64_t row_stride = 0, head_stride = 0;
  T* at(int64_t row, int head) const { return data + row * row_stride + head * head_stride; }
  operator HeadRows<const T>() const { return {data, row_stride, head_stride}; }
};
using Heads = HeadRows<float>;
using ConstHeads = HeadRows<const float>;

// Causal attention over packed sequences. Sequence s has keys in rows key_starts[s] .. key_starts[s + 1] of k and v, and
// its queries, rows query_starts[s] .. query_starts[s + 1] of q, are its last positions. With a window a query sees its
// `window` latest keys, its own included.
struct AttentionShape {
  std::span<const int32_t> key_starts, query_starts;   // [sequences + 1]
  int heads = 0, kv_heads = 0, head_dim = 0;
  float scale = 1;
  int window = 0;                                      // 0: all keys
};
// log_sums [Q, heads] is kept for the backward pass.
void attention(const AttentionShape& shape, ConstHeads q, ConstHeads k, ConstHeads v, Heads out, float* log_sums);
void attention_backward(const AttentionShape& shape, ConstHeads q, ConstHeads k, ConstHeads v, ConstHeads out, const float* log_sums,
                        ConstHeads dout, Heads dq, Heads dk, Heads dv);

// LayerNorm (1607.06450); means and inverses [N] are kept for the backward pass.
void layer_norm(const float* x, const float* gain, const float* bias, float* y, float* means, float* inverses, int64_t rows, int64_t width, float eps);
// The gradients with respect to x are added to dx.
void rms_norm_backward_add(const float* x, const float* gain, const float* inverse_rms, const float* dy, float* dx, int64_t rows, int64_t width);
void layer_norm_backward_add(const float* x, const float* gain, const float* means, const float* inverses, const float* dy, float* dx, int64_t rows, int64_t width);
// RMSNorm of every head in place; before [N, heads * width] takes what was there, inverse_rms [N, heads].
void rms_norm_heads(Heads x, const float* gain, float* before, float* inverse_rms, int64_t rows, int heads, int width, float eps);
void rms_norm_heads_backward(Heads dx, const float* gain, const float* before, const float* inverse_rms, int64_t rows, int heads, int width);

// act: 0 silu, 1 gelu (erf), 2 gelu (tanh), 3 relu. Gated: x is [N, 2 width], y = act(x[:, :width]) * x[:, width:].
void activate(int act, bool gated, const float* x, float* y, int64_t rows, int64_t width);
// x becomes its own gradient.
void activate_backward(int act, bool gated, float* x, const float* dy, int64_t rows, int64_t width);

// Like rotate, on the first rotation.head_dim floats of each head of wider rows.
void rotate_heads(Heads x, const int32_t* positions, int64_t rows, int heads, Rotation rotation, float direction);

void add_bias(float* y, int64_t stride, const float* bias, int64_t rows, int64_t width);
void add(float* y, const float* x, int64_t count);                                   // y += x
void scale(float* x, float factor, int64_t count);
void scale_columns(float* x, int64_t stride, float factor, int64_t rows, int64_t width);
void multiply(float* y, const float* x, const float* factor, int64_t count);         // y = x * factor
void add_product(float* y, const float* x, const float* factor, int64_t count);      // y += x * factor

enum class WeightType { f32, bf16, f16, i8 };
// count weights from element `from` on, as floats.
void widen(const void* w, WeightType type, int64_t from, float* y, int64_t count);
// y[row, o] = x[row] . W[o] for 1 to 4 rows and W [out, in]: every weight is read once.
void dots(const float* x, int64_t x_stride, int rows, const void* w, WeightType type, int64_t out, int64_t in, float* y, int64_t y_stride);

// y [rows, out] = x [rows, in] W^T (+ y), W [out, in] of any type; int8 with one scale an output.
void times_rows(const float* x, int64_t x_row, int64_t rows, const void* w, WeightType type, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add);
// y [rows, in] = x [rows, out] W (+ y).
void times_columns(const float* x, int64_t x_row, int64_t rows, const void* w, WeightType type, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add);

// c [m, n] += sum over rows of a [rows, m]^T b [rows, n].
void add_outer(const float* a, int64_t a_row, int64_t m, const float* b, int64_t b_row, int64_t n, int64_t rows, float* c, int64_t c_row);

// Cross entropy in pieces of the vocabulary: a row's state over the pieces seen so far.
struct SoftmaxRow {
  int64_t target = -1;               // below 0: the row is not scored
  float top = -__builtin_inff(), target_logit = 0;
  double sum = 0;                    // of exp(logit - top)
  int32_t argmax = -1;               // the first of equal maxima
};
// logits [rows, width] are those of tokens first .. first + width.
void softmax_chunk(const float* logits, int64_t rows, int64_t width, int64_t first, SoftmaxRow* state);
// In place: gradient = (probability - one hot) * factor; 0 in rows that are not scored.
void softmax_chunk_backward(float* logits, int64_t rows, int64_t width, int64_t first, const SoftmaxRow* state, float factor);

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
