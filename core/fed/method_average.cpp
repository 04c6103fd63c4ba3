// Methods that average factors of one rank: FedIT (2305.05644): A <- sum p_k A_k, B <- sum p_k B_k; FedSA-LoRA (2410.01463):
// A <- sum p_k A_k, B stays the global's, which nobody uses: each client keeps its own.
#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

class FedIt final : public PerModule {
 public:
  explicit FedIt(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    const Factors& g = module.global;
    return ModuleResult{{g.rank, g.in, g.out, mean_a(module), mean_b(module)}, {}};
  }
};

class FedSa final : public PerModule {
 public:
  explicit FedSa(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    const Factors& g = module.global;
    return ModuleResult{{g.rank, g.in, g.out, mean_a(module), g.b}, {}};
  }
};

}  // namespace

std::unique_ptr<Method> make_fedit(const spec::MethodFacts& facts, const Parameters&) { return std::make_unique<FedIt>(facts); }
std::unique_ptr<Method> make_fedsa(const spec::MethodFacts& facts, const Parameters&) { return std::make_unique<FedSa>(facts); }

}  // namespace fedllm::fed
