#include "adapter/numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "adapter/half.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace fedllm::adapter {
namespace {

template <Number kAs>
float value_at(const char* bytes, size_t i) {
  if constexpr (kAs == Number::f32) {
    float value;
    std::memcpy(&value, bytes + 4 * i, 4);
    return value;
  } else {
    uint16_t narrow;
    std::memcpy(&narrow, bytes + 2 * i, 2);
    return kAs == Number::f16 ? half_to_float(narrow) : bfloat_to_float(narrow);
  }
}

template <Number kAs>
void widen_all(const char* bytes, std::span<float> values) {
  for (size_t i = 0; i < values.size(); ++i) values[i] = value_at<kAs>(bytes, i);
}

template <Number kAs>
void add_list(const Weighted& list, std::span<double> sums, size_t begin) {
  for (size_t i = begin; i < sums.size(); ++i) sums[i] += list.weight * value_at<kAs>(list.values.bytes, i);
}

void add_plainly(const Weighted& list, std::span<double> sums, size_t begin) {
  switch (list.values.as) {
    case Number::f32: return add_list<Number::f32>(list, sums, begin);
    case Number::f16: return add_list<Number::f16>(list, sums, begin);
    case Number::bf16: return add_list<Number::bf16>(list, sums, begin);
  }
}

#if defined(__x86_64__) && defined(__GNUC__)

// Chosen at a call, not while the program is loaded, when the thread sanitizer is not there yet.
bool has_wide() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __builtin_cpu_supports("avx2") && __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) && (c & bit_FMA);
  }();
  return has;
}

template <Number kAs>
[[gnu::target("avx2,f16c")]] inline __m256 eight_at(const char* bytes) {
  if constexpr (kAs == Number::f32) {
    return _mm256_loadu_ps(reinterpret_cast<const float*>(bytes));
  } else {
    const __m128i narrow = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
    if constexpr (kAs == Number::f16) return _mm256_cvtph_ps(narrow);
    else return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(narrow), 16));
  }
}

// exact: the product is one without rounding.
template <bool kExact>
[[gnu::target("avx2,fma")]] inline __m256d plus(__m256d sum, __m256d weight, __m256d value) {
  if constexpr (kExact) return _mm256_fmadd_pd(weight, value, sum);
  else return _mm256_add_pd(sum, _mm256_mul_pd(weight, value));
}

// Lists of one kind; returns how many sums are done. A line of every list is asked for some lines ahead: so many lists at once
// are more than the processor follows by itself.
template <Number kAs, bool kExact>
[[gnu::target("avx2,f16c,fma")]] size_t add_wide(std::span<const Weighted> lists, std::span<double> sums) {
  constexpr size_t kBytes = bytes_of(kAs), kLine = 64 / kBytes, kAhead = 512;
  size_t line = 0;
  for (; line + kLine <= sums.size(); line += kLine) {
    for (const Weighted& list : lists) _mm_prefetch(list.values.bytes + kBytes * line + kAhead, _MM_HINT_T0);
    for (size_t i = line; i < line + kLine; i += 16) {
      double* const at = sums.data() + i;
      __m256d s0 = _mm256_loadu_pd(at), s1 = _mm256_loadu_pd(at + 4), s2 = _mm256_loadu_pd(at + 8), s3 = _mm256_loadu_pd(at + 12);
      for (const Weighted& list : lists) {
        const __m256d weight = _mm256_set1_pd(list.weight);
        const __m256 x = eight_at<kAs>(list.values.bytes + kBytes * i), y = eight_at<kAs>(list.values.bytes + kBytes * (i + 8));
        s0 = plus<kExact>(s0, weight, _mm256_cvtps_pd(_mm256_castps256_ps128(x)));
        s1 = plus<kExact>(s1, weight, _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1)));
        s2 = plus<kExact>(s2, weight, _mm256_cvtps_pd(_mm256_castps256_ps128(y)));
        s3 = plus<kExact>(s3, weight, _mm256_cvtps_pd(_mm256_extractf128_ps(y, 1)));
      }
      _mm256_storeu_pd(at, s0), _mm256_storeu_pd(at + 4, s1), _mm256_storeu_pd(at + 8, s2), _mm256_storeu_pd(at + 12, s3);
    }
  }
  return line;
}

