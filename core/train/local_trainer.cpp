#include "train/local_trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "train/batch.h"
#include "train/kernels.h"
#include "train/lora_optimizer.h"

namespace fedllm::train {

Result<LoraOptimizer> LoraOptimizer::make(const LoadedModel& model, const adapter::AdapterState& start) {
  if (!start.layout) return invalid_argument("training needs an adapter, got none", "train.lora");
  if (start.values.size() != start.layout->size())
    return invalid_argument("the adapter's layout has " + std::to_string(start.layout->size()) + " values, got " + std::to_string(start.values.size()), "train.lora");
  LoraOptimizer optimizer;
  optimizer.layout_ = start.layout;
  const auto size = static_cast<int64_t>(start.values.size());
  optimizer.start_ = at::from_blob(const_cast<float*>(start.values.data()), {size}, at::kFloat);   // the caller's, read only
  optimizer.theta_ = optimizer.start_.clone();
  optimizer.gradient_ = at::zeros({size}, at::kFloat);
  optimizer.m_ = at::zeros({size}, at::kFloat), optimizer.v_ = at::zeros({size}, at::kFloat);
  FEDLLM_ASSIGN_OR_RETURN(optimizer.factors_, lora_factors(model, *start.layout, optimizer.theta_, true));
  for (const LoraFactors& f : optimizer.factors_)
    for (const at::Tensor& leaf : {f.a, f.b})
      if (leaf.defined()) optimizer.leaves_.push_back({leaf, leaf.data_ptr<float>() - optimizer.theta_.data_ptr<float>()});
  return optimizer;
}

void LoraOptimizer::collect() {
  float* out = gradient_.data_ptr<float>();
  for (auto& [leaf, offset] : leaves_) {
    at::Tensor& gradient = leaf.mutable_grad();
    if (gradient.defined()) std::memcpy(out + offset, gradient.contiguous().data_ptr<float>(), sizeof(float) * leaf.numel());
    else std::memset(out + offset, 0, sizeof(float) * leaf.numel());
    gradient.reset();
  }
}

double LoraOptimizer::gradient_norm() const { return std::sqrt(kernels::sum_of_squares(gradient_.data_ptr<float>(), gradient_.numel())); }

double LoraOptimizer::step(const StepOptions& options) {
  at::NoGradGuard no_grad;
  if (options.proximal_mu != 0) gradient_.add_(theta_ - start_, options.proximal_mu);
  const double norm = gradient_norm();
  if (options.clip_norm > 0 && norm > options.clip_norm) gradient_.mul_(options.clip_norm / (norm + 1e-6));
  kernels::adamw(theta_.data_ptr<float>(), m_.data_ptr<float>(), v_.data_ptr<float>(), gradient_.data_ptr<float>(), theta_.numel(),
                 {.learning_rate = options.learning_rate, .weight_decay = options.weight_decay, .step = ++steps_});
  return norm;
}

adapter::AdapterState LoraOptimizer::copy_of(const at::Tensor& flat) const {
  const float* values = flat.data_ptr<float>();
  return {layout_, std::vector<float>(values, values + flat.numel())};
}
adapter::AdapterState LoraOptimizer::state() const { return copy_of(theta_); }
adapter::AdapterState LoraOptimizer::gradients() const { return copy_of(gradient_); }

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

namespace {

// A probe's batch: the unmasked rows of each sequence, and which of them are scored against what.
struct ProbeBatch {
  PackedBatch packed;
  std::vector<int64_t> place;          // row of the probe's [B, T] for each packed row
  std::vector<int64_t> scored;         // packed rows with a target
};

Result<ProbeBatch> pack(const LoadedModel& model, const ProbeInput& input) {
  const auto cells = static_cast<size_t>(input.batch * input.length);
  if (input.batch < 1 || input.length < 1 || input.input_ids.size() != cells || (!input.attention_mask.empty() && input.attention_mask.size() != cells) ||
      (!input.labels.empty() && input.labels.size() != cells))
    return invalid_argument("probe: expected " + std::to_string(cells) + " ids, mask and labels", "train.probe");
  if (input.length > model.max_positions()) return invalid_argument("probe: " + std::to_string(input.length) + " positions, the model has " + std::to_string(model.max_positions()), "train.probe");
  for (int64_t id : input.input_ids)
    if (id < 0 || id >= model.vocab_size()) return invalid_argument("probe: token id " + std::to_string(id) + " is outside the vocabulary", "train.probe");
  ProbeBatch batch;
  for (int64_t b = 0; b < input.batch; ++b) {
    const int64_t row = b * input.length;
    int64_t length = input.length;
    while (length > 0 && !input.attention_mask.empty() && input.attention_mask[row + length - 1] == 0) --length;
    for (int64_t t = 0; t < length; ++t)
      if (!input.attention_mask.empty() && input.attention_mask[row + t] == 0) return invalid_argument("probe: only right padding is supported, row " + std::to_string(b) + " has a masked position before its end", "train.probe");
    const int64_t first = batch.packed.rows();
    batch.packed.add_sequence(std::span(input.input_ids).subspan(row, length), static_cast<int>(length));
    for (int64_t t = 0; t < length; ++t) {
      batch.place.push_back(row + t);
      const int64_t target = t + 1 < input.length && !input.labels.empty() ? input.labels[row + t + 1] : -100;
      if (target < 0) continue;
      if (target >= model.vocab_size()) return invalid_argument("probe: label " + std::to_string(target) + " is outside the vocabulary", "train.probe");
      batch.scored.push_back(first + t);
      batch.packed.targets.push_back(target);
    }
  }
  return batch;
}

at::Tensor probe_loss(const at::Tensor& logits, const ProbeBatch& batch) {
  return ops::cross_entropy(at::index_select(logits, 0, at::tensor(batch.scored, at::kLong)), batch.packed.targets);
}

}  // namespace

Result<Probe> run_probe(const LoadedModel& model, const adapter::AdapterState* adapter, const ProbeInput& input) {
  FEDLLM_ASSIGN_OR_RETURN(const ProbeBatch batch, pack(model, input));
  std::optional<LoraOptimizer> lora;
  if (adapter) {
    FEDLLM_ASSIGN_OR_RETURN(lora, LoraOptimizer::make(model, *adapter));
  }
  const Pass pass{lora ? &lora->factors() : nullptr};
  const at::Tensor logits = model.network().logits(model.network().hidden(batch.packed, pass));
  Probe probe;
  const auto vocab = static_cast<size_t>(model.vocab_size());
  probe.logits.assign(static_cast<size_t>(input.batch * input.length) * vocab, 0.0f);
  for (size_t i = 0; i < batch.place.size(); ++i)
    std::memcpy(probe.logits.data() + batch.place[i] * vocab, logits.data_ptr<float>() + i * vocab, sizeof(float) * vocab);
  if (batch.scored.empty()) return probe;
  const at::Tensor loss = probe_loss(logits, batch);
  probe.loss = loss.item<float>();
  if (!lora) return probe;
  loss.backward();
  lora->collect();
  probe.gradients = lora->gradients();
  probe.grad_norm = lora->gradient_norm();
  return probe;
}

Result<ProbeTrain> run_probe_train(const LoadedModel& model, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(const ProbeBatch batch, pack(model, input));
  if (batch.scored.empty()) return invalid_argument("probe_train: no label to learn from", "train.probe");
  FEDLLM_ASSIGN_OR_RETURN(LoraOptimizer optimizer, LoraOptimizer::make(model, start));
  const Pass pass{&optimizer.factors()};
  ProbeTrain result;
  for (int step = 0; step <= options.steps; ++step) {
    const at::Tensor loss = probe_loss(model.network().logits(model.network().hidden(batch.packed, pass)), batch);
    result.losses.push_back(loss.item<float>());
    if (step == options.steps) break;
    loss.backward();
    optimizer.collect();
    result.grad_norms.push_back(optimizer.step({options.learning_rate, options.weight_decay, options.clip_norm, 0}));
  }
  result.adapter = optimizer.state();
  return result;
}

}  // namespace fedllm::train
