#include "train/local_trainer.h"

#include <chrono>
#include <cmath>

#include "train/batch.h"
#include "train/core_training.h"
#include "train/gradient_step.h"
#include "train/lora_optimizer.h"
#include "train/rotary.h"

namespace fedllm::train {

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Status check(const LoadedModel& model, const std::vector<data::Example>& examples, const LocalOptions& options, size_t parameters) {
  if (options.steps < 1) return invalid_argument("expected at least 1 local step, got " + std::to_string(options.steps), "train.local");
  if (options.batch_size < 1) return invalid_argument("expected a batch size of at least 1, got " + std::to_string(options.batch_size), "train.local");
  if (!(options.dropout >= 0 && options.dropout < 1)) return invalid_argument("expected a dropout in [0, 1), got " + std::to_string(options.dropout), "train.local");
  if (!options.correction.empty() && options.correction.size() != parameters)
    return invalid_argument("expected a correction of " + std::to_string(parameters) + " numbers, got " + std::to_string(options.correction.size()), "train.local");
  if (!options.anchor.empty() && options.anchor.size() != parameters)
    return invalid_argument("expected an anchor of " + std::to_string(parameters) + " numbers, got " + std::to_string(options.anchor.size()), "train.local");
  if (options.cores && (options.factors != Factors::b || !options.correction.empty() || !options.anchor.empty() || options.tail.weight != 0))
    return invalid_argument("expected cores to be trained as B, without a correction, an anchor or a penalty", "train.local");
  if (!options.learns.empty() && (options.cores || options.learns.size() != parameters))
    return invalid_argument("expected " + std::to_string(parameters) + " marks of what learns, and none where cores are trained, got " + std::to_string(options.learns.size()), "train.local");
  if (!(options.momentum >= 0 && options.momentum < 1)) return invalid_argument("expected a momentum in [0, 1), got " + std::to_string(options.momentum), "train.local");
  return check_examples(examples, model.vocab_size(), model.max_positions());
}

Result<std::vector<int>> trainable(const std::vector<data::Example>& examples) {
  std::vector<int> items;
  for (size_t i = 0; i < examples.size(); ++i)
    if (target_count(examples[i]) > 0) items.push_back(static_cast<int>(i));
  if (items.empty()) return invalid_argument("none of " + std::to_string(examples.size()) + " examples has a response token to learn from", "train.local");
  return items;
}

// Kept where a second epoch begins and where all of it finds room.
LowerCache lower_cache(const LoadedModel& model, const LoraSet& lora, const std::vector<data::Example>& examples, const std::vector<int>& items, const LocalOptions& options) {
  const ModelConfig& config = model.network().config();
  const bool again = int64_t{options.steps} * options.batch_size > static_cast<int64_t>(items.size());
  if (!again || lora.lowest_layer() == 0 || depends_on_length(config.rope)) return {};
  std::vector<int64_t> rows(examples.size());
  int64_t floats = 0;
  for (const int i : items) {
    PackedBatch one;
    one.add(examples[i]);
    rows[i] = one.rows();
    floats += one.rows() * config.hidden_size;
  }
  return floats * 4 <= options.cache_bytes ? LowerCache(rows, config.hidden_size) : LowerCache();
}

struct Buffers final : TrainBuffers {
  std::vector<Arena> arenas;
};

// The caller's, made on first use; null where it keeps none.
std::shared_ptr<Buffers> buffers_of(const LocalOptions& options) {
  if (!options.buffers) return nullptr;
  auto buffers = std::dynamic_pointer_cast<Buffers>(*options.buffers);
  if (!buffers) *options.buffers = buffers = std::make_shared<Buffers>();
  return buffers;
}

Status not_finite(const char* what, double value, int step, int steps) {
  return {Code::aborted, std::string(what) + " is " + std::to_string(value) + " at step " + std::to_string(step) + " of " + std::to_string(steps), "train.local"};
}

Result<LocalResult> train_steps(const adapter::AdapterState& start, Factors factors, const std::vector<data::Example>& examples, const LocalOptions& options, const TakeGradient& take) {
  const auto begin = std::chrono::steady_clock::now();
  FEDLLM_ASSIGN_OR_RETURN(std::vector<int> items, trainable(examples));
  LoraOptimizer optimizer(start, factors, options.optimizer, options.learns);
  BatchOrder order(std::move(items), options.batch_size, SeedTree(options.seed).child("order"));
  LocalResult result;
  std::vector<double> gradient(options.gradient_only ? start.values.size() : 0);
  for (int step = 1; step <= options.steps; ++step) {
    if (options.stop.requested()) return cancelled("local training stopped before step " + std::to_string(step) + " of " + std::to_string(options.steps), "train.local");
    const auto step_begin = std::chrono::steady_clock::now();
    FEDLLM_ASSIGN_OR_RETURN(const auto outcome, take(step, order.next(), optimizer.values(), optimizer.gradient()));
    const auto [loss, tokens] = outcome;
    result.last_loss = loss;
    if (!std::isfinite(loss)) return not_finite("the loss", loss, step, options.steps);
    const double norm = options.gradient_only ? optimizer.gradient_norm()
                                              : optimizer.step({rate_at(step, options), options.weight_decay, options.clip_norm, options.proximal_mu, options.momentum, options.correction, options.anchor});
    if (!std::isfinite(norm)) return not_finite("the gradient norm", norm, step, options.steps);
    if (options.gradient_only) optimizer.add_gradient(1.0 / options.steps, gradient);
    result.mean_loss += loss / options.steps;
    result.tokens += tokens;
    if (options.on_step) options.on_step(step, loss, tokens, seconds_since(step_begin));
  }
  result.adapter = options.gradient_only ? adapter::AdapterState{start.layout, {gradient.begin(), gradient.end()}} : optimizer.state();
  if (!adapter::all_finite(result.adapter)) return Status(Code::aborted, "the adapter is not finite after step " + std::to_string(options.steps), "train.local");
  result.seconds = seconds_since(begin);
  return result;
}

Result<LocalResult> train_cores(const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options, const TakeGradient& take) {
  CoreTraining space(*options.cores, start, options.head_scales);
  std::vector<float> gradient(start.values.size());
  const auto in_cores = [&](int step, std::span<const int> drawn, const float* values, std::vector<float>& into) -> Result<GradientStep::Outcome> {
    FEDLLM_ASSIGN_OR_RETURN(const auto outcome, take(step, drawn, space.adapter_at(values), gradient));
    space.pull_back(values, gradient, into);
    return outcome;
  };
  FEDLLM_ASSIGN_OR_RETURN(LocalResult result, train_steps(space.start(), Factors::both, examples, options, in_cores));
  result.adapter = space.adapter(result.adapter);
  return result;
}

}  // namespace

