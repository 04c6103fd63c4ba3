// Strategy = cohort sampler + Aggregator + ServerOptimizer: pure functions of values, no clock, disk, thread or torch.
// Sums run in client-id order in double, so results do not depend on arrival order.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/numbers.h"
#include "base/seed_tree.h"
#include "base/status.h"
#include "spec/scenario.h"

namespace fedllm::fed {

// Clients of a round, ascending; uniform without replacement from `clients` candidates, by seed and round.
std::vector<int> sample_cohort(const spec::Scenario& scenario, int clients, int round);

struct Contribution {
  int client = 0;
  adapter::Update update;
};

// One round's updates, ascending by client: the changes that they bring, wherever and in whatever form they lie. One thread.
class Contributions {
 public:
  virtual ~Contributions() = default;
  virtual size_t size() const = 0;
  virtual int client(size_t i) const = 0;
  virtual int64_t num_examples(size_t i) const = 0;  // its weight
  virtual const adapter::LayoutPtr& layout(size_t i) const = 0;
  // The layout's values where all of them lie in memory, valid as long as these contributions; else nothing, and read() brings
  // those from place `from` on.
  virtual std::optional<adapter::Numbers> numbers(size_t i) const = 0;
  virtual Status read(size_t i, size_t from, std::span<float> values) const = 0;
};

// Combines one round's updates into a pseudo-gradient (a delta on the global adapter).
class Aggregator {
 public:
  virtual ~Aggregator() = default;
  virtual std::string_view name() const = 0;
  // contributions: ascending by client, not empty, one layout. Errors name the client: another layout, no examples, numbers that
  // are not finite.
  virtual Result<adapter::AdapterState> aggregate(const adapter::AdapterState& global, Contributions& contributions) = 0;
  // The same of updates in memory.
  Result<adapter::AdapterState> aggregate(const adapter::AdapterState& global, const std::vector<Contribution>& contributions);
};

// Turns the pseudo-gradient Delta into the next global adapter; may keep state, which travels with a checkpoint.
// none: theta += eta Delta. fedavgm (Hsu et al. 1909.06335, canonical): v = beta v + Delta; theta += eta v, v_0 = 0.
class ServerOptimizer {
 public:
  virtual ~ServerOptimizer() = default;
  virtual std::string_view name() const = 0;
  virtual Result<adapter::AdapterState> step(const adapter::AdapterState& global, adapter::AdapterState delta) = 0;
  // Opaque state for resume (FORMAT.md); empty where there is none. Loading empty bytes starts afresh.
  virtual std::string save_state() const = 0;
  virtual Status load_state(std::string_view bytes) = 0;
};

Result<std::unique_ptr<Aggregator>> make_aggregator(const spec::StrategySpec& strategy);
Result<std::unique_ptr<ServerOptimizer>> make_server_optimizer(const spec::StrategySpec& strategy);

}  // namespace fedllm::fed
