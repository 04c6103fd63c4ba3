#include "spec/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

#include "spec/names.h"

namespace fedllm::spec {
namespace {

constexpr int64_t kPayloadOverhead = 20;      // header 16 + CRC-32 4, core/codec/FORMAT.md version 1
constexpr double kForwardShare = 0.35;        // a scored batch against a training step: forward only
constexpr double kLow = 0.85, kHigh = 1.6;    // spread of step times seen on shared machines

// The override of every client, null where there is none; the first counts.
std::vector<const ClientOverride*> overrides_of(const Scenario& scenario, int clients) {
  std::vector<const ClientOverride*> by_client(static_cast<size_t>(clients), nullptr);
  for (const ClientOverride& c : scenario.clients)
    if (c.client >= 0 && c.client < clients && !by_client[c.client]) by_client[c.client] = &c;
  return by_client;
}

// A product that stays at the largest number instead of overflowing: a person may type anything.
int64_t times(int64_t a, int64_t b) {
  int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) == (b < 0) ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

int64_t records_of(const DataFacts& data, int client, int clients) {
  if (client < static_cast<int>(data.client_records.size())) return data.client_records[client];
  return clients > 0 ? data.train_records / clients : 0;
}

int64_t batches(int64_t records, int batch_size) { return batch_size > 0 ? (records + batch_size - 1) / batch_size : 0; }

int64_t local_steps(const Scenario& scenario, const DataFacts& data, const ClientOverride* c, int client, int clients) {
  if (c && c->local_steps) return *c->local_steps;
  if (scenario.training.local_steps) return *scenario.training.local_steps;
  return batches(records_of(data, client, clients), scenario.training.batch_size) * scenario.training.local_epochs.value_or(0);
}

// Longest-first list schedule: steps of the busiest of `workers`.
int64_t makespan(std::vector<int64_t> jobs, int workers) {
  std::sort(jobs.rbegin(), jobs.rend());
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> load;
  for (int w = 0; w < std::max(1, workers); ++w) load.push(0);
  int64_t longest = 0;
  for (int64_t job : jobs) {
    const int64_t end = load.top() + job;
    load.pop();
    load.push(end);
    longest = std::max(longest, end);
  }
  return longest;
}

// A cohort drawn from all clients: on average every client appears cohort / clients of the time.
double steps_a_round(const Scenario& scenario, const DataFacts& data, const std::vector<const ClientOverride*>& overrides,
                     int cohort, int workers) {
  const int clients = static_cast<int>(overrides.size());
  std::vector<int64_t> steps;
  for (int client = 0; client < clients; ++client)
    steps.push_back(local_steps(scenario, data, overrides[client], client, clients));
  if (cohort >= clients) return static_cast<double>(makespan(steps, workers));
  double mean = 0;
  for (int64_t s : steps) mean += static_cast<double>(s) / clients;
  const int waves = (cohort + std::max(1, workers) - 1) / std::max(1, workers);
  return mean * waves;
}

// Base, then the global adapter each round; clients' own adapters at the first and last round.
double scored_batches(const Scenario& scenario, const DataFacts& data, int cohort) {
  const double one = static_cast<double>(batches(data.test_records, scenario.training.batch_size));
  const double own = scenario.evaluation.client_adapters ? cohort * std::min(2, scenario.rounds) : 0;
  return one * (1 + scenario.rounds + own);
}

double link_seconds(const Scenario& scenario, const ClientOverride* c, int64_t bytes) {
  const NetworkSpec& n = scenario.network;
  const double up = c && c->uplink_mbit_s ? *c->uplink_mbit_s : n.uplink_mbit_s;
  const double down = c && c->downlink_mbit_s ? *c->downlink_mbit_s : n.downlink_mbit_s;
  const double latency = c && c->latency_ms ? *c->latency_ms : n.latency_ms;
  if (!(up > 0) || !(down > 0)) return 0;
  return static_cast<double>(bytes) * 8e-6 * (1 / up + 1 / down) + 2e-3 * latency;
}

int64_t adapter_parameters(const Scenario& scenario, const ModelFacts& model) {
  int64_t count = 0;
  for (const LinearFacts& linear : model.linears) {
    const auto& targets = scenario.lora.target_modules;
    if (std::any_of(targets.begin(), targets.end(), [&](const std::string& t) { return targets_module(t, linear.name); }))
      count += int64_t{scenario.lora.rank} * (int64_t{linear.in_features} + linear.out_features);
  }
  return count;
}

}  // namespace

int64_t payload_bytes(std::string_view codec, int64_t elements) {
  if (codec == "f32") return kPayloadOverhead + 4 * elements;
  if (codec == "f16") return kPayloadOverhead + 2 * elements;
  return 0;
}

bool targets_module(std::string_view target, std::string_view name) {
  if (name == target) return true;
  return name.size() > target.size() && name.ends_with(target) && name[name.size() - target.size() - 1] == '.';
}

int client_count(const Scenario& scenario, const DataFacts& data) {
  if (!data.client_records.empty()) return static_cast<int>(data.client_records.size());
  if (scenario.partition.method == "by_file") return static_cast<int>(scenario.dataset.files.size());
  // What no partition allows (see validate) is not counted through.
  return data_decides_clients(scenario.partition.method) ? 0 : std::clamp(scenario.partition.clients.value_or(0), 0, kMaxClients);
}

int cohort_size(const Scenario& scenario, int clients) {
  if (clients <= 0) return 0;
  if (scenario.cohort.size) return std::clamp(*scenario.cohort.size, 1, clients);
  if (scenario.cohort.fraction) return std::clamp(static_cast<int>(std::lround(*scenario.cohort.fraction * clients)), 1, clients);
  return clients;
}

Forecast forecast(const Scenario& scenario, const ModelFacts& model, const DataFacts& data, int workers) {
  Forecast f;
  f.clients = client_count(scenario, data);
  const int cohort = cohort_size(scenario, f.clients);
  f.adapter_parameters = adapter_parameters(scenario, model);
  f.update_payload_bytes = payload_bytes(scenario.codec, f.adapter_parameters);
  f.uplink_bytes = f.downlink_bytes = times(f.update_payload_bytes, times(cohort, scenario.rounds));
  f.adapter_memory_bytes = 4 * 4 * f.adapter_parameters;
  const std::vector<const ClientOverride*> overrides = overrides_of(scenario, f.clients);
  for (const ClientOverride* c : overrides)
    f.round_transfer_s = std::max(f.round_transfer_s, link_seconds(scenario, c, f.update_payload_bytes));
  if (model.step_seconds > 0 && f.clients > 0) {
    const double train = steps_a_round(scenario, data, overrides, cohort, workers) * scenario.rounds;
    const double seconds = (train + kForwardShare * scored_batches(scenario, data, cohort)) * model.step_seconds;
    f.low_s = kLow * seconds;
    f.high_s = kHigh * seconds;
  }
  return f;
}

}  // namespace fedllm::spec
