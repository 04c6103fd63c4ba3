#include "fed/gradient_sketch.h"

#include <algorithm>
#include <cmath>

#include "adapter/orthonormal.h"
#include "fed/factors.h"

namespace fedllm::fed {
namespace {

Rng drawer(uint64_t seed, const adapter::ModuleSlot& slot, int turn) {
  return SeedTree(seed).child("sketch").child(slot.name, static_cast<uint64_t>(turn)).rng();
}

// [columns, rows] of [rows, columns]
std::vector<double> transposed(std::span<const double> matrix, int columns) {
  const size_t rows = matrix.size() / static_cast<size_t>(columns);
  std::vector<double> turned(matrix.size());
  for (size_t row = 0; row < rows; ++row)
    for (size_t column = 0; column < static_cast<size_t>(columns); ++column) turned[column * rows + row] = matrix[row * static_cast<size_t>(columns) + column];
  return turned;
}

}  // namespace

GradientSketch::GradientSketch(adapter::LayoutPtr layout, uint64_t seed) : layout_(std::move(layout)), seed_(seed), place_(adapter::AdapterState::zeros(layout_)), found_(layout_->modules().size()) {
  for (size_t m = 0; m < layout_->modules().size(); ++m) {
    const adapter::ModuleSlot& slot = layout_->modules()[m];
    Rng rng = drawer(seed_, slot, 0);
    std::vector<double> rows = adapter::drawn(slot.in_features, slot.rank, rng);
    adapter::orthonormalise(rows, slot.rank, rng);
    std::ranges::transform(transposed(rows, slot.rank), place_.a(m).begin(), [](double x) { return static_cast<float>(x); });
  }
}

void GradientSketch::take(const adapter::AdapterState& gradient) {
  const bool of_b = wants_b();
  ++turn_;
  for (size_t m = 0; m < layout_->modules().size(); ++m) {
    const adapter::ModuleSlot& slot = layout_->modules()[m];
    if (!of_b) {
      found_[m].assign(gradient.a(m).begin(), gradient.a(m).end());
      for (double& x : found_[m]) x /= layout_->scale(m);
      if (done()) continue;
    }
    std::vector<double> columns = of_b ? std::vector<double>(gradient.b(m).begin(), gradient.b(m).end()) : transposed(found_[m], slot.in_features);
    adapter::orthonormalise(columns, slot.rank, drawer(seed_, slot, turn_));
    if (!of_b) columns = transposed(columns, slot.rank);
    std::ranges::transform(columns, of_b ? place_.b(m).begin() : place_.a(m).begin(), [](double x) { return static_cast<float>(x); });
    std::ranges::fill(of_b ? place_.a(m) : place_.b(m), 0.0F);
  }
}

adapter::AdapterState GradientSketch::step(double rate, double clip_norm) const {
  std::vector<Leading> all;
  double energy = 0;
  for (size_t m = 0; m < layout_->modules().size(); ++m) {
    const adapter::ModuleSlot& slot = layout_->modules()[m];
    all.push_back(leading({slot.rank, slot.in_features, slot.out_features, found_[m], {place_.b(m).begin(), place_.b(m).end()}}, slot.rank));
    energy += all.back().energy;
  }
  const double norm = std::sqrt(energy), held = clip_norm > 0 && norm > clip_norm ? clip_norm / norm : 1;
  adapter::AdapterState next = adapter::AdapterState::zeros(layout_);
  for (size_t m = 0; m < all.size(); ++m) {
    const Factors& f = all[m].factors;   // b = U S
    const auto rank = static_cast<size_t>(layout_->modules()[m].rank), in = static_cast<size_t>(f.in), own = static_cast<size_t>(f.rank);
    for (size_t i = 0; i < own; ++i) {
      double square = 0;
      for (size_t o = 0; o < static_cast<size_t>(f.out); ++o) square += f.b[o * own + i] * f.b[o * own + i];
      const double singular = std::sqrt(square);
      if (singular == 0) continue;
      const double half = std::sqrt(rate * held * singular / layout_->scale(m));
      for (size_t o = 0; o < static_cast<size_t>(f.out); ++o) next.b(m)[o * rank + i] = static_cast<float>(-half * f.b[o * own + i] / singular);
      for (size_t n = 0; n < in; ++n) next.a(m)[i * in + n] = static_cast<float>(half * f.a[i * in + n]);
    }
  }
  return next;
}

}  // namespace fedllm::fed
