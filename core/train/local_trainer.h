// Local training of one client on a loaded base: seeded batches, fused forward and backward, AdamW on the adapter alone.
// Module-internal; may throw.
#pragma once

#include "train/base_model.h"

namespace fedllm::train {

Result<LocalResult> train_locally(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options);

}  // namespace fedllm::train
