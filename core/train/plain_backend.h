// Backend's work on a PlainModel: where the engine does not go, which is another device than the CPU, adapters of the
// head or of whole tensors (modules_to_save) and batches that score masked positions (needs_padding). The same results as the engine's within float32; slower. Module-internal; may throw.
#pragma once

#include "train/base_model.h"

namespace fedllm::train {

// Does this pair run the plain way?
bool runs_plainly(const LoadedModel& model, const adapter::AdapterState* adapter);

// No dropout: asked for it, it is UNIMPLEMENTED.
Result<LocalResult> train_plainly(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options);
Result<std::vector<Score>> score_plainly(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const data::Example> examples, const StopFlag& stop);
// Greedy only; choices are not told.
Result<Generated> generate_plainly(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const int32_t> prompt, const GenerateOptions& options);
Result<Probe> probe_plainly(const LoadedModel& model, const adapter::AdapterState* adapter, const ProbeInput& input);
Result<ProbeTrain> probe_train_plainly(const LoadedModel& model, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options);

}  // namespace fedllm::train
