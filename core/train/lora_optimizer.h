// LoraOptimizer: one adapter under training. The flat parameter vector and the moments of AdamW (1711.05101) or the velocity
// of SGD, both as torch.optim has them, the gradient as one flat vector with its norm. Frozen factors are not touched; tensors
// kept whole always learn.
// Memory: at most 4 floats a LoRA parameter. Torch-free.
#pragma once

#include <vector>

#include "adapter/adapter.h"
#include "train/backend.h"

namespace fedllm::train {

struct StepOptions {
  double learning_rate = 0, weight_decay = 0;
  double clip_norm = 0;                // 0: none
  double proximal_mu = 0;              // adds mu (theta - anchor) to the gradient (FedProx, 1812.06127)
  double momentum = 0;                 // of SGD
  std::span<const float> correction;   // added behind the clipping (SCAFFOLD); may be empty
  std::span<const float> anchor;       // empty: the start
};

class LoraOptimizer {
 public:
  // `start` must outlive it. learns: LocalOptions::learns.
  explicit LoraOptimizer(const adapter::AdapterState& start, Factors factors = Factors::both, ClientOptimizer kind = ClientOptimizer::adamw,
                         std::span<const uint8_t> learns = {});
  const float* values() const { return theta_.data(); }
  // To be filled before step(); step() leaves it as it was used.
  std::vector<float>& gradient() { return gradient_; }
  // Global L2 norm of the gradient of what learns.
  double gradient_norm() const;
  // Adds the proximal term, clips, corrects, and takes one step. Returns the norm before clipping.
  double step(const StepOptions& options);
  adapter::AdapterState state() const { return {start_.layout, theta_}; }
  // sum += factor * the gradient of what learns.
  void add_gradient(double factor, std::vector<double>& sum) const;

 private:
  struct Range { size_t from = 0, count = 0; };
  void take_step(Range range, const StepOptions& options);
  const adapter::AdapterState& start_;
  ClientOptimizer kind_;
  std::vector<Range> learning_;        // of the flat vectors
  std::vector<size_t> held_;           // places in them that stay as they are
  std::vector<float> theta_, gradient_, m_, v_;
  int64_t steps_ = 0;
};

}  // namespace fedllm::train
