// Network: the weights of one architecture, wired to run on packed batches. Several threads may run one Network at once;
// networks made from the same Weights share their storage. Module-internal; may throw.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "train/model_config.h"
#include "train/ops.h"

namespace fedllm::train {

struct Weights {
  ModelConfig config;
  std::map<std::string, at::Tensor> tensors;   // by the names of ModelPlan::tensors, float32
  at::Tensor cosine, sine;                     // [max_positions, head_dim / 2]
};
// Fills cosine and sine from the config.
void make_rotation(Weights& weights);

class Network {
 public:
  virtual ~Network() = default;
  // Final hidden states of the batch's out rows, [out_rows, hidden].
  virtual at::Tensor hidden(const PackedBatch& batch) const = 0;
  // [rows, vocab] from hidden rows.
  virtual at::Tensor logits(const at::Tensor& hidden) const = 0;
};

// What this network does not compute, although the config is understood, is UNIMPLEMENTED by name.
Status network_supports(const ModelConfig& config);
std::unique_ptr<Network> make_network(const Weights& weights);
}  // namespace fedllm::train
