#include "train/frozen_model.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fedllm::train {
namespace {

using adapter::DType;
using adapter::TensorView;
using kernels::WeightType;

uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);   // NaN stays NaN
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

bool aligned(const TensorView& view) { return reinterpret_cast<uintptr_t>(view.bytes.data()) % adapter::dtype_size(view.dtype) == 0; }

class Freezer {
 public:
  Freezer(const ModelConfig& config, const ModelPlan& plan, const Checkpoint& checkpoint, BasePrecision precision) : config_(config), plan_(plan), checkpoint_(checkpoint), precision_(precision) {}

  Result<std::shared_ptr<FrozenModel>> run() {
    FEDLLM_ASSIGN_OR_RETURN(const FrozenMatrix table, matrix(plan_.embedding, config_.vocab_size, config_.hidden_size, false, false));
    FrozenMatrix head = table;
    if (plan_.head != plan_.embedding) {
      FEDLLM_ASSIGN_OR_RETURN(head, matrix(plan_.head, config_.vocab_size, config_.hidden_size, false, false));
    }
    std::vector<FrozenLayer> layers;
    for (const LayerPlan& layer : plan_.layers) {
      FEDLLM_ASSIGN_OR_RETURN(FrozenLayer frozen, freeze_layer(layer));
      layers.push_back(std::move(frozen));
    }
    auto model = std::make_shared<FrozenModel>(FrozenModel{FrozenLinear({{table, nullptr}}), FrozenLinear({{head, nullptr}}), {}, std::move(layers), {}, {}});
    if (!plan_.positions.empty()) {
      FEDLLM_ASSIGN_OR_RETURN(model->positions, to_float(checkpoint_.tensor(plan_.positions)));
    }
    FEDLLM_ASSIGN_OR_RETURN(model->final_norm, norm(plan_.final_norm));
    model->owners = std::move(owners_);
    return model;
  }

 private:
  // Owned values, alive as long as the model.
  template <class T>
  T* own(size_t count) {
    auto values = std::make_shared<std::vector<T>>(count);
    T* data = values->data();
    owners_.push_back(std::move(values));
    return data;
  }

