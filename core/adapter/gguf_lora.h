// A LoRA adapter as llama.cpp reads it (general.type "adapter", adapter.type "lora"): for every module blk.N.<name>.weight.lora_a
// [rank, in] and .lora_b [out, rank] as F32, rows of B in llama.cpp's order. It scales by adapter.lora.alpha / rank, so where
// modules of one adapter ask for different alphas, the ratio is multiplied into their B. What keeps modules whole cannot be
// written: merge it instead.
#pragma once

#include <string>

#include "adapter/adapter.h"
#include "adapter/gguf_names.h"

namespace fedllm::adapter {

struct GgufLora {
  std::string name;                // general.name; may be empty
  std::string base_model_name;     // general.base_model.0.name; may be empty
};
Status save_gguf_lora(const AdapterState& state, const GgufModel& model, const GgufLora& meta, const std::string& path);

}  // namespace fedllm::adapter
