// The unit that training and evaluation see: token ids and where the loss starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fedllm::data {

// ids = prompt tokens then response tokens then EOS. Position t is scored (as a target) for t >= prompt_length.
struct Example {
  std::vector<int32_t> ids;
  int32_t prompt_length = 0;
  int32_t label = -1;          // index into Dataset::labels(), -1: none
  bool truncated = false;      // cut at max_length
};

}  // namespace fedllm::data
