// Pretraining from scratch. Module-internal; may throw.
#pragma once

#include "train/backend.h"

namespace fedllm::train {

// Documents of the corpus (cut at EOS, longer ones every `length` tokens) are sequences of their own, each from position 0,
// as the records of local training are; nothing is padded. A step takes about batch_size * length tokens. AdamW with
// betas 0.9 / 0.95, clipping at 1, 5 % linear warm-up, cosine to a tenth of the rate; decay on matrices only.
Result<PretrainResult> pretrain_model(const PretrainOptions& options);

}  // namespace fedllm::train
