// Sixteen floats at a time through GCC's vector extension. Sums run in a fixed lane order, so a result depends on the
// machine's instruction set but never on the thread. Included by kernels.cpp once per instruction set, inside that set's
// namespace; no include guard and no #include on purpose.

namespace simd {

inline constexpr int kLanes = 16;
typedef float Vec __attribute__((vector_size(64)));
typedef int32_t IntVec __attribute__((vector_size(64)));
typedef float VecUnaligned __attribute__((vector_size(64), aligned(4), may_alias));

FEDLLM_INLINE Vec load(const float* p) { return *reinterpret_cast<const VecUnaligned*>(p); }
FEDLLM_INLINE void store(float* p, const Vec& v) { *reinterpret_cast<VecUnaligned*>(p) = v; }
FEDLLM_INLINE Vec fill(float x) { return Vec{} + x; }
FEDLLM_INLINE Vec load_part(const float* p, int n) {
  alignas(64) float buffer[kLanes] = {};
  std::memcpy(buffer, p, sizeof(float) * n);
  return load(buffer);
}
FEDLLM_INLINE void store_part(float* p, const Vec& v, int n) {
  alignas(64) float buffer[kLanes];
  store(buffer, v);
  std::memcpy(p, buffer, sizeof(float) * n);
}
FEDLLM_INLINE float sum(const Vec& v) {
  alignas(64) float lane[kLanes];
  store(lane, v);
  for (int step = 8; step; step /= 2)
    for (int i = 0; i < step; ++i) lane[i] += lane[i + step];
  return lane[0];
}
FEDLLM_INLINE float max(const Vec& v) {
  alignas(64) float lane[kLanes];
  store(lane, v);
  float top = lane[0];
  for (int i = 1; i < kLanes; ++i) top = lane[i] > top ? lane[i] : top;
  return top;
}
// e^x, relative error about 1e-7 (Cephes' expf polynomial); clamped to the normal range, NaN stays NaN.
FEDLLM_INLINE Vec exp(const Vec& given) {
  Vec x = given;
  x = given < -87.3f ? fill(-87.3f) : given;
  x = x > 88.0f ? fill(88.0f) : x;
  const Vec shifted = x * 1.44269504088896341f + 12582912.0f;   // 1.5 * 2^23: rounds to an integer in the low bits
  const Vec whole = shifted - 12582912.0f;
  const IntVec power = (IntVec)shifted - 0x4B400000;   // a cast between vectors keeps the bits
  const Vec r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  Vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const IntVec bits = (power + 127) << 23;
  return p * (Vec)bits;
}

// Sixteen weights of another type as floats.
typedef uint16_t Halves __attribute__((vector_size(32)));
typedef uint16_t HalvesUnaligned __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t Words __attribute__((vector_size(64)));
typedef int8_t BytesUnaligned __attribute__((vector_size(16), aligned(1), may_alias));
FEDLLM_INLINE Vec load_bf16(const uint16_t* p) {
  return (Vec)(__builtin_convertvector((Halves)*reinterpret_cast<const HalvesUnaligned*>(p), Words) << 16);
}
FEDLLM_INLINE Vec load_f16(const uint16_t* p) {
  const Words h = __builtin_convertvector((Halves)*reinterpret_cast<const HalvesUnaligned*>(p), Words);
  const Vec scaled = (Vec)((h & 0x7fffu) << 13) * 0x1p112f;                      // subnormals included
  const Words special = (Words)((h & 0x7c00u) == 0x7c00u) & 0x7f800000u;         // infinity and NaN
  return (Vec)((Words)scaled | special | (h & 0x8000u) << 16);
}
FEDLLM_INLINE Vec load_i8(const int8_t* p) { return __builtin_convertvector(*reinterpret_cast<const BytesUnaligned*>(p), Vec); }

// e^x - 1 over e^x + 1 = tanh(x / 2); absolute error about 1e-7.
FEDLLM_INLINE Vec tanh_of_half(const Vec& x) { return 1.0f - 2.0f / (exp(x) + 1.0f); }

// C[M, n] = alpha A[M, k] B[k, n] (+ C): a broadcast from any stride, n a multiple of 16.
template <int M>
FEDLLM_INLINE void product_rows(const float* a, long a_row, long a_col, const float* b, long b_row, float* c, long c_row,
                                int k, int n, float alpha, bool add) {
  for (int j = 0; j < n; j += kLanes) {
    Vec acc[M];
    for (int r = 0; r < M; ++r) acc[r] = Vec{};
    for (int p = 0; p < k; ++p) {
      const Vec line = load(b + p * b_row + j);
#pragma GCC unroll 6
      for (int r = 0; r < M; ++r) acc[r] += a[r * a_row + p * a_col] * line;
    }
    for (int r = 0; r < M; ++r) {
      float* out = c + r * c_row + j;
      store(out, add ? load(out) + alpha * acc[r] : alpha * acc[r]);
    }
  }
}
inline constexpr int kRowBlock = 6;   // 6 x 16 accumulators fit AVX2's registers
FEDLLM_INLINE void product(const float* a, long a_row, long a_col, const float* b, long b_row, float* c, long c_row, int m,
                           int k, int n, float alpha, bool add) {
  switch (m) {
    case 1: return product_rows<1>(a, a_row, a_col, b, b_row, c, c_row, k, n, alpha, add);
    case 2: return product_rows<2>(a, a_row, a_col, b, b_row, c, c_row, k, n, alpha, add);
    case 3: return product_rows<3>(a, a_row, a_col, b, b_row, c, c_row, k, n, alpha, add);
    case 4: return product_rows<4>(a, a_row, a_col, b, b_row, c, c_row, k, n, alpha, add);
    case 5: return product_rows<5>(a, a_row, a_col, b, b_row, c, c_row, k, n, alpha, add);
    default: return product_rows<6>(a, a_row, a_col, b, b_row, c, c_row, k, n, alpha, add);
  }
}

}  // namespace simd
