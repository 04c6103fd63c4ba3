// Parcel: what of an adapter travels in one direction of one round, by the method's shape of the round (spec/method_facts.h).
// Factors that do not travel are known on both sides, and the basis of cores is. Tensors that the adapter keeps whole travel always. SCAFFOLD's control
// variates (1910.06378) are a second adapter of the same layout behind the first. Pure values, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapter/cores.h"
#include "spec/method_facts.h"

namespace fedllm::node {

// Which rank-1 components of all modules a client sends (LoRA-A2 2410.22815): one bit each, in the layout's order.
class Components {
 public:
  Components() = default;
  explicit Components(size_t count) : chosen_(count) {}
  // DATA_LOSS: not [(count + 7) / 8] bytes, or bits beyond the last component.
  static Result<Components> parse(std::string_view bytes, size_t count);
  std::string bytes() const;
  bool operator[](size_t component) const { return chosen_[component]; }
  void choose(size_t component) { chosen_[component] = true; }

 private:
  std::vector<bool> chosen_;
};

class Parcel {
 public:
  // cores: not null where cores travel.
  Parcel(adapter::LayoutPtr layout, spec::LoraFactors factors, bool control = false, std::shared_ptr<const adapter::Cores> cores = nullptr);
  // The same, but of one factor no more than this share of its numbers: what is chosen of it.
  Parcel(adapter::LayoutPtr layout, spec::LoraFactors factor, double share);
  bool chooses() const { return chooses_; }
  size_t components() const { return components_; }
  // In front of the coded values; 0 where nothing is chosen.
  size_t index_bytes() const { return chooses_ ? (components_ + 7) / 8 : 0; }
  // Components by ||change of its row or column|| * ||the other factor's||, the length of what it adds to the change of the
  // product (2410.22815, eq. 2), as long as they find room; ties by place.
  Components choose(const adapter::AdapterState& change, const adapter::AdapterState& adapter) const;
  // 1 for their numbers of the factor and for tensors kept whole, 0 elsewhere: [the adapter's size].
  std::vector<uint8_t> learns(const Components& components) const;
  // Its values in the layout's order, zeros behind them; and the change where the others are 0. INVALID_ARGUMENT: too many.
  adapter::AdapterState pack(const adapter::AdapterState& change, const Components& components) const;
  Status unpack(const adapter::AdapterState& packed, const Components& components, adapter::AdapterState& change) const;
  // The values as a codec takes them: the adapter's own layout where it travels whole.
  const adapter::LayoutPtr& wire() const { return wire_; }
  // control: null unless the parcel has control variates.
  adapter::AdapterState pack(const adapter::AdapterState& adapter, const adapter::AdapterState* control = nullptr) const;
  adapter::AdapterState pack(adapter::AdapterState&& adapter, const adapter::AdapterState* control = nullptr) const;  // no copy of what travels whole
  // Sets the values that travel; the others stay as they are.
  void unpack(const adapter::AdapterState& packed, adapter::AdapterState& adapter, adapter::AdapterState* control = nullptr) const;

 private:
  struct Range { size_t from = 0, count = 0; };
  // Calls take(place in the adapter) for the numbers of the chosen components.
  template <class Take>
  void each_chosen(const Components& components, Take&& take) const;
  size_t numbers_of(const adapter::ModuleSlot& slot) const;   // of one component
  size_t count_ = 0;            // values of the adapter that travel
  adapter::LayoutPtr layout_, wire_;
  std::vector<Range> ranges_;
  bool control_ = false, chooses_ = false, chooses_a_ = false;
  size_t components_ = 0;
  std::shared_ptr<const adapter::Cores> cores_;   // null: factors travel
};

}  // namespace fedllm::node
