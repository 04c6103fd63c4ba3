// Whole numbers out of shares: largest-remainder apportionment and the repair of too small clients. Totals are kept
// exactly; ties go to the lower index. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

namespace fedllm::data {

// Non-negative integers that sum to `total`, as near to total * share / sum(shares) as integers can be.
std::vector<int64_t> apportion(int64_t total, const std::vector<double>& shares);

// Moves records from the largest clients to those below `minimum`, one label cell at a time, each time from the donor's
// largest label. `by_label` is [client][label]; every label's total is kept. With `only_held_labels` a client takes only labels
// that it holds already. Returns whether every client reached the minimum.
bool lift_to_minimum(std::vector<std::vector<int64_t>>& by_label, int64_t minimum, bool only_held_labels);

}  // namespace fedllm::data
