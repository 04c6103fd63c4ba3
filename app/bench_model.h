// What the benchmarks train and generate with: a random Llama-type checkpoint of a shape, instruction rows, and the FLOPs
// that a step needs. Everything is drawn from fixed seeds, so that two builds measure the same work.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "data/example.h"

namespace fedllm::app {

struct ModelShape {
  std::string name;
  int hidden = 0, layers = 0, feed = 0, vocab = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int batch = 0, length = 0;   // of the benchmark's rows
  int steps = 0;               // a timed run's
  // Values of the linear modules of all blocks.
  int64_t block_weights() const;
};

// "small", "15m" or "135m"; anything else is a usage error.
Result<ModelShape> shape_by_name(const std::string& name);
// The sizes in the config.json of `folder`, with batch, length and steps of the nearest named shape.
Result<ModelShape> shape_of_model(const std::string& folder);
// config.json and model.safetensors; `dtype` is "bf16" or "f32".
Status write_random_model(const ModelShape& shape, const std::string& dtype, const std::string& folder);

// Lengths spread evenly from 40 % to 100 % of the shape's length; the first 60 % of each row carry no label.
std::vector<data::Example> instruction_rows(const ModelShape& shape, int count);

// One product of a step, [rows, in] x [in, out], and its FLOPs forward and backward.
struct Product {
  int64_t rows = 0, in = 0, out = 0;
  double flops = 0;
};
struct StepWork {
  double tokens = 0, labels = 0;      // real positions, scored positions
  double flops = 0;                   // 4 x block weights + 6 x LoRA weights a token, causal attention, 4 x head a label
  std::vector<Product> products;      // of the frozen matrices: 4 x in x out a row
};
// The mean step over `rows`, `batch` of them at a time.
StepWork step_work(const ModelShape& shape, int batch, const std::vector<data::Example>& rows, int64_t lora_weights);

}  // namespace fedllm::app
