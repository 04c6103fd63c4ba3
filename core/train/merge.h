// An adapter merged into its base: a full checkpoint folder with W + scale * B A in the adapted modules and the tensors that
// the adapter keeps whole, everything else as it is; one model.safetensors, streamed. The sum is taken in float64 and rounded
// once to the written type. A tied head of which the adapter keeps one side only becomes untied, as in PEFT. Torch-free.
#pragma once

#include <optional>
#include <string>

#include "adapter/adapter.h"
#include "train/model_folder.h"

namespace fedllm::train {

struct MergeResult { int64_t parameters = 0, bytes = 0; };
// `type`: f32, f16 or bf16 for every tensor; none: each tensor's own. `out` must not be the model's folder.
Result<MergeResult> write_merged(const ModelFolder& model, const adapter::AdapterState& state,
                                 std::optional<adapter::DType> type, const std::string& out);
// One tensor's values with the adapter merged in.
Result<std::vector<float>> merged_tensor(const ModelFolder& model, const adapter::AdapterState& state, const std::string& name);

}  // namespace fedllm::train
