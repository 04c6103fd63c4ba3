// Methods that aggregate the product T = sum p_k s B_k A_k.
// FLoRA (2409.05976): the stack of all clients' factors is merged, the adapter starts afresh from the round's seed.
// FlexLoRA (2402.11505): T = U S V^T cut at the rank: A <- V^T, B <- U S / s. Components that T does not have start from the
// global adapter's A with B = 0.
// FedEx-LoRA (2410.09432): the adapter is FedIT's; T - s Bbar Abar = s sum p_k (B_k - Bbar)(A_k - Abar) is merged, cut where
// float32 sees no difference.
#include <algorithm>

#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

class Flora final : public PerModule {
 public:
  explicit Flora(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    std::vector<double> weights = *module.shares;
    for (double& w : weights) w *= module.scale;
    return ModuleResult{module.global, stack(module.clients, weights)};
  }
  std::optional<adapter::AdapterState> start(const adapter::AdapterState& global, const Round& round) const override {
    return adapter::initial_state(global.layout, round.seed);
  }
};

class FlexLora final : public PerModule {
 public:
  FlexLora(const spec::MethodFacts& facts, int rank) : PerModule(facts), rank_(rank) {}

 protected:
  int next_rank(int global_rank) const override { return rank_ > 0 ? rank_ : global_rank; }
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    const int rank = next_rank(module.global.rank);
    const Leading svd = leading(stack(module.clients, *module.shares), rank);
    return ModuleResult{fill_up(svd.factors, module.global, rank, 1), {}, svd.energy, svd.discarded};
  }

 private:
  int rank_;   // 0: the global's
};

class FedEx final : public PerModule {
 public:
  explicit FedEx(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    const Factors& g = module.global;
    Factors mean{g.rank, g.in, g.out, mean_a(module), mean_b(module)};
    const auto same_a = [&](const Factors& f) { return f.a == module.clients[0].a; };
    const auto same_b = [&](const Factors& f) { return f.b == module.clients[0].b; };
    if (std::ranges::all_of(module.clients, same_a) || std::ranges::all_of(module.clients, same_b))
      return ModuleResult{std::move(mean), {}};   // exactly 0, but the mean of equal numbers may be rounded
    std::vector<Factors> apart = module.clients;
    std::vector<double> weights = *module.shares;
    for (size_t k = 0; k < apart.size(); ++k) {
      add(apart[k].a, mean.a, -1);
      add(apart[k].b, mean.b, -1);
      weights[k] *= module.scale;
    }
    Leading residual = numerical_rank(stack(apart, weights));
    return ModuleResult{std::move(mean), std::move(residual.factors)};
  }
};

}  // namespace

std::unique_ptr<Method> make_flora(const spec::MethodFacts& facts, const Parameters&) { return std::make_unique<Flora>(facts); }
std::unique_ptr<Method> make_flexlora(const spec::MethodFacts& facts, const Parameters& parameters) {
  return std::make_unique<FlexLora>(facts, static_cast<int>(value_of(facts, parameters, "rank")));
}
std::unique_ptr<Method> make_fedex(const spec::MethodFacts& facts, const Parameters&) { return std::make_unique<FedEx>(facts); }

}  // namespace fedllm::fed
