#include "node/adapter_order.h"

#include <algorithm>
#include <map>

namespace fedllm::node {
namespace {

std::string shape_text(const adapter::ModuleSlot& slot) {
  return std::to_string(slot.in_features) + " x " + std::to_string(slot.out_features) + ", rank " + std::to_string(slot.rank);
}

// The tensors kept whole, which both layouts list in one order.
Result<adapter::AdapterState> with_saved(const adapter::AdapterState& state, adapter::AdapterState ordered) {
  const auto &found = state.layout->saved(), &wanted = ordered.layout->saved();
  const auto same = [](const adapter::SavedTensor& a, const adapter::SavedTensor& b) { return a.name == b.name && a.shape == b.shape; };
  if (!std::equal(found.begin(), found.end(), wanted.begin(), wanted.end(), same))
    return failed_precondition("expected an adapter with " + std::to_string(wanted.size()) + " modules kept whole, got " +
                                   std::to_string(found.size()) + " or others",
                               "node.adapter");
  for (size_t t = 0; t < wanted.size(); ++t) std::ranges::copy(state.saved(t), ordered.saved(t).begin());
  return ordered;
}

}  // namespace

Result<adapter::AdapterState> in_layout(const adapter::AdapterState& state, const adapter::LayoutPtr& layout) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < state.layout->modules().size(); ++i) places[state.layout->modules()[i].name] = i;
  adapter::AdapterState ordered = adapter::AdapterState::zeros(layout);
  for (size_t i = 0; i < layout->modules().size(); ++i) {
    const adapter::ModuleSlot& slot = layout->modules()[i];
    const auto place = places.find(slot.name);
    if (place == places.end()) return failed_precondition("the adapter has no module " + slot.name, "node.adapter");
    const adapter::ModuleSlot& found = state.layout->modules()[place->second];
    if (found.in_features != slot.in_features || found.out_features != slot.out_features || found.rank != slot.rank) {
      return failed_precondition(
          "the adapter's module " + slot.name + " does not fit: expected " + shape_text(slot) + ", got " + shape_text(found),
          "node.adapter");
    }
    std::ranges::copy(state.a(place->second), ordered.a(i).begin());
    std::ranges::copy(state.b(place->second), ordered.b(i).begin());
  }
  if (places.size() != layout->modules().size())
    return failed_precondition(
        "expected an adapter of " + std::to_string(layout->modules().size()) + " modules, got " + std::to_string(places.size()),
        "node.adapter");
  return with_saved(state, std::move(ordered));
}

Result<adapter::AdapterState> in_model_order(const adapter::AdapterState& state, const adapter::LayoutPtr& layout) {
  std::vector<adapter::ModuleSlot> modules = layout->modules();
  for (adapter::ModuleSlot& slot : modules) {
    const auto& all = state.layout->modules();
    const auto found = std::find_if(all.begin(), all.end(), [&](const adapter::ModuleSlot& other) { return other.name == slot.name; });
    if (found == all.end()) return failed_precondition("the adapter has no module " + slot.name, "node.adapter");
    slot.rank = found->rank, slot.alpha = state.layout->alpha(static_cast<size_t>(found - all.begin()));
  }
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr own,
                          adapter::AdapterLayout::make(std::move(modules), state.layout->lora_alpha(), state.layout->rank_stabilised(),
                                                       state.layout->saved().empty() ? std::vector<adapter::SavedTensor>() : layout->saved()));
  return in_layout(state, own);
}

}  // namespace fedllm::node
