// Orthonormal columns by Gram-Schmidt, twice for what rounding leaves: exact operations and roots alone, so that every machine
// gets the same bits.
#pragma once

#include <vector>

#include "base/seed_tree.h"

namespace fedllm::adapter {

// [rows, columns], uniform in [-1, 1).
std::vector<double> drawn(int rows, int columns, Rng& rng);
// Makes the columns of `matrix` [rows, columns] (row-major) orthonormal, from the first on, each in the span of itself and those
// before it; columns that are already stay as they are up to rounding. Those that lie in the span of others are drawn anew
// when the rest stands; what is more than there are rows becomes 0.
void orthonormalise(std::vector<double>& matrix, int columns, Rng rng);

}  // namespace fedllm::adapter
