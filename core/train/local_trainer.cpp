#include "train/local_trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>

#include "train/batch.h"
#include "train/lora_optimizer.h"

namespace fedllm::train {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Status check(const LoadedModel& model, const std::vector<data::Example>& examples, const LocalOptions& options) {
  if (options.steps < 1) return invalid_argument("expected at least 1 local step, got " + std::to_string(options.steps), "train.local");
  if (options.batch_size < 1) return invalid_argument("expected a batch size of at least 1, got " + std::to_string(options.batch_size), "train.local");
  if (!(options.dropout >= 0 && options.dropout < 1)) return invalid_argument("expected a dropout in [0, 1), got " + std::to_string(options.dropout), "train.local");
  return check_examples(examples, model.vocab_size(), model.max_positions());
}

Result<std::vector<int>> trainable(const std::vector<data::Example>& examples) {
  std::vector<int> items;
  for (size_t i = 0; i < examples.size(); ++i)
    if (target_count(examples[i]) > 0) items.push_back(static_cast<int>(i));
  if (items.empty()) return invalid_argument("none of " + std::to_string(examples.size()) + " examples has a response token to learn from", "train.local");
  return items;
}

// Learning rate of a step counted from 1: linear warm-up, then constant.
double rate_at(int step, const LocalOptions& options) {
  const double warmup = std::ceil(options.warmup_fraction * options.steps);
  return step < warmup ? options.learning_rate * step / warmup : options.learning_rate;
}

Status not_finite(const char* what, double value, int step, int steps) {
  return {Code::aborted, std::string(what) + " is " + std::to_string(value) + " at step " + std::to_string(step) + " of " + std::to_string(steps), "train.local"};
}

}  // namespace

Result<LocalResult> train_locally(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  FEDLLM_RETURN_IF_ERROR(check(model, examples, options));
  FEDLLM_ASSIGN_OR_RETURN(std::vector<int> items, trainable(examples));
  FEDLLM_ASSIGN_OR_RETURN(LoraOptimizer optimizer, LoraOptimizer::make(model, start));
  const SeedTree seed(options.seed);
  BatchOrder order(std::move(items), options.batch_size, seed.child("order"));
  LocalResult result;
  for (int step = 1; step <= options.steps; ++step) {
    if (options.stop.requested()) return cancelled("local training stopped before step " + std::to_string(step) + " of " + std::to_string(options.steps), "train.local");
    const auto step_begin = std::chrono::steady_clock::now();
    PackedBatch batch;
    for (int i : order.next()) batch.add(examples[i]);
    Rng rng = seed.child("dropout", static_cast<uint64_t>(step)).rng();
    const Pass pass{&optimizer.factors(), options.dropout, &rng};
    const at::Tensor loss = ops::cross_entropy(model.network().logits(model.network().hidden(batch, pass)), batch.targets);
    result.last_loss = loss.item<float>();
    if (!std::isfinite(result.last_loss)) return not_finite("the loss", result.last_loss, step, options.steps);
    loss.backward();
    optimizer.collect();
    const double norm = optimizer.step({rate_at(step, options), options.weight_decay, options.clip_norm, options.proximal_mu});
    if (!std::isfinite(norm)) return not_finite("the gradient norm", norm, step, options.steps);
    const auto tokens = static_cast<int64_t>(batch.targets.size());
    result.mean_loss += result.last_loss / options.steps;
    result.tokens += tokens;
    if (options.on_step) options.on_step(step, result.last_loss, tokens, seconds_since(step_begin));
  }
  result.adapter = optimizer.state();
  if (!adapter::all_finite(result.adapter)) return Status(Code::aborted, "the adapter is not finite after step " + std::to_string(options.steps), "train.local");
  result.seconds = seconds_since(begin);
  return result;
}

}  // namespace fedllm::train
