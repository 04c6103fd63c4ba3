// Local training of one client on a loaded base: seeded batches, a gradient, an optimizer on the adapter alone. The gradient is
// the engine's, or whatever else computes one. Module-internal; may throw.
#pragma once

#include <functional>

#include "train/base_model.h"
#include "train/gradient_step.h"

namespace fedllm::train {

Result<LocalResult> train_locally(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options);

// Loss of the drawn examples at `values` [the adapter's size], and its gradient into `into`, of the same size. Steps from 1.
using TakeGradient = std::function<Result<GradientStep::Outcome>(int step, std::span<const int> drawn, const float* values, std::vector<float>& into)>;
// The steps around such a gradient.
Result<LocalResult> train_by(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options, const TakeGradient& take);

}  // namespace fedllm::train
