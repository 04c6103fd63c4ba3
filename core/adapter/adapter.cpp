#include "adapter/adapter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "adapter/numbers.h"
#include "base/seed_tree.h"
#include "base/text.h"

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter";
constexpr size_t kMaxValues = size_t{1} << 40;   // keeps every size and offset far from overflow

Status check_slot(const ModuleSlot& slot, std::set<std::string>& seen) {
  if (slot.name.empty()) return invalid_argument("a LoRA module has no name", kWhere);
  if (slot.rank < 1)
    return invalid_argument(slot.name + ": expected a LoRA rank of 1 or more, got " + std::to_string(slot.rank), kWhere);
  if (slot.in_features < 1 || slot.out_features < 1)
    return invalid_argument(slot.name + ": expected 1 or more inputs and outputs, got " + std::to_string(slot.in_features) +
                                " and " + std::to_string(slot.out_features),
                            kWhere);
  if (!(slot.alpha >= 0) || !std::isfinite(slot.alpha))
    return invalid_argument(slot.name + ": expected an alpha above 0, got " + format_double(slot.alpha), kWhere);
  if (!seen.insert(slot.name).second) return invalid_argument(slot.name + ": this LoRA module is given twice", kWhere);
  return {};
}

std::string describe(const ModuleSlot& slot) {
  return slot.name + " (rank " + std::to_string(slot.rank) + ", in " + std::to_string(slot.in_features) + ", out " +
         std::to_string(slot.out_features) + (slot.alpha > 0 ? ", alpha " + format_double(slot.alpha) : "") + ")";
}

std::string describe(const SavedTensor& tensor) {
  std::vector<std::string> sizes;
  for (const int64_t n : tensor.shape) sizes.push_back(std::to_string(n));
  return tensor.name + " [" + join(sizes, ", ") + "]";
}

// Values of a shape that fits; 0 for one that does not.
size_t values_of(const std::vector<int64_t>& shape) {
  size_t count = 1;
  for (const int64_t n : shape) {
    if (n < 1 || static_cast<uint64_t>(n) > kMaxValues || __builtin_mul_overflow(count, static_cast<size_t>(n), &count)) return 0;
    if (count > kMaxValues) return 0;
  }
  return shape.empty() ? 0 : count;
}

Status check_saved(const SavedTensor& tensor, std::set<std::string>& seen) {
  if (tensor.name.empty()) return invalid_argument("a saved tensor of the adapter has no name", kWhere);
  if (values_of(tensor.shape) == 0)
    return invalid_argument("expected sizes of 1 or more and at most 2^40 values, got " + describe(tensor), kWhere);
  if (!seen.insert(tensor.name).second) return invalid_argument(tensor.name + ": this saved tensor is given twice", kWhere);
  return {};
}

Status check_same_saved(const AdapterLayout& left, const AdapterLayout& right) {
  if (left.saved().size() != right.saved().size())
    return invalid_argument("expected an adapter of " + std::to_string(left.saved().size()) + " saved tensors, got " +
                                std::to_string(right.saved().size()),
                            kWhere);
  for (size_t t = 0; t < left.saved().size(); ++t)
    if (!(left.saved()[t] == right.saved()[t]))
      return invalid_argument("expected " + describe(left.saved()[t]) + ", got " + describe(right.saved()[t]), kWhere);
  return {};
}

}  // namespace

size_t SavedTensor::size() const { return values_of(shape); }

double AdapterLayout::scale(size_t module) const {
  const double rank = modules_[module].rank;
  return alpha(module) / (rank_stabilised_ ? std::sqrt(rank) : rank);
}

LayoutPtr AdapterLayout::flat(size_t values) {
  auto layout = std::make_shared<AdapterLayout>();
  layout->size_ = values;
  return layout;
}

