// Sixteen floats at a time through GCC's vector extension. Sums run in a fixed lane order, so a result depends on the
// machine's instruction set but never on the thread. Included by kernels.cpp once per instruction set, inside that set's
// namespace, with FEDLLM_NATIVE the bytes of its registers; no include guard and no #include on purpose.

namespace simd {

inline constexpr int kLanes = 16;
inline constexpr int kWidth = FEDLLM_NATIVE / 4;   // floats a register
typedef float Part __attribute__((vector_size(FEDLLM_NATIVE)));
typedef int32_t IntPart __attribute__((vector_size(FEDLLM_NATIVE)));
typedef uint32_t WordPart __attribute__((vector_size(FEDLLM_NATIVE)));
typedef float PartUnaligned __attribute__((vector_size(FEDLLM_NATIVE), aligned(4), may_alias));
typedef uint16_t HalfPart __attribute__((vector_size(FEDLLM_NATIVE / 2)));
typedef uint16_t HalfPartUnaligned __attribute__((vector_size(FEDLLM_NATIVE / 2), aligned(2), may_alias));
typedef int8_t BytePart __attribute__((vector_size(FEDLLM_NATIVE / 4)));
typedef int8_t BytePartUnaligned __attribute__((vector_size(FEDLLM_NATIVE / 4), aligned(1), may_alias));

// Two of V as one. GCC keeps a vector that is wider than a register in memory, at a tenth of the speed: sixteen floats are made
// of as many registers as it takes, by name.
template <class V>
struct Pair {
  V lo, hi;
  FEDLLM_INLINE friend Pair operator+(const Pair& a, const Pair& b) { return {a.lo + b.lo, a.hi + b.hi}; }
  FEDLLM_INLINE friend Pair operator-(const Pair& a, const Pair& b) { return {a.lo - b.lo, a.hi - b.hi}; }
  FEDLLM_INLINE friend Pair operator*(const Pair& a, const Pair& b) { return {a.lo * b.lo, a.hi * b.hi}; }
  FEDLLM_INLINE friend Pair operator/(const Pair& a, const Pair& b) { return {a.lo / b.lo, a.hi / b.hi}; }
  FEDLLM_INLINE friend Pair operator+(const Pair& a, float x) { return {a.lo + x, a.hi + x}; }
  FEDLLM_INLINE friend Pair operator-(const Pair& a, float x) { return {a.lo - x, a.hi - x}; }
  FEDLLM_INLINE friend Pair operator*(const Pair& a, float x) { return {a.lo * x, a.hi * x}; }
  FEDLLM_INLINE friend Pair operator+(float x, const Pair& a) { return {x + a.lo, x + a.hi}; }
  FEDLLM_INLINE friend Pair operator-(float x, const Pair& a) { return {x - a.lo, x - a.hi}; }
  FEDLLM_INLINE friend Pair operator*(float x, const Pair& a) { return {x * a.lo, x * a.hi}; }
  FEDLLM_INLINE friend Pair operator/(float x, const Pair& a) { return {x / a.lo, x / a.hi}; }
  FEDLLM_INLINE friend Pair operator-(const Pair& a) { return {-a.lo, -a.hi}; }
  FEDLLM_INLINE Pair& operator+=(const Pair& b) { lo += b.lo, hi += b.hi; return *this; }
};

// e^x, relative error about 1e-7 (Cephes' expf polynomial); clamped to the normal range, NaN stays NaN.
FEDLLM_INLINE Part exp(const Part& given) {
  Part x = given;
  x = given < -87.3f ? Part{} - 87.3f : given;
  x = x > 88.0f ? Part{} + 88.0f : x;
  const Part shifted = x * 1.44269504088896341f + 12582912.0f;   // 1.5 * 2^23: rounds to an integer in the low bits
  const Part whole = shifted - 12582912.0f;
  const IntPart power = (IntPart)shifted - 0x4B400000;   // a cast between vectors keeps the bits
  const Part r = x - whole * 0.693359375f + whole * 2.12194440e-4f;
  Part p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const IntPart bits = (power + 127) << 23;
  return p * (Part)bits;
}
// The larger, of a and NaN in b: b.
FEDLLM_INLINE Part larger(const Part& a, const Part& b) { return a > b ? a : b; }
// yes where x > 0, no elsewhere.
FEDLLM_INLINE Part where_positive(const Part& x, const Part& yes, const Part& no) { return x > 0.0f ? yes : no; }

template <class V>
FEDLLM_INLINE Pair<V> exp(const Pair<V>& x) { return {exp(x.lo), exp(x.hi)}; }
template <class V>
FEDLLM_INLINE Pair<V> larger(const Pair<V>& a, const Pair<V>& b) { return {larger(a.lo, b.lo), larger(a.hi, b.hi)}; }
template <class V>
FEDLLM_INLINE Pair<V> where_positive(const Pair<V>& x, const Pair<V>& yes, const Pair<V>& no) {
  return {where_positive(x.lo, yes.lo, no.lo), where_positive(x.hi, yes.hi, no.hi)};
}

// A register of wider numbers. GCC makes AVX2's conversions of two halves, at a third of the speed of the instruction.
FEDLLM_INLINE WordPart widened(const uint16_t* p) {
  const HalfPart given = *reinterpret_cast<const HalfPartUnaligned*>(p);
#if FEDLLM_NATIVE == 32
  typedef short Shorts __attribute__((vector_size(16)));
  return (WordPart)__builtin_ia32_pmovzxwd256((Shorts)given);
#else
  return __builtin_convertvector(given, WordPart);
#endif
}
FEDLLM_INLINE IntPart widened(const int8_t* p) {
#if FEDLLM_NATIVE == 32
  typedef char Bytes __attribute__((vector_size(16)));
  int64_t given;
  std::memcpy(&given, p, sizeof given);
  typedef long long Longs __attribute__((vector_size(16)));
  return (IntPart)__builtin_ia32_pmovsxbd256((Bytes)Longs{given, 0});
#else
  return __builtin_convertvector((BytePart)*reinterpret_cast<const BytePartUnaligned*>(p), IntPart);
#endif
}

// Between memory and vectors of every size.
template <class V>
struct Memory;
template <>
struct Memory<Part> {
  static constexpr int kFloats = kWidth;
  FEDLLM_INLINE static Part load(const float* p) { return *reinterpret_cast<const PartUnaligned*>(p); }
  FEDLLM_INLINE static void store(float* p, const Part& v) { *reinterpret_cast<PartUnaligned*>(p) = v; }
  FEDLLM_INLINE static Part fill(float x) { return Part{} + x; }
  FEDLLM_INLINE static Part bf16(const uint16_t* p) { return (Part)(widened(p) << 16); }
  FEDLLM_INLINE static Part f16(const uint16_t* p) {
    const WordPart h = widened(p);
    const Part scaled = (Part)((h & 0x7fffu) << 13) * 0x1p112f;                            // subnormals included
    const WordPart special = (WordPart)((h & 0x7c00u) == 0x7c00u) & 0x7f800000u;           // infinity and NaN
    return (Part)((WordPart)scaled | special | (h & 0x8000u) << 16);
  }
  FEDLLM_INLINE static Part i8(const int8_t* p) { return __builtin_convertvector(widened(p), Part); }
};
template <class V>
struct Memory<Pair<V>> {
  static constexpr int kHalf = Memory<V>::kFloats, kFloats = 2 * kHalf;
  FEDLLM_INLINE static Pair<V> load(const float* p) { return {Memory<V>::load(p), Memory<V>::load(p + kHalf)}; }
  FEDLLM_INLINE static void store(float* p, const Pair<V>& v) { Memory<V>::store(p, v.lo), Memory<V>::store(p + kHalf, v.hi); }
  FEDLLM_INLINE static Pair<V> fill(float x) { return {Memory<V>::fill(x), Memory<V>::fill(x)}; }
  FEDLLM_INLINE static Pair<V> bf16(const uint16_t* p) { return {Memory<V>::bf16(p), Memory<V>::bf16(p + kHalf)}; }
  FEDLLM_INLINE static Pair<V> f16(const uint16_t* p) { return {Memory<V>::f16(p), Memory<V>::f16(p + kHalf)}; }
  FEDLLM_INLINE static Pair<V> i8(const int8_t* p) { return {Memory<V>::i8(p), Memory<V>::i8(p + kHalf)}; }
};

// kWidth registers become their own transpose.
#if FEDLLM_NATIVE == 64
using Vec = Part;
typedef int32_t Picks __attribute__((vector_size(64)));
FEDLLM_INLINE void turn(Part (&v)[16]) {
  constexpr Picks low1{0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29}, high1{2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31};
  constexpr Picks low2{0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29}, high2{2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31};
  constexpr Picks low3{0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27}, high3{4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31};
  constexpr Picks low4{0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}, high4{8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31};
  Part a[16], b[16];
  for (int i = 0; i < 16; i += 2) a[i] = __builtin_shuffle(v[i], v[i + 1], low1), a[i + 1] = __builtin_shuffle(v[i], v[i + 1], high1);
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; ++j) b[i + 2 * j] = __builtin_shuffle(a[i + j], a[i + j + 2], low2), b[i + 2 * j + 1] = __builtin_shuffle(a[i + j], a[i + j + 2], high2);
  // b[4 g + c] holds, in each 128-bit lane l, column 4 l + c of rows 4 g .. 4 g + 3.
  for (int c = 0; c < 4; ++c) {
    const Part first = __builtin_shuffle(b[c], b[4 + c], low3), second = __builtin_shuffle(b[c], b[4 + c], high3);
    const Part third = __builtin_shuffle(b[8 + c], b[12 + c], low3), fourth = __builtin_shuffle(b[8 + c], b[12 + c], high3);
    v[c] = __builtin_shuffle(first, third, low4), v[4 + c] = __builtin_shuffle(second, fourth, low4);
    v[8 + c] = __builtin_shuffle(first, third, high4), v[12 + c] = __builtin_shuffle(second, fourth, high4);
  }
}
FEDLLM_INLINE Part part(const Vec& v, int) { return v; }
#elif FEDLLM_NATIVE == 32
using Vec = Pair<Part>;
FEDLLM_INLINE void turn(Part (&v)[8]) {
  constexpr IntPart low1{0, 8, 1, 9, 4, 12, 5, 13}, high1{2, 10, 3, 11, 6, 14, 7, 15};
  constexpr IntPart low2{0, 1, 8, 9, 4, 5, 12, 13}, high2{2, 3, 10, 11, 6, 7, 14, 15};
  constexpr IntPart low3{0, 1, 2, 3, 8, 9, 10, 11}, high3{4, 5, 6, 7, 12, 13, 14, 15};
  Part a[8], b[8];
  for (int i = 0; i < 8; i += 2) a[i] = __builtin_shuffle(v[i], v[i + 1], low1), a[i + 1] = __builtin_shuffle(v[i], v[i + 1], high1);
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; ++j) b[i + 2 * j] = __builtin_shuffle(a[i + j], a[i + j + 2], low2), b[i + 2 * j + 1] = __builtin_shuffle(a[i + j], a[i + j + 2], high2);
  for (int c = 0; c < 4; ++c) v[c] = __builtin_shuffle(b[c], b[4 + c], low3), v[4 + c] = __builtin_shuffle(b[c], b[4 + c], high3);
}
FEDLLM_INLINE Part part(const Vec& v, int i) { return i == 0 ? v.lo : v.hi; }
#else
using Vec = Pair<Pair<Part>>;
FEDLLM_INLINE void turn(Part (&v)[4]) {
  constexpr IntPart low1{0, 4, 1, 5}, high1{2, 6, 3, 7}, low2{0, 1, 4, 5}, high2{2, 3, 6, 7};
  const Part a = __builtin_shuffle(v[0], v[1], low1), b = __builtin_shuffle(v[0], v[1], high1);
  const Part c = __builtin_shuffle(v[2], v[3], low1), d = __builtin_shuffle(v[2], v[3], high1);
  v[0] = __builtin_shuffle(a, c, low2), v[1] = __builtin_shuffle(a, c, high2), v[2] = __builtin_shuffle(b, d, low2), v[3] = __builtin_shuffle(b, d, high2);
}
FEDLLM_INLINE Part part(const Vec& v, int i) { return i == 0 ? v.lo.lo : i == 1 ? v.lo.hi : i == 2 ? v.hi.lo : v.hi.hi; }
#endif

