#include <algorithm>
#include <array>

#include "base/text.h"
#include "fed/strategy.h"
#include "spec/names.h"

namespace fedllm::fed {
namespace {

constexpr const char* kWhere = "fed.aggregate";
constexpr size_t kBlock = 2048;

class InMemory final : public Contributions {
 public:
  explicit InMemory(const std::vector<Contribution>& all) : all_(all) {}
  size_t size() const override { return all_.size(); }
  int client(size_t i) const override { return all_[i].client; }
  int64_t num_examples(size_t i) const override { return all_[i].update.num_examples; }
  Result<const adapter::AdapterState*> load(size_t i) override { return &all_[i].update.delta; }
  const adapter::AdapterState* held(size_t i) const override { return &all_[i].update.delta; }

 private:
  const std::vector<Contribution>& all_;
};

std::string who(const Contributions& contributions, size_t i) { return "client " + std::to_string(contributions.client(i)); }

Status check(const Contributions& contributions) {
  if (contributions.size() == 0) return invalid_argument("expected at least one update, got none", kWhere);
  for (size_t i = 0; i < contributions.size(); ++i) {
    if (contributions.client(i) <= (i > 0 ? contributions.client(i - 1) : -1))
      return internal_error(who(contributions, i) + ": expected updates in ascending client order", kWhere);
    if (contributions.num_examples(i) <= 0)
      return invalid_argument(
          who(contributions, i) + ": expected 1 or more examples, got " + std::to_string(contributions.num_examples(i)), kWhere);
  }
  return {};
}

// FedAvg of A and of B (FedIT): Delta = sum n_k delta_k / sum n_k, double sums in client order.
class FedAvg final : public Aggregator {
 public:
  std::string_view name() const override { return "fedavg"; }

  using Aggregator::aggregate;
  Result<adapter::AdapterState> aggregate(const adapter::AdapterState& global, Contributions& contributions) override {
    FEDLLM_RETURN_IF_ERROR(check(contributions));
    std::vector<const adapter::AdapterState*> held;
    double examples = 0;
    for (size_t one = 0; one < contributions.size(); ++one) {
      examples += static_cast<double>(contributions.num_examples(one));
      const adapter::AdapterState* delta = contributions.held(one);
      if (!delta) return one_by_one(global, contributions);
      if (Status same = adapter::check_same_layout(global, *delta); !same.ok()) return same.with_prefix(who(contributions, one));
      held.push_back(delta);
    }
    // In blocks that stay in the processor's cache; each value's sum is the same as one by one.
    adapter::AdapterState delta{global.layout, {}};
    delta.values.reserve(global.values.size());
    std::array<double, kBlock> sums;
    for (size_t from = 0; from < global.values.size(); from += kBlock) {
      const size_t count = std::min(kBlock, global.values.size() - from);
      sums.fill(0);
      for (size_t one = 0; one < held.size(); ++one) {
        const double n = static_cast<double>(contributions.num_examples(one));
        const float* values = held[one]->values.data() + from;
        for (size_t i = 0; i < count; ++i) sums[i] += n * values[i];
      }
      for (size_t i = 0; i < count; ++i) delta.values.push_back(static_cast<float>(sums[i] / examples));
    }
    return delta;
  }

 private:
  Result<adapter::AdapterState> one_by_one(const adapter::AdapterState& global, Contributions& contributions) const {
    std::vector<double> sums(global.values.size());
    double examples = 0;
    for (size_t one = 0; one < contributions.size(); ++one) {
      FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* delta, contributions.load(one));
      if (Status same = adapter::check_same_layout(global, *delta); !same.ok()) return same.with_prefix(who(contributions, one));
      const double n = static_cast<double>(contributions.num_examples(one));
      examples += n;
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += n * delta->values[i];
    }
    adapter::AdapterState delta = adapter::AdapterState::zeros(global.layout);
    for (size_t i = 0; i < sums.size(); ++i) delta.values[i] = static_cast<float>(sums[i] / examples);
    return delta;
  }
};

}  // namespace

Result<adapter::AdapterState> Aggregator::aggregate(const adapter::AdapterState& global,
                                                    const std::vector<Contribution>& contributions) {
  InMemory in_memory(contributions);
  return aggregate(global, in_memory);
}

Result<std::unique_ptr<Aggregator>> make_aggregator(const spec::StrategySpec& strategy) {
  if (strategy.aggregator == "fedavg") return std::unique_ptr<Aggregator>(std::make_unique<FedAvg>());
  return invalid_argument("strategy.aggregator: expected one of " +
                              join({std::begin(spec::kAggregators), std::end(spec::kAggregators)}, ", ") + ", got \"" +
                              strategy.aggregator + "\"",
                          "fed.strategy");
}

}  // namespace fedllm::fed
