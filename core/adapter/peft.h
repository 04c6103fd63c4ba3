// Adapters in PEFT's folder layout: adapter_config.json and adapter_model.safetensors with tensors
// base_model.model.<module>.lora_A.weight [rank, in] and .lora_B.weight [out, rank], float32. The safetensors file
// depends on the values alone (no time, path or host), so its SHA-256 identifies the adapter.
#pragma once

#include <string>

#include "adapter/adapter.h"

namespace fedllm::adapter {

struct PeftMeta {
  std::string base_model_name;     // adapter_config's base_model_name_or_path (a name, never a local path)
  double dropout = 0;
};

// Returns the SHA-256 of adapter_model.safetensors.
Result<std::string> save_peft(const AdapterState& state, const PeftMeta& meta, const std::string& folder);
Result<AdapterState> load_peft(const std::string& folder);
// Bytes of adapter_model.safetensors, and back (used for versions on disk and tests).
std::string serialize_peft(const AdapterState& state);
// Modules in natural order of their names (layer 2 before layer 10).
Result<AdapterState> load_peft_tensors(const std::string& safetensors_path, double lora_alpha);
// In the order of `layout`; refuses other modules or shapes.
Result<AdapterState> load_peft_tensors(const std::string& safetensors_path, const LayoutPtr& layout);
// SHA-256 of serialize_peft: what `adapter_sha256` is everywhere.
std::string adapter_sha256(const AdapterState& state);

}  // namespace fedllm::adapter
