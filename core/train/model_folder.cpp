#include "train/model_folder.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.model_folder";
constexpr uint64_t kMaxConfigBytes = 16 << 20;

}  // namespace

Result<ModelFolder> open_model_folder(const std::string& path) {
  ModelFolder model;
  model.path = path;
  FEDLLM_ASSIGN_OR_RETURN(model.config_text, read_file(path + "/config.json", kMaxConfigBytes));
  FEDLLM_ASSIGN_OR_RETURN(model.config, parse_config(model.config_text, path + "/config.json"));
  model.plan = plan_of(model.config);
  FEDLLM_ASSIGN_OR_RETURN(model.weights, Checkpoint::open(path, model.config, model.plan));
  return model;
}

std::string own_head_name(const ModelConfig& config) {
  return config.model_type == "gpt_neox" ? "embed_out.weight" : "lm_head.weight";
}

Status check_adapter_fits(const adapter::AdapterLayout& layout, const ModelFolder& model) {
  for (const adapter::ModuleSlot& slot : layout.modules()) {
    const auto facts = linear_facts(model.plan);
    const auto found = std::find_if(facts.begin(), facts.end(), [&](const spec::LinearFacts& l) { return l.name == slot.name; });
    if (found == facts.end())
      return failed_precondition("the adapter has the module " + slot.name + ", which the model in " + model.path + " lacks", kWhere);
    if (found->in_features != slot.in_features || found->out_features != slot.out_features)
      return failed_precondition("the adapter's module " + slot.name + ": expected " + std::to_string(found->in_features) + " inputs and " +
                                     std::to_string(found->out_features) + " outputs, got " + std::to_string(slot.in_features) + " and " +
                                     std::to_string(slot.out_features),
                                 kWhere);
  }
  const auto tensors = tensor_facts(model.config, model.plan);
  for (const adapter::SavedTensor& saved : layout.saved()) {
    const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const spec::TensorFacts& t) { return t.name == saved.name; });
    if (found == tensors.end())
      return failed_precondition("the adapter keeps the tensor " + saved.name + ", which the model in " + model.path + " lacks", kWhere);
    if (found->shape != saved.shape) return failed_precondition("the adapter's tensor " + saved.name + " has another shape than the model's", kWhere);
  }
  return {};
}

}  // namespace fedllm::train
