#include "train/prompt_check.h"

#include <string>

namespace fedllm::train {

Status check_prompt(std::span<const int32_t> prompt, int vocab_size, int max_positions) {
  constexpr const char* kWhere = "train.generate";
  if (prompt.empty()) return invalid_argument("the prompt is empty", kWhere);
  if (prompt.size() > static_cast<size_t>(max_positions))
    return invalid_argument("the prompt has " + std::to_string(prompt.size()) + " tokens, the model has " + std::to_string(max_positions) + " positions", kWhere);
  for (const int32_t id : prompt)
    if (id < 0 || id >= vocab_size)
      return invalid_argument("the prompt holds token id " + std::to_string(id) + ", the model's vocabulary has " + std::to_string(vocab_size), kWhere);
  return {};
}

}  // namespace fedllm::train
