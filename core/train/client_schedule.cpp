#include "train/client_schedule.h"

#include <algorithm>
#include <cmath>

#include "train/backend.h"

namespace fedllm::train {
namespace {

constexpr int64_t kMuch = 32 << 20, kMostLogits = 24 << 20;   // bytes
constexpr int kSequencesAThread = 2;                          // fewer leave threads waiting for the one with the longest
constexpr int kMostThreads = 4;

}  // namespace

int64_t step_bytes(const spec::ModelFacts& model, int vocab_size, int batch_size, int max_length) {
  int64_t outputs = 0;
  for (const spec::LinearFacts& linear : model.linears) outputs += linear.head ? 0 : linear.out_features;
  const int64_t rows = int64_t{batch_size} * max_length;
  return 4 * rows * outputs + std::min(kMostLogits, 4 * rows * vocab_size);
}

ClientSchedule client_schedule(int64_t step_bytes, int batch_size, int clients, int cores) {
  cores = std::max(1, cores), clients = std::max(1, clients);
  // Fewer clients than cores: each has several.
  int threads = std::max(1, cores / clients);
  if (step_bytes >= kMuch) threads = std::max(threads, std::clamp(batch_size / kSequencesAThread, 1, std::min(kMostThreads, cores)));
  return {std::max(1, cores / threads), threads};
}

double rate_at(int step, const LocalOptions& options) {
  const double warmup = std::ceil(options.warmup_fraction * options.steps);
  return step < warmup ? options.learning_rate * step / warmup : options.learning_rate;
}

double sum_of_rates(const LocalOptions& options) {
  double sum = 0;
  for (int step = 1; step <= options.steps; ++step) sum += rate_at(step, options);
  return sum;
}

}  // namespace fedllm::train
