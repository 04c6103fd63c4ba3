// Adapters in PEFT's folder layout: adapter_config.json and adapter_model.safetensors with tensors
// base_model.model.<module>.lora_A.weight [rank, in] and .lora_B.weight [out, rank], and base_model.model.<tensor> for what
// modules_to_save keeps whole; written as float32, read as f32, f16, bf16 or f64. The safetensors file depends on the values
// alone (no time, path or host), so its SHA-256 identifies the adapter. A pickle (adapter_model.bin) is refused.
#pragma once

#include <string>

#include "adapter/adapter.h"
#include "adapter/peft_config.h"
#include "base/file.h"

namespace fedllm::adapter {

// Returns the SHA-256 of adapter_model.safetensors. cache: of the tensors' file.
Result<std::string> save_peft(const AdapterState& state, const PeftMeta& meta, const std::string& folder, FileCache cache = FileCache::keep);
struct PeftAdapter {
  AdapterState state;
  PeftConfig config;
};
Result<PeftAdapter> open_peft(const std::string& folder);
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
