#include "node/parcel.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.parcel";

}  // namespace

using spec::LoraFactors;

Parcel::Parcel(adapter::LayoutPtr layout, LoraFactors factors, bool control, std::shared_ptr<const adapter::Cores> cores)
    : layout_(std::move(layout)), control_(control), cores_(factors == LoraFactors::core ? std::move(cores) : nullptr) {
  if (cores_) {
    wire_ = adapter::AdapterLayout::flat(cores_->size());
    return;
  }
  const bool a = factors == LoraFactors::a || factors == LoraFactors::both;
  const bool b = factors == LoraFactors::b || factors == LoraFactors::both;
  const auto add = [&](size_t from, size_t count) {
    if (!ranges_.empty() && ranges_.back().from + ranges_.back().count == from) ranges_.back().count += count;
    else ranges_.push_back({from, count});
    count_ += count;
  };
  for (const adapter::ModuleSlot& slot : layout_->modules()) {
    if (a) add(slot.a_offset, slot.a_size());
    if (b) add(slot.b_offset, slot.b_size());
  }
  for (const adapter::SavedTensor& tensor : layout_->saved()) add(tensor.offset, tensor.size());
  wire_ = a && b && !control_ ? layout_ : adapter::AdapterLayout::flat(count_ + (control_ ? layout_->size() : 0));
}

adapter::AdapterState Parcel::pack(const adapter::AdapterState& adapter, const adapter::AdapterState* control) const {
  if (cores_) return {wire_, cores_->project(adapter.values)};
  adapter::AdapterState packed{wire_, {}};
  packed.values.reserve(wire_->size());
  const auto append = [&](const float* from, size_t count) { packed.values.insert(packed.values.end(), from, from + count); };
  for (const Range& range : ranges_) append(adapter.values.data() + range.from, range.count);
  if (control_) append(control->values.data(), control->values.size());
  return packed;
}

adapter::AdapterState Parcel::pack(adapter::AdapterState&& adapter, const adapter::AdapterState* control) const {
  if (wire_ == layout_) return {wire_, std::move(adapter.values)};
  return pack(std::as_const(adapter), control);
}

void Parcel::unpack(const adapter::AdapterState& packed, adapter::AdapterState& adapter, adapter::AdapterState* control) const {
  if (cores_) return cores_->expand(packed.values, adapter.values);
  const float* from = packed.values.data();
  for (const Range& range : ranges_) {
    std::copy_n(from, range.count, adapter.values.begin() + static_cast<std::ptrdiff_t>(range.from));
    from += range.count;
  }
  if (control_ && control) std::copy_n(from, layout_->size(), control->values.begin());
}

Result<Components> Components::parse(std::string_view bytes, size_t count) {
  if (bytes.size() != (count + 7) / 8)
    return data_loss("the choice of components: expected " + std::to_string((count + 7) / 8) + " bytes, got " + std::to_string(bytes.size()), kWhere);
  Components components(count);
  for (size_t i = 0; i < 8 * bytes.size(); ++i) {
    if (!(static_cast<unsigned char>(bytes[i / 8]) >> (i % 8) & 1)) continue;
    if (i >= count) return data_loss("the choice of components: expected " + std::to_string(count) + " components, got one with number " + std::to_string(i), kWhere);
    components.choose(i);
  }
  return components;
}

