#include "train/lora_optimizer.h"

#include <torch/torch.h>

#include <cmath>
#include <cstring>

#include "train/kernels.h"

namespace fedllm::train {

Result<LoraOptimizer> LoraOptimizer::make(const LoadedModel& model, const adapter::AdapterState& start) {
  if (!start.layout) return invalid_argument("training needs an adapter, got none", "train.lora");
  FEDLLM_RETURN_IF_ERROR(check_values(start));
  LoraOptimizer optimizer;
  optimizer.layout_ = start.layout;
  const auto size = static_cast<int64_t>(start.values.size());
  optimizer.start_ = at::from_blob(const_cast<float*>(start.values.data()), {size}, at::kFloat);   // the caller's, read only
  optimizer.theta_ = optimizer.start_.clone();
  optimizer.gradient_ = at::zeros({size}, at::kFloat);
  optimizer.m_ = at::zeros({size}, at::kFloat), optimizer.v_ = at::zeros({size}, at::kFloat);
  FEDLLM_ASSIGN_OR_RETURN(optimizer.factors_, lora_factors(model, *start.layout, optimizer.theta_, true));
  for (const LoraFactors& f : optimizer.factors_)
    for (const at::Tensor& leaf : {f.a, f.b})
      if (leaf.defined()) optimizer.leaves_.push_back({leaf, leaf.data_ptr<float>() - optimizer.theta_.data_ptr<float>()});
  return optimizer;
}

void LoraOptimizer::collect() {
  float* out = gradient_.data_ptr<float>();
  for (auto& [leaf, offset] : leaves_) {
    at::Tensor& gradient = leaf.mutable_grad();
    if (gradient.defined()) std::memcpy(out + offset, gradient.contiguous().data_ptr<float>(), sizeof(float) * leaf.numel());
    else std::memset(out + offset, 0, sizeof(float) * leaf.numel());
    gradient.reset();
  }
}

double LoraOptimizer::gradient_norm() const { return std::sqrt(kernels::sum_of_squares(gradient_.data_ptr<float>(), gradient_.numel())); }

double LoraOptimizer::step(const StepOptions& options) {
  at::NoGradGuard no_grad;
  if (options.proximal_mu != 0) gradient_.add_(theta_ - start_, options.proximal_mu);
  const double norm = gradient_norm();
  if (options.clip_norm > 0 && norm > options.clip_norm) gradient_.mul_(options.clip_norm / (norm + 1e-6));
  kernels::adamw(theta_.data_ptr<float>(), m_.data_ptr<float>(), v_.data_ptr<float>(), gradient_.data_ptr<float>(), theta_.numel(),
                 {.learning_rate = options.learning_rate, .weight_decay = options.weight_decay, .step = ++steps_});
  return norm;
}

adapter::AdapterState LoraOptimizer::copy_of(const at::Tensor& flat) const {
  const float* values = flat.data_ptr<float>();
  return {layout_, std::vector<float>(values, values + flat.numel())};
}
adapter::AdapterState LoraOptimizer::state() const { return copy_of(theta_); }
adapter::AdapterState LoraOptimizer::gradients() const { return copy_of(gradient_); }

}  // namespace fedllm::train
