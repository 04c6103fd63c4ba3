#include "train/evaluator.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/batch.h"

namespace fedllm::train {
namespace {

constexpr int64_t kRowsPerBatch = 1024;          // enough to fill the BLAS, small enough to stay near the cache and to stop soon
constexpr int64_t kLogitsPerBatch = 16 << 20;    // 64 MiB: what large vocabularies take

Score score_of(const data::Example& example, std::span<const float> losses, std::span<const int32_t> argmax) {
  Score score;
  score.records = 1;
  score.tokens = static_cast<int64_t>(losses.size());
  score.exact = losses.empty() ? 0 : 1;
  const size_t first = example.ids.size() - losses.size();
  for (size_t i = 0; i < losses.size(); ++i) {
    score.loss_sum += losses[i];
    if (argmax[i] != example.ids[first + i]) score.exact = 0;
  }
  return score;
}

// One past the last example of the batch that starts at `from`: at least one, then as many as the limits allow.
size_t batch_end(std::span<const data::Example> examples, size_t from, int64_t most_targets) {
  int64_t rows = 0, targets = 0;
  for (size_t to = from; to < examples.size(); ++to) {
    rows += static_cast<int64_t>(examples[to].ids.size()), targets += target_count(examples[to]);
    if (to > from && (rows > kRowsPerBatch || targets > most_targets)) return to;
  }
  return examples.size();
}

// Scores the examples named by `items` in one packed pass.
void score_batch(const Network& network, std::span<const data::Example> examples, std::span<const int> items, std::vector<Score>& scores) {
  PackedBatch batch;
  for (int i : items) batch.add(examples[i]);
  if (batch.targets.empty()) return;
  std::vector<float> losses;
  std::vector<int32_t> argmax;
  ops::cross_entropy(network.logits(network.hidden(batch, {})), batch.targets, &losses, &argmax);
  size_t at = 0;
  for (int i : items) {
    const auto count = static_cast<size_t>(target_count(examples[i]));
    scores[i] = score_of(examples[i], std::span(losses).subspan(at, count), std::span(argmax).subspan(at, count));
    at += count;
  }
}

Status check_prompt(const LoadedModel& model, std::span<const int32_t> prompt) {
  if (prompt.empty()) return invalid_argument("the prompt is empty", "train.generate");
  if (prompt.size() > static_cast<size_t>(model.max_positions()))
    return invalid_argument("the prompt has " + std::to_string(prompt.size()) + " tokens, the model has " + std::to_string(model.max_positions()) + " positions", "train.generate");
  for (int32_t id : prompt)
    if (id < 0 || id >= model.vocab_size()) return invalid_argument("the prompt holds token id " + std::to_string(id) + ", the model's vocabulary has " + std::to_string(model.vocab_size()), "train.generate");
  return {};
}

// The likeliest `top` tokens of one row of logits, likeliest first, the smaller id first among equals.
std::vector<TokenChoice> likeliest(const float* logits, int vocab, int top) {
  std::vector<int32_t> ids(vocab);
  std::iota(ids.begin(), ids.end(), 0);
  top = std::clamp(top, 1, vocab);
  std::partial_sort(ids.begin(), ids.begin() + top, ids.end(), [&](int32_t a, int32_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; });
  double total = 0;
  for (int i = 0; i < vocab; ++i) total += std::exp(static_cast<double>(logits[i]) - logits[ids[0]]);
  std::vector<TokenChoice> choices;
  for (int i = 0; i < top; ++i) choices.push_back({ids[i], std::exp(static_cast<double>(logits[ids[i]]) - logits[ids[0]]) / total});
  return choices;
}

bool all_finite(const at::Tensor& logits) {
  const float* values = logits.data_ptr<float>();
  return std::all_of(values, values + logits.numel(), [](float v) { return std::isfinite(v); });
}

// Logits [vocab] after feeding `ids` behind what the cache holds.
at::Tensor feed(const Network& network, std::span<const int64_t> ids, KvCache& cache) {
  PackedBatch batch;
  batch.add_sequence(ids, 1);
  for (int32_t& position : batch.positions) position += cache.length;
  Pass pass;
  pass.cache = &cache;
  return network.logits(network.hidden(batch, pass));
}

}  // namespace

Result<std::vector<Score>> score_examples(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const data::Example> examples, const StopFlag& stop) {
  at::NoGradGuard no_grad;
  FEDLLM_RETURN_IF_ERROR(check_examples(examples, model.vocab_size(), model.max_positions()));
  FEDLLM_ASSIGN_OR_RETURN(const std::shared_ptr<const Network> network, merged_network(model, adapter));
  std::vector<Score> scores(examples.size(), Score{.records = 1});
  std::vector<int> items(examples.size());
  std::iota(items.begin(), items.end(), 0);
  for (size_t from = 0; from < items.size();) {
    if (stop.requested()) return cancelled("scoring stopped after " + std::to_string(from) + " of " + std::to_string(items.size()) + " records", "train.score");
    const size_t to = batch_end(examples, from, kLogitsPerBatch / model.vocab_size());
    score_batch(*network, examples, std::span(items).subspan(from, to - from), scores);
    from = to;
  }
  return scores;
}

Result<Generated> generate_greedily(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const int32_t> prompt, const GenerateOptions& options) {
  at::NoGradGuard no_grad;
  FEDLLM_RETURN_IF_ERROR(check_prompt(model, prompt));
  FEDLLM_ASSIGN_OR_RETURN(const std::shared_ptr<const Network> network, merged_network(model, adapter));
  const int room = model.max_positions() - static_cast<int>(prompt.size()) + 1;   // the last token is never fed
  const int wanted = std::min(options.max_new_tokens, room);
  KvCache cache = make_cache(*network, static_cast<int>(prompt.size()) + std::max(wanted, 0));
  Generated result;
  std::vector<int64_t> next(prompt.begin(), prompt.end());
  while (static_cast<int>(result.ids.size()) < wanted) {
    if (options.stop.requested()) return cancelled("generation stopped after " + std::to_string(result.ids.size()) + " tokens", "train.generate");
    const at::Tensor logits = feed(*network, next, cache);
    if (!all_finite(logits)) return Status(Code::aborted, "the logits are not finite at token " + std::to_string(result.ids.size() + 1), "train.generate");
    std::vector<TokenChoice> choices = likeliest(logits.data_ptr<float>(), model.vocab_size(), options.top);
    const int32_t id = choices.front().id;
    if (options.top < 1) choices.clear();
    result.ids.push_back(id);
    result.choices.push_back(std::move(choices));
    if (id == options.eos_id) break;
    next.assign(1, id);
  }
  return result;
}

}  // namespace fedllm::train
