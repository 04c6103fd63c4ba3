// Transformer: the forward and backward pass of every supported architecture, written out by hand over fused kernels and
// BLAS products; no autograd graph, no gradient of frozen weights. Rows are packed (batch.h): no padding is computed, the
// last block's queries, attention output and MLP run only on the wanted rows, and below the lowest adapted layer nothing is
// kept or propagated. As Hugging Face transformers computes llama, mistral, qwen2, qwen3, gpt2 and gpt_neox.
// Immutable: threads share one Transformer, each with its own Arena and Tape. Torch-free; out of memory throws.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/seed_tree.h"
#include "base/stop_token.h"
#include "train/arena.h"
#include "train/backend.h"
#include "train/batch.h"
#include "train/frozen.h"
#include "train/lora_set.h"
#include "train/model_config.h"
#include "train/rotary.h"

namespace fedllm::train {

struct FrozenNorm { std::vector<float> gain, bias; };       // bias only for LayerNorm; an empty gain: no such norm

struct FrozenLayer {
  FrozenNorm attention_norm, mlp_norm, q_norm, k_norm;
  FrozenLinear qkv, attention_out, mlp_in, mlp_out;
};

struct FrozenModel {
  FrozenLinear embedding, head;      // the embedding's rows are read one by one
  std::vector<float> positions;      // [max_positions, hidden] or empty
  std::vector<FrozenLayer> layers;
  FrozenNorm final_norm;
  std::vector<std::shared_ptr<const void>> owners;   // of what the matrices point to
};

// Keys and values of the tokens so far, rotated, per layer [capacity, kv_heads * head_dim]; one sequence.
struct KvCache {
  std::vector<std::vector<float>> keys, values;
  int length = 0, capacity = 0;
};

// What varies from pass to pass.
struct Pass {
  const LoraSet* lora = nullptr;     // null: the base alone
  double dropout = 0;                // on every adapted module's LoRA input
  SeedTree dropout_seed{0};
  std::span<const int> sequences;    // the numbers of the batch's sequences among those of a whole step (dropout); empty: 0, 1, ..
  KvCache* cache = nullptr;          // null: every sequence is whole
  // What enters the lowest adapted layer, [rows, hidden] of each sequence (lower_cache.h): read where known, else written;
  // empty: computed and forgotten. Needs an adapter.
  std::span<float* const> lower;
  bool lower_known = false;
  Factors factors = Factors::both;   // whose gradients the backward pass makes
  const StopFlag* stop = nullptr;    // polled before every layer of a pass without a tape; null: never
};

// What a forward pass keeps for the backward pass, in the arena.
struct LayerTape {
  float *input = nullptr, *middle = nullptr;                     // residual stream before attention and before the MLP
  float *attention_mean = nullptr, *attention_inverse = nullptr, *mlp_mean = nullptr, *mlp_inverse = nullptr;
  float *qkv = nullptr, *queries = nullptr;                      // rotated; queries of the wanted rows where those are fewer
  float *qk_before = nullptr, *q_inverse = nullptr, *k_inverse = nullptr;   // of the head norms
  float *mix = nullptr, *log_sums = nullptr, *mlp = nullptr;     // heads' outputs; gate and up before the activation
  float* low[kGroupKinds] = {};                                  // x A^T of each group, [rows, rank]
};
struct Tape {
  std::vector<LayerTape> layers;
  float *final_input = nullptr, *final_mean = nullptr, *final_inverse = nullptr;
  std::vector<int32_t> wanted;       // rows of the batch whose hidden states were asked for; empty: all
  std::vector<int32_t> wanted_positions;
  std::shared_ptr<const RotationTable> rotation;
};

// Whose sequences' sums go to which gradient (the adapter's flat layout): consecutive, covering the batch.
struct GradientUnit { int sequences = 0; float* gradient = nullptr; };

class Transformer {
 public:
  Transformer(ModelConfig config, std::shared_ptr<const FrozenModel> model);
  // Final hidden states of the batch's out rows, [out_rows, hidden], in the arena; null where it was stopped. With a tape it
  // keeps what backward needs.
  float* forward(const PackedBatch& batch, const Pass& pass, Arena& arena, Tape* tape) const;
  // Adds the LoRA gradients to those of `units` from d_hidden [out_rows, hidden].
  void backward(const PackedBatch& batch, const Pass& pass, Arena& arena, const Tape& tape, const float* d_hidden, std::span<const GradientUnit> units) const;
  const ModelConfig& config() const { return config_; }
  const FrozenModel& model() const { return *model_; }
  KvCache make_cache(int capacity) const;

 private:
  friend class ForwardPass;
  friend class BackwardPass;
  std::shared_ptr<const RotationTable> rotation(int length) const;
  ModelConfig config_;
  std::shared_ptr<const FrozenModel> model_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const RotationTable> rotation_;
};

}  // namespace fedllm::train
