// CoreTraining: the space in which an optimizer steps where cores are trained instead of factors (adapter/cores.h): all cores,
// and behind them a scalar a head, 1 at the start (RAVAN 2506.05568: B_i = B0_i (s_i H_i); Fed-SB has none). Torch-free.
#pragma once

#include <vector>

#include "adapter/cores.h"

namespace fedllm::train {

class CoreTraining {
 public:
  // Both must outlive it. `start`: an adapter whose B is in the basis' span.
  CoreTraining(const adapter::Cores& cores, const adapter::AdapterState& start, bool head_scales);
  const adapter::AdapterState& start() const { return start_; }   // flat
  // The adapter at `values` [start().size()]; valid until the next call.
  const float* adapter_at(const float* values);
  // What a gradient for the adapter is for the values it was taken at.
  void pull_back(const float* values, const std::vector<float>& gradient, std::vector<float>& into) const;
  adapter::AdapterState adapter(const adapter::AdapterState& values);

 private:
  std::vector<float> scaled(const float* values) const;
  const adapter::Cores& cores_;
  const bool head_scales_;
  adapter::AdapterState start_, adapter_;
};

}  // namespace fedllm::train
