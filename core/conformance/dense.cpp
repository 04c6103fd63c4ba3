#include "conformance/dense.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fedllm::conformance {
namespace {

constexpr int kSweeps = 60;

double column_dot(const Matrix& m, int p, int q) {
  double sum = 0;
  for (int r = 0; r < m.rows; ++r) sum += m.at(r, p) * m.at(r, q);
  return sum;
}

void rotate_columns(Matrix& m, int p, int q, double c, double s) {
  for (int r = 0; r < m.rows; ++r) {
    const double x = m.at(r, p), y = m.at(r, q);
    m.at(r, p) = c * x + s * y;
    m.at(r, q) = c * y - s * x;
  }
}

Matrix from_floats(std::span<const float> values, int rows, int columns) {
  return {rows, columns, std::vector<double>(values.begin(), values.end())};
}

}  // namespace

Matrix zeros(int rows, int columns) {
  return {rows, columns, std::vector<double>(static_cast<size_t>(rows) * static_cast<size_t>(columns))};
}

Matrix multiply(const Matrix& x, const Matrix& y) {
  Matrix product = zeros(x.rows, y.columns);
  for (int r = 0; r < x.rows; ++r)
    for (int i = 0; i < x.columns; ++i)
      for (int c = 0; c < y.columns; ++c) product.at(r, c) += x.at(r, i) * y.at(i, c);
  return product;
}

Matrix transposed(const Matrix& x) {
  Matrix turned = zeros(x.columns, x.rows);
  for (int r = 0; r < x.rows; ++r)
    for (int c = 0; c < x.columns; ++c) turned.at(c, r) = x.at(r, c);
  return turned;
}

void add(Matrix& target, const Matrix& source, double factor) {
  for (size_t i = 0; i < target.values.size(); ++i) target.values[i] += factor * source.values[i];
}

Matrix scaled(Matrix x, double factor) {
  for (double& value : x.values) value *= factor;
  return x;
}

double dot(const Matrix& x, const Matrix& y) { return std::inner_product(x.values.begin(), x.values.end(), y.values.begin(), 0.0); }

double norm(const Matrix& x) { return std::sqrt(dot(x, x)); }

double relative(const Matrix& got, const Matrix& expected) {
  Matrix apart = got;
  add(apart, expected, -1);
  const double size = norm(expected);
  return size > 0 ? norm(apart) / size : norm(apart);
}

Cut cut(const Matrix& x, int rank) {
  Matrix turned = x, v = zeros(x.columns, x.columns);   // turned = x v, whose columns become orthogonal
  for (int i = 0; i < v.rows; ++i) v.at(i, i) = 1;
  for (int sweep = 0; sweep < kSweeps; ++sweep)
    for (int p = 0; p < x.columns; ++p)
      for (int q = p + 1; q < x.columns; ++q) {
        const double pp = column_dot(turned, p, p), qq = column_dot(turned, q, q), pq = column_dot(turned, p, q);
        if (std::abs(pq) <= 1e-17 * std::sqrt(pp * qq)) continue;
        const double angle = 0.5 * std::atan2(2 * pq, pp - qq);
        rotate_columns(turned, p, q, std::cos(angle), std::sin(angle));
        rotate_columns(v, p, q, std::cos(angle), std::sin(angle));
      }
  std::vector<int> order(static_cast<size_t>(x.columns));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](int p, int q) { return column_dot(turned, p, p) > column_dot(turned, q, q); });
  Cut found{zeros(x.rows, x.columns), {}};
  for (size_t i = 0; i < order.size(); ++i) {
    const int column = order[i];
    found.singular.push_back(std::sqrt(column_dot(turned, column, column)));
    if (static_cast<int>(i) >= rank) continue;
    for (int r = 0; r < x.rows; ++r)
      for (int c = 0; c < x.columns; ++c) found.best.at(r, c) += turned.at(r, column) * v.at(c, column);
  }
  return found;
}

Matrix times_inverse(const Matrix& x, Matrix g, double lambda) {
  const int n = g.rows;
  for (int i = 0; i < n; ++i) g.at(i, i) += lambda;
  Matrix solution = transposed(x);   // (G + lambda I) solution = X^T
  for (int p = 0; p < n; ++p) {
    int pivot = p;
    for (int r = p + 1; r < n; ++r)
      if (std::abs(g.at(r, p)) > std::abs(g.at(pivot, p))) pivot = r;
    for (int c = 0; c < n; ++c) std::swap(g.at(p, c), g.at(pivot, c));
    for (int c = 0; c < solution.columns; ++c) std::swap(solution.at(p, c), solution.at(pivot, c));
    const double by = g.at(p, p);
    for (int r = 0; r < n; ++r) {
      if (r == p) continue;
      const double factor = g.at(r, p) / by;
      for (int c = 0; c < n; ++c) g.at(r, c) -= factor * g.at(p, c);
      for (int c = 0; c < solution.columns; ++c) solution.at(r, c) -= factor * solution.at(p, c);
    }
  }
  for (int r = 0; r < n; ++r)
    for (int c = 0; c < solution.columns; ++c) solution.at(r, c) /= g.at(r, r);
  return transposed(solution);
}

Matrix a_of(const adapter::AdapterState& state, size_t module) {
  const adapter::ModuleSlot& slot = state.layout->modules()[module];
  return from_floats(state.a(module), slot.rank, slot.in_features);
}

Matrix b_of(const adapter::AdapterState& state, size_t module) {
  const adapter::ModuleSlot& slot = state.layout->modules()[module];
  return from_floats(state.b(module), slot.out_features, slot.rank);
}

// Its own scale, so that a layout that forgets alpha or the root is found out too.
Matrix update_of(const adapter::AdapterState& state, size_t module) {
  const double rank = state.layout->modules()[module].rank;
  const double scale = state.layout->alpha(module) / (state.layout->rank_stabilised() ? std::sqrt(rank) : rank);
  return scaled(multiply(b_of(state, module), a_of(state, module)), scale);
}

}  // namespace fedllm::conformance
