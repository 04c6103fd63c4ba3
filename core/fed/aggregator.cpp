#include "base/text.h"
#include "fed/strategy.h"
#include "spec/names.h"

namespace fedllm::fed {
namespace {

constexpr const char* kWhere = "fed.aggregate";

Status check(const adapter::AdapterState& global, const std::vector<Contribution>& contributions) {
  if (contributions.empty()) return invalid_argument("expected at least one update, got none", kWhere);
  int last = -1;
  for (const Contribution& c : contributions) {
    const std::string who = "client " + std::to_string(c.client);
    if (c.client <= last) return internal_error(who + ": expected updates in ascending client order", kWhere);
    last = c.client;
    if (c.update.num_examples <= 0)
      return invalid_argument(who + ": expected 1 or more examples, got " + std::to_string(c.update.num_examples), kWhere);
    if (Status same = adapter::check_same_layout(global, c.update.delta); !same.ok()) return same.with_prefix(who);
  }
  return {};
}

// FedAvg of A and of B (FedIT): Delta = sum n_k delta_k / sum n_k, double sums in client order.
class FedAvg final : public Aggregator {
 public:
  std::string_view name() const override { return "fedavg"; }

  Result<adapter::AdapterState> aggregate(const adapter::AdapterState& global,
                                          const std::vector<Contribution>& contributions) override {
    FEDLLM_RETURN_IF_ERROR(check(global, contributions));
    std::vector<double> sums(global.values.size());
    double examples = 0;
    for (const Contribution& c : contributions) {
      const double n = static_cast<double>(c.update.num_examples);
      examples += n;
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += n * c.update.delta.values[i];
    }
    adapter::AdapterState delta = adapter::AdapterState::zeros(global.layout);
    for (size_t i = 0; i < sums.size(); ++i) delta.values[i] = static_cast<float>(sums[i] / examples);
    return delta;
  }
};

}  // namespace

Result<std::unique_ptr<Aggregator>> make_aggregator(const spec::StrategySpec& strategy) {
  if (strategy.aggregator == "fedavg") return std::unique_ptr<Aggregator>(std::make_unique<FedAvg>());
  return invalid_argument("strategy.aggregator: expected one of " +
                              join({std::begin(spec::kAggregators), std::end(spec::kAggregators)}, ", ") + ", got \"" +
                              strategy.aggregator + "\"",
                          "fed.strategy");
}

}  // namespace fedllm::fed
