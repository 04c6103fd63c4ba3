#include "train/batch.h"

#include <algorithm>

namespace fedllm::train {

int64_t target_count(const data::Example& example) {
  return std::max<int64_t>(0, static_cast<int64_t>(example.ids.size()) - std::max(1, example.prompt_length));
}

void PackedBatch::add(const data::Example& example) {
  const int inputs = static_cast<int>(example.ids.size()) - 1;
  const int64_t wanted = target_count(example);
  if (wanted == 0) return;
  for (int i = 0; i < inputs; ++i) {
    tokens.push_back(example.ids[i]);
    positions.push_back(i);
  }
  for (int64_t i = inputs - wanted; i < inputs; ++i) targets.push_back(example.ids[i + 1]);
  starts.push_back(static_cast<int32_t>(rows()));
  out_starts.push_back(out_starts.back() + static_cast<int32_t>(wanted));
}

void PackedBatch::add_sequence(std::span<const int64_t> ids, int wanted) {
  tokens.insert(tokens.end(), ids.begin(), ids.end());
  for (size_t i = 0; i < ids.size(); ++i) positions.push_back(static_cast<int32_t>(i));
  starts.push_back(static_cast<int32_t>(rows()));
  out_starts.push_back(out_starts.back() + wanted);
}

Status check_examples(std::span<const data::Example> examples, int vocab_size, int max_positions) {
  for (size_t i = 0; i < examples.size(); ++i) {
    const auto& ids = examples[i].ids;
    if (ids.size() > static_cast<size_t>(max_positions) + 1)
      return invalid_argument("example " + std::to_string(i) + " has " + std::to_string(ids.size()) + " tokens, the model has " + std::to_string(max_positions) + " positions", "train.batch");
    for (int32_t id : ids)
      if (id < 0 || id >= vocab_size)
        return invalid_argument("example " + std::to_string(i) + " holds token id " + std::to_string(id) + ", the model's vocabulary has " + std::to_string(vocab_size), "train.batch");
  }
  return {};
}

BatchOrder::BatchOrder(std::vector<int> items, int batch_size, SeedTree seed)
    : items_(std::move(items)), batch_size_(static_cast<size_t>(std::max(1, batch_size))), at_(items_.size()), seed_(seed) {}

std::span<const int> BatchOrder::next() {
  if (at_ >= items_.size()) {
    std::sort(items_.begin(), items_.end());
    seed_.child("epoch", epoch_++).rng().shuffle(items_);
    at_ = 0;
  }
  const size_t count = std::min(batch_size_, items_.size() - at_);
  at_ += count;
  return std::span<const int>(items_).subspan(at_ - count, count);
}

}  // namespace fedllm::train