Result<LayoutPtr> AdapterLayout::make(std::vector<ModuleSlot> modules, double lora_alpha, bool rank_stabilised,
                                      std::vector<SavedTensor> saved) {
  if (modules.empty()) return invalid_argument("an adapter needs at least one LoRA module, got none", kWhere);
  if (!(lora_alpha > 0) || !std::isfinite(lora_alpha))
    return invalid_argument("expected lora_alpha above 0, got " + format_double(lora_alpha), kWhere);
  auto layout = std::make_shared<AdapterLayout>();
  std::set<std::string> seen;
  for (ModuleSlot& slot : modules) {
    FEDLLM_RETURN_IF_ERROR(check_slot(slot, seen));
    slot.a_offset = layout->size_;
    slot.b_offset = slot.a_offset + slot.a_size();
    if (slot.a_size() > kMaxValues || slot.b_size() > kMaxValues || slot.b_offset + slot.b_size() > kMaxValues)
      return invalid_argument("expected an adapter of at most 2^40 values, got more with " + describe(slot), kWhere);
    layout->size_ = slot.b_offset + slot.b_size();
    if (slot.alpha == lora_alpha) slot.alpha = 0;   // one way to say it
  }
  seen.clear();
  for (SavedTensor& tensor : saved) {
    FEDLLM_RETURN_IF_ERROR(check_saved(tensor, seen));
    tensor.offset = layout->size_;
    layout->size_ += tensor.size();
    if (layout->size_ > kMaxValues)
      return invalid_argument("expected an adapter of at most 2^40 values, got more with " + describe(tensor), kWhere);
  }
  layout->modules_ = std::move(modules);
  layout->saved_ = std::move(saved);
  layout->lora_alpha_ = lora_alpha;
  layout->rank_stabilised_ = rank_stabilised;
  return LayoutPtr(std::move(layout));
}

AdapterState AdapterState::zeros(LayoutPtr layout) {
  const size_t size = layout->size();
  return {std::move(layout), std::vector<float>(size)};
}

std::span<float> AdapterState::a(size_t module) {
  const ModuleSlot& slot = layout->modules()[module];
  return {values.data() + slot.a_offset, slot.a_size()};
}
std::span<const float> AdapterState::a(size_t module) const {
  const ModuleSlot& slot = layout->modules()[module];
  return {values.data() + slot.a_offset, slot.a_size()};
}
std::span<float> AdapterState::b(size_t module) {
  const ModuleSlot& slot = layout->modules()[module];
  return {values.data() + slot.b_offset, slot.b_size()};
}
std::span<const float> AdapterState::b(size_t module) const {
  const ModuleSlot& slot = layout->modules()[module];
  return {values.data() + slot.b_offset, slot.b_size()};
}

std::span<float> AdapterState::saved(size_t tensor) {
  const SavedTensor& t = layout->saved()[tensor];
  return {values.data() + t.offset, t.size()};
}
std::span<const float> AdapterState::saved(size_t tensor) const {
  const SavedTensor& t = layout->saved()[tensor];
  return {values.data() + t.offset, t.size()};
}

AdapterState initial_state(LayoutPtr layout, uint64_t seed) {
  AdapterState state = AdapterState::zeros(std::move(layout));
  const SeedTree root = SeedTree(seed).child("lora_init");
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const ModuleSlot& slot = state.layout->modules()[m];
    Rng rng = root.child(slot.name).rng();   // by name: the same A whatever other modules there are
    const double bound = 1 / std::sqrt(static_cast<double>(slot.in_features));
    for (float& x : state.a(m)) x = static_cast<float>((2 * rng.uniform() - 1) * bound);
  }
  return state;
}

Status check_same_layout(const AdapterState& left, const AdapterState& right) {
  if (!left.layout || !right.layout) return invalid_argument("an adapter has no layout", kWhere);
  for (const AdapterState* state : {&left, &right})
    if (state->values.size() != state->layout->size())
      return invalid_argument("expected an adapter of " + std::to_string(state->layout->size()) + " values, got " +
                                  std::to_string(state->values.size()),
                              kWhere);
  return check_same_layout(*left.layout, *right.layout);
}

