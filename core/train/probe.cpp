#include "train/probe.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "train/batch.h"
#include "train/gradient_step.h"
#include "train/lora_optimizer.h"

namespace fedllm::train {
namespace {

// A probe's batch: the unmasked columns of each row; every one has a target, -100 where it is not scored.
struct ProbeBatch {
  PackedBatch packed;
  std::vector<int64_t> place;          // row of the probe's [B, T] for each packed row
};

bool masked(const ProbeInput& input, int64_t cell) { return !input.attention_mask.empty() && input.attention_mask[static_cast<size_t>(cell)] == 0; }

Result<ProbeBatch> pack(const LoadedModel& model, const ProbeInput& input) {
  const auto cells = static_cast<size_t>(input.batch * input.length);
  if (input.batch < 1 || input.length < 1 || input.input_ids.size() != cells || (!input.attention_mask.empty() && input.attention_mask.size() != cells) ||
      (!input.labels.empty() && input.labels.size() != cells))
    return invalid_argument("probe: expected " + std::to_string(cells) + " ids, mask and labels", "train.probe");
  if (input.length > model.max_positions()) return invalid_argument("probe: " + std::to_string(input.length) + " positions, the model has " + std::to_string(model.max_positions()), "train.probe");
  for (int64_t id : input.input_ids)
    if (id < 0 || id >= model.vocab_size()) return invalid_argument("probe: token id " + std::to_string(id) + " is outside the vocabulary", "train.probe");
  ProbeBatch batch;
  batch.packed.length = static_cast<int>(input.length);
  for (int64_t b = 0; b < input.batch; ++b) {
    std::vector<int64_t> ids;
    for (int64_t t = 0; t < input.length; ++t) {
      const int64_t cell = b * input.length + t, target = t + 1 < input.length && !input.labels.empty() ? input.labels[cell + 1] : kNoTarget;
      if (target >= model.vocab_size()) return invalid_argument("probe: label " + std::to_string(target) + " is outside the vocabulary", "train.probe");
      if (masked(input, cell)) continue;
      ids.push_back(input.input_ids[cell]);
      batch.place.push_back(cell);
      batch.packed.targets.push_back(target);
    }
    if (ids.empty()) continue;
    batch.packed.add_sequence(ids, static_cast<int>(ids.size()));
  }
  for (size_t i = 0; i < batch.place.size(); ++i) batch.packed.positions[i] = static_cast<int32_t>(batch.place[i] % input.length);
  return batch;
}

}  // namespace

bool needs_padding(const LoadedModel& model, const ProbeInput& input) {
  const auto cells = static_cast<size_t>(input.batch * input.length);
  if (input.attention_mask.size() != cells) return false;
  const auto& windows = model.config().windows;
  const bool windowed = std::any_of(windows.begin(), windows.end(), [](int window) { return window > 0; });
  for (int64_t cell = 0; cell + 1 < static_cast<int64_t>(cells); ++cell) {
    if ((cell + 1) % input.length == 0 || !masked(input, cell)) continue;
    if (input.labels.size() == cells && input.labels[static_cast<size_t>(cell) + 1] != kNoTarget) return true;
    if (windowed && cell % input.length > 0 && !masked(input, cell - 1)) return true;
  }
  return false;
}

Result<Probe> run_probe(const LoadedModel& model, const adapter::AdapterState* adapter, const ProbeInput& input) {
  FEDLLM_ASSIGN_OR_RETURN(const ProbeBatch batch, pack(model, input));
  std::optional<LoraSet> lora;
  if (adapter) {
    FEDLLM_ASSIGN_OR_RETURN(lora, lora_set(model, *adapter));
  }
  Arena arena;
  Probe probe;
  const Pass pass{lora ? &*lora : nullptr, 0, SeedTree(0), {}, nullptr};
  const auto vocab = static_cast<size_t>(model.vocab_size());
  if (input.want_logits) probe.logits.assign(static_cast<size_t>(input.batch * input.length) * vocab, 0.0f);
  if (batch.place.empty()) return probe;
  const float* hidden = model.network().forward(batch.packed, pass, arena, nullptr);
  if (input.want_logits) {
    std::vector<float> logits(batch.place.size() * vocab);
    all_logits(model.network().model().head, hidden, batch.packed.rows(), logits.data());
    for (size_t i = 0; i < batch.place.size(); ++i) std::memcpy(probe.logits.data() + batch.place[i] * vocab, logits.data() + i * vocab, sizeof(float) * vocab);
  }
  if (scored_count(batch.packed.targets) == 0) return probe;
  for (const kernels::SoftmaxRow& row : score_rows(model.network().model().head, hidden, batch.packed.targets, false, arena)) {
    if (row.target < 0) continue;
    probe.loss += loss_of(row), ++probe.tokens;
    if (row.argmax == row.target) ++probe.correct;
  }
  probe.loss /= static_cast<double>(probe.tokens);
  if (!lora || !input.want_gradients) return probe;
  LoraOptimizer optimizer(*adapter);
  GradientStep step(model.network(), *lora, adapter->values.size(), 1);
  probe.loss = step.run(batch.packed, 0, SeedTree(0), optimizer.gradient()).mean_loss;
  probe.grad_norm = optimizer.gradient_norm();
  probe.gradients = {adapter->layout, optimizer.gradient()};
  return probe;
}

Result<ProbeTrain> run_probe_train(const LoadedModel& model, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(const ProbeBatch batch, pack(model, input));
  if (scored_count(batch.packed.targets) == 0) return invalid_argument("probe_train: no label to learn from", "train.probe");
  FEDLLM_ASSIGN_OR_RETURN(LoraSet lora, lora_set(model, start));
  LoraOptimizer optimizer(start);
  GradientStep gradient(model.network(), lora, start.values.size(), 1);
  ProbeTrain result;
  for (int step = 0; step <= options.steps; ++step) {
    lora.take(optimizer.values());
    if (options.stop.requested()) return cancelled("training stopped before step " + std::to_string(step + 1) + " of " + std::to_string(options.steps), "train.probe");
    result.losses.push_back(gradient.run(batch.packed, 0, SeedTree(0), optimizer.gradient()).mean_loss);
    if (options.on_loss) options.on_loss(step, result.losses.back());
    if (step == options.steps) break;
    result.grad_norms.push_back(optimizer.step({options.learning_rate, options.weight_decay, options.clip_norm, 0}));
  }
  result.adapter = optimizer.state();
  return result;
}

}  // namespace fedllm::train
