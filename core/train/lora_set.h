// LoraSet: an adapter laid out for the transformer's four kinds of linear groups. A of the modules that read the same input
// stand one below another, so that each group takes one product with x. Values stay the owner's; gradients are added to a
// flat vector in the adapter's own layout. Immutable between calls of take(); shared by threads. Torch-free.
#pragma once

#include <cstdint>
#include <vector>

#include "adapter/adapter.h"
#include "base/status.h"
#include "train/model_config.h"

namespace fedllm::train {

// What a layer's linears read: the normed input, the heads' mix, the normed middle, the activated MLP.
enum class GroupKind { qkv, attention_out, mlp_in, mlp_out };
inline constexpr int kGroupKinds = 4;

struct LoraModule {
  int64_t rank = 0, rank_start = 0;      // rows of its A inside the group's
  int64_t out = 0, out_start = 0;        // its outputs inside the group's
  float scale = 0;
  size_t a_offset = 0, b_offset = 0;     // into the flat vectors
  int index = 0;                         // place in the adapter's layout
};

struct LoraGroup {
  int64_t in = 0, rank = 0;              // rank: sum over the modules
  std::vector<LoraModule> modules;       // empty: nothing here is adapted
  std::vector<float> a;                  // [rank, in]
};

class LoraSet {
 public:
  // A module that the model lacks, or of another shape, is an error.
  static Result<LoraSet> make(const ModelPlan& plan, const adapter::AdapterLayout& layout);
  // New values, [layout.size()]; they must outlive the passes that use them.
  void take(const float* values);
  const float* values() const { return values_; }
  const LoraGroup& group(int layer, GroupKind kind) const { return groups_[static_cast<size_t>(layer) * kGroupKinds + static_cast<int>(kind)]; }
  bool layer_adapted(int layer) const;
  // Layers below this one have no adapted module.
  int lowest_layer() const { return lowest_; }

 private:
  std::vector<LoraGroup> groups_;
  const float* values_ = nullptr;
  int lowest_ = 0;
};

}  // namespace fedllm::train
