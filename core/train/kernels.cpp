#include "train/kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

// Vectors never cross a call, every helper that takes one is inlined.
#pragma GCC diagnostic ignored "-Wpsabi"
#define FEDLLM_INLINE [[gnu::always_inline]] inline

namespace fedllm::train::kernels {
namespace {

// Scratch of `floats` floats of the calling thread; contents are undefined.
float* scratch(size_t floats) {
  thread_local std::vector<float> buffer;
  if (buffer.size() < floats) buffer.resize(floats);
  return buffer.data();
}

// The bodies for the baseline (SSE2 on x86-64, NEON on arm64) and, on x86-64, for two wider instruction sets. The pragma
// (rather than compiler flags) keeps the standard library's inline functions at the baseline.
namespace baseline {
#ifdef __aarch64__
constexpr int kTileRows = 6, kTileVecs = 1;     // registers of a product's accumulators: 24 of 32
#else
constexpr int kTileRows = 3, kTileVecs = 1;     // 12 of 16
#endif
#define FEDLLM_NATIVE 16
#include "train/simd.inl"
#include "train/kernels_rows.inl"
#include "train/kernels_block.inl"
#include "train/kernels_product.inl"
#include "train/kernels_attention.inl"
#undef FEDLLM_NATIVE
}  // namespace baseline
#ifdef __x86_64__
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
constexpr int kTileRows = 6, kTileVecs = 1;     // 12 of 16
#define FEDLLM_NATIVE 32
#include "train/simd.inl"
#include "train/kernels_rows.inl"
#include "train/kernels_block.inl"
#include "train/kernels_product.inl"
#include "train/kernels_attention.inl"
#undef FEDLLM_NATIVE
}  // namespace avx2
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")
namespace avx512 {
constexpr int kTileRows = 12, kTileVecs = 2;    // 24 of 32
#define FEDLLM_NATIVE 64
#include "train/simd.inl"
#include "train/kernels_rows.inl"
#include "train/kernels_block.inl"
#include "train/kernels_product.inl"
#include "train/kernels_attention.inl"
#undef FEDLLM_NATIVE
}  // namespace avx512
#pragma GCC pop_options
#else
namespace avx2 = baseline;
namespace avx512 = baseline;
#endif

// The widest set the processor has. FEDLLM_SIMD=sse2|avx2 asks for a narrower one: to test it, or to repeat a run's bits
// on a machine that has more.
int level() {
#ifdef __x86_64__
  static const int found = [] {
    const char* asked = std::getenv("FEDLLM_SIMD");
    const int limit = !asked ? 2 : std::strcmp(asked, "sse2") == 0 ? 0 : std::strcmp(asked, "avx2") == 0 ? 1 : 2;
    const bool has2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has512 = has2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return std::min(limit, has512 ? 2 : has2 ? 1 : 0);
  }();
  return found;
#else
  return 0;
#endif
}

template <class Kernel>
Kernel* choose(Kernel* narrow, Kernel* avx2, Kernel* avx512) {
  return level() == 2 ? avx512 : level() == 1 ? avx2 : narrow;
}

}  // namespace

void rms_norm(const float* x, const float* gain, float* y, float* inverse_rms, int64_t rows, int64_t width, float eps) { choose(baseline::rms_norm, avx2::rms_norm, avx512::rms_norm)(x, gain, y, inverse_rms, rows, width, eps); }
void rms_norm_backward(const float* x, const float* gain, const float* inverse_rms, const float* dy, float* dx, float* gain_gradient, int64_t rows, int64_t width) { choose(baseline::rms_norm_backward, avx2::rms_norm_backward, avx512::rms_norm_backward)(x, gain, inverse_rms, dy, dx, gain_gradient, rows, width); }
void swiglu(const float* gate, const float* up, float* y, int64_t count) { choose(baseline::swiglu, avx2::swiglu, avx512::swiglu)(gate, up, y, count); }
void swiglu_backward(const float* gate, const float* up, const float* dy, float* dgate, float* dup, int64_t count) { choose(baseline::swiglu_backward, avx2::swiglu_backward, avx512::swiglu_backward)(gate, up, dy, dgate, dup, count); }
void rotate(float* x, const int32_t* positions, int64_t rows, int heads, Rotation rotation, float direction) { choose(baseline::rotate, avx2::rotate, avx512::rotate)(x, positions, rows, heads, rotation, direction); }
void cross_entropy(float* logits, const int64_t* targets, float* losses, int32_t* argmax, int64_t rows, int64_t vocab) { choose(baseline::cross_entropy, avx2::cross_entropy, avx512::cross_entropy)(logits, targets, losses, argmax, rows, vocab); }
void cross_entropy_backward(float* probabilities, const int64_t* targets, int64_t rows, int64_t vocab, float factor) { choose(baseline::cross_entropy_backward, avx2::cross_entropy_backward, avx512::cross_entropy_backward)(probabilities, targets, rows, vocab, factor); }
void adamw(float* theta, float* m, float* v, const float* gradient, int64_t count, AdamStep options) { choose(baseline::adamw, avx2::adamw, avx512::adamw)(theta, m, v, gradient, count, options); }

