#include "train/token_sampler.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <numeric>
#include <string>

namespace fedllm::train {
namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();

void penalise(std::vector<float>& logits, std::span<const int32_t> said, double penalty) {
  if (penalty == 1) return;
  const auto by = static_cast<float>(penalty);
  for (const int32_t id : said)
    if (id >= 0 && static_cast<size_t>(id) < logits.size()) logits[id] = logits[id] < 0 ? logits[id] * by : logits[id] / by;
}

void keep_likeliest(std::vector<float>& logits, int count) {
  if (count < 1 || static_cast<size_t>(count) >= logits.size()) return;
  std::vector<float> sorted = logits;
  std::nth_element(sorted.begin(), sorted.begin() + (count - 1), sorted.end(), std::greater<>());
  const float least = sorted[count - 1];
  for (float& logit : logits)
    if (logit < least) logit = kOut;
}

// exp(logit - largest), in double.
std::vector<double> likelihoods(std::span<const float> logits) {
  const double top = *std::max_element(logits.begin(), logits.end());
  std::vector<double> values(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) values[i] = std::exp((static_cast<double>(logits[i]) - top));
  return values;
}

void keep_nucleus(std::vector<float>& logits, double p) {
  if (p >= 1) return;
  std::vector<int32_t> order;
  for (size_t i = 0; i < logits.size(); ++i)
    if (logits[i] != kOut) order.push_back(static_cast<int32_t>(i));
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; });
  const std::vector<double> values = likelihoods(logits);
  const double wanted = p * std::accumulate(values.begin(), values.end(), 0.0);
  double sum = 0;
  for (const int32_t id : order) {
    if (sum >= wanted) logits[id] = kOut;
    sum += values[id];
  }
}

int32_t likeliest_of(std::span<const float> logits) { return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()); }

int32_t draw(std::span<const float> logits, double uniform) {
  const std::vector<double> values = likelihoods(logits);
  const double point = uniform * std::accumulate(values.begin(), values.end(), 0.0);
  double sum = 0;
  int32_t last = likeliest_of(logits);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    last = static_cast<int32_t>(i);
    sum += values[i];
    if (point < sum) break;
  }
  return last;
}

Status expected(const char* what, const char* range, double got) {
  char number[32];
  std::snprintf(number, sizeof number, "%g", got);
  return invalid_argument(std::string("expected a ") + what + " " + range + ", got " + number, "train.sampling");
}

}  // namespace

Status check_sampling(const SamplingOptions& options) {
  if (!(options.temperature >= 0 && std::isfinite(options.temperature))) return expected("temperature", "of 0 or more", options.temperature);
  if (options.top_k < 0) return expected("top-k", "of 0 or more", options.top_k);
  if (!(options.top_p > 0 && options.top_p <= 1)) return expected("top-p", "in (0, 1]", options.top_p);
  if (!(options.repetition_penalty > 0 && std::isfinite(options.repetition_penalty))) return expected("repetition penalty", "above 0", options.repetition_penalty);
  return {};
}

TokenSampler::TokenSampler(const SamplingOptions& options, std::span<const int32_t> prompt)
    : options_(options), rng_(SeedTree(options.seed).child("sampling").rng()) {
  if (options_.repetition_penalty == 1) return;
  said_.assign(prompt.begin(), prompt.end());
  std::sort(said_.begin(), said_.end());
  said_.erase(std::unique(said_.begin(), said_.end()), said_.end());
}

void TokenSampler::say(int32_t id) {
  if (options_.repetition_penalty == 1) return;
  const auto place = std::lower_bound(said_.begin(), said_.end(), id);
  if (place == said_.end() || *place != id) said_.insert(place, id);
}

std::vector<float> TokenSampler::processed(std::span<const float> logits) const {
  std::vector<float> result(logits.begin(), logits.end());
  penalise(result, said_, options_.repetition_penalty);
  if (options_.temperature == 0) return result;
  // The largest is taken off first: a small temperature must not make infinities.
  const double top = *std::max_element(result.begin(), result.end());
  for (float& logit : result) logit = static_cast<float>((logit - top) / options_.temperature);
  keep_likeliest(result, options_.top_k);
  keep_nucleus(result, options_.top_p);
  return result;
}

int32_t TokenSampler::next(std::span<const float> logits) {
  int32_t id = 0;
  if (options_.temperature == 0 && options_.repetition_penalty == 1) {
    id = likeliest_of(logits);
  } else {
    const std::vector<float> seen = processed(logits);
    id = options_.temperature == 0 ? likeliest_of(seen) : draw(seen, rng_.uniform());
  }
  say(id);
  return id;
}

}  // namespace fedllm::train
