#include "train/merged_base.h"

#include <algorithm>

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.merged_base";

// Row `o` of W, whichever way it lies.
void read_row(const FrozenMatrix& m, int64_t o, float* values) {
  if (!m.transposed) {
    kernels::widen(m.data, m.type, o * m.in, values, m.in);
    if (m.scales) std::transform(values, values + m.in, values, [scale = m.scales[o]](float x) { return x * scale; });
    return;
  }
  for (int64_t i = 0; i < m.in; ++i) kernels::widen(m.data, m.type, i * m.out + o, values + i, 1);
}

// W + s B A as f32 [out, in].
FrozenMatrix merged_matrix(const FrozenMatrix& m, const adapter::AdapterState& merged, size_t module, std::vector<float>& values) {
  const adapter::ModuleSlot& slot = merged.layout->modules()[module];
  const auto scale = static_cast<float>(merged.layout->scale(module));
  const float *a = merged.a(module).data(), *b = merged.b(module).data();
  values.resize(static_cast<size_t>(m.out * m.in));
  for (int64_t o = 0; o < m.out; ++o) {
    float* row = values.data() + o * m.in;
    std::fill_n(row, m.in, 0.0f);
    for (int64_t r = 0; r < slot.rank; ++r) {
      const float factor = scale * b[o * slot.rank + r];
      const float* from = a + r * m.in;
      for (int64_t i = 0; i < m.in; ++i) row[i] += factor * from[i];
    }
  }
  std::vector<float> base(static_cast<size_t>(m.in));
  for (int64_t o = 0; o < m.out; ++o) {
    read_row(m, o, base.data());
    for (int64_t i = 0; i < m.in; ++i) values[static_cast<size_t>(o * m.in + i)] += base[static_cast<size_t>(i)];
  }
  return {values.data(), kernels::WeightType::f32, m.out, m.in, false, nullptr};
}

class Merger {
 public:
  Merger(const FrozenModel& base, const adapter::AdapterState& merged) : model_(std::make_shared<FrozenModel>(base)), merged_(merged) {}

  Result<std::shared_ptr<const FrozenModel>> run(const ModelPlan& plan) {
    const auto& modules = merged_.layout->modules();
    std::vector<bool> used(modules.size());
    for (size_t layer = 0; layer < plan.layers.size(); ++layer) {
      FrozenLayer& frozen = model_->layers[layer];
      const LayerPlan& names = plan.layers[layer];
      FEDLLM_RETURN_IF_ERROR(group(names.qkv, frozen.qkv, used));
      FEDLLM_RETURN_IF_ERROR(group({names.attention_out}, frozen.attention_out, used));
      FEDLLM_RETURN_IF_ERROR(group(names.mlp_in, frozen.mlp_in, used));
      FEDLLM_RETURN_IF_ERROR(group({names.mlp_out}, frozen.mlp_out, used));
    }
    const auto missing = std::find(used.begin(), used.end(), false);
    if (missing != used.end())
      return invalid_argument("the merged update adapts " + modules[static_cast<size_t>(missing - used.begin())].name + ", which is none of the base's layers' linears", kWhere);
    return std::shared_ptr<const FrozenModel>(std::move(model_));
  }

 private:
  Status group(const std::vector<LinearPlan>& plans, FrozenLinear& linear, std::vector<bool>& used) {
    std::vector<FrozenLinear::Part> parts = linear.parts();
    bool changed = false;
    for (size_t p = 0; p < plans.size(); ++p) {
      const auto& modules = merged_.layout->modules();
      const auto found = std::find_if(modules.begin(), modules.end(), [&](const adapter::ModuleSlot& slot) { return slot.name == plans[p].name; });
      if (found == modules.end()) continue;
      if (found->in_features != plans[p].in_features || found->out_features != plans[p].out_features)
        return invalid_argument("the merged update's " + found->name + ": expected [" + std::to_string(plans[p].out_features) + ", " + std::to_string(plans[p].in_features) + "], got [" +
                                    std::to_string(found->out_features) + ", " + std::to_string(found->in_features) + "]",
                                kWhere);
      const auto module = static_cast<size_t>(found - modules.begin());
      used[module] = true;
      changed = true;
      auto values = std::make_shared<std::vector<float>>();
      parts[p].matrix = merged_matrix(parts[p].matrix, merged_, module, *values);
      model_->owners.push_back(std::move(values));
    }
    if (changed) linear = FrozenLinear(std::move(parts));
    return {};
  }

  std::shared_ptr<FrozenModel> model_;
  const adapter::AdapterState& merged_;
};

}  // namespace

Result<std::shared_ptr<const LoadedModel>> with_merged(const std::shared_ptr<const LoadedModel>& base, const adapter::AdapterState& merged) {
  if (!merged.layout || merged.values.size() != merged.layout->size()) return invalid_argument("the merged update's values do not fit its layout", kWhere);
  if (!merged.layout->saved().empty()) return Status(Code::unimplemented, "whole tensors (modules_to_save) cannot be merged beside the base: " + merged.layout->saved()[0].name, kWhere);
  FEDLLM_ASSIGN_OR_RETURN(std::shared_ptr<const FrozenModel> frozen, Merger(base->network().model(), merged).run(base->plan()));
  return LoadedModel::beside(*base, std::move(frozen));
}

}  // namespace fedllm::train
