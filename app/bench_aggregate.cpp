// fedllm bench aggregate: FedAvg over the updates of many clients, in memory and from their f16 payloads (decoded as they are
// summed), against the rate at which memory can be read; and FlexLoRA, whose decompositions are the dearest of all methods'.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/seed_tree.h"
#include "bench.h"
#include "bench_bandwidth.h"
#include "codec/codec.h"
#include "fed/method.h"
#include "fed/strategy.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

// One module with as many values as asked for, rounded up to a whole row.
Result<adapter::LayoutPtr> layout_of(int parameters) {
  constexpr int kRank = 8;
  return adapter::AdapterLayout::make({{.name = "model.layers.0.self_attn.q_proj", .in_features = std::max(1, parameters / (2 * kRank)),
                                        .out_features = std::max(1, parameters / (2 * kRank)), .rank = kRank}}, 16);
}

std::vector<fed::Contribution> updates(const adapter::LayoutPtr& layout, int clients) {
  Rng rng(16);
  std::vector<fed::Contribution> all(static_cast<size_t>(clients));
  for (int client = 0; client < clients; ++client) {
    fed::Contribution& one = all[static_cast<size_t>(client)];
    one.client = client, one.update.num_examples = 1 + static_cast<int64_t>(rng.below(100));
    one.update.delta = adapter::AdapterState::zeros(layout);
    for (float& value : one.update.delta.values) value = static_cast<float>(rng.uniform() - 0.5);
  }
  return all;
}

Result<Json> measure(int clients, int parameters, int runs) {
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr layout, layout_of(parameters));
  FEDLLM_ASSIGN_OR_RETURN(const auto aggregator, fed::make_aggregator({}));
  const auto contributions = updates(layout, clients);
  const auto global = adapter::AdapterState::zeros(layout);
  const int64_t bytes = static_cast<int64_t>(layout->size()) * 4 * clients;
  std::vector<double> seconds, limits;
  for (int i = 0; i <= runs; ++i) {
    Status status;
    const Times spent = time_of([&] { status = aggregator->aggregate(global, contributions).status(); });
    FEDLLM_RETURN_IF_ERROR(status);
    if (i > 0) seconds.push_back(spent.cpu_s), limits.push_back(read_bandwidth(bytes, 0.05));   // the first warms up
  }
  const double rate = static_cast<double>(bytes) / median(seconds);
  return Json{{"bench", "aggregate"}, {"aggregator", "fedavg"}, {"clients", clients}, {"parameters", layout->size()}, {"runs", runs},
              {"cpu_s", median(seconds)}, {"bytes_per_cpu_s", rate}, {"read_bytes_per_cpu_s", median(limits)}, {"fraction_of_limit", rate / median(limits)}};
}

// Updates as a round keeps them: one payload a client, checked when it came, and decoded while it is summed.
class Payloads final : public fed::Contributions {
 public:
  Payloads(const codec::Codec& codec, codec::PlainValues values, const std::vector<fed::Contribution>& all)
      : codec_(codec), values_(values), layout_(all[0].update.delta.layout) {
    for (const fed::Contribution& one : all) {
      examples_.push_back(one.update.num_examples);
      payloads_.push_back(codec.encode(one.update.delta, nullptr));
    }
  }
  int64_t bytes() const { return static_cast<int64_t>(payloads_[0].size() * payloads_.size()); }
  Status check() const {
    for (const codec::Payload& payload : payloads_) FEDLLM_RETURN_IF_ERROR(codec_.check(payload, *layout_));
    return {};
  }
  size_t size() const override { return payloads_.size(); }
  int client(size_t i) const override { return static_cast<int>(i); }
  int64_t num_examples(size_t i) const override { return examples_[i]; }
  const adapter::LayoutPtr& layout(size_t) const override { return layout_; }
  std::optional<adapter::Numbers> numbers(size_t i) const override { return values_.of(payloads_[i]); }
  Status read(size_t i, size_t from, std::span<float> values) const override {
    adapter::widen(numbers(i)->from(from), values);
    return {};
  }

 private:
  const codec::Codec& codec_;
  const codec::PlainValues values_;
  adapter::LayoutPtr layout_;
  std::vector<int64_t> examples_;
  std::vector<codec::Payload> payloads_;
};

// Bytes: the payloads' and the mean's. The checks (sizes and checksums) are made as updates arrive, and stand beside it.
Result<Json> measure_payloads(int clients, int parameters, int runs) {
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr layout, layout_of(parameters));
  FEDLLM_ASSIGN_OR_RETURN(const auto aggregator, fed::make_aggregator({}));
  FEDLLM_ASSIGN_OR_RETURN(const auto codec, codec::make_codec("f16"));
  Payloads payloads(*codec, *codec->plain(), updates(layout, clients));
  const auto global = adapter::AdapterState::zeros(layout);
  const int64_t bytes = payloads.bytes() + static_cast<int64_t>(sizeof(float) * layout->size());
  std::vector<double> seconds, checks, limits;
  for (int i = 0; i <= runs; ++i) {
    Status status, checked;
    const Times check = time_of([&] { checked = payloads.check(); });
    const Times spent = time_of([&] { status = aggregator->aggregate(global, payloads).status(); });
    FEDLLM_RETURN_IF_ERROR(checked);
    FEDLLM_RETURN_IF_ERROR(status);
    if (i > 0) seconds.push_back(spent.cpu_s), checks.push_back(check.cpu_s), limits.push_back(read_bandwidth(bytes, 0.05));
  }
  const double rate = static_cast<double>(bytes) / median(seconds);
  return Json{{"codec", "f16"}, {"clients", clients}, {"parameters", layout->size()}, {"threads", 1}, {"bytes", bytes}, {"cpu_s", median(seconds)},
              {"check_cpu_s", median(checks)}, {"bytes_per_cpu_s", rate}, {"read_bytes_per_cpu_s", median(limits)}, {"fraction_of_limit", rate / median(limits)}};
}

