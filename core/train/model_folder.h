// A base model's folder opened without LibTorch: configuration, plan and memory-mapped weights; for the verbs that look at
// models and write them anew. Immutable.
#pragma once

#include <memory>
#include <string>

#include "adapter/adapter.h"
#include "train/checkpoint.h"

namespace fedllm::train {

struct ModelFolder {
  std::string path, config_text;
  ModelConfig config;
  ModelPlan plan;
  std::shared_ptr<const Checkpoint> weights;
};
Result<ModelFolder> open_model_folder(const std::string& path);
// Do the adapter's modules and tensors exist in the model, with these sizes? The first that does not is the error.
Status check_adapter_fits(const adapter::AdapterLayout& layout, const ModelFolder& model);
// The tensor that a tied head would have alone ("lm_head.weight", "embed_out.weight").
std::string own_head_name(const ModelConfig& config);

}  // namespace fedllm::train
