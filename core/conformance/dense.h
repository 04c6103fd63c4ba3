// Dense: whole [out, in] matrices in double, by loops that can be read. What the methods, which never hold such a matrix, are
// measured against; it shares no code with core/fed. Values: copy and move. Sizes that do not fit are a programming error.
#pragma once

#include <vector>

#include "adapter/adapter.h"

namespace fedllm::conformance {

struct Matrix {
  int rows = 0, columns = 0;
  std::vector<double> values;   // row-major
  double& at(int r, int c) { return values[static_cast<size_t>(r) * static_cast<size_t>(columns) + static_cast<size_t>(c)]; }
  double at(int r, int c) const { return values[static_cast<size_t>(r) * static_cast<size_t>(columns) + static_cast<size_t>(c)]; }
};

Matrix zeros(int rows, int columns);
Matrix multiply(const Matrix& x, const Matrix& y);
Matrix transposed(const Matrix& x);
void add(Matrix& target, const Matrix& source, double factor);
Matrix scaled(Matrix x, double factor);
double dot(const Matrix& x, const Matrix& y);
double norm(const Matrix& x);                         // Frobenius
double relative(const Matrix& got, const Matrix& expected);   // ||got - expected|| / ||expected||; the first where expected is 0

// Singular values, falling, and the best approximation of rank at most `rank`: one-sided Jacobi rotations.
struct Cut {
  Matrix best;
  std::vector<double> singular;
};
Cut cut(const Matrix& x, int rank);
// X (G + lambda I)^-1 for a symmetric positive G: Gauss-Jordan with pivots.
Matrix times_inverse(const Matrix& x, Matrix g, double lambda);

Matrix a_of(const adapter::AdapterState& state, size_t module);         // [rank, in]
Matrix b_of(const adapter::AdapterState& state, size_t module);         // [out, rank]
Matrix update_of(const adapter::AdapterState& state, size_t module);    // alpha / r B A, or alpha / sqrt r

}  // namespace fedllm::conformance