// q_proj and v_proj of 30 layers, as in SmolLM2-135M, rank 16.
Result<Json> measure_flexlora(int clients, int layers, int runs) {
  constexpr int kHidden = 576, kValues = 192, kRank = 16;
  std::vector<adapter::ModuleSlot> modules;
  for (int layer = 0; layer < layers; ++layer) {
    const std::string name = "model.layers." + std::to_string(layer) + ".self_attn.";
    modules.push_back({name + "q_proj", kHidden, kHidden, kRank});
    modules.push_back({name + "v_proj", kHidden, kValues, kRank});
  }
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr layout, adapter::AdapterLayout::make(std::move(modules), 2 * kRank));
  FEDLLM_ASSIGN_OR_RETURN(const auto method, fed::make_method("flexlora"));
  std::vector<fed::HeldAdapters::One> all;
  for (fed::Contribution& one : updates(layout, clients))
    all.push_back({"client " + std::to_string(one.client), static_cast<double>(one.update.num_examples), std::move(one.update.delta)});
  const adapter::AdapterState global = adapter::AdapterState::zeros(layout);
  fed::HeldAdapters held(std::move(all));
  std::vector<double> seconds;
  double discarded = 0;
  for (int i = 0; i <= runs; ++i) {
    Status status;
    const Times spent = time_of([&] {
      const auto result = method->combine(global, held, {});
      status = result.status();
      if (result.ok()) discarded = result->discarded_energy;
    });
    FEDLLM_RETURN_IF_ERROR(status);
    if (i > 0) seconds.push_back(spent.cpu_s);
  }
  return Json{{"clients", clients}, {"parameters", layout->size()}, {"cpu_s", median(seconds)}, {"discarded_energy", discarded}};
}

void print_more(const Json& json) {
  char line[320];
  const Json &payloads = json["payloads"], &flexlora = json["flexlora"];
  std::snprintf(line, sizeof line, "FedAvg from f16 payloads, %d clients x %lld parameters, one thread: %.2f ms, %.1f GB/s of CPU time; memory is read at %.1f GB/s (%.0f %%); to check them as they arrive: %.2f ms",
                payloads["clients"].get<int>(), payloads["parameters"].get<long long>(), 1e3 * payloads["cpu_s"].get<double>(),
                payloads["bytes_per_cpu_s"].get<double>() / 1e9, payloads["read_bytes_per_cpu_s"].get<double>() / 1e9,
                100 * payloads["fraction_of_limit"].get<double>(), 1e3 * payloads["check_cpu_s"].get<double>());
  print_line(line);
  std::snprintf(line, sizeof line, "FlexLoRA, %d clients x %lld parameters: %.0f ms", flexlora["clients"].get<int>(),
                flexlora["parameters"].get<long long>(), 1e3 * flexlora["cpu_s"].get<double>());
  print_line(line);
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const int runs, arguments.number("--runs", 5, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int clients, arguments.number("--clients", 16, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int parameters, arguments.number("--parameters", 1'000'000, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int payloads, arguments.number("--payloads", 100, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int payload_parameters, arguments.number("--payload-parameters", 921'600, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int products, arguments.number("--products", 10, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int layers, arguments.number("--layers", 30, 1));
  FEDLLM_ASSIGN_OR_RETURN(Json json, measure(clients, parameters, runs));
  FEDLLM_ASSIGN_OR_RETURN(json["payloads"], measure_payloads(payloads, payload_parameters, runs));
  FEDLLM_ASSIGN_OR_RETURN(json["flexlora"], measure_flexlora(products, layers, runs));
  if (arguments.json()) return print_line(json.dump()), Status();
  char line[240];
  std::snprintf(line, sizeof line, "FedAvg, %d clients x %lld parameters, %d runs, one thread: %.2f ms, %.1f GB/s of CPU time; memory is read at %.1f GB/s (%.0f %%)", clients,
                json["parameters"].get<long long>(), runs, 1e3 * json["cpu_s"].get<double>(), json["bytes_per_cpu_s"].get<double>() / 1e9,
                json["read_bytes_per_cpu_s"].get<double>() / 1e9, 100 * json["fraction_of_limit"].get<double>());
  print_line(line);
  print_more(json);
  return {};
}

const BenchEntry entry({"aggregate", "averaging the clients' updates", run});

}  // namespace
}  // namespace fedllm::app
