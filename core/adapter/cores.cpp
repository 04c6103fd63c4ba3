#include "adapter/cores.h"

#include <cmath>
#include <string>

#include "base/seed_tree.h"

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter.cores";

// Orthonormal columns spanning what uniform draws span: Gram-Schmidt, twice for what rounding leaves. Only exact operations and
// roots, so that every machine draws the same.
std::vector<double> orthonormal(int rows, int columns, Rng rng) {
  std::vector<double> basis(static_cast<size_t>(rows) * columns);
  const auto at = [&](int row, int column) -> double& { return basis[static_cast<size_t>(row) * columns + column]; };
  const auto dot = [&](int left, int right) {
    double sum = 0;
    for (int row = 0; row < rows; ++row) sum += at(row, left) * at(row, right);
    return sum;
  };
  for (int column = 0; column < columns; ++column) {
    for (int row = 0; row < rows; ++row) at(row, column) = 2 * rng.uniform() - 1;
    for (int pass = 0; pass < 2; ++pass)
      for (int before = 0; before < column; ++before) {
        const double share = dot(before, column);
        for (int row = 0; row < rows; ++row) at(row, column) -= share * at(row, before);
      }
    const double length = std::sqrt(dot(column, column));
    for (int row = 0; row < rows; ++row) at(row, column) /= length;
  }
  return basis;
}

}  // namespace

Result<std::shared_ptr<const Cores>> Cores::make(LayoutPtr layout, int heads, uint64_t seed) {
  if (heads < 1) return invalid_argument("expected at least 1 head, got " + std::to_string(heads), kWhere);
  if (!layout->saved().empty())
    return invalid_argument("expected LoRA factors alone where cores are trained, got " + layout->saved().front().name + " kept whole", kWhere);
  std::shared_ptr<Cores> made(new Cores(layout, heads));
  for (size_t m = 0; m < layout->modules().size(); ++m) {
    const ModuleSlot& slot = layout->modules()[m];
    if (slot.rank % heads != 0)
      return invalid_argument("module " + slot.name + ": expected a rank that " + std::to_string(heads) + " heads divide, got " + std::to_string(slot.rank), kWhere);
    if (slot.rank > slot.out_features)
      return invalid_argument("module " + slot.name + ": expected a rank of at most its " + std::to_string(slot.out_features) + " outputs, got " + std::to_string(slot.rank), kWhere);
    made->bases_.push_back(orthonormal(slot.out_features, slot.rank, SeedTree(seed).child("basis").child(slot.name).rng()));
    const int side = slot.rank / heads;
    for (int head = 0; head < heads; ++head) {
      made->blocks_.push_back({made->size_, side});
      made->size_ += static_cast<size_t>(side) * side;
    }
  }
  return std::shared_ptr<const Cores>(std::move(made));
}

std::vector<float> Cores::project(std::span<const float> adapter) const {
  std::vector<double> sums(size_);
  for (size_t m = 0; m < bases_.size(); ++m) {
    const ModuleSlot& slot = layout_->modules()[m];
    for (int out = 0; out < slot.out_features; ++out) {
      const double* basis = bases_[m].data() + static_cast<size_t>(out) * slot.rank;
      const float* b = adapter.data() + slot.b_offset + static_cast<size_t>(out) * slot.rank;
      for (int head = 0; head < heads_; ++head) {
        const auto [from, side] = blocks_[m * static_cast<size_t>(heads_) + head];
        const int first = head * side;
        for (int i = 0; i < side; ++i)
          for (int j = 0; j < side; ++j) sums[from + static_cast<size_t>(i) * side + j] += basis[first + i] * b[first + j];
      }
    }
  }
  return {sums.begin(), sums.end()};
}

void Cores::expand(std::span<const float> cores, std::span<float> adapter) const {
  for (size_t m = 0; m < bases_.size(); ++m) {
    const ModuleSlot& slot = layout_->modules()[m];
    for (int out = 0; out < slot.out_features; ++out) {
      const double* basis = bases_[m].data() + static_cast<size_t>(out) * slot.rank;
      float* b = adapter.data() + slot.b_offset + static_cast<size_t>(out) * slot.rank;
      for (int head = 0; head < heads_; ++head) {
        const auto [from, side] = blocks_[m * static_cast<size_t>(heads_) + head];
        const int first = head * side;
        for (int j = 0; j < side; ++j) {
          double sum = 0;
          for (int i = 0; i < side; ++i) sum += basis[first + i] * cores[from + static_cast<size_t>(i) * side + j];
          b[first + j] = static_cast<float>(sum);
        }
      }
    }
  }
}

}  // namespace fedllm::adapter