std::string Components::bytes() const {
  std::string bytes((chosen_.size() + 7) / 8, '\0');
  for (size_t i = 0; i < chosen_.size(); ++i)
    if (chosen_[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | 1 << i % 8);
  return bytes;
}

Parcel::Parcel(adapter::LayoutPtr layout, LoraFactors factor, double share) : layout_(std::move(layout)), chooses_(true), chooses_a_(factor == LoraFactors::a) {
  int64_t numbers = 0;
  for (const adapter::ModuleSlot& slot : layout_->modules()) {
    numbers += static_cast<int64_t>(chooses_a_ ? slot.a_size() : slot.b_size());
    components_ += static_cast<size_t>(slot.rank);
  }
  for (const adapter::SavedTensor& tensor : layout_->saved()) {
    ranges_.push_back({tensor.offset, tensor.size()});
    count_ += tensor.size();
  }
  wire_ = adapter::AdapterLayout::flat(count_ + static_cast<size_t>(spec::chosen_numbers(numbers, share)));
}

size_t Parcel::numbers_of(const adapter::ModuleSlot& slot) const { return static_cast<size_t>(chooses_a_ ? slot.in_features : slot.out_features); }

template <class Take>
void Parcel::each_chosen(const Components& components, Take&& take) const {
  size_t component = 0;
  for (const adapter::ModuleSlot& slot : layout_->modules())
    for (int i = 0; i < slot.rank; ++i, ++component) {
      if (!components[component]) continue;
      const auto row = static_cast<size_t>(i), rank = static_cast<size_t>(slot.rank);
      for (size_t n = 0; n < numbers_of(slot); ++n) take(chooses_a_ ? slot.a_offset + row * numbers_of(slot) + n : slot.b_offset + n * rank + row);
    }
}

Components Parcel::choose(const adapter::AdapterState& change, const adapter::AdapterState& adapter) const {
  struct One { double weight; size_t component, numbers; };
  std::vector<One> all;
  const auto length = [](const adapter::AdapterState& state, const adapter::ModuleSlot& slot, int i, bool of_a) {
    double sum = 0;
    const auto add = [&](size_t place) { sum += static_cast<double>(state.values[place]) * state.values[place]; };
    const auto row = static_cast<size_t>(i);
    if (of_a) for (size_t n = 0; n < static_cast<size_t>(slot.in_features); ++n) add(slot.a_offset + row * static_cast<size_t>(slot.in_features) + n);
    else for (size_t n = 0; n < static_cast<size_t>(slot.out_features); ++n) add(slot.b_offset + n * static_cast<size_t>(slot.rank) + row);
    return std::sqrt(sum);
  };
  for (const adapter::ModuleSlot& slot : layout_->modules())
    for (int i = 0; i < slot.rank; ++i) all.push_back({length(change, slot, i, chooses_a_) * length(adapter, slot, i, !chooses_a_), all.size(), numbers_of(slot)});
  std::ranges::stable_sort(all, [](const One& x, const One& y) { return x.weight > y.weight; });
  Components components(components_);
  size_t room = wire_->size() - count_;
  for (const One& one : all) {
    if (one.numbers > room) continue;
    components.choose(one.component);
    room -= one.numbers;
  }
  return components;
}

std::vector<uint8_t> Parcel::learns(const Components& components) const {
  std::vector<uint8_t> marks(layout_->size());
  for (const Range& range : ranges_) std::fill_n(marks.begin() + static_cast<std::ptrdiff_t>(range.from), range.count, uint8_t{1});
  each_chosen(components, [&](size_t place) { marks[place] = 1; });
  return marks;
}

adapter::AdapterState Parcel::pack(const adapter::AdapterState& change, const Components& components) const {
  adapter::AdapterState packed{wire_, {}};
  packed.values.reserve(wire_->size());
  for (const Range& range : ranges_) packed.values.insert(packed.values.end(), change.values.begin() + static_cast<std::ptrdiff_t>(range.from), change.values.begin() + static_cast<std::ptrdiff_t>(range.from + range.count));
  each_chosen(components, [&](size_t place) { packed.values.push_back(change.values[place]); });
  packed.values.resize(wire_->size());
  return packed;
}

Status Parcel::unpack(const adapter::AdapterState& packed, const Components& components, adapter::AdapterState& change) const {
  size_t chosen = count_;
  each_chosen(components, [&](size_t) { ++chosen; });
  if (chosen > wire_->size())
    return invalid_argument("expected components of at most " + std::to_string(wire_->size() - count_) + " numbers, got " + std::to_string(chosen - count_), kWhere);
  const float* from = packed.values.data();
  for (const Range& range : ranges_) {
    std::copy_n(from, range.count, change.values.begin() + static_cast<std::ptrdiff_t>(range.from));
    from += range.count;
  }
  each_chosen(components, [&](size_t place) { change.values[place] = *from++; });
  return {};
}

}  // namespace fedllm::node
