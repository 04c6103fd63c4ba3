// What the fuzz targets of the model readers do with a file, and the replay of their corpora too. Everything that is accepted
// must be usable; all else is a Status with a sentence. Each answers whether the file was accepted.
#pragma once

#include "adapter/gguf.h"
#include "adapter/peft_config.h"
#include "adapter/safetensors.h"
#include "memory_file.h"
#include "train/model_config.h"

namespace fedllm::test {

inline bool accepted(const Status& status) {
  must(status.ok() || !status.message().empty(), "an error has a sentence");
  return status.ok();
}

inline bool read_safetensors(std::string_view bytes) {
  const MemoryFile memory(bytes);
  const auto file = adapter::SafetensorsFile::open(memory.path());
  if (!accepted(file.status())) return false;
  for (const auto& [name, tensor] : file->tensors()) {
    must(tensor.elements() * adapter::dtype_size(tensor.dtype) == tensor.bytes.size(), "elements fill their bytes");
    if (const auto values = adapter::to_float(tensor); values.ok())
      must(values->size() == static_cast<size_t>(tensor.elements()), "every element becomes a float");
  }
  return true;
}

inline bool read_gguf(std::string_view bytes) {
  const MemoryFile memory(bytes);
  const auto file = adapter::GgufFile::open(memory.path());
  if (!accepted(file.status())) return false;
  for (const adapter::GgufTensor& tensor : file->tensors())
    if (const auto values = adapter::to_float(tensor); values.ok())
      must(values->size() == tensor.elements(), "every element becomes a float");
  for (const auto& [key, value] : file->values()) {
    must(value.type != adapter::GgufType::string || value.texts.size() == value.count, "as many texts as counted");
    for (uint64_t i = 0; i < value.count && i < 100; ++i) (void)value.number(i);
    (void)file->text(key);
  }
  return true;
}

inline bool read_peft_config(std::string_view bytes) {
  const auto config = adapter::parse_peft_config(std::string(bytes), "adapter_config.json");
  if (!accepted(config.status())) return false;
  std::vector<adapter::ModuleSlot> modules = {{"model.layers.0.self_attn.q_proj", 4, 4, config->rank},
                                              {"model.layers.11.mlp.up_proj", 4, 8, config->rank}};
  if (accepted(adapter::apply_patterns(*config, modules, "adapter_config.json")))
    for (const adapter::ModuleSlot& slot : modules) must(slot.alpha > 0, "every module has an alpha");
  (void)adapter::saves_module(*config, "lm_head");
  return true;
}

inline bool read_model_config(std::string_view bytes) {
  const auto config = train::parse_config(std::string(bytes), "config.json");
  if (!accepted(config.status())) return false;
  if (config->layers > 64) return true;   // the plan of many layers is only slow
  const train::ModelPlan plan = train::plan_of(*config);
  must(!plan.tensors.empty() && static_cast<int>(plan.layers.size()) == config->layers, "a plan has its layers");
  for (const train::TensorSpec& tensor : plan.tensors)
    for (const int64_t n : tensor.shape) must(n > 0, "a tensor has sizes");
  return true;
}

}  // namespace fedllm::test
