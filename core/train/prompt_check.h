// What a prompt must be before a model continues it; one sentence, the same wherever prompts come from.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"

namespace fedllm::train {

// At least one token, each of the vocabulary, and no more than the model has positions.
Status check_prompt(std::span<const int32_t> prompt, int vocab_size, int max_positions);

}  // namespace fedllm::train
