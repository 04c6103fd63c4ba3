#include "train/batch.h"

#include <algorithm>

namespace fedllm::train {

int64_t target_count(const data::Example& example) {
  int64_t count = 0;
  data::each_scored(example, [&](int32_t begin, int32_t end) { count += end - begin; });
  return count;
}

int64_t out_count(const data::Example& example) {
  int64_t first = -1, last = -1;
  data::each_scored(example, [&](int32_t begin, int32_t end) {
    if (first < 0) first = begin;
    last = end;
  });
  return last - first;
}

void PackedBatch::add(const data::Example& example) {
  const auto row = static_cast<int32_t>(rows());
  int32_t at = -1;   // position whose target comes next
  data::each_scored(example, [&](int32_t begin, int32_t end) {
    if (at >= 0) targets.insert(targets.end(), static_cast<size_t>(begin - at), kNoTarget);
    targets.insert(targets.end(), example.ids.begin() + begin, example.ids.begin() + end);
    at = end;
  });
  if (at < 0) return;
  for (int32_t i = 0; i + 1 < at; ++i) {
    tokens.push_back(example.ids[static_cast<size_t>(i)]);
    positions.push_back(i);
  }
  starts.push_back(row + at - 1);
  out_starts.push_back(out_starts.back() + static_cast<int32_t>(out_count(example)));
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
