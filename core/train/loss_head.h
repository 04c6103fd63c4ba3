// The output head and its cross entropy, in pieces of the vocabulary: logits are made only where there is a target, and of
// no more rows at a time than kLogitFloats allow. Losses are natural-log. Torch-free; out of memory throws.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/arena.h"
#include "train/frozen.h"

namespace fedllm::train {

// One entry a row of hidden [rows, in]: top, argmax, log-sum and the target's logit (SoftmaxRow); logits are not kept.
// Rows whose target is below 0 get their argmax too when `unscored` asks for it, else nothing.
std::vector<kernels::SoftmaxRow> score_rows(const FrozenLinear& head, const float* hidden, std::span<const int64_t> targets, bool unscored, Arena& arena);
double loss_of(const kernels::SoftmaxRow& row);

// Loss of each row, 0 where it is not scored; d_hidden [rows, in] takes the gradient of their sum * factor.
std::vector<double> loss_and_gradient(const FrozenLinear& head, const float* hidden, std::span<const int64_t> targets, double factor, float* d_hidden, Arena& arena);
int64_t scored_count(std::span<const int64_t> targets);

// logits [rows, vocab]
void all_logits(const FrozenLinear& head, const float* hidden, int64_t rows, float* logits);

}  // namespace fedllm::train
