// LoraOptimizer: one adapter under training. The flat parameter vector, its views as leaves of the graph, AdamW's moments,
// the gradient as one flat vector with its norm. Memory: 4 floats a LoRA parameter. Module-internal; may throw.
#pragma once

#include <vector>

#include "train/base_model.h"

namespace fedllm::train {

struct StepOptions {
  double learning_rate = 0, weight_decay = 0;
  double clip_norm = 0;                // 0: none
  double proximal_mu = 0;              // adds mu (theta - start) to the gradient (FedProx, 1812.06127)
};

class LoraOptimizer {
 public:
  static Result<LoraOptimizer> make(const LoadedModel& model, const adapter::AdapterState& start);
  const std::vector<LoraFactors>& factors() const { return factors_; }
  // Gathers the gradients of the last backward pass, and clears them there.
  void collect();
  // Global L2 norm of the collected gradient.
  double gradient_norm() const;
  // Adds the proximal term, clips, and takes one AdamW step. Returns the norm before clipping.
  double step(const StepOptions& options);
  adapter::AdapterState state() const;
  adapter::AdapterState gradients() const;

 private:
  adapter::AdapterState copy_of(const at::Tensor& flat) const;
  adapter::LayoutPtr layout_;
  at::Tensor theta_, start_, gradient_, m_, v_;
  std::vector<LoraFactors> factors_;
  std::vector<std::pair<at::Tensor, int64_t>> leaves_;   // view and its offset
  int64_t steps_ = 0;
};

}  // namespace fedllm::train
