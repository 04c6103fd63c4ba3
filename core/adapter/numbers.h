// Numbers: values as they lie in memory, float32, binary16 or bfloat16, little-endian, at whatever address; and sums over many
// such lists. Widening to float32 is exact and sums are one IEEE addition after the other, so that results do not depend on the
// processor. Pure functions, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fedllm::adapter {

enum class Number : uint8_t { f32, f16, bf16 };
constexpr size_t bytes_of(Number number) { return number == Number::f32 ? 4 : 2; }

// How many there are, the caller knows.
struct Numbers {
  const char* bytes = nullptr;
  Number as = Number::f32;
  Numbers from(size_t place) const { return {bytes + place * bytes_of(as), as}; }
};
inline Numbers numbers_of(std::span<const float> values) { return {reinterpret_cast<const char*>(values.data()), Number::f32}; }

// The first values.size() of them.
void widen(Numbers from, std::span<float> values);

// Independent sums, which the compiler may keep in one register; their order is part of the result. Added in parts, all but the last
// of them in multiples of kLanes, they are the same.
class SquareSum {
 public:
  static constexpr size_t kLanes = 8;
  void add(std::span<const float> values);
  double root() const;

 private:
  std::array<double, kLanes> sums_{};
};
bool all_finite(std::span<const float> values);

// l2_norm() and all_finite() of an adapter that is not unpacked.
struct Measured {
  double norm = 0;
  bool finite = true;
};
Measured measure(Numbers values, size_t count);

struct Weighted {
  Numbers values;
  double weight = 1;
};
// sums[i] += weight_k * values_k[i] for list after list. Best with about ten lists at once and a few thousand sums, which stay in
// the processor's nearest caches.
void add_weighted(std::span<const Weighted> lists, std::span<double> sums);
// The same without the processor's wide instructions.
void add_weighted_plainly(std::span<const Weighted> lists, std::span<double> sums);

}  // namespace fedllm::adapter
