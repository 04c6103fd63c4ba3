#include "train/kernels.h"

#include <algorithm>
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

// The bodies three times, for the three instruction sets; Debian's baseline is SSE2. The pragma (rather than compiler
// flags) keeps the standard library's inline functions at the baseline.
namespace sse2 {
#include "train/simd.inl"
#include "train/kernels_rows.inl"
#include "train/kernels_attention.inl"
}  // namespace sse2
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include "train/simd.inl"
#include "train/kernels_rows.inl"
#include "train/kernels_attention.inl"
}  // namespace avx2
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")
namespace avx512 {
#include "train/simd.inl"
#include "train/kernels_rows.inl"
#include "train/kernels_attention.inl"
}  // namespace avx512
#pragma GCC pop_options

// The widest set the processor has. FEDLLM_SIMD=sse2|avx2 asks for a narrower one: to test it, or to repeat a run's bits
// on a machine that has more.
int level() {
  static const int found = [] {
    const char* asked = std::getenv("FEDLLM_SIMD");
    const int limit = !asked ? 2 : std::strcmp(asked, "sse2") == 0 ? 0 : std::strcmp(asked, "avx2") == 0 ? 1 : 2;
    const bool has2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has512 = has2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return std::min(limit, has512 ? 2 : has2 ? 1 : 0);
  }();
  return found;
}

template <class Kernel>
Kernel* choose(Kernel* sse2, Kernel* avx2, Kernel* avx512) {
  return level() == 2 ? avx512 : level() == 1 ? avx2 : sse2;
}

}  // namespace

void rms_norm(const float* x, const float* gain, float* y, float* inverse_rms, int64_t rows, int64_t width, float eps) { choose(sse2::rms_norm, avx2::rms_norm, avx512::rms_norm)(x, gain, y, inverse_rms, rows, width, eps); }
void rms_norm_backward(const float* x, const float* gain, const float* inverse_rms, const float* dy, float* dx, float* gain_gradient, int64_t rows, int64_t width) { choose(sse2::rms_norm_backward, avx2::rms_norm_backward, avx512::rms_norm_backward)(x, gain, inverse_rms, dy, dx, gain_gradient, rows, width); }
void swiglu(const float* gate, const float* up, float* y, int64_t count) { choose(sse2::swiglu, avx2::swiglu, avx512::swiglu)(gate, up, y, count); }
void swiglu_backward(const float* gate, const float* up, const float* dy, float* dgate, float* dup, int64_t count) { choose(sse2::swiglu_backward, avx2::swiglu_backward, avx512::swiglu_backward)(gate, up, dy, dgate, dup, count); }
void rotate(float* x, const int32_t* positions, int64_t rows, int heads, Rotation rotation, float direction) { choose(sse2::rotate, avx2::rotate, avx512::rotate)(x, positions, rows, heads, rotation, direction); }
void cross_entropy(float* logits, const int64_t* targets, float* losses, int32_t* argmax, int64_t rows, int64_t vocab) { choose(sse2::cross_entropy, avx2::cross_entropy, avx512::cross_entropy)(logits, targets, losses, argmax, rows, vocab); }
void cross_entropy_backward(float* probabilities, const int64_t* targets, int64_t rows, int64_t vocab, float factor) { choose(sse2::cross_entropy_backward, avx2::cross_entropy_backward, avx512::cross_entropy_backward)(probabilities, targets, rows, vocab, factor); }
void adamw(float* theta, float* m, float* v, const float* gradient, int64_t count, AdamStep options) { choose(sse2::adamw, avx2::adamw, avx512::adamw)(theta, m, v, gradient, count, options); }
void attention(const AttentionShape& shape, const float* q, const float* k, const float* v, float* out, float* log_sums) { choose(sse2::attention, avx2::attention, avx512::attention)(shape, q, k, v, out, log_sums); }
void attention_backward(const AttentionShape& shape, const float* q, const float* k, const float* v, const float* out, const float* log_sums, const float* dout, float* dq, float* dk, float* dv) { choose(sse2::attention_backward, avx2::attention_backward, avx512::attention_backward)(shape, q, k, v, out, log_sums, dout, dq, dk, dv); }

double sum_of_squares(const float* x, int64_t count) {
  double lanes[8] = {};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; ++j) lanes[j] += static_cast<double>(x[i + j]) * x[i + j];
  for (; i < count; ++i) lanes[0] += static_cast<double>(x[i]) * x[i];
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

}  // namespace fedllm::train::kernels
