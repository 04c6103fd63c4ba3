#include "train/rotary.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fedllm::train {
namespace {

using at::Tensor;

// base^(2i / dim)
Tensor powers(double base, int dim) { return at::pow(at::Scalar(base), at::arange(0, dim, 2, at::kLong).to(at::kFloat) / dim); }

// Slower turns for what turned less than once within the trained positions, none for the quick ones, a ramp between.
Tensor llama3(const Tensor& plain, const Rope& rope) {
  const double old = rope.original_positions, low = rope.low_frequency_factor, high = rope.high_frequency_factor;
  const Tensor wavelength = at::reciprocal(plain) * (2 * std::numbers::pi);
  const Tensor slow = at::where(wavelength > old / low, plain / rope.factor, plain);
  const Tensor smooth = (at::reciprocal(wavelength) * old - low) / (high - low);
  const Tensor between = (1 - smooth) * slow / rope.factor + smooth * slow;
  return at::where((wavelength >= old / high).logical_and(wavelength <= old / low), between, slow);
}

// 2309.00071, section 3.2: the dimension that turns `rotations` times within the trained positions.
double yarn_dimension(double rotations, const Rope& rope) {
  return rope.dim * std::log(rope.original_positions / (rotations * 2 * std::numbers::pi)) / (2 * std::log(rope.theta));
}

Tensor yarn(const Rope& rope) {
  double low = yarn_dimension(rope.beta_fast, rope), high = yarn_dimension(rope.beta_slow, rope);
  if (rope.truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0), high = std::min(high, rope.dim - 1.0);
  if (low == high) high += 0.001;
  const Tensor ramp = at::clamp((at::arange(rope.dim / 2, at::kFloat) - low) / (high - low), 0, 1);
  const Tensor kept = 1 - ramp, turns = powers(rope.theta, rope.dim);
  return at::reciprocal(turns * rope.factor) * (1 - kept) + at::reciprocal(turns) * kept;
}

Tensor frequencies(const Rope& rope, int length) {
  switch (rope.scaling) {
    case RopeScaling::none: return at::reciprocal(powers(rope.theta, rope.dim));
    case RopeScaling::linear: return at::reciprocal(powers(rope.theta, rope.dim)) / rope.factor;
    case RopeScaling::llama3: return llama3(at::reciprocal(powers(rope.theta, rope.dim)), rope);
    case RopeScaling::yarn: return yarn(rope);
    case RopeScaling::dynamic: break;
  }
  const double trained = rope.original_positions, longest = std::max<double>(length, trained);
  const double base = rope.theta * std::pow(rope.factor * longest / trained - (rope.factor - 1), rope.dim / (rope.dim - 2.0));
  return at::reciprocal(powers(base, rope.dim));
}

std::vector<float> values_of(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

RotationTable make_rotation(const Rope& rope, int length) {
  if (rope.dim == 0) return {};
  at::NoGradGuard no_grad;
  const Tensor angles = at::outer(at::arange(length, at::kFloat), frequencies(rope, length));
  const double factor = rope.scaling == RopeScaling::yarn ? rope.attention_factor : 1;
  return {length, rope.dim / 2, values_of(at::cos(angles) * factor), values_of(at::sin(angles) * factor)};
}

bool depends_on_length(const Rope& rope) { return rope.scaling == RopeScaling::dynamic; }

}  // namespace fedllm::train
