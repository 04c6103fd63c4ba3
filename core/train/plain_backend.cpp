#include "train/plain_backend.h"

#include <algorithm>
#include <cmath>

#include "train/batch.h"
#include "train/local_trainer.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.plain";

Status not_done(const char* what, const LoadedModel& model) {
  return Status(Code::unimplemented, std::string(what) + " is not done " + (model.place().device == "cpu" ? "for adapters of the head or of whole tensors (modules_to_save)" : "on device " + model.place().device), kWhere);
}

// One row of logits against its target.
void add_target(std::span<const float> logits, int64_t target, Score& score) {
  const auto top = std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float v : logits) sum += std::exp(static_cast<double>(v) - *top);
  score.loss_sum += std::log(sum) + *top - logits[static_cast<size_t>(target)];
  ++score.tokens;
  if (top - logits.begin() == target) ++score.correct;
}

Result<Score> score_one(const PlainModel& plain, const adapter::AdapterState* adapter, const data::Example& example) {
  Score score{.records = 1};
  if (target_count(example) == 0) return score;
  ProbeInput input;
  input.batch = 1, input.length = static_cast<int64_t>(example.ids.size());
  input.input_ids.assign(example.ids.begin(), example.ids.end());
  FEDLLM_ASSIGN_OR_RETURN(const PlainProbe probe, plain.probe(adapter, input));
  const auto vocab = static_cast<size_t>(plain.vocab_size());
  data::each_scored(example, [&](int32_t begin, int32_t end) {
    for (int32_t i = begin; i < end; ++i) add_target(std::span(probe.probe.logits).subspan(static_cast<size_t>(i - 1) * vocab, vocab), example.ids[static_cast<size_t>(i)], score);
  });
  score.exact = score.correct == score.tokens ? 1 : 0;
  return score;
}

// The drawn examples as one batch, padded on the right.
ProbeInput padded(const std::vector<data::Example>& examples, std::span<const int> drawn) {
  ProbeInput input;
  for (const int i : drawn) input.length = std::max(input.length, static_cast<int64_t>(examples[static_cast<size_t>(i)].ids.size()));
  input.batch = static_cast<int64_t>(drawn.size());
  for (const int i : drawn) {
    const data::Example& example = examples[static_cast<size_t>(i)];
    const size_t row = input.input_ids.size(), end = row + static_cast<size_t>(input.length);
    input.input_ids.insert(input.input_ids.end(), example.ids.begin(), example.ids.end());
    input.attention_mask.insert(input.attention_mask.end(), example.ids.size(), 1);
    input.input_ids.resize(end), input.attention_mask.resize(end);
    input.labels.resize(end, kNoTarget);
    data::each_scored(example, [&](int32_t begin, int32_t stop) { std::copy(example.ids.begin() + begin, example.ids.begin() + stop, input.labels.begin() + static_cast<long>(row) + begin); });
  }
  return input;
}

}  // namespace

bool runs_plainly(const LoadedModel& model, const adapter::AdapterState* adapter) {
  if (model.place().device != "cpu") return true;
  if (!adapter || !adapter->layout) return false;
  const auto is_head = [&](const adapter::ModuleSlot& slot) { return slot.name == model.plan().head_linear.name; };
  return !adapter->layout->saved().empty() || std::ranges::any_of(adapter->layout->modules(), is_head);
}

Result<LocalResult> train_plainly(const LoadedModel& model, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options) {
  if (options.dropout != 0) return not_done("LoRA dropout", model);
  FEDLLM_ASSIGN_OR_RETURN(const auto plain, model.plain());
  adapter::AdapterState state = start;
  const auto take = [&](int, std::span<const int> drawn, const float* values, std::vector<float>& into) -> Result<GradientStep::Outcome> {
    std::copy_n(values, state.values.size(), state.values.begin());
    FEDLLM_ASSIGN_OR_RETURN(PlainProbe probe, plain->probe(&state, padded(examples, drawn), {.logits = false}));
    into = std::move(probe.probe.gradients.values);
    int64_t tokens = 0;
    for (const int i : drawn) tokens += target_count(examples[static_cast<size_t>(i)]);
    return GradientStep::Outcome{probe.probe.loss, tokens};
  };
  return train_by(model, start, examples, options, take);
}

Result<std::vector<Score>> score_plainly(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const data::Example> examples, const StopFlag& stop) {
  FEDLLM_RETURN_IF_ERROR(check_examples(examples, model.vocab_size(), model.max_positions()));
  FEDLLM_ASSIGN_OR_RETURN(const auto plain, model.plain());
  std::vector<Score> scores;
  for (const data::Example& example : examples) {
    if (stop.requested()) return cancelled("scoring stopped after " + std::to_string(scores.size()) + " of " + std::to_string(examples.size()) + " records", kWhere);
    FEDLLM_ASSIGN_OR_RETURN(const Score score, score_one(*plain, adapter, example));
    scores.push_back(score);
  }
  return scores;
}

Result<Generated> generate_plainly(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const int32_t> prompt, const GenerateOptions& options) {
  if (options.sampling.temperature != 0 || options.sampling.repetition_penalty != 1) return not_done("sampling", model);
  FEDLLM_ASSIGN_OR_RETURN(const auto plain, model.plain());
  std::vector<int32_t> stops = options.stop_ids;
  if (options.eos_id >= 0) stops.push_back(options.eos_id);
  Generated made;
  FEDLLM_ASSIGN_OR_RETURN(made.ids, plain->greedy(adapter, prompt, options.max_new_tokens, stops, options.stop));
  made.choices.resize(made.ids.size());
  if (!options.on_token) return made;
  for (size_t i = 0; i < made.ids.size(); ++i)
    if (!options.on_token(made.ids[i])) {
      made.ids.resize(i + 1), made.choices.resize(i + 1);
      break;
    }
  return made;
}

Result<Probe> probe_plainly(const LoadedModel& model, const adapter::AdapterState* adapter, const ProbeInput& input) {
  FEDLLM_ASSIGN_OR_RETURN(const auto plain, model.plain());
  FEDLLM_ASSIGN_OR_RETURN(PlainProbe probe, plain->probe(adapter, input));
  const auto vocab = static_cast<size_t>(model.vocab_size());
  if (input.labels.size() == input.input_ids.size()) {
    Score score;
    for (int64_t row = 0; row + 1 < input.batch * input.length; ++row)
      if ((row + 1) % input.length != 0 && input.labels[static_cast<size_t>(row) + 1] >= 0)
        add_target(std::span(probe.probe.logits).subspan(static_cast<size_t>(row) * vocab, vocab), input.labels[static_cast<size_t>(row) + 1], score);
    probe.probe.tokens = score.tokens, probe.probe.correct = score.correct;
  }
  return std::move(probe.probe);
}

Result<ProbeTrain> probe_train_plainly(const LoadedModel& model, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(const auto plain, model.plain());
  return plain->probe_train(start, input, options);
}

}  // namespace fedllm::train