Result<LocalResult> train_locally(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(LoraSet lora, lora_set(model, start));
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<int> items, trainable(examples));
  const std::shared_ptr<Buffers> buffers = buffers_of(options);
  GradientStep gradient(model.network(), lora, start.values.size(), options.workers, options.factors, buffers ? &buffers->arenas : nullptr);
  LowerCache cache = lower_cache(model, lora, examples, items, options);
  const auto take = [&](int step, std::span<const int> drawn, const float* values, std::vector<float>& into) -> Result<GradientStep::Outcome> {
    PackedBatch batch;
    for (int i : drawn) batch.add(examples[i]);
    lora.take(values);
    return gradient.run(batch, options.dropout, SeedTree(options.seed).child("dropout", static_cast<uint64_t>(step)), into, &cache, drawn);
  };
  return train_by(model, start, examples, options, take);
}

Result<LocalResult> train_by(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options, const TakeGradient& take) {
  FEDLLM_RETURN_IF_ERROR(check(model, examples, options, start.values.size()));
  if (options.cores) return train_cores(start, examples, options, take);
  if (options.tail.weight == 0) return train_steps(start, options.factors, examples, options, take);
  return train_steps(start, options.factors, examples, options, [&](int step, std::span<const int> drawn, const float* values, std::vector<float>& into) {
    auto outcome = take(step, drawn, values, into);
    adapter::add_tail_gradient(*start.layout, values, options.tail, into.data());
    return outcome;
  });
}

}  // namespace fedllm::train
