#include <algorithm>
#include <array>

#include "base/text.h"
#include "fed/strategy.h"
#include "spec/method_facts.h"

namespace fedllm::fed {
namespace {

constexpr const char* kWhere = "fed.aggregate";

class InMemory final : public Contributions {
 public:
  explicit InMemory(const std::vector<Contribution>& all) : all_(all) {}
  size_t size() const override { return all_.size(); }
  int client(size_t i) const override { return all_[i].client; }
  int64_t num_examples(size_t i) const override { return all_[i].update.num_examples; }
  const adapter::LayoutPtr& layout(size_t i) const override { return all_[i].update.delta.layout; }
  std::optional<adapter::Numbers> numbers(size_t i) const override { return adapter::numbers_of(all_[i].update.delta.values); }
  Status read(size_t i, size_t from, std::span<float> values) const override {
    adapter::widen(numbers(i)->from(from), values);
    return {};
  }

 private:
  const std::vector<Contribution>& all_;
};

std::string who(const Contributions& contributions, size_t i) { return "client " + std::to_string(contributions.client(i)); }

Status check(const adapter::AdapterLayout& layout, const Contributions& contributions) {
  if (contributions.size() == 0) return invalid_argument("expected at least one update, got none", kWhere);
  for (size_t i = 0; i < contributions.size(); ++i) {
    if (contributions.client(i) <= (i > 0 ? contributions.client(i - 1) : -1))
      return internal_error(who(contributions, i) + ": expected updates in ascending client order", kWhere);
    if (contributions.num_examples(i) <= 0)
      return invalid_argument(
          who(contributions, i) + ": expected 1 or more examples, got " + std::to_string(contributions.num_examples(i)), kWhere);
    if (Status same = adapter::check_same_layout(layout, *contributions.layout(i)); !same.ok()) return same.with_prefix(who(contributions, i));
  }
  return {};
}

// sum n_k values_k, some of the values at a time, straight from what the updates lie as: few enough that the sums stay in the
// processor's cache, of so many clients at once that the sums are seldom passed over. Each sum is the same as one by one.
class BlockSums {
 public:
  explicit BlockSums(const Contributions& contributions) : contributions_(contributions), sums_(kBlock) {
    for (size_t one = 0; one < contributions.size(); ++one) {
      numbers_.push_back(contributions.numbers(one));
      weights_.push_back(static_cast<double>(contributions.num_examples(one)));
    }
  }
  static constexpr size_t kBlock = 4096;

  // Of `count` values from place `from` on; valid until the next call.
  Result<std::span<const double>> of(size_t from, size_t count) {
    const std::span<double> sums(sums_.data(), count);
    std::ranges::fill(sums, 0);
    for (size_t one = 0; one < numbers_.size(); one += kTogether) {
      std::array<adapter::Weighted, kTogether> lists;
      const size_t together = std::min(kTogether, numbers_.size() - one);
      for (size_t i = 0; i < together; ++i) {
        lists[i].weight = weights_[one + i];
        FEDLLM_ASSIGN_OR_RETURN(lists[i].values, block(one + i, i, from, count));
      }
      adapter::add_weighted({lists.data(), together}, sums);
    }
    return std::span<const double>(sums);
  }

 private:
  static constexpr size_t kTogether = 10;

  Result<adapter::Numbers> block(size_t one, size_t slot, size_t from, size_t count) {
    if (numbers_[one]) return numbers_[one]->from(from);
    if (read_.empty()) read_.resize(kTogether * kBlock);
    const std::span<float> values(read_.data() + slot * kBlock, count);
    FEDLLM_RETURN_IF_ERROR(contributions_.read(one, from, values));
    return adapter::numbers_of(values);
  }

  const Contributions& contributions_;
  std::vector<std::optional<adapter::Numbers>> numbers_;
  std::vector<double> weights_, sums_;
  std::vector<float> read_;   // of those that are not in memory
};

// Finite updates have a finite mean, so somebody's is not.
Status not_finite(const adapter::AdapterLayout& layout, const Contributions& contributions) {
  adapter::AdapterState update{nullptr, std::vector<float>(layout.size())};
  for (size_t one = 0; one < contributions.size(); ++one) {
    FEDLLM_RETURN_IF_ERROR(contributions.read(one, 0, update.values));
    if (!adapter::all_finite(update))
      return invalid_argument(who(contributions, one) + ": the update holds a number that is not finite", kWhere);
  }
  return internal_error("the mean of finite updates is not finite", kWhere);
}

// FedAvg of A and of B (FedIT): Delta = sum n_k delta_k / sum n_k, double sums in client order.
class FedAvg final : public Aggregator {
 public:
  std::string_view name() const override { return "fedavg"; }

  using Aggregator::aggregate;
  Result<adapter::AdapterState> aggregate(const adapter::AdapterState& global, Contributions& contributions) override {
    FEDLLM_RETURN_IF_ERROR(check(*global.layout, contributions));
    double examples = 0;
    for (size_t one = 0; one < contributions.size(); ++one) examples += static_cast<double>(contributions.num_examples(one));
    BlockSums sums(contributions);
    const size_t size = global.layout->size();
    adapter::AdapterState delta{global.layout, {}};
    delta.values.reserve(size);
    std::array<float, BlockSums::kBlock> means;
    bool finite = true;
    for (size_t from = 0; from < size; from += BlockSums::kBlock) {
      FEDLLM_ASSIGN_OR_RETURN(const auto block, sums.of(from, std::min(BlockSums::kBlock, size - from)));
      for (size_t i = 0; i < block.size(); ++i) means[i] = static_cast<float>(block[i] / examples);
      const std::span<const float> made(means.data(), block.size());
      finite = adapter::all_finite(made) && finite;
      delta.values.insert(delta.values.end(), made.begin(), made.end());
    }
    if (!finite) return not_finite(*global.layout, contributions);
    return delta;
  }
};

}  // namespace

Result<adapter::AdapterState> Aggregator::aggregate(const adapter::AdapterState& global,
                                                    const std::vector<Contribution>& contributions) {
  for (const Contribution& one : contributions)
    if (Status same = adapter::check_same_layout(global, one.update.delta); !same.ok())
      return same.with_prefix("client " + std::to_string(one.client));
  InMemory in_memory(contributions);
  return aggregate(global, in_memory);
}

Result<std::unique_ptr<Aggregator>> make_aggregator(const spec::StrategySpec& strategy) {
  const spec::MethodFacts* method = spec::find_method(strategy.aggregator);
  if (method && method->name == "fedavg") return std::unique_ptr<Aggregator>(std::make_unique<FedAvg>());
  return invalid_argument("strategy.aggregator: expected fedavg, got \"" + strategy.aggregator + "\"", "fed.strategy");
}

}  // namespace fedllm::fed
