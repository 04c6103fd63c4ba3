// The unit that training and evaluation see: token ids and which of them are scored.
// ids = prompt tokens then response tokens then EOS; in a conversation, turn after turn up to the last scored token. A
// position t is scored as a target (predicted from what stands before it) where a range of `scored` holds it, or, with no
// ranges, for every t >= prompt_length: one response at the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace fedllm::data {

// Positions [begin, end) of an example.
struct ScoredRange {
  int32_t begin = 0, end = 0;
  bool operator==(const ScoredRange&) const = default;
};

struct Example {
  std::vector<int32_t> ids;
  int32_t prompt_length = 0;         // where scoring begins: with ranges, the first one's begin
  int32_t label = -1;                // index into Dataset::labels(), -1: none
  bool truncated = false;            // cut at max_length
  std::vector<ScoredRange> scored;   // several responses: ascending, disjoint, within ids; empty: from prompt_length on
};

// Calls visit(begin, end) for every stretch of positions that are scored and have a token before them.
template <class Visit>
void each_scored(const Example& example, Visit visit) {
  const auto size = static_cast<int32_t>(example.ids.size());
  const auto stretch = [&](int32_t begin, int32_t end) {
    begin = std::max(begin, 1), end = std::min(end, size);
    if (begin < end) visit(begin, end);
  };
  if (example.scored.empty()) return stretch(example.prompt_length, size);
  for (const ScoredRange& range : example.scored) stretch(range.begin, range.end);
}

}  // namespace fedllm::data
