// Scoring and generating with a base model and maybe an adapter, merged into its weights first. Module-internal; may throw.
#pragma once

#include "train/base_model.h"

namespace fedllm::train {

Result<std::vector<Score>> score_examples(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const data::Example> examples, const StopFlag& stop);
Result<Generated> generate_tokens(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const int32_t> prompt, const GenerateOptions& options);

}  // namespace fedllm::train
