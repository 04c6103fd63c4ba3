#include "train/loss_head.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace fedllm::train {
namespace {

using kernels::SoftmaxRow;

constexpr int64_t kChunk = 1024;               // tokens whose logits are looked at while they are in the cache
constexpr int64_t kLogitFloats = 6 << 20;      // 24 MiB of logits at once

struct Rows {
  std::vector<int64_t> places;                 // rows of hidden
  std::vector<SoftmaxRow> states;
};

Rows chosen(std::span<const int64_t> targets, bool unscored) {
  Rows rows;
  for (size_t i = 0; i < targets.size(); ++i)
    if (targets[i] >= 0 || unscored) {
      rows.places.push_back(static_cast<int64_t>(i));
      rows.states.emplace_back().target = targets[i];
    }
  return rows;
}

// The chosen rows [from, to) of hidden, one after another.
const float* packed(const float* hidden, int64_t width, const std::vector<int64_t>& places, size_t from, size_t to, Arena& arena) {
  const auto count = static_cast<int64_t>(to - from);
  if (places[to - 1] - places[from] + 1 == count) return hidden + places[from] * width;
  float* rows = arena.take(count * width);
  for (size_t i = from; i < to; ++i) std::memcpy(rows + static_cast<int64_t>(i - from) * width, hidden + places[i] * width, sizeof(float) * static_cast<size_t>(width));
  return rows;
}

// Logits of tokens [first, last) for `rows` rows, [rows, last - first].
void chunk_logits(const FrozenLinear& head, const float* hidden, int64_t rows, int64_t first, int64_t last, float* logits) {
  head.forward({hidden, head.in()}, rows, {logits, last - first}, false, first, last);
}

// Calls work(first, last) over the vocabulary.
template <class Work>
void vocabulary(const FrozenLinear& head, Work&& work) {
  for (int64_t first = 0; first < head.out(); first += kChunk) work(first, std::min(head.out(), first + kChunk));
}

}  // namespace

double loss_of(const SoftmaxRow& row) { return std::log(row.sum) - (static_cast<double>(row.target_logit) - row.top); }

int64_t scored_count(std::span<const int64_t> targets) {
  return std::count_if(targets.begin(), targets.end(), [](int64_t target) { return target >= 0; });
}

std::vector<SoftmaxRow> score_rows(const FrozenLinear& head, const float* hidden, std::span<const int64_t> targets, bool unscored, Arena& arena) {
  Rows rows = chosen(targets, unscored);
  const ArenaScope scope(arena);
  std::vector<SoftmaxRow> all(targets.size());
  if (rows.places.empty()) return all;
  const auto count = static_cast<int64_t>(rows.places.size());
  const float* packed_rows = packed(hidden, head.in(), rows.places, 0, rows.places.size(), arena);
  float* logits = arena.take(count * std::min(head.out(), kChunk));
  vocabulary(head, [&](int64_t first, int64_t last) {
    chunk_logits(head, packed_rows, count, first, last, logits);
    kernels::softmax_chunk(logits, count, last - first, first, rows.states.data());
  });
  for (size_t i = 0; i < rows.places.size(); ++i) all[rows.places[i]] = rows.states[i];
  return all;
}

std::vector<double> loss_and_gradient(const FrozenLinear& head, const float* hidden, std::span<const int64_t> targets, double factor, float* d_hidden, Arena& arena) {
  Rows rows = chosen(targets, false);
  const int64_t width = head.in();
  std::memset(d_hidden, 0, sizeof(float) * targets.size() * static_cast<size_t>(width));
  const size_t most = static_cast<size_t>(std::max<int64_t>(16, kLogitFloats / head.out()));
  const size_t pieces = (rows.places.size() + most - 1) / most;
  std::vector<double> losses(targets.size());
  for (size_t p = 0; p < pieces; ++p) {
    const size_t from = rows.places.size() * p / pieces, to = rows.places.size() * (p + 1) / pieces;
    const auto count = static_cast<int64_t>(to - from);
    const ArenaScope scope(arena);
    const float* part = packed(hidden, width, rows.places, from, to, arena);
    float *logits = arena.take(count * head.out()), *gradient = arena.take(count * width);
    SoftmaxRow* states = rows.states.data() + from;
    vocabulary(head, [&](int64_t first, int64_t last) {
      chunk_logits(head, part, count, first, last, logits + first * count);
      kernels::softmax_chunk(logits + first * count, count, last - first, first, states);
    });
    vocabulary(head, [&](int64_t first, int64_t last) {
      float* chunk = logits + first * count;
      kernels::softmax_chunk_backward(chunk, count, last - first, first, states, static_cast<float>(factor));
      head.backward({chunk, last - first}, count, {gradient, width}, first > 0, first, last);
    });
    for (size_t i = from; i < to; ++i) {
      losses[rows.places[i]] = loss_of(rows.states[i]);
      std::memcpy(d_hidden + rows.places[i] * width, gradient + static_cast<int64_t>(i - from) * width, sizeof(float) * static_cast<size_t>(width));
    }
  }
  return losses;
}

void all_logits(const FrozenLinear& head, const float* hidden, int64_t rows, float* logits) { head.forward({hidden, head.in()}, rows, {logits, head.out()}, false, 0, head.out(), rows == 1); }

}  // namespace fedllm::train