void attention(const AttentionShape& shape, ConstHeads q, ConstHeads k, ConstHeads v, Heads out, float* log_sums) { choose(baseline::attention, avx2::attention, avx512::attention)(shape, q, k, v, out, log_sums); }
void attention_backward(const AttentionShape& shape, ConstHeads q, ConstHeads k, ConstHeads v, ConstHeads out, const float* log_sums, ConstHeads dout, Heads dq, Heads dk, Heads dv) { choose(baseline::attention_backward, avx2::attention_backward, avx512::attention_backward)(shape, q, k, v, out, log_sums, dout, dq, dk, dv); }
void layer_norm(const float* x, const float* gain, const float* bias, float* y, float* means, float* inverses, int64_t rows, int64_t width, float eps) { choose(baseline::layer_norm, avx2::layer_norm, avx512::layer_norm)(x, gain, bias, y, means, inverses, rows, width, eps); }
void rms_norm_backward_add(const float* x, const float* gain, const float* inverse_rms, const float* dy, float* dx, int64_t rows, int64_t width) { choose(baseline::rms_norm_backward_add, avx2::rms_norm_backward_add, avx512::rms_norm_backward_add)(x, gain, inverse_rms, dy, dx, rows, width); }
void layer_norm_backward_add(const float* x, const float* gain, const float* means, const float* inverses, const float* dy, float* dx, int64_t rows, int64_t width) { choose(baseline::layer_norm_backward_add, avx2::layer_norm_backward_add, avx512::layer_norm_backward_add)(x, gain, means, inverses, dy, dx, rows, width); }
void rms_norm_heads(Heads x, const float* gain, float* before, float* inverse_rms, int64_t rows, int heads, int width, float eps) { choose(baseline::rms_norm_heads, avx2::rms_norm_heads, avx512::rms_norm_heads)(x, gain, before, inverse_rms, rows, heads, width, eps); }
void rms_norm_heads_backward(Heads dx, const float* gain, const float* before, const float* inverse_rms, int64_t rows, int heads, int width) { choose(baseline::rms_norm_heads_backward, avx2::rms_norm_heads_backward, avx512::rms_norm_heads_backward)(dx, gain, before, inverse_rms, rows, heads, width); }
void activate(int act, bool gated, const float* x, float* y, int64_t rows, int64_t width) { choose(baseline::activate, avx2::activate, avx512::activate)(act, gated, x, y, rows, width); }
void activate_backward(int act, bool gated, float* x, const float* dy, int64_t rows, int64_t width) { choose(baseline::activate_backward, avx2::activate_backward, avx512::activate_backward)(act, gated, x, dy, rows, width); }
void rotate_heads(Heads x, const int32_t* positions, int64_t rows, int heads, Rotation rotation, float direction) { choose(baseline::rotate_heads, avx2::rotate_heads, avx512::rotate_heads)(x, positions, rows, heads, rotation, direction); }
void add_bias(float* y, int64_t stride, const float* bias, int64_t rows, int64_t width) { choose(baseline::add_bias, avx2::add_bias, avx512::add_bias)(y, stride, bias, rows, width); }
void add(float* y, const float* x, int64_t count) { choose(baseline::add, avx2::add, avx512::add)(y, x, count); }
void scale(float* x, float factor, int64_t count) { choose(baseline::scale, avx2::scale, avx512::scale)(x, factor, count); }
void multiply(float* y, const float* x, const float* factor, int64_t count) { choose(baseline::multiply, avx2::multiply, avx512::multiply)(y, x, factor, count); }
void add_product(float* y, const float* x, const float* factor, int64_t count) { choose(baseline::add_product, avx2::add_product, avx512::add_product)(y, x, factor, count); }
void widen(const void* w, WeightType type, int64_t from, float* y, int64_t count) { choose(baseline::widen, avx2::widen, avx512::widen)(w, type, from, y, count); }
void dots(const float* x, int64_t x_stride, int rows, const void* w, WeightType type, int64_t out, int64_t in, float* y, int64_t y_stride) { choose(baseline::dots, avx2::dots, avx512::dots)(x, x_stride, rows, w, type, out, in, y, y_stride); }
void times_rows(const float* x, int64_t x_row, int64_t rows, const void* w, WeightType type, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add) { choose(baseline::times_rows, avx2::times_rows, avx512::times_rows)(x, x_row, rows, w, type, scales, out, in, y, y_row, add); }
void times_columns(const float* x, int64_t x_row, int64_t rows, const void* w, WeightType type, const float* scales, int64_t out, int64_t in, float* y, int64_t y_row, bool add) { choose(baseline::times_columns, avx2::times_columns, avx512::times_columns)(x, x_row, rows, w, type, scales, out, in, y, y_row, add); }
void add_outer(const float* a, int64_t a_row, int64_t m, const float* b, int64_t b_row, int64_t n, int64_t rows, float* c, int64_t c_row) { choose(baseline::add_outer, avx2::add_outer, avx512::add_outer)(a, a_row, m, b, b_row, n, rows, c, c_row); }
void scale_columns(float* x, int64_t stride, float factor, int64_t rows, int64_t width) { choose(baseline::scale_columns, avx2::scale_columns, avx512::scale_columns)(x, stride, factor, rows, width); }
void softmax_chunk(const float* logits, int64_t rows, int64_t width, int64_t first, SoftmaxRow* state) { choose(baseline::softmax_chunk, avx2::softmax_chunk, avx512::softmax_chunk)(logits, rows, width, first, state); }
void softmax_chunk_backward(float* logits, int64_t rows, int64_t width, int64_t first, const SoftmaxRow* state, float factor) { choose(baseline::softmax_chunk_backward, avx2::softmax_chunk_backward, avx512::softmax_chunk_backward)(logits, rows, width, first, state, factor); }

double sum_of_squares(const float* x, int64_t count) {
  double lanes[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; ++j) lanes[j] += static_cast<double>(x[i + j]) * x[i + j];
  for (; i < count; ++i) lanes[0] += static_cast<double>(x[i]) * x[i];
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

}  // namespace fedllm::train::kernels
