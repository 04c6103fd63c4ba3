// The leading eigenvectors of a symmetric matrix, where few of many are wanted. Private to this folder.
#pragma once

#include <span>
#include <vector>

namespace fedllm::fed {

// symmetric [size, size]; the result's columns [size, count], one behind the other, are orthonormal, by falling eigenvalue.
// Few of many: tridiagonal form, its eigenvalues, and inverse iteration; the whole decomposition where many are wanted or
// inverse iteration does not reach them.
std::vector<double> leading_eigenvectors(std::span<const double> symmetric, int size, int count);

}  // namespace fedllm::fed
