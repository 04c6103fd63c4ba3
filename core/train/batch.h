// PackedBatch: sequences laid one after another without padding, the shape in which the network runs. A row is one token;
// what Hugging Face computes on a padded [B, T] batch with its mask is computed here on the real rows only, each at its column.
// Examples drop their last token (nothing follows it). BatchOrder draws the batches of local training. Torch-free values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/seed_tree.h"
#include "base/status.h"
#include "data/example.h"

namespace fedllm::train {

// A target that is left out of the loss and of its mean.
inline constexpr int64_t kNoTarget = -100;

struct PackedBatch {
  std::vector<int64_t> tokens;         // [rows]
  std::vector<int32_t> positions;      // [rows], rising within a sequence; 0 at its start unless it is padded there
  std::vector<int32_t> starts{0};      // [sequences + 1]
  std::vector<int32_t> out_starts{0};  // [sequences + 1]: each sequence's last rows, whose hidden states are wanted
  std::vector<int64_t> targets;        // [out rows], one per wanted row, kNoTarget between responses; empty: no loss is taken
  int length = 0;                      // of the longest sequence with its padding, where that matters (dynamic rotary scaling); 0: unpadded
  int64_t rows() const { return static_cast<int64_t>(tokens.size()); }
  int64_t out_rows() const { return out_starts.back(); }
  int sequences() const { return static_cast<int>(starts.size()) - 1; }

  // Adds the rows before the last scored token. Wanted are those from the first scored target on; rows in between that
  // score nothing (the user's turns) get kNoTarget. Nothing to score: nothing is added.
  void add(const data::Example& example);
  // Adds a whole sequence at positions 0, 1, .., with hidden states wanted of its last `wanted` rows and no targets.
  void add_sequence(std::span<const int64_t> ids, int wanted);
};

// Scored targets of an example: response tokens that have a token before them. What a mean loss divides by.
int64_t target_count(const data::Example& example);
// Rows that add() wants of an example: from the first scored target to the last, kNoTarget ones included.
int64_t out_count(const data::Example& example);
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
