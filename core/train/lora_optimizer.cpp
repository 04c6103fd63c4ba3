#include "train/lora_optimizer.h"

#include <cmath>

#include "train/kernels.h"

namespace fedllm::train {

LoraOptimizer::LoraOptimizer(const adapter::AdapterState& start, Factors factors, ClientOptimizer kind, std::span<const uint8_t> learns)
    : start_(start), kind_(kind), theta_(start.values), gradient_(start.values.size()), m_(start.values.size()), v_(kind == ClientOptimizer::adamw ? start.values.size() : 0) {
  if (factors == Factors::both) {
    learning_ = {{0, theta_.size()}};
  } else {
    for (const adapter::ModuleSlot& slot : start.layout->modules())
      learning_.push_back(factors == Factors::a ? Range{slot.a_offset, slot.a_size()} : Range{slot.b_offset, slot.b_size()});
    for (const adapter::SavedTensor& saved : start.layout->saved()) learning_.push_back({saved.offset, saved.size()});
  }
  for (const Range& range : learning_)
    for (size_t i = range.from; !learns.empty() && i < range.from + range.count; ++i)
      if (!learns[i]) held_.push_back(i);
}

void LoraOptimizer::add_gradient(double factor, std::vector<double>& sum) const {
  for (const Range& range : learning_)
    for (size_t i = range.from; i < range.from + range.count; ++i) sum[i] += factor * gradient_[i];
  for (const size_t i : held_) sum[i] = 0;
}

double LoraOptimizer::gradient_norm() const {
  double sum = 0;
  for (const Range& range : learning_) sum += kernels::sum_of_squares(gradient_.data() + range.from, static_cast<int64_t>(range.count));
  return std::sqrt(sum);
}

double LoraOptimizer::step(const StepOptions& options) {
  const std::span<const float> anchor = options.anchor.empty() ? std::span<const float>(start_.values) : options.anchor;
  if (options.proximal_mu != 0)
    for (const Range& range : learning_)
      for (size_t i = range.from; i < range.from + range.count; ++i) gradient_[i] += static_cast<float>(options.proximal_mu) * (theta_[i] - anchor[i]);
  for (const size_t i : held_) gradient_[i] = 0;
  const double norm = gradient_norm();
  const bool clips = options.clip_norm > 0 && norm > options.clip_norm;
  ++steps_;
  for (const Range& range : learning_) {
    if (clips) kernels::scale(gradient_.data() + range.from, static_cast<float>(options.clip_norm / (norm + 1e-6)), static_cast<int64_t>(range.count));
    if (!options.correction.empty()) kernels::add(gradient_.data() + range.from, options.correction.data() + range.from, static_cast<int64_t>(range.count));
    take_step(range, options);
  }
  for (const size_t i : held_) theta_[i] = start_.values[i];
  return norm;
}

void LoraOptimizer::take_step(Range range, const StepOptions& options) {
  float *theta = theta_.data() + range.from, *m = m_.data() + range.from;
  const float* gradient = gradient_.data() + range.from;
  if (kind_ == ClientOptimizer::adamw)
    return kernels::adamw(theta, m, v_.data() + range.from, gradient, static_cast<int64_t>(range.count), {.learning_rate = options.learning_rate, .weight_decay = options.weight_decay, .step = steps_});
  const auto rate = static_cast<float>(options.learning_rate), decay = static_cast<float>(options.weight_decay), momentum = static_cast<float>(options.momentum);
  for (size_t i = 0; i < range.count; ++i) {
    m[i] = momentum * m[i] + (gradient[i] + decay * theta[i]);
    theta[i] -= rate * m[i];
  }
}

}  // namespace fedllm::train
