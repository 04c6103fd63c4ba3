// Fed-SB (2502.15436): dW = s B R A with B and A fixed and R averaged, which is exact. Here on factors in PEFT's form: B R is
// the adapter's B, so A is frozen and B <- sum p_k B_k. The first step lays the basis as LoRA-SB (2411.19557) does: clients send
// the leading part of a step down their first gradients (gradient_sketch.h), T = U S V^T: A <- V^T, B <- U S / s, and U and V^T,
// unscaled, are the basis from then on.
#include <algorithm>
#include <cmath>

#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

class FedSb final : public PerModule {
 public:
  explicit FedSb(const spec::MethodFacts& facts) : PerModule(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    const Factors& g = module.global;
    if (module.first_step) return lay_basis(module);
    FEDLLM_RETURN_IF_ERROR(expect_frozen(module, Factor::a, facts()));
    return ModuleResult{{g.rank, g.in, g.out, g.a, mean_b(module)}, {}};
  }

 private:
  // In the global adapter's scale, where s B A of it is U S V^T.
  static ModuleResult lay_basis(const ModuleRound& module) {
    const Factors& g = module.global;
    const Leading svd = leading(stack(module.clients, *module.shares), g.rank);
    Factors next = Factors::zeros(g.rank, g.in, g.out), basis = next;
    const auto rank = static_cast<size_t>(g.rank), own = static_cast<size_t>(svd.factors.rank), rows = static_cast<size_t>(g.out);
    std::ranges::copy(svd.factors.a, next.a.begin());
    basis.a = next.a;
    for (size_t i = 0; i < own; ++i) {
      double square = 0;
      for (size_t o = 0; o < rows; ++o) square += svd.factors.b[o * own + i] * svd.factors.b[o * own + i];
      for (size_t o = 0; o < rows; ++o) {
        next.b[o * rank + i] = svd.factors.b[o * own + i];
        basis.b[o * rank + i] = square > 0 ? svd.factors.b[o * own + i] / std::sqrt(square) : 0;
      }
    }
    return {std::move(next), std::move(basis), svd.energy, svd.discarded};
  }
};

}  // namespace

std::unique_ptr<Method> make_fed_sb(const spec::MethodFacts& facts, const Parameters&) { return std::make_unique<FedSb>(facts); }

}  // namespace fedllm::fed
