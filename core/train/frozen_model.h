// A checkpoint as the transformer reads it. `automatic` leaves every matrix in the file's own type where it lies; f32 and
// bf16 convert once into memory where the file has another; int8 quantises the linears of the layers, one scale an output
// channel (max |w| / 127, rounded to nearest), and leaves embeddings and head as they are. Norms and biases are f32.
#pragma once

#include <memory>

#include "base/status.h"
#include "train/backend.h"
#include "train/checkpoint.h"
#include "train/transformer.h"

namespace fedllm::train {

Result<std::shared_ptr<const FrozenModel>> freeze(const ModelConfig& config, const ModelPlan& plan, std::shared_ptr<const Checkpoint> checkpoint, BasePrecision precision);
// Bytes of all matrices in the types they have after that.
int64_t frozen_bytes(const ModelPlan& plan, const Checkpoint& checkpoint, BasePrecision precision);

}  // namespace fedllm::train
