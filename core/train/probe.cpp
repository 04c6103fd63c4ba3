#include "train/probe.h"

#include <torch/torch.h>

#include <cstring>
#include <optional>

#include "train/batch.h"
#include "train/lora_optimizer.h"

namespace fedllm::train {
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
