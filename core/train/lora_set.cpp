#include "train/lora_set.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

namespace fedllm::train {
namespace {

struct Place { size_t group = 0; int64_t out_start = 0; };

void place_group(std::map<std::string, Place>& places, size_t group, const std::vector<LinearPlan>& linears) {
  int64_t start = 0;
  for (const LinearPlan& linear : linears) {
    places[linear.name] = {group, start};
    start += linear.out_features;
  }
}

std::map<std::string, Place> places_of(const ModelPlan& plan) {
  std::map<std::string, Place> places;
  for (size_t layer = 0; layer < plan.layers.size(); ++layer) {
    const LayerPlan& l = plan.layers[layer];
    const size_t first = layer * kGroupKinds;
    place_group(places, first, l.qkv);
    places[l.attention_out.name] = {first + 1, 0};
    place_group(places, first + 2, l.mlp_in);
    places[l.mlp_out.name] = {first + 3, 0};
  }
  return places;
}

std::string shape_text(int64_t out, int64_t in) { return "[" + std::to_string(out) + ", " + std::to_string(in) + "]"; }

}  // namespace

Result<LoraSet> LoraSet::make(const ModelPlan& plan, const adapter::AdapterLayout& layout) {
  if (!layout.saved().empty())
    return Status(Code::unimplemented, "the adapter keeps " + layout.saved().front().name + " whole (modules_to_save); this engine trains and runs LoRA factors alone", "train.lora");
  LoraSet set;
  set.groups_.resize(plan.layers.size() * kGroupKinds);
  set.lowest_ = static_cast<int>(plan.layers.size());
  std::map<std::string, const LinearPlan*> known;
  for (const LinearPlan& linear : plan.linears) known[linear.name] = &linear;
  const std::map<std::string, Place> places = places_of(plan);
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const adapter::ModuleSlot& slot = layout.modules()[m];
    const auto it = places.find(slot.name);
    if (it == places.end()) return invalid_argument("the adapter has module " + slot.name + ", which the base model lacks", "train.lora");
    const LinearPlan& linear = *known.at(slot.name);
    if (linear.in_features != slot.in_features || linear.out_features != slot.out_features)
      return invalid_argument("adapter module " + slot.name + ": expected " + shape_text(linear.out_features, linear.in_features) + ", got " + shape_text(slot.out_features, slot.in_features), "train.lora");
    LoraGroup& group = set.groups_[it->second.group];
    group.in = slot.in_features;
    group.modules.push_back({slot.rank, group.rank, slot.out_features, it->second.out_start, static_cast<float>(layout.scale(m)), slot.a_offset, slot.b_offset, static_cast<int>(m)});
    group.rank += slot.rank;
    set.lowest_ = std::min(set.lowest_, static_cast<int>(it->second.group / kGroupKinds));
  }
  for (LoraGroup& group : set.groups_) group.a.resize(static_cast<size_t>(group.rank * group.in));
  return set;
}

void LoraSet::take(const float* values) {
  values_ = values;
  for (LoraGroup& group : groups_)
    for (const LoraModule& m : group.modules)
      std::memcpy(group.a.data() + m.rank_start * group.in, values + m.a_offset, sizeof(float) * static_cast<size_t>(m.rank * group.in));
}

bool LoraSet::layer_adapted(int layer) const {
  for (int kind = 0; kind < kGroupKinds; ++kind)
    if (!group(layer, static_cast<GroupKind>(kind)).modules.empty()) return true;
  return false;
}

}  // namespace fedllm::train
