#include "spec/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <queue>

#include "spec/lora_selection.h"
#include "spec/method_facts.h"
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

double link_seconds(const Scenario& scenario, const ClientOverride* c, const Forecast& f) {
  const NetworkSpec& n = scenario.network;
  const double up = c && c->uplink_mbit_s ? *c->uplink_mbit_s : n.uplink_mbit_s;
  const double down = c && c->downlink_mbit_s ? *c->downlink_mbit_s : n.downlink_mbit_s;
  const double latency = c && c->latency_ms ? *c->latency_ms : n.latency_ms;
  if (!(up > 0) || !(down > 0)) return 0;
  return 8e-6 * (static_cast<double>(f.update_payload_bytes) / up + static_cast<double>(f.version_payload_bytes) / down) + 2e-3 * latency;
}

// Values of an adapter by what may travel apart, and those of one more unit of rank in every module.
struct AdapterSize {
  int64_t a = 0, b = 0, saved = 0, modules = 0, unit = 0;
  int64_t core = 0, components = 0;   // where cores travel; rank-1 components of all modules
  int64_t whole() const { return a + b + saved; }
};

// What no run would start with counts nothing: validation says why. most_rank: of a client with a rank of its own, else 0.
AdapterSize adapter_size(const Scenario& scenario, const ModelFacts& model, int most_rank = 0) {
  const auto chosen = choose_modules(model.linears, scenario.lora);
  const auto saved = tensors_to_save(model.tensors, scenario.lora);
  AdapterSize size;
  const MethodFacts* method = find_method(scenario.strategy.aggregator);
  const int64_t heads = method ? core_heads(*method, scenario.strategy.parameters) : 1;
  if (!chosen.ok() || !saved.ok()) return size;
  for (const ChosenModule& module : *chosen) {
    const LinearFacts& linear = model.linears[module.linear];
    const int64_t rank = most_rank > 0 ? std::min(module.rank, most_rank) : module.rank;
    size.a += rank * linear.in_features;
    size.b += rank * linear.out_features;
    size.core += rank * rank / heads;
    size.components += rank;
    size.unit += int64_t{linear.in_features} + linear.out_features;
    ++size.modules;
  }
  for (const TensorFacts& tensor : *saved) {
    int64_t values = 1;
    for (const int64_t n : tensor.shape) values = times(values, n);
    if (__builtin_add_overflow(size.saved, values, &size.saved)) size.saved = std::numeric_limits<int64_t>::max() / 4;
  }
  return size;
}

int64_t travelling(const Scenario& scenario, const AdapterSize& size, LoraFactors factors) {
  const int64_t control = scenario.strategy.control_variates ? size.whole() : 0;
  return size.saved + control + (factors == LoraFactors::a || factors == LoraFactors::both ? size.a : 0) +
         (factors == LoraFactors::b || factors == LoraFactors::both ? size.b : 0) + (factors == LoraFactors::core ? size.core : 0);
}

constexpr int kRoundsApart = 1000;   // that are counted one by one where they differ

// Payload bytes of one client, by the method's shape of a round (method_facts.h).
class Payloads {
 public:
  Payloads(const Scenario& scenario, const ModelFacts& model, int cohort, int clients)
      : scenario_(scenario), size_(adapter_size(scenario, model)), cohort_(cohort), clients_(std::max(clients, 1)) {
    if (const MethodFacts* found = find_method(scenario.strategy.aggregator)) method_ = *found;
    lays_basis_ = round_shape(method_, 1).first_step;
    alternates_ = !lays_basis_ && round_shape(method_, 1).up != round_shape(method_, 2).up;
  }
  const AdapterSize& size() const { return size_; }
  int64_t up(int round) const { return up(round, size_); }
  int64_t up(int round, const AdapterSize& size) const {
    const double share = sent_share(method_, scenario_.strategy.parameters), density = scenario_.codec_density.value_or(kCodecDensity);
    const int64_t all = travelling(scenario_, size, round_shape(method_, round).up);
    if (share == 1) return payload_bytes(scenario_.codec, all, density);
    return (size.components + 7) / 8 + payload_bytes(scenario_.codec, size.saved + chosen_numbers(all - size.saved, share), density);
  }
  int64_t down(int round) const { return down(round, size_); }
  // A client that sat out the round before needs what did not change since, too.
  int64_t down(int round, const AdapterSize& size) const {
    const std::string codec = downlink_codec(scenario_);
    const double density = downlink_density(scenario_);
    const LoraFactors changed = round_shape(method_, round).down, whole = alternates_ ? LoraFactors::both : changed;
    const double there = round > 1 ? static_cast<double>(cohort_) / clients_ : 0;
    const double bytes = there * static_cast<double>(payload_bytes(codec, travelling(scenario_, size, changed), density)) +
                         (1 - there) * static_cast<double>(payload_bytes(codec, travelling(scenario_, size, whole), density));
    return static_cast<int64_t>(std::llround(bytes)) + merged(round, there);
  }
  // Two rounds of three repeat: the first, then by turns. Ever fewer clients have not had a basis.
  template <class Bytes>
  int64_t all_rounds(Bytes&& bytes) const {
    const int64_t rounds = scenario_.rounds;
    if (rounds < 1) return 0;
    int64_t total = 0;
    std::vector<int64_t> parts{bytes(1), times(bytes(2), rounds / 2), times(bytes(3), (rounds - 1) / 2)};
    if (lays_basis_) {
      const int64_t apart = std::min<int64_t>(rounds, kRoundsApart);
      parts = {times(bytes(kRoundsApart), rounds - apart)};
      for (int round = 1; round <= apart; ++round) parts.push_back(bytes(round));
    }
    for (const int64_t part : parts)
      if (__builtin_add_overflow(total, part, &total)) return std::numeric_limits<int64_t>::max();
    return total;
  }

