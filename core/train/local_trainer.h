// Local training of one client and what the golden tests look at, on a loaded base. Module-internal; may throw.
#pragma once

#include "train/base_model.h"

namespace fedllm::train {

Result<LocalResult> train_locally(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options);
Result<Probe> run_probe(const LoadedModel& model, const adapter::AdapterState* adapter, const ProbeInput& input);
Result<ProbeTrain> run_probe_train(const LoadedModel& model, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options);

}  // namespace fedllm::train