  Result<FrozenMatrix> matrix(const std::string& name, int64_t out, int64_t in, bool transposed, bool may_quantise) {
    const TensorView& view = checkpoint_.tensor(name);
    FrozenMatrix m{nullptr, WeightType::f32, out, in, transposed, nullptr};
    const BasePrecision wanted = precision_ == BasePrecision::int8 && !may_quantise ? BasePrecision::automatic : precision_;
    const DType keeps = wanted == BasePrecision::f32 ? DType::f32 : wanted == BasePrecision::bf16 ? DType::bf16 : view.dtype;
    const bool lies = view.dtype == DType::f32 || view.dtype == DType::bf16 || view.dtype == DType::f16;
    if (wanted != BasePrecision::int8 && keeps == view.dtype && lies && aligned(view)) {
      m.data = view.bytes.data();
      m.type = view.dtype == DType::f32 ? WeightType::f32 : view.dtype == DType::bf16 ? WeightType::bf16 : WeightType::f16;
      return m;
    }
    FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> values, to_float(view));
    MappedFile::forget(view.bytes);    // the model keeps a copy of its own
    if (wanted == BasePrecision::int8) return quantised(m, values);
    if (wanted == BasePrecision::bf16) {
      auto* bits = own<uint16_t>(values.size());
      std::transform(values.begin(), values.end(), bits, to_bf16);
      m.data = bits, m.type = WeightType::bf16;
      return m;
    }
    auto* copy = own<float>(values.size());
    std::copy(values.begin(), values.end(), copy);
    m.data = copy;
    return m;
  }

  // Conv1D is turned over: its copy is ours anyway.
  FrozenMatrix quantised(FrozenMatrix m, const std::vector<float>& values) {
    const bool across = m.transposed;
    m.transposed = false;
    auto* bytes = own<int8_t>(values.size());
    auto* scales = own<float>(static_cast<size_t>(m.out));
    const auto at = [&](int64_t o, int64_t i) { return static_cast<size_t>(across ? i * m.out + o : o * m.in + i); };
    for (int64_t o = 0; o < m.out; ++o) {
      float top = 0;
      for (int64_t i = 0; i < m.in; ++i) top = std::max(top, std::abs(values[at(o, i)]));
      scales[o] = top / 127;
      const float inverse = top > 0 ? 127 / top : 0;
      for (int64_t i = 0; i < m.in; ++i) bytes[o * m.in + i] = static_cast<int8_t>(std::lrint(values[at(o, i)] * inverse));
    }
    m.data = bytes, m.type = WeightType::i8, m.scales = scales;
    return m;
  }

  Result<FrozenLinear> linears(const std::vector<LinearPlan>& plans) {
    std::vector<FrozenLinear::Part> parts;
    for (const LinearPlan& plan : plans) {
      FrozenLinear::Part part;
      FEDLLM_ASSIGN_OR_RETURN(part.matrix, matrix(plan.name + ".weight", plan.out_features, plan.in_features, plan.transposed, true));
      if (plan.bias) {
        FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> values, to_float(checkpoint_.tensor(plan.name + ".bias")));
        auto* bias = own<float>(values.size());
        std::copy(values.begin(), values.end(), bias);
        part.bias = bias;
      }
      parts.push_back(part);
    }
    return FrozenLinear(std::move(parts));
  }

  Result<FrozenNorm> norm(const NormPlan& plan) {
    FrozenNorm norm;
    if (plan.name.empty()) return norm;
    FEDLLM_ASSIGN_OR_RETURN(norm.gain, to_float(checkpoint_.tensor(plan.name + ".weight")));
    if (config_.norm == NormKind::layer) {
      FEDLLM_ASSIGN_OR_RETURN(norm.bias, to_float(checkpoint_.tensor(plan.name + ".bias")));
    }
    return norm;
  }

  Result<FrozenLayer> freeze_layer(const LayerPlan& plan) {
    FEDLLM_ASSIGN_OR_RETURN(FrozenNorm attention_norm, norm(plan.attention_norm));
    FEDLLM_ASSIGN_OR_RETURN(FrozenNorm mlp_norm, norm(plan.mlp_norm));
    FEDLLM_ASSIGN_OR_RETURN(FrozenNorm q_norm, norm(plan.q_norm));
    FEDLLM_ASSIGN_OR_RETURN(FrozenNorm k_norm, norm(plan.k_norm));
    FEDLLM_ASSIGN_OR_RETURN(FrozenLinear qkv, linears(plan.qkv));
    FEDLLM_ASSIGN_OR_RETURN(FrozenLinear attention_out, linears({plan.attention_out}));
    FEDLLM_ASSIGN_OR_RETURN(FrozenLinear mlp_in, linears(plan.mlp_in));
    FEDLLM_ASSIGN_OR_RETURN(FrozenLinear mlp_out, linears({plan.mlp_out}));
    return FrozenLayer{std::move(attention_norm), std::move(mlp_norm), std::move(q_norm), std::move(k_norm), std::move(qkv), std::move(attention_out), std::move(mlp_in), std::move(mlp_out)};
  }

  const ModelConfig& config_;
  const ModelPlan& plan_;
  const Checkpoint& checkpoint_;
  BasePrecision precision_;
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace

Result<std::shared_ptr<const FrozenModel>> freeze(const ModelConfig& config, const ModelPlan& plan, std::shared_ptr<const Checkpoint> checkpoint, BasePrecision precision) {
  FEDLLM_ASSIGN_OR_RETURN(std::shared_ptr<FrozenModel> model, Freezer(config, plan, *checkpoint, precision).run());
  model->owners.push_back(std::move(checkpoint));
  return std::shared_ptr<const FrozenModel>(std::move(model));
}

int64_t frozen_bytes(const ModelPlan& plan, const Checkpoint& checkpoint, BasePrecision precision) {
  int64_t total = 0;
  const auto size = [&](const std::string& name, bool linear) {
    const TensorView& view = checkpoint.tensor(name);
    const auto own = static_cast<int64_t>(adapter::dtype_size(view.dtype));
    return view.elements() * (precision == BasePrecision::f32 ? 4 : precision == BasePrecision::bf16 ? 2 : precision == BasePrecision::int8 && linear ? 1 : own);
  };
  for (const LinearPlan& linear : plan.linears) total += size(linear.name + ".weight", true);
  total += size(plan.embedding, false);
  if (plan.head != plan.embedding) total += size(plan.head, false);
  return total;
}

}  // namespace fedllm::train