 private:
  // What the round before laid beside the base; whoever was not there takes all of it, counted as if the ranks were full.
  int64_t merged(int round, double there) const {
    // The basis: whole, to everybody who takes part for the first time since it was laid.
    if (lays_basis_ && round >= 2) {
      const auto whole = static_cast<double>(16 + 4 * size_.modules + payload_bytes("f32", size_.a + size_.b));
      return static_cast<int64_t>(std::llround(std::pow(1 - there, round - 2) * whole));
    }
    if (!method_.adds_to_base || round < 2) return 0;
    const int64_t stacked = method_.name == "flora" ? times(size_.a + size_.b, cohort_) : times(size_.a + size_.b, std::max(cohort_ - 1, 1));
    const double more = static_cast<double>(payload_bytes(downlink_codec(scenario_), stacked));
    const double whole = static_cast<double>(payload_bytes("f32", times(stacked, round - 1)));
    return 16 + 4 * size_.modules + static_cast<int64_t>(std::llround(there * more + (1 - there) * whole));
  }

  const Scenario& scenario_;
  const AdapterSize size_;
  const int cohort_, clients_;
  MethodFacts method_ = methods().front();
  bool alternates_ = false, lays_basis_ = false;
};

// Of the whole run: clients with a rank of their own send and receive less.
void count_bytes(const Scenario& scenario, const ModelFacts& model, const Payloads& payloads, int cohort, Forecast& f) {
  std::map<int, int> by_rank;   // clients with a lower rank
  for (const ClientOverride& c : scenario.clients)
    if (c.rank && *c.rank < scenario.lora.rank && c.client < f.clients) ++by_rank[*c.rank];
  double up = 0, down = 0;
  int others = f.clients;
  const auto add = [&](const AdapterSize& size, int clients) {
    const double times_asked = f.clients > 0 ? static_cast<double>(clients) * cohort / f.clients : 0;
    up += times_asked * static_cast<double>(payloads.all_rounds([&](int round) { return payloads.up(round, size); }));
    down += times_asked * static_cast<double>(payloads.all_rounds([&](int round) { return payloads.down(round, size); }));
    others -= clients;
  };
  for (const auto& [rank, clients] : by_rank) add(adapter_size(scenario, model, rank), clients);
  if (others > 0) add(payloads.size(), others);
  const auto whole = [](double bytes) { return bytes < 9.2e18 ? std::llround(bytes) : std::numeric_limits<int64_t>::max(); };
  f.uplink_bytes = whole(up), f.downlink_bytes = whole(down);
}

}  // namespace

std::string downlink_codec(const Scenario& scenario) {
  if (scenario.downlink_codec) return *scenario.downlink_codec;
  return std::find(std::begin(kVersionCodecs), std::end(kVersionCodecs), scenario.codec) != std::end(kVersionCodecs) ? scenario.codec : "f16";
}

double downlink_density(const Scenario& scenario) { return scenario.downlink_density.value_or(kDownlinkDensity); }

int64_t payload_bytes(std::string_view codec, int64_t n, double density) {
  const auto blocks = [n](int64_t of) { return (n + of - 1) / of; };
  const int64_t chosen = n > 0 ? std::clamp<int64_t>(static_cast<int64_t>(std::ceil(density * static_cast<double>(n))), 1, n) : 0;
  if (codec == "f32") return kPayloadOverhead + 4 * n;
  if (codec == "f16" || codec == "bf16") return kPayloadOverhead + 2 * n;
  if (codec == "int8") return kPayloadOverhead + n + 4 * blocks(128);
  if (codec == "int4") return kPayloadOverhead + blocks(2) + 4 * blocks(64);
  if (codec == "top-k") return kPayloadOverhead + 2 * chosen + std::min(blocks(8), 4 * chosen);
  if (codec == "random-mask") return kPayloadOverhead + 8 + 2 * chosen;
  if (codec == "sign") return kPayloadOverhead + blocks(8) + 4 * blocks(256);
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
  const Payloads payloads(scenario, model, cohort, f.clients);
  f.adapter_parameters = payloads.size().whole();
  f.update_payload_bytes = payloads.up(1);
  f.version_payload_bytes = payloads.down(1);
  count_bytes(scenario, model, payloads, cohort, f);
  f.adapter_memory_bytes = 4 * 4 * f.adapter_parameters;
  const std::vector<const ClientOverride*> overrides = overrides_of(scenario, f.clients);
  for (const ClientOverride* c : overrides)
    f.round_transfer_s = std::max(f.round_transfer_s, link_seconds(scenario, c, f));
  if (model.step_seconds > 0 && f.clients > 0) {
    double train = steps_a_round(scenario, data, overrides, cohort, workers) * scenario.rounds;
    if (const MethodFacts* method = find_method(scenario.strategy.aggregator); method && method->own_adapter) train *= 2;
    else if (method && sent_share(*method, scenario.strategy.parameters) < 1 && scenario.training.local_steps.value_or(0) > 0)
      train *= 1 + parameter_value(*method, scenario.strategy.parameters, "batches") / *scenario.training.local_steps;
    // Every client alone, and one with everything.
    if (scenario.evaluation.references) train += (steps_a_round(scenario, data, overrides, f.clients, workers) + scenario.training.local_steps.value_or(0)) * scenario.rounds;
    const double seconds = (train + kForwardShare * scored_batches(scenario, data, cohort)) * model.step_seconds;
    f.low_s = kLow * seconds;
    f.high_s = kHigh * seconds;
  }
  return f;
}

}  // namespace fedllm::spec
