// The work that `fedllm bench train` gives to both sides in a file: rows, the order of the batches, the adapter to start
// from. JSON, so that the Python loop reads it too.
#pragma once

#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "data/example.h"
#include "spec/scenario.h"
#include "train/backend.h"

namespace fedllm::app {

struct BenchWork {
  std::string adapter;                  // path of a PEFT safetensors file
  spec::LoraSpec lora;
  std::vector<data::Example> rows;
  train::LocalOptions options;          // learning rate, weight decay, batch size, seed; no clipping
};

// Writes the batches of `steps` steps as local training will draw them.
Status write_work(const BenchWork& work, int steps, const std::string& path);
Result<BenchWork> read_work(const std::string& path);

}  // namespace fedllm::app
