// What one local training step of the engine holds in memory: the base's weights, the adapter with its gradients and moments,
// and what the forward pass keeps for the backward pass, with the largest scratch on top. By the sizes that
// core/train/transformer.cpp takes from its arena; every token is scored. Within a quarter of the measured peak.
#pragma once

#include <cstdint>

#include "train/model_folder.h"

namespace fedllm::app {

struct TrainingShape { int rank = 8, batch = 4, length = 256; };   // LoRA on every linear module; a batch of whole sequences

struct TrainingMemory {
  int64_t adapter_parameters = 0;
  int64_t base_bytes = 0, adapter_bytes = 0, activation_bytes = 0;
  int64_t total_bytes() const { return base_bytes + adapter_bytes + activation_bytes; }
};
TrainingMemory training_memory(const train::ModelFolder& model, const TrainingShape& shape);

}  // namespace fedllm::app
