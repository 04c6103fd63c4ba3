// A loaded base with a low-rank update added to some of its linears, W + s B A: what methods that merge into the base (FLoRA
// 2409.05976, FedEx-LoRA 2410.09432) train on, while the base itself stays as it is. Those matrices become f32 values of this
// model's own; all others are shared with the base. Torch-free.
#pragma once

#include <memory>

#include "train/base_model.h"

namespace fedllm::train {

// `merged` may have any rank in every module. A module that the model lacks or of another shape, the head and whole tensors
// (modules_to_save) are errors.
Result<std::shared_ptr<const LoadedModel>> with_merged(const std::shared_ptr<const LoadedModel>& base, const adapter::AdapterState& merged);

}  // namespace fedllm::train
