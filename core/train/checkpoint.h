// Checkpoint: the weights of a model folder as they lie in its memory-mapped safetensors files (one file, or shards with an
// index), each tensor checked for name, shape and type against the plan. Immutable, any thread; torch-free. Files with a
// pickle (pytorch_model.bin) are refused with the reason.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "adapter/safetensors.h"
#include "train/model_config.h"

namespace fedllm::train {

class Checkpoint {
 public:
  static Result<std::shared_ptr<const Checkpoint>> open(const std::string& folder, const ModelConfig& config, const ModelPlan& plan);
  // The same without reading the numbers: its sha256 is empty.
  static Result<std::shared_ptr<const Checkpoint>> open_headers(const std::string& folder, const ModelConfig& config, const ModelPlan& plan);
  // `name` is one of plan.tensors, whether or not the file spells it with the optional prefix. f32, f16 or bf16.
  const adapter::TensorView& tensor(const std::string& name) const { return tensors_.at(name); }
  const std::string& sha256() const { return sha256_; }          // of the file; of the shards one after another in name order
  int64_t parameters() const { return parameters_; }
  int64_t weight_bytes() const { return weight_bytes_; }         // in the files' own types
  bool same_type(adapter::DType type) const;                     // every tensor has this type

 private:
  Checkpoint() = default;
  static Result<std::shared_ptr<Checkpoint>> map(const std::string& folder, const ModelConfig& config, const ModelPlan& plan);
  std::vector<std::shared_ptr<const MappedFile>> maps_;
  std::map<std::string, adapter::TensorView> tensors_;
  std::string sha256_;
  int64_t parameters_ = 0, weight_bytes_ = 0;
};

}  // namespace fedllm::train
