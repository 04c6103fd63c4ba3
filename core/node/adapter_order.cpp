#include "node/adapter_order.h"

#include <algorithm>
#include <map>

namespace fedllm::node {
namespace {

std::string shape_text(const adapter::ModuleSlot& slot) {
  return std::to_string(slot.in_features) + " x " + std::to_string(slot.out_features) + ", rank " + std::to_string(slot.rank);
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
  return ordered;
}

}  // namespace fedllm::node
