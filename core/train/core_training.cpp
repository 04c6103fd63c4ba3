#include "train/core_training.h"

#include <algorithm>

namespace fedllm::train {

using Block = adapter::Cores::Block;

CoreTraining::CoreTraining(const adapter::Cores& cores, const adapter::AdapterState& start, bool head_scales)
    : cores_(cores), head_scales_(head_scales), adapter_(start) {
  start_.values = cores.project(start.values);
  if (head_scales) start_.values.resize(cores.size() + cores.blocks().size(), 1.0F);
  start_.layout = adapter::AdapterLayout::flat(start_.values.size());
}

std::vector<float> CoreTraining::scaled(const float* values) const {
  std::vector<float> cores(values, values + cores_.size());
  for (size_t k = 0; head_scales_ && k < cores_.blocks().size(); ++k) {
    const Block& block = cores_.blocks()[k];
    for (size_t i = 0; i < static_cast<size_t>(block.side) * block.side; ++i) cores[block.from + i] *= values[cores_.size() + k];
  }
  return cores;
}

const float* CoreTraining::adapter_at(const float* values) {
  cores_.expand(scaled(values), adapter_.values);
  return adapter_.values.data();
}

void CoreTraining::pull_back(const float* values, const std::vector<float>& gradient, std::vector<float>& into) const {
  const std::vector<float> of_cores = cores_.project(gradient);
  std::ranges::copy(of_cores, into.begin());
  for (size_t k = 0; head_scales_ && k < cores_.blocks().size(); ++k) {
    const Block& block = cores_.blocks()[k];
    double sum = 0;
    for (size_t i = block.from; i < block.from + static_cast<size_t>(block.side) * block.side; ++i) {
      sum += static_cast<double>(values[i]) * of_cores[i];
      into[i] *= values[cores_.size() + k];
    }
    into[cores_.size() + k] = static_cast<float>(sum);
  }
}

adapter::AdapterState CoreTraining::adapter(const adapter::AdapterState& values) {
  (void)adapter_at(values.values.data());
  return adapter_;
}

}  // namespace fedllm::train
