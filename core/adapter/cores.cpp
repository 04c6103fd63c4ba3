#include "adapter/cores.h"

#include <string>

#include "adapter/orthonormal.h"
#include "base/seed_tree.h"

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter.cores";

Status check(const AdapterLayout& layout, int heads) {
  if (heads < 1) return invalid_argument("expected at least 1 head, got " + std::to_string(heads), kWhere);
  if (!layout.saved().empty())
    return invalid_argument("expected LoRA factors alone where cores are trained, got " + layout.saved().front().name + " kept whole", kWhere);
  return {};
}

Status check_rank(const ModuleSlot& slot) {
  if (slot.rank <= slot.out_features) return {};
  return invalid_argument("module " + slot.name + ": expected a rank of at most its " + std::to_string(slot.out_features) + " outputs, got " + std::to_string(slot.rank), kWhere);
}

}  // namespace

Status Cores::add(const ModuleSlot& slot, std::vector<double> basis) {
  if (slot.rank % heads_ != 0)
    return invalid_argument("module " + slot.name + ": expected a rank that " + std::to_string(heads_) + " heads divide, got " + std::to_string(slot.rank), kWhere);
  bases_.push_back(std::move(basis));
  const int side = slot.rank / heads_;
  for (int head = 0; head < heads_; ++head) {
    blocks_.push_back({size_, side});
    size_ += static_cast<size_t>(side) * side;
  }
  return {};
}

Result<std::shared_ptr<const Cores>> Cores::make(LayoutPtr layout, int heads, uint64_t seed) {
  FEDLLM_RETURN_IF_ERROR(check(*layout, heads));
  std::shared_ptr<Cores> made(new Cores(layout, heads));
  for (const ModuleSlot& slot : layout->modules()) {
    FEDLLM_RETURN_IF_ERROR(check_rank(slot));
    Rng rng = SeedTree(seed).child("basis").child(slot.name).rng();
    std::vector<double> basis = drawn(slot.out_features, slot.rank, rng);
    orthonormalise(basis, slot.rank, rng);
    FEDLLM_RETURN_IF_ERROR(made->add(slot, std::move(basis)));
  }
  return std::shared_ptr<const Cores>(std::move(made));
}

Result<std::shared_ptr<const Cores>> Cores::on(LayoutPtr layout, const AdapterState& basis) {
  FEDLLM_RETURN_IF_ERROR(check(*layout, 1));
  const auto& given = basis.layout->modules();
  if (given.size() != layout->modules().size())
    return invalid_argument("expected a basis of " + std::to_string(layout->modules().size()) + " modules, got " + std::to_string(given.size()), kWhere);
  std::shared_ptr<Cores> made(new Cores(layout, 1));
  for (size_t m = 0; m < given.size(); ++m) {
    const ModuleSlot& slot = layout->modules()[m];
    FEDLLM_RETURN_IF_ERROR(check_rank(slot));
    if (given[m].name != slot.name || given[m].rank != slot.rank || given[m].out_features != slot.out_features)
      return invalid_argument("module " + slot.name + ": expected a basis of " + std::to_string(slot.out_features) + " rows and " + std::to_string(slot.rank) + " columns, got " +
                                  given[m].name + " with " + std::to_string(given[m].out_features) + " and " + std::to_string(given[m].rank),
                              kWhere);
    std::vector<double> columns(basis.b(m).begin(), basis.b(m).end());
    orthonormalise(columns, slot.rank, SeedTree(0).child("basis").child(slot.name).rng());
    FEDLLM_RETURN_IF_ERROR(made->add(slot, std::move(columns)));
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
