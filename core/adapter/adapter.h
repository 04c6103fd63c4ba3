// AdapterLayout and AdapterState: the values that are trained, sent and averaged. A layout lists the LoRA modules in model
// order; a state is one flat float32 vector: for each module A `[rank, in]` row-major, then B `[out, rank]` row-major; behind
// them whole tensors that take the base's place (PEFT's modules_to_save). The adapted weight is W + scale * B A with
// scale = alpha / rank (Hu et al. 2106.09685, section 4.1), or alpha / sqrt(rank) where rank-stabilised (2312.03732).
// Values: copy, move, share across threads as const.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"

namespace fedllm::adapter {

struct ModuleSlot {
  std::string name;            // "model.layers.0.self_attn.q_proj"
  int in_features = 0;
  int out_features = 0;
  int rank = 0;
  size_t a_offset = 0;         // into the flat vector, set by AdapterLayout
  size_t b_offset = 0;
  double alpha = 0;            // the module's own; 0: the layout's lora_alpha
  size_t a_size() const { return static_cast<size_t>(rank) * in_features; }
  size_t b_size() const { return static_cast<size_t>(out_features) * rank; }
  bool operator==(const ModuleSlot&) const = default;
};

// A tensor that the adapter holds whole, instead of a change of the base's.
struct SavedTensor {
  std::string name;            // "lm_head.weight"
  std::vector<int64_t> shape;
  size_t offset = 0;           // into the flat vector, set by AdapterLayout
  size_t size() const;         // floats
  bool operator==(const SavedTensor&) const = default;
};

class AdapterLayout {
 public:
  AdapterLayout() = default;
  // Fills the offsets. Fails on rank < 1, empty name, a name given twice, a size below 1, or more than 2^40 values.
  static Result<std::shared_ptr<const AdapterLayout>> make(std::vector<ModuleSlot> modules, double lora_alpha,
                                                           bool rank_stabilised = false, std::vector<SavedTensor> saved = {});
  // So many values without modules or tensors: what travels of an adapter in parts.
  static std::shared_ptr<const AdapterLayout> flat(size_t values);
  const std::vector<ModuleSlot>& modules() const { return modules_; }
  const std::vector<SavedTensor>& saved() const { return saved_; }
  size_t size() const { return size_; }             // floats
  double lora_alpha() const { return lora_alpha_; }
  bool rank_stabilised() const { return rank_stabilised_; }
  double alpha(size_t module) const { return modules_[module].alpha > 0 ? modules_[module].alpha : lora_alpha_; }
  double scale(size_t module) const;
  bool operator==(const AdapterLayout&) const = default;

 private:
  std::vector<ModuleSlot> modules_;
  std::vector<SavedTensor> saved_;
  double lora_alpha_ = 0;
  bool rank_stabilised_ = false;
  size_t size_ = 0;
};
using LayoutPtr = std::shared_ptr<const AdapterLayout>;

struct AdapterState {
  LayoutPtr layout;
  std::vector<float> values;   // layout->size()

  static AdapterState zeros(LayoutPtr layout);
  std::span<float> a(size_t module);
  std::span<const float> a(size_t module) const;
  std::span<float> b(size_t module);
  std::span<const float> b(size_t module) const;
  std::span<float> saved(size_t tensor);
  std::span<const float> saved(size_t tensor) const;
};

// What a client sends: the change of its adapter against the version it received.
struct Update {
  uint64_t base_version = 0;   // the round version it started from
  int64_t num_examples = 0;    // aggregation weight
  AdapterState delta;
};

// Standard LoRA start: A ~ Kaiming uniform(a = sqrt 5), i.e. U(-1/sqrt(in), 1/sqrt(in)); B = 0. Deterministic by seed.
// Saved tensors are 0: they start as copies of the base's, which the caller has.
AdapterState initial_state(LayoutPtr layout, uint64_t seed);

// OK when both have equal layouts and as many values as these say; else the first difference.
Status check_same_layout(const AdapterState& left, const AdapterState& right);
Status check_same_layout(const AdapterLayout& left, const AdapterLayout& right);
// The same values in the module order (and with the lora_alpha) of `layout`, whose modules must match by name and shape.
Result<AdapterState> arrange(const AdapterState& state, LayoutPtr layout);

// target - source (in the memory of a target that is given away), and target += factor * source; layouts must be equal.
Result<AdapterState> difference(AdapterState target, const AdapterState& source);
Status add_scaled(AdapterState& target, const AdapterState& source, double factor);
double l2_norm(const AdapterState& state);
bool all_finite(const AdapterState& state);

}  // namespace fedllm::adapter
