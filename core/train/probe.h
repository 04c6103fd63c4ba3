// What the golden tests look at, on one padded batch: logits, loss, LoRA gradients, a few AdamW steps. Module-internal;
// may throw.
#pragma once

#include "train/base_model.h"

namespace fedllm::train {

// Does the batch ask for what the engine, which computes unmasked columns alone, does not do: a scored label behind a masked
// column, or windows that span a gap? Such batches run the plain way.
bool needs_padding(const LoadedModel& model, const ProbeInput& input);

Result<Probe> run_probe(const LoadedModel& model, const adapter::AdapterState* adapter, const ProbeInput& input);
Result<ProbeTrain> run_probe_train(const LoadedModel& model, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options);

}  // namespace fedllm::train
