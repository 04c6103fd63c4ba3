// LoadedModel: a checkpoint folder opened once. float32 tensors are views of the memory-mapped file; bf16, f16 and f64 are
// converted once. Immutable after load(), so any number of threads share it. Module-internal; load() returns errors,
// the rest may throw.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapter/safetensors.h"
#include "train/backend.h"
#include "train/network.h"

namespace fedllm::train {

class LoadedModel final : public BaseModel {
 public:
  static Result<std::shared_ptr<const LoadedModel>> load(const std::string& folder, int require_vocab);

  const spec::ModelFacts& facts() const override { return facts_; }
  int vocab_size() const override { return weights_.config.vocab_size; }
  int max_positions() const override { return weights_.config.max_positions; }
  const std::string& sha256() const override { return sha256_; }
  Result<adapter::LayoutPtr> lora_layout(const spec::LoraSpec& lora) const override;

  const Network& network() const { return *network_; }
  const Weights& weights() const { return weights_; }

 private:
  LoadedModel() = default;
  Status read_weights(const std::string& folder);
  Status take_tensors(const std::vector<adapter::SafetensorsFile>& files, const std::string& folder);

  Weights weights_;
  std::unique_ptr<Network> network_;
  spec::ModelFacts facts_;
  std::string sha256_;
};

// The model behind a BaseModel of this backend, or an error.
Result<const LoadedModel*> loaded(const BaseModel& base);

// As many values as the state's layout says, or an error.
Status check_values(const adapter::AdapterState& state);
// A and B of every adapted module as views of `flat`, a float tensor of layout.size(), by linear index. With `gradients`
// each view is a leaf that asks for one. A module that the model does not have, or of another shape, is an error.
Result<std::vector<LoraFactors>> lora_factors(const LoadedModel& model, const adapter::AdapterLayout& layout, const at::Tensor& flat, bool gradients);

// The network to score with: W + scale B A merged once in the adapted modules, everything else shared. Null: the base.
Result<std::shared_ptr<const Network>> merged_network(const LoadedModel& model, const adapter::AdapterState* adapter);

}  // namespace fedllm::train