FEDLLM_INLINE Vec load(const float* p) { return Memory<Vec>::load(p); }
FEDLLM_INLINE void store(float* p, const Vec& v) { Memory<Vec>::store(p, v); }
FEDLLM_INLINE Vec fill(float x) { return Memory<Vec>::fill(x); }
FEDLLM_INLINE Vec load_bf16(const uint16_t* p) { return Memory<Vec>::bf16(p); }
FEDLLM_INLINE Vec load_f16(const uint16_t* p) { return Memory<Vec>::f16(p); }
FEDLLM_INLINE Vec load_i8(const int8_t* p) { return Memory<Vec>::i8(p); }
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
// Lane i and lane i + 8 first, then by 4, 2 and 1.
FEDLLM_INLINE float sum(Part v) {
#if FEDLLM_NATIVE == 64
  v += __builtin_shuffle(v, IntPart{8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7});
  v += __builtin_shuffle(v, IntPart{4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11});
  v += __builtin_shuffle(v, IntPart{2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13});
#elif FEDLLM_NATIVE == 32
  v += __builtin_shuffle(v, IntPart{4, 5, 6, 7, 0, 1, 2, 3});
  v += __builtin_shuffle(v, IntPart{2, 3, 0, 1, 6, 7, 4, 5});
#else
  v += __builtin_shuffle(v, IntPart{2, 3, 0, 1});
#endif
  return v[0] + v[1];
}
template <class V>
FEDLLM_INLINE float sum(const Pair<V>& v) { return sum(v.lo + v.hi); }
FEDLLM_INLINE float max(const Vec& v) {
  alignas(64) float lane[kLanes];
  store(lane, v);
  float top = lane[0];
  for (int i = 1; i < kLanes; ++i) top = lane[i] > top ? lane[i] : top;
  return top;
}
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