template <Number kAs>
size_t add_wide_of(std::span<const Weighted> lists, std::span<double> sums, bool exact) {
  return exact ? add_wide<kAs, true>(lists, sums) : add_wide<kAs, false>(lists, sums);
}

size_t add_wide_of(Number as, std::span<const Weighted> lists, std::span<double> sums) {
  // A float32 times a whole number of up to 29 bits is a double: rounded once or twice, the sum is the same.
  const bool exact = std::ranges::all_of(lists, [](const Weighted& list) { return std::abs(list.weight) <= 1 << 29 && list.weight == std::floor(list.weight); });
  switch (as) {
    case Number::f32: return add_wide_of<Number::f32>(lists, sums, exact);
    case Number::f16: return add_wide_of<Number::f16>(lists, sums, exact);
    case Number::bf16: return add_wide_of<Number::bf16>(lists, sums, exact);
  }
  return 0;
}

#else

bool has_wide() { return false; }
size_t add_wide_of(Number, std::span<const Weighted>, std::span<double>) { return 0; }

#endif

}  // namespace

void widen(Numbers from, std::span<float> values) {
  switch (from.as) {
    case Number::f32: return widen_all<Number::f32>(from.bytes, values);
    case Number::f16: return widen_all<Number::f16>(from.bytes, values);
    case Number::bf16: return widen_all<Number::bf16>(from.bytes, values);
  }
}

void SquareSum::add(std::span<const float> values) {
  const size_t whole = values.size() / kLanes * kLanes;
  std::array<double, kLanes> sums = sums_;
  for (size_t i = 0; i < whole; i += kLanes)
    for (size_t k = 0; k < kLanes; ++k) sums[k] += static_cast<double>(values[i + k]) * values[i + k];
  for (size_t i = whole; i < values.size(); ++i) sums[0] += static_cast<double>(values[i]) * values[i];
  sums_ = sums;
}

double SquareSum::root() const { return std::sqrt(std::accumulate(sums_.begin(), sums_.end(), 0.0)); }

bool all_finite(std::span<const float> values) {
  // Without a branch a value: an exponent of all ones is what infinities and NaN have.
  constexpr uint32_t kExponent = 0x7f800000;
  uint32_t bad = 0;
  for (const float x : values) bad |= static_cast<uint32_t>((std::bit_cast<uint32_t>(x) & kExponent) == kExponent);
  return bad == 0;
}

Measured measure(Numbers values, size_t count) {
  std::array<float, 4096> block;
  static_assert(block.size() % SquareSum::kLanes == 0);
  SquareSum squares;
  for (size_t at = 0; at < count; at += block.size()) {
    const std::span part(block.data(), std::min(block.size(), count - at));
    widen(values.from(at), part);
    squares.add(part);
  }
  const double norm = squares.root();
  return {norm, std::isfinite(norm)};   // no float's square is beyond a double, nor is any sum of as many as fit in memory
}

void add_weighted_plainly(std::span<const Weighted> lists, std::span<double> sums) {
  for (const Weighted& list : lists) add_plainly(list, sums, 0);
}

void add_weighted(std::span<const Weighted> lists, std::span<double> sums) {
  if (!has_wide()) return add_weighted_plainly(lists, sums);
  while (!lists.empty()) {
    const Number as = lists[0].values.as;
    size_t same = 1;
    while (same < lists.size() && lists[same].values.as == as) ++same;
    const size_t done = add_wide_of(as, lists.first(same), sums);
    for (const Weighted& list : lists.first(same)) add_plainly(list, sums, done);
    lists = lists.subspan(same);
  }
}

}  // namespace fedllm::adapter
