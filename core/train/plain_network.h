// PlainNetwork: the six architectures as LibTorch autograd computes them one operation at a time on padded batches
// [B, T], as Hugging Face's eager attention does. The reference that the fused engine is measured against, and the way for
// devices that the engine does not know: all tensors live on one device in one type (float32 or bfloat16). Gradients flow
// to whatever asks for them: LoRA factors, and the weights that the source hands out as leaves. Any thread; may throw.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "train/model_config.h"

namespace fedllm::train {

struct PlainLora {
  at::Tensor a, b;                     // [r, in], [out, r]; undefined: this module is not adapted
  double scale = 0;
};

struct PlainPass {
  const std::vector<PlainLora>* lora = nullptr;      // by linear index; null: the base alone
  double dropout = 0;                                // on the LoRA input, drawn from torch's generator
  std::vector<at::Tensor>* hidden_states = nullptr;  // gets the embeddings and each layer's output, the last one normed
};

class PlainNetwork {
 public:
  using TensorSource = std::function<at::Tensor(const std::string& name)>;   // by the names of plan.tensors

  PlainNetwork(const ModelConfig& config, const ModelPlan& plan, const TensorSource& source, at::Device device, at::ScalarType type);
  // Final hidden states [B, T, hidden] of ids [B, T] (int64); mask [B, T] is 1 for tokens and 0 for padding, or undefined.
  at::Tensor hidden(const at::Tensor& ids, const at::Tensor& mask, const PlainPass& pass = {}) const;
  // [.., vocab] from hidden rows.
  at::Tensor logits(const at::Tensor& hidden, const PlainPass& pass = {}) const;

 private:
  struct Scene;
  at::Tensor tensor(const std::string& name) const { return tensors_.at(name); }
  at::Tensor with_lora(const at::Tensor& y, const at::Tensor& x, const LinearPlan& plan, const PlainPass& pass) const;
  at::Tensor linear(const at::Tensor& x, const LinearPlan& plan, const PlainPass& pass) const;
  at::Tensor norm(const at::Tensor& x, const NormPlan& plan) const;
  std::vector<at::Tensor> query_key_value(const at::Tensor& x, const LayerPlan& layer, const PlainPass& pass) const;
  at::Tensor attention(const at::Tensor& x, size_t layer, const Scene& scene, const PlainPass& pass) const;
  at::Tensor mlp(const at::Tensor& x, const LayerPlan& layer, const PlainPass& pass) const;
  at::Tensor block(const at::Tensor& x, size_t layer, const Scene& scene, const PlainPass& pass) const;
  Scene make_scene(const at::Tensor& ids, const at::Tensor& mask) const;

  ModelConfig config_;
  ModelPlan plan_;
  std::map<std::string, at::Tensor> tensors_;
};

}  // namespace fedllm::train
