// Methods that are exact because one factor is the same everywhere, so that sum p_k B_k A = Bbar A.
// FFA-LoRA (2403.12313), and RAVAN (2506.05568) on factors in PEFT's form: A frozen, B <- sum p_k B_k.
// RoLoRA (2409.02346) and LoRA-A2 (2410.22815): B in odd rounds, A in even ones.
// FedSVD (2505.12805): as FFA-LoRA, then Bbar A = U S V^T: A <- V^T, B <- U S. The product stays what it was.
#include <algorithm>

#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

class FrozenA final : public PerModule {
 public:
  explicit FrozenA(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    FEDLLM_RETURN_IF_ERROR(expect_frozen(module, Factor::a, facts()));
    const Factors& g = module.global;
    return ModuleResult{{g.rank, g.in, g.out, g.a, mean_b(module)}, {}};
  }
};

class Alternating final : public PerModule {
 public:
  explicit Alternating(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    const bool trains_b = module.round % 2 == 1;
    FEDLLM_RETURN_IF_ERROR(expect_frozen(module, trains_b ? Factor::a : Factor::b, facts()));
    const Factors& g = module.global;
    if (trains_b) return ModuleResult{{g.rank, g.in, g.out, g.a, mean_b(module)}, {}};
    return ModuleResult{{g.rank, g.in, g.out, mean_a(module), g.b}, {}};
  }
};

class FedSvd final : public PerModule {
 public:
  explicit FedSvd(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    FEDLLM_RETURN_IF_ERROR(expect_frozen(module, Factor::a, facts()));
    const Factors& g = module.global;
    const Leading svd = leading({g.rank, g.in, g.out, g.a, mean_b(module)}, g.rank);
    // Its own rows of A also where B is 0: they are what the next round trains against.
    Factors next = Factors::zeros(g.rank, g.in, g.out);
    std::copy(svd.factors.a.begin(), svd.factors.a.end(), next.a.begin());
    for (int o = 0; o < g.out; ++o)
      std::copy_n(svd.factors.b.begin() + static_cast<std::ptrdiff_t>(o) * svd.factors.rank, svd.factors.rank,
                  next.b.begin() + static_cast<std::ptrdiff_t>(o) * g.rank);
    return ModuleResult{std::move(next), {}};
  }
};

}  // namespace

std::unique_ptr<Method> make_frozen_a(const spec::MethodFacts& facts, const Parameters&) {
  return std::make_unique<FrozenA>(facts);
}
std::unique_ptr<Method> make_alternating(const spec::MethodFacts& facts, const Parameters&) {
  return std::make_unique<Alternating>(facts);
}
std::unique_ptr<Method> make_fedsvd(const spec::MethodFacts& facts, const Parameters&) { return std::make_unique<FedSvd>(facts); }

}  // namespace fedllm::fed
