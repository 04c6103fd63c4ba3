#include "adapter/orthonormal.h"

#include <cmath>

namespace fedllm::adapter {
namespace {

constexpr double kLeast = 1e-10;   // of a column's length must be left beside those before it

class Columns {
 public:
  Columns(std::vector<double>& matrix, int columns) : matrix_(matrix), columns_(columns), rows_(static_cast<int>(matrix.size()) / columns) {}
  int rows() const { return rows_; }
  double& at(int row, int column) { return matrix_[static_cast<size_t>(row) * columns_ + column]; }
  double dot(int left, int right) {
    double sum = 0;
    for (int row = 0; row < rows_; ++row) sum += at(row, left) * at(row, right);
    return sum;
  }
  // Whether something of it is left beside those that are settled.
  bool settle(int column) {
    const double began = std::sqrt(dot(column, column));
    for (int pass = 0; pass < 2; ++pass)
      for (const int before : settled_) {
        const double share = dot(before, column);
        for (int row = 0; row < rows_; ++row) at(row, column) -= share * at(row, before);
      }
    const double length = std::sqrt(dot(column, column));
    if (!(length > kLeast * began)) return false;
    for (int row = 0; row < rows_; ++row) at(row, column) /= length;
    settled_.push_back(column);
    return true;
  }

 private:
  std::vector<double>& matrix_;
  int columns_, rows_;
  std::vector<int> settled_;
};

}  // namespace

std::vector<double> drawn(int rows, int columns, Rng& rng) {
  std::vector<double> matrix(static_cast<size_t>(rows) * columns);
  for (int column = 0; column < columns; ++column)
    for (int row = 0; row < rows; ++row) matrix[static_cast<size_t>(row) * columns + column] = 2 * rng.uniform() - 1;
  return matrix;
}

void orthonormalise(std::vector<double>& matrix, int columns, Rng rng) {
  Columns all(matrix, columns);
  std::vector<int> missing;
  for (int column = 0; column < columns; ++column)
    if (!all.settle(column)) missing.push_back(column);
  int room = all.rows() - (columns - static_cast<int>(missing.size()));
  for (const int column : missing) {
    const auto draw = [&](double width) {
      for (int row = 0; row < all.rows(); ++row) all.at(row, column) = width * (2 * rng.uniform() - 1);
    };
    if (room-- <= 0) draw(0);
    else
      do draw(1);
      while (!all.settle(column));
  }
}

}  // namespace fedllm::adapter
