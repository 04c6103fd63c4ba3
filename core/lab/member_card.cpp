#include "lab/member_card.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <thread>

#include "base/seed_tree.h"

namespace fedllm::lab {
namespace {

void fill(wire::CardScore& out, const train::Score& score) {
  out.set_records(score.records);
  out.set_loss(score.mean_loss());
  if (score.records == 0) return;
  out.set_exact(static_cast<double>(score.exact) / static_cast<double>(score.records));
  const auto [low, high] = wilson(score.exact, score.records);
  out.set_low(low);
  out.set_high(high);
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return text;
}

std::string with_interval(const wire::CardScore& score) {
  return percent(score.exact()) + " (" + percent(score.low()) + " to " + percent(score.high()) + ")";
}

// "better", "worse", or that the records do not tell.
std::string verdict(const wire::CardScore& together, const wire::CardScore& other, const std::string& name) {
  if (together.low() > other.high()) return "better than " + name;
  if (together.high() < other.low()) return "worse than " + name;
  return "not clearly different from " + name;
}

std::string sentence_of(const wire::OnYourData& card) {
  if (!card.has_together()) return "None of your records were held out, so nothing can be said about your data.";
  std::string text = "On your " + std::to_string(card.together().records()) + " held-out records, together answers " +
                     with_interval(card.together()) + " exactly";
  if (card.has_base()) text += ", " + verdict(card.together(), card.base(), "the base model") + " " + with_interval(card.base());
  if (card.alone_trained()) text += (card.has_base() ? " and " : ", ") + verdict(card.together(), card.alone(), "alone") + " " +
      with_interval(card.alone());
  return text + ".";
}

}  // namespace

std::pair<double, double> wilson(int64_t hits, int64_t records) {
  if (records <= 0) return {0, 1};
  constexpr double z = 1.959963984540054;
  const double n = static_cast<double>(records), share = static_cast<double>(hits) / n;
  const double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  // Exactly 0 and 1 at the ends, whatever rounding says.
  return {hits <= 0 ? 0.0 : std::max(0.0, centre - half), hits >= records ? 1.0 : std::min(1.0, centre + half)};
}

wire::OnYourData card_of(const CardScores& scores) {
  wire::OnYourData card;
  const auto usable = [](const std::optional<train::Score>& score) { return score && score->records > 0; };
  if (usable(scores.base)) fill(*card.mutable_base(), *scores.base);
  if (usable(scores.together)) fill(*card.mutable_together(), *scores.together);
  if (usable(scores.alone)) fill(*card.mutable_alone(), *scores.alone);
  card.set_alone_trained(usable(scores.alone));
  if (card.alone_trained()) card.set_alone_progress(1);
  card.set_sentence(sentence_of(card));
  return card;
}

Result<adapter::AdapterState> train_alone(const node::PreparedRun& run, int slot, train::Backend& backend,
                                          const AloneOptions& alone) {
  const spec::Scenario& scenario = run.scenario;
  train::LocalOptions options;
  options.steps = alone.steps;
  options.batch_size = scenario.training.batch_size;
  options.learning_rate = run.learning_rate(slot);
  options.weight_decay = scenario.training.weight_decay;
  options.clip_norm = scenario.training.clip_norm;
  options.warmup_fraction = scenario.training.warmup_fraction;
  options.dropout = scenario.lora.dropout;
  options.seed = SeedTree(scenario.seed).child("alone").child("client", static_cast<uint64_t>(slot)).value();
  options.workers = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  options.stop = alone.stop;
  options.on_step = [&](int step, double, int64_t, double) {
    if (alone.progress) alone.progress(static_cast<double>(step) / std::max(1, alone.steps));
  };
  FEDLLM_ASSIGN_OR_RETURN(const auto start, train::start_state(*run.base, run.layout, SeedTree(scenario.seed).child("adapter").value()));
  FEDLLM_ASSIGN_OR_RETURN(train::LocalResult trained, backend.train(*run.base, start, run.tokens->examples(run.shard(slot)),
      options));
  return std::move(trained.adapter);
}

}  // namespace fedllm::lab
