// LoadedModel: a checkpoint folder opened once: its config and plan, the mapped weights, the transformer that runs on them.
// Immutable after load(), so any number of threads share it. Module-internal; load() returns errors. Torch-free.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "train/backend.h"
#include "train/checkpoint.h"
#include "train/plain_autograd.h"
#include "train/transformer.h"

namespace fedllm::train {

class LoadedModel final : public BaseModel {
 public:
  static Result<std::shared_ptr<const LoadedModel>> load(const std::string& folder, const LoadOptions& options);

  const spec::ModelFacts& facts() const override { return facts_; }
  int vocab_size() const override { return config_.vocab_size; }
  int max_positions() const override { return config_.max_positions; }
  const std::string& sha256() const override { return checkpoint_->sha256(); }
  Result<adapter::LayoutPtr> lora_layout(const spec::LoraSpec& lora) const override;
  Result<std::vector<float>> tensor(const std::string& name) const override;

  // The same model on other matrices; the plain way, which knows the folder's own, is UNIMPLEMENTED there.
  static std::shared_ptr<const LoadedModel> beside(const LoadedModel& base, std::shared_ptr<const FrozenModel> frozen);

  const ModelConfig& config() const { return config_; }
  const ModelPlan& plan() const { return plan_; }
  const Checkpoint& checkpoint() const { return *checkpoint_; }
  const Transformer& network() const { return *network_; }
  const PlainPlace& place() const { return place_; }
  // The same folder for the plain way, opened on first use, on the device that was asked for; int8 is UNIMPLEMENTED.
  Result<std::shared_ptr<const PlainModel>> plain() const;

 private:
  LoadedModel() = default;
  ModelConfig config_;
  ModelPlan plan_;
  std::shared_ptr<const Checkpoint> checkpoint_;
  std::unique_ptr<Transformer> network_;
  spec::ModelFacts facts_;
  std::string folder_;
  PlainPlace place_;
  bool int8_ = false, merged_ = false;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const PlainModel> plain_;
};

// The model behind a BaseModel of this backend, or an error.
Result<const LoadedModel*> loaded(const BaseModel& base);

// The adapter's values in the groups of the model's linears; a wrong number of values or another model's module is an error.
Result<LoraSet> lora_set(const LoadedModel& model, const adapter::AdapterState& state);

}  // namespace fedllm::train
