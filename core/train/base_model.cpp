#include "train/base_model.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "train/frozen_model.h"
#include "train/lora_layout.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.base_model";

}  // namespace

Result<std::shared_ptr<const LoadedModel>> LoadedModel::load(const std::string& folder, const LoadOptions& options) {
  std::shared_ptr<LoadedModel> model(new LoadedModel);
  model->folder_ = folder, model->place_ = {options.device, options.device != "cpu" && options.precision == BasePrecision::bf16};
  model->int8_ = options.precision == BasePrecision::int8;
  if (options.device != "cpu" && model->int8_) return Status(Code::unimplemented, "base precision int8 is not done on device " + options.device, kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(folder + "/config.json"));
  FEDLLM_ASSIGN_OR_RETURN(model->config_, parse_config(text, folder + "/config.json"));
  const ModelConfig& config = model->config_;
  if (options.require_vocab > config.vocab_size)
    return failed_precondition("the tokenizer has " + std::to_string(options.require_vocab) + " tokens but the model in " + folder + " has a vocabulary of " + std::to_string(config.vocab_size), kWhere);
  model->plan_ = plan_of(config);
  FEDLLM_ASSIGN_OR_RETURN(model->checkpoint_, Checkpoint::open(folder, config, model->plan_));
  FEDLLM_ASSIGN_OR_RETURN(const std::shared_ptr<const FrozenModel> frozen, freeze(config, model->plan_, model->checkpoint_, options.precision));
  model->network_ = std::make_unique<Transformer>(config, frozen);
  model->facts_.linears = linear_facts(model->plan_);
  model->facts_.tensors = tensor_facts(config, model->plan_);
  model->facts_.parameters = model->checkpoint_->parameters();
  model->facts_.weight_bytes = model->checkpoint_->weight_bytes();
  if (options.device != "cpu") FEDLLM_RETURN_IF_ERROR(model->plain().status());
  return std::shared_ptr<const LoadedModel>(std::move(model));
}

std::shared_ptr<const LoadedModel> LoadedModel::beside(const LoadedModel& base, std::shared_ptr<const FrozenModel> frozen) {
  std::shared_ptr<LoadedModel> model(new LoadedModel);
  model->config_ = base.config_, model->plan_ = base.plan_, model->checkpoint_ = base.checkpoint_, model->facts_ = base.facts_;
  model->folder_ = base.folder_, model->place_ = base.place_, model->int8_ = base.int8_, model->merged_ = true;
  model->network_ = std::make_unique<Transformer>(model->config_, std::move(frozen));
  return model;
}

Result<std::shared_ptr<const PlainModel>> LoadedModel::plain() const {
  if (merged_) return Status(Code::unimplemented, "adapters of the head or of whole tensors (modules_to_save), and other devices, are not done on a base with a merged update", kWhere);
  if (int8_) return Status(Code::unimplemented, "base precision int8 is not done for adapters of the head or of whole tensors (modules_to_save) and for labels behind masked positions; automatic is", kWhere);
  std::lock_guard lock(mutex_);
  if (plain_) return plain_;
  FEDLLM_ASSIGN_OR_RETURN(plain_, open_plain(folder_, place_));
  return plain_;
}

Result<adapter::LayoutPtr> LoadedModel::lora_layout(const spec::LoraSpec& lora) const { return train::lora_layout(facts_, lora); }

// A tied head starts as the embedding.
Result<std::vector<float>> LoadedModel::tensor(const std::string& name) const {
  const bool known = std::any_of(facts_.tensors.begin(), facts_.tensors.end(), [&](const auto& tensor) { return tensor.name == name; });
  if (!known) return BaseModel::tensor(name);
  const bool own = std::any_of(plan_.tensors.begin(), plan_.tensors.end(), [&](const auto& tensor) { return tensor.name == name; });
  return adapter::to_float(checkpoint_->tensor(own ? name : plan_.head));
}

Result<const LoadedModel*> loaded(const BaseModel& base) {
  const auto* model = dynamic_cast<const LoadedModel*>(&base);
  if (!model) return invalid_argument("the base model was not loaded by this backend", kWhere);
  return model;
}

Result<LoraSet> lora_set(const LoadedModel& model, const adapter::AdapterState& state) {
  if (!state.layout) return invalid_argument("training needs an adapter, got none", "train.lora");
  if (state.values.size() != state.layout->size())
    return invalid_argument("the adapter's layout has " + std::to_string(state.layout->size()) + " values, got " + std::to_string(state.values.size()), "train.lora");
  FEDLLM_ASSIGN_OR_RETURN(LoraSet set, LoraSet::make(model.plan(), *state.layout));
  set.take(state.values.data());
  return set;
}

}  // namespace fedllm::train
