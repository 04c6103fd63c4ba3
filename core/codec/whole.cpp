// Bodies that send every value by itself: f32, f16, bf16.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "adapter/half.h"
#include "codec/body.h"

namespace fedllm::codec {
namespace {

constexpr float kHalfMax = 65504, kBfloatMax = 0x1.fep127f;

// Beyond the largest, a finite value stays finite.
uint16_t finite_bfloat(float value) { return adapter::float_to_bfloat(std::isfinite(value) ? std::clamp(value, -kBfloatMax, kBfloatMax) : value); }

class F32 final : public Body {
 public:
  size_t bytes(size_t count) const override { return 4 * count; }
  bool lossy() const override { return false; }
  std::optional<adapter::Number> plain() const override { return adapter::Number::f32; }
  void write(std::span<const float> values, uint64_t, bool, char* out) const override { std::memcpy(out, values.data(), 4 * values.size()); }
  Status read(const char* bytes, std::span<float> values) const override {
    std::memcpy(values.data(), bytes, 4 * values.size());
    return {};
  }
};

template <adapter::Number kAs, uint16_t (*To)(float)>
class Narrow final : public Body {
 public:
  size_t bytes(size_t count) const override { return 2 * count; }
  std::optional<adapter::Number> plain() const override { return kAs; }
  void write(std::span<const float> values, uint64_t, bool, char* out) const override {
    for (const float value : values) {
      const uint16_t narrow = To(value);
      std::memcpy(out, &narrow, 2);
      out += 2;
    }
  }
  Status read(const char* bytes, std::span<float> values) const override {
    adapter::widen({bytes, kAs}, values);
    return {};
  }
};

}  // namespace

uint16_t finite_half(float value) { return adapter::float_to_half(std::isfinite(value) ? std::clamp(value, -kHalfMax, kHalfMax) : value); }

std::unique_ptr<Body> f32_body() { return std::make_unique<F32>(); }
std::unique_ptr<Body> f16_body() { return std::make_unique<Narrow<adapter::Number::f16, finite_half>>(); }
std::unique_ptr<Body> bf16_body() { return std::make_unique<Narrow<adapter::Number::bf16, finite_bfloat>>(); }

}  // namespace fedllm::codec
