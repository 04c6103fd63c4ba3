// What methods are measured against: products as whole matrices in double, by loops that can be read.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/seed_tree.h"
#include "fed/method.h"

namespace fedllm::fed::dense {

struct Matrix {
  int rows = 0, columns = 0;
  std::vector<double> values;
  double& at(int r, int c) { return values[static_cast<size_t>(r) * columns + c]; }
  double at(int r, int c) const { return values[static_cast<size_t>(r) * columns + c]; }
};

inline Matrix zeros(int rows, int columns) { return {rows, columns, std::vector<double>(static_cast<size_t>(rows) * columns)}; }

// s B A of one module
inline Matrix product(const adapter::AdapterState& state, size_t module) {
  const adapter::ModuleSlot& slot = state.layout->modules()[module];
  Matrix m = zeros(slot.out_features, slot.in_features);
  const auto a = state.a(module), b = state.b(module);
  for (int o = 0; o < m.rows; ++o)
    for (int i = 0; i < slot.rank; ++i)
      for (int x = 0; x < m.columns; ++x)
        m.at(o, x) += state.layout->scale(module) * b[static_cast<size_t>(o) * slot.rank + i] *
                      static_cast<double>(a[static_cast<size_t>(i) * m.columns + x]);
  return m;
}

inline void add(Matrix& target, const Matrix& source, double factor) {
  for (size_t i = 0; i < target.values.size(); ++i) target.values[i] += factor * source.values[i];
}
inline Matrix minus(Matrix x, const Matrix& y) { return add(x, y, -1), x; }
inline double dot(const Matrix& x, const Matrix& y) {
  double sum = 0;
  for (size_t i = 0; i < x.values.size(); ++i) sum += x.values[i] * y.values[i];
  return sum;
}
inline double norm(const Matrix& x) { return std::sqrt(dot(x, x)); }

// T of one module
inline Matrix target(const std::vector<HeldAdapters::One>& clients, size_t module) {
  double sum = 0;
  for (const auto& one : clients) sum += one.weight;
  Matrix t = product(clients[0].adapter, module);
  add(t, t, -1);
  for (const auto& one : clients) add(t, product(one.adapter, module), one.weight / sum);
  return t;
}

// G = s B A + merged of one module
inline Matrix effective(const Combination& result, size_t module) {
  Matrix g = product(result.adapter, module);
  if (result.merged) add(g, product(*result.merged, module), 1);
  return g;
}

// Singular values, falling: one-sided Jacobi.
inline std::vector<double> singular_values(Matrix m) {
  for (int sweep = 0; sweep < 60; ++sweep)
    for (int p = 0; p < m.columns; ++p)
      for (int q = p + 1; q < m.columns; ++q) {
        double pp = 0, qq = 0, pq = 0;
        for (int r = 0; r < m.rows; ++r)
          pp += m.at(r, p) * m.at(r, p), qq += m.at(r, q) * m.at(r, q), pq += m.at(r, p) * m.at(r, q);
        if (std::abs(pq) <= 1e-17 * std::sqrt(pp * qq)) continue;
        const double angle = 0.5 * std::atan2(2 * pq, pp - qq), c = std::cos(angle), s = std::sin(angle);
        for (int r = 0; r < m.rows; ++r) {
          const double x = m.at(r, p), y = m.at(r, q);
          m.at(r, p) = c * x + s * y, m.at(r, q) = c * y - s * x;
        }
      }
  std::vector<double> values;
  for (int p = 0; p < m.columns; ++p) {
    double sum = 0;
    for (int r = 0; r < m.rows; ++r) sum += m.at(r, p) * m.at(r, p);
    values.push_back(std::sqrt(sum));
  }
  std::ranges::sort(values, std::greater<>());
  return values;
}

inline adapter::AdapterState random_state(const adapter::LayoutPtr& layout, uint64_t seed) {
  adapter::AdapterState state = adapter::AdapterState::zeros(layout);
  Rng rng(seed);
  for (float& x : state.values) x = static_cast<float>(rng.normal());
  return state;
}

// Two modules that are not square, of different sizes, and a saved tensor.
inline adapter::LayoutPtr layout(int rank, double alpha, bool rank_stabilised = false) {
  return *adapter::AdapterLayout::make({{"q", 13, 9, rank}, {"v", 8, 17, rank}}, alpha, rank_stabilised, {{"head", {2, 3}}});
}

}  // namespace fedllm::fed::dense
