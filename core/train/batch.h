// PackedBatch: sequences laid one after another without padding, the shape in which the network runs. A row is one token;
// what Hugging Face computes on a right-padded [B, T] batch with its mask is computed here on the real rows only.
// Examples drop their last token (nothing follows it). BatchOrder draws the batches of local training. Torch-free values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/seed_tree.h"
#include "base/status.h"
#include "data/example.h"

namespace fedllm::train {

struct PackedBatch {
  std::vector<int64_t> tokens;         // [rows]
  std::vector<int32_t> positions;      // [rows], 0 at each sequence's start
  std::vector<int32_t> starts{0};      // [sequences + 1]
  std::vector<int32_t> out_starts{0};  // [sequences + 1]: each sequence's last rows, whose hidden states are wanted
  std::vector<int64_t> targets;        // [out rows], one per wanted row; may be empty where no loss is taken
  int64_t rows() const { return static_cast<int64_t>(tokens.size()); }
  int64_t out_rows() const { return out_starts.back(); }
  int sequences() const { return static_cast<int>(starts.size()) - 1; }

  // Adds ids[0 .. n-1) whose scored targets start at `prompt_length`.
  void add(const data::Example& example);
  // Adds a whole sequence starting at `position`, with hidden states wanted of its last `wanted` rows and no targets.
  void add_sequence(std::span<const int64_t> ids, int wanted);
};

// Targets of an example: response tokens that have a token before them.
int64_t target_count(const data::Example& example);
// Ids within the vocabulary, lengths within the positions; the message names the example.
Status check_examples(std::span<const data::Example> examples, int vocab_size, int max_positions);

// Each epoch is a fresh seeded shuffle cut into batches; the last batch of an epoch may be smaller.
class BatchOrder {
 public:
  BatchOrder(std::vector<int> items, int batch_size, SeedTree seed);
  std::span<const int> next();

 private:
  std::vector<int> items_;
  size_t batch_size_, at_;
  uint64_t epoch_ = 0;
  SeedTree seed_;
};

}  // namespace fedllm::train
