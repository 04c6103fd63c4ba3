#include <algorithm>

#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

constexpr const char* kWhere = "fed.accumulate";

Factors at_scale(const adapter::AdapterState& state, size_t module) {
  Factors f = factors_of(state, module);
  const double scale = state.layout->scale(module);
  for (double& x : f.b) x *= scale;
  return f;
}

}  // namespace

Status HeldAdapters::read(size_t k, size_t from, std::span<float> values) {
  const std::vector<float>& held = all_[k].adapter.values;
  if (from > held.size() || values.size() > held.size() - from)
    return invalid_argument(all_[k].who + ": expected " + std::to_string(from + values.size()) + " values or more, got " +
                                std::to_string(held.size()),
                            "fed.method");
  std::copy_n(held.begin() + static_cast<std::ptrdiff_t>(from), values.size(), values.begin());
  return {};
}

Result<adapter::AdapterState> take_leading(const adapter::AdapterState& global, const adapter::LayoutPtr& layout) {
  FEDLLM_RETURN_IF_ERROR(check_module_sizes(*global.layout, *layout));
  if (*global.layout == *layout) return global;
  adapter::AdapterState state = adapter::AdapterState::zeros(layout);
  for (size_t m = 0; m < layout->modules().size(); ++m) {
    const adapter::ModuleSlot &from = global.layout->modules()[m], &to = layout->modules()[m];
    const int rank = std::min(from.rank, to.rank);
    const double factor = global.layout->scale(m) / layout->scale(m);
    std::copy_n(global.a(m).begin(), static_cast<size_t>(rank) * to.in_features, state.a(m).begin());
    for (int o = 0; o < to.out_features; ++o)
      for (int i = 0; i < rank; ++i)
        state.b(m)[static_cast<size_t>(o) * to.rank + i] =
            static_cast<float>(factor * global.b(m)[static_cast<size_t>(o) * from.rank + i]);
  }
  for (size_t t = 0; t < layout->saved().size(); ++t) std::ranges::copy(global.saved(t), state.saved(t).begin());
  return state;
}

// max_rank below 1: no bound but the module's own size, so nothing is lost.
Result<Accumulated> accumulate(const adapter::AdapterState* merged, const adapter::AdapterState& more, int max_rank) {
  if (!more.layout->saved().empty() || (merged && !merged->layout->saved().empty()))
    return invalid_argument("expected LoRA modules alone to accumulate, got saved tensors", kWhere);
  if (merged) FEDLLM_RETURN_IF_ERROR(check_module_sizes(*merged->layout, *more.layout));
  std::vector<Factors> sums;
  double energy = 0, discarded = 0;
  for (size_t m = 0; m < more.layout->modules().size(); ++m) {
    std::vector<Factors> parts;
    if (merged) parts.push_back(at_scale(*merged, m));
    parts.push_back(at_scale(more, m));
    const std::vector<double> ones(parts.size(), 1.0);
    Factors sum = stack(parts, ones);
    const int full = std::min(sum.in, sum.out), bound = max_rank > 0 ? std::min(max_rank, full) : full;
    if (sum.rank > bound) {
      Leading cut = leading(sum, bound);
      energy += cut.energy, discarded += cut.discarded;
      sum = std::move(cut.factors);
    } else {
      energy += squared_norm(sum);
    }
    sums.push_back(std::move(sum));
  }
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState state, at_scale_one(*more.layout, sums));
  if (!adapter::all_finite(state)) return invalid_argument("the accumulated update holds a number that is not finite", kWhere);
  return Accumulated{std::move(state), energy > 0 ? std::min(1.0, discarded / energy) : 0.0};
}

Result<adapter::AdapterState> beside(const adapter::AdapterState& adapter, const adapter::AdapterState& merged) {
  FEDLLM_ASSIGN_OR_RETURN(Accumulated sum, accumulate(&merged, adapter, 0));
  return std::move(sum.merged);
}

}  // namespace fedllm::fed
