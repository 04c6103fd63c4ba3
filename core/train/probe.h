// What the golden tests look at, on one padded batch: logits, loss, LoRA gradients, a few AdamW steps. Module-internal;
// may throw.
#pragma once

#include "train/base_model.h"

namespace fedllm::train {

Result<Probe> run_probe(const LoadedModel& model, const adapter::AdapterState* adapter, const ProbeInput& input);
Result<ProbeTrain> run_probe_train(const LoadedModel& model, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options);

}  // namespace fedllm::train
