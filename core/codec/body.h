// Body: how one codec writes values, inside the frame that all share (codec.cpp). Bodies know sizes by the number of values
// alone, and read only what a frame has checked for size; what they must not believe they check themselves. Internal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "adapter/numbers.h"
#include "base/status.h"

namespace fedllm::codec {

class Body {
 public:
  virtual ~Body() = default;
  virtual size_t bytes(size_t count) const = 0;
  // out: bytes(values.size()), zero. `whole`: what is left out is not sent later, so a random mask weighs the rest up.
  virtual void write(std::span<const float> values, uint64_t seed, bool whole, char* out) const = 0;
  // values: zero.
  virtual Status read(const char* bytes, std::span<float> values) const = 0;
  virtual bool lossy() const { return true; }
  virtual bool carries_versions() const { return true; }
  // What the values are, where the body is nothing but them, one after the other.
  virtual std::optional<adapter::Number> plain() const { return {}; }
};

std::unique_ptr<Body> f32_body();
std::unique_ptr<Body> f16_body();
std::unique_ptr<Body> bf16_body();
std::unique_ptr<Body> int8_body();
std::unique_ptr<Body> int4_body();
std::unique_ptr<Body> top_k_body(double density);
std::unique_ptr<Body> random_mask_body(double density);
std::unique_ptr<Body> sign_body();

// An IEEE half that a finite value always finds: clamped to ±65504.
uint16_t finite_half(float value);

}  // namespace fedllm::codec