Status check_same_layout(const AdapterLayout& left, const AdapterLayout& right) {
  if (&left == &right || left == right) return {};
  const auto &l = left.modules(), &r = right.modules();
  if (l.size() != r.size())
    return invalid_argument(
        "expected an adapter of " + std::to_string(l.size()) + " LoRA modules, got " + std::to_string(r.size()), kWhere);
  for (size_t m = 0; m < l.size(); ++m)
    if (!(l[m] == r[m])) return invalid_argument("expected " + describe(l[m]) + ", got " + describe(r[m]), kWhere);
  FEDLLM_RETURN_IF_ERROR(check_same_saved(left, right));
  if (left.rank_stabilised() != right.rank_stabilised())
    return invalid_argument("expected an adapter with use_rslora " + std::string(left.rank_stabilised() ? "true, got false" : "false, got true"),
                            kWhere);
  return invalid_argument("expected lora_alpha " + format_double(left.lora_alpha()) + ", got " + format_double(right.lora_alpha()), kWhere);
}

namespace {

Status arrange_saved(const AdapterState& state, AdapterState& out) {
  const auto &have = state.layout->saved(), &want = out.layout->saved();
  if (have.size() != want.size())
    return invalid_argument("expected an adapter of " + std::to_string(want.size()) + " saved tensors, got " +
                                std::to_string(have.size()),
                            kWhere);
  for (size_t t = 0; t < want.size(); ++t) {
    const auto found = std::find_if(have.begin(), have.end(), [&](const SavedTensor& s) { return s.name == want[t].name; });
    if (found == have.end())
      return invalid_argument("expected the saved tensor " + want[t].name + ", got none of that name", kWhere);
    if (found->shape != want[t].shape)
      return invalid_argument("expected " + describe(want[t]) + ", got " + describe(*found), kWhere);
    std::ranges::copy(state.saved(static_cast<size_t>(found - have.begin())), out.saved(t).begin());
  }
  return {};
}

}  // namespace

Result<AdapterState> arrange(const AdapterState& state, LayoutPtr layout) {
  std::map<std::string, size_t> place;
  for (size_t m = 0; m < state.layout->modules().size(); ++m) place[state.layout->modules()[m].name] = m;
  if (place.size() != layout->modules().size())
    return invalid_argument("expected an adapter of " + std::to_string(layout->modules().size()) + " LoRA modules, got " +
                                std::to_string(place.size()),
                            kWhere);
  AdapterState out = AdapterState::zeros(std::move(layout));
  for (size_t m = 0; m < out.layout->modules().size(); ++m) {
    const ModuleSlot& wanted = out.layout->modules()[m];
    const auto found = place.find(wanted.name);
    if (found == place.end())
      return invalid_argument("expected the LoRA module " + wanted.name + ", got none of that name", kWhere);
    const ModuleSlot& got = state.layout->modules()[found->second];
    if (got.rank != wanted.rank || got.in_features != wanted.in_features || got.out_features != wanted.out_features)
      return invalid_argument("expected " + describe(wanted) + ", got " + describe(got), kWhere);
    std::ranges::copy(state.a(found->second), out.a(m).begin());
    std::ranges::copy(state.b(found->second), out.b(m).begin());
  }
  FEDLLM_RETURN_IF_ERROR(arrange_saved(state, out));
  return out;
}

Result<AdapterState> difference(AdapterState target, const AdapterState& source) {
  FEDLLM_RETURN_IF_ERROR(check_same_layout(target, source));
  for (size_t i = 0; i < target.values.size(); ++i) target.values[i] -= source.values[i];
  return target;
}

Status add_scaled(AdapterState& target, const AdapterState& source, double factor) {
  FEDLLM_RETURN_IF_ERROR(check_same_layout(target, source));
  for (size_t i = 0; i < target.values.size(); ++i)
    target.values[i] = static_cast<float>(target.values[i] + factor * source.values[i]);
  return {};
}

double l2_norm(const AdapterState& state) {
  SquareSum squares;
  squares.add(state.values);
  return squares.root();
}

bool all_finite(const AdapterState& state) { return all_finite(std::span<const float>(state.values)); }

}  // namespace fedllm::adapter
