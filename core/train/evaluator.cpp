#include "train/evaluator.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "train/batch.h"
#include "train/loss_head.h"
#include "train/prompt_check.h"

namespace fedllm::train {
namespace {

constexpr int64_t kRowsPerBatch = 1024;          // enough to fill the BLAS, small enough to stay near the cache and to stop soon

// rows are those of one example's targets.
Score score_of(std::span<const kernels::SoftmaxRow> rows) {
  Score score;
  score.records = 1;
  for (const kernels::SoftmaxRow& row : rows) {
    if (row.target < 0) continue;
    ++score.tokens;
    score.loss_sum += loss_of(row);
    if (row.argmax == row.target) ++score.correct;
  }
  score.exact = score.tokens > 0 && score.correct == score.tokens ? 1 : 0;
  return score;
}

// One past the last example of the batch that starts at `from`: at least one, then as many as the limit allows.
size_t batch_end(std::span<const data::Example> examples, size_t from) {
  int64_t rows = 0;
  for (size_t to = from; to < examples.size(); ++to) {
    rows += static_cast<int64_t>(examples[to].ids.size());
    if (to > from && rows > kRowsPerBatch) return to;
  }
  return examples.size();
}

// Scores examples [from, to) in one packed pass.
void score_batch(const Transformer& network, const Pass& pass, std::span<const data::Example> examples, size_t from, size_t to, Arena& arena, std::vector<Score>& scores) {
  PackedBatch batch;
  std::vector<size_t> counts;
  for (size_t i = from; i < to; ++i) {
    const int64_t before = batch.out_rows();
    batch.add(examples[i]);
    counts.push_back(static_cast<size_t>(batch.out_rows() - before));
  }
  if (batch.targets.empty()) return;
  arena.reset();
  const float* hidden = network.forward(batch, pass, arena, nullptr);
  const std::vector<kernels::SoftmaxRow> rows = score_rows(network.model().head, hidden, batch.targets, false, arena);
  size_t at = 0;
  for (size_t i = from; i < to; ++i) {
    scores[i] = score_of(std::span(rows).subspan(at, counts[i - from]));
    at += counts[i - from];
  }
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

bool all_finite(std::span<const float> logits) {
  return std::all_of(logits.begin(), logits.end(), [](float v) { return std::isfinite(v); });
}

// Rows of a prompt fed at once: many, since weights are unpacked once a piece, but work for less than 200 ms in a layer, before
// each of which it can be stopped.
size_t prompt_piece(const LoadedModel& model) {
  constexpr double kLayerWork = 2e9;
  const double layer = 2.0 * static_cast<double>(model.facts().parameters) / std::max(1, model.network().config().layers);
  return static_cast<size_t>(std::clamp(kLayerWork / layer, 8.0, 256.0));
}

// Logits [vocab] after feeding `ids` behind what the cache holds; empty where it was stopped.
std::vector<float> feed(const Transformer& network, const LoraSet* lora, std::span<const int64_t> ids, KvCache& cache, Arena& arena, size_t piece, const StopFlag& stop) {
  const int whole = cache.length + static_cast<int>(ids.size());
  for (size_t from = 0; from < ids.size(); from += piece) {
    const size_t to = std::min(ids.size(), from + piece);
    PackedBatch batch;
    batch.add_sequence(ids.subspan(from, to - from), 1);
    for (int32_t& position : batch.positions) position += cache.length;
    batch.length = whole;                        // rotary scaling by length sees all of the prompt
    arena.reset();
    const float* hidden = network.forward(batch, {.lora = lora, .cache = &cache, .stop = &stop}, arena, nullptr);
    if (!hidden) return {};
    if (to < ids.size()) continue;
    std::vector<float> logits(static_cast<size_t>(network.config().vocab_size));
    all_logits(network.model().head, hidden, 1, logits.data());
    return logits;
  }
  return {};
}

}  // namespace

Result<std::vector<Score>> score_examples(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const data::Example> examples, const StopFlag& stop) {
  FEDLLM_RETURN_IF_ERROR(check_examples(examples, model.vocab_size(), model.max_positions()));
  std::optional<LoraSet> lora;
  if (adapter && adapter->layout) {
    FEDLLM_ASSIGN_OR_RETURN(lora, lora_set(model, *adapter));
  }
  const Pass pass{lora ? &*lora : nullptr, 0, SeedTree(0), {}, nullptr};
  std::vector<Score> scores(examples.size(), Score{.records = 1});
  Arena arena;
  for (size_t from = 0; from < examples.size();) {
    if (stop.requested()) return cancelled("scoring stopped after " + std::to_string(from) + " of " + std::to_string(examples.size()) + " records", "train.score");
    const size_t to = batch_end(examples, from);
    score_batch(model.network(), pass, examples, from, to, arena, scores);
    from = to;
  }
  return scores;
}

Result<Generated> generate_tokens(const LoadedModel& model, const adapter::AdapterState* adapter, std::span<const int32_t> prompt, const GenerateOptions& options) {
  FEDLLM_RETURN_IF_ERROR(check_prompt(prompt, model.vocab_size(), model.max_positions()));
  FEDLLM_RETURN_IF_ERROR(check_sampling(options.sampling));
  std::optional<LoraSet> lora;
  if (adapter && adapter->layout) {
    FEDLLM_ASSIGN_OR_RETURN(lora, lora_set(model, *adapter));
  }
  const int room = model.max_positions() - static_cast<int>(prompt.size()) + 1;   // the last token is never fed
  const int wanted = std::min(options.max_new_tokens, room);
  KvCache cache = model.network().make_cache(static_cast<int>(prompt.size()) + std::max(wanted, 0));
  const size_t piece = prompt_piece(model);
  TokenSampler sampler(options.sampling, prompt);
  Generated result;
  Arena arena;
  std::vector<int64_t> next(prompt.begin(), prompt.end());
  while (static_cast<int>(result.ids.size()) < wanted) {
    const std::vector<float> logits = feed(model.network(), lora ? &*lora : nullptr, next, cache, arena, piece, options.stop);
    if (logits.empty()) return cancelled("generation stopped after " + std::to_string(result.ids.size()) + " tokens", "train.generate");
    if (!all_finite(logits)) return Status(Code::aborted, "the logits are not finite at token " + std::to_string(result.ids.size() + 1), "train.generate");
    const int32_t id = sampler.next(logits);
    result.ids.push_back(id);
    result.choices.push_back(options.top > 0 ? likeliest(logits.data(), model.vocab_size(), options.top) : std::vector<TokenChoice>());
    if (options.on_token && !options.on_token(id)) break;
    if (id == options.eos_id || std::find(options.stop_ids.begin(), options.stop_ids.end(), id) != options.stop_ids.end()) break;
    next.assign(1, id);
  }
  return result;
}

}  // namespace fedllm::train
