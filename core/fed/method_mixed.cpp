// Methods that average factors of mixed ranks, component i of one client with component i of another.
// Zero padding and HetLoRA (2401.06432): what a client does not have counts as 0. HetLoRA weighs clients by
// ||B_k A_k||_F / sum_j ||B_j A_j||_F, over all modules or (per_module) each by itself; by their shares where all are 0.
// Pruning and its penalty are the clients'. RBLA (2408.08699): component i is averaged over the clients that have it, with
// their shares renormalised; where nobody has it, the global's stays.
#include <cmath>

#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

std::vector<double> normalised(std::vector<double> weights, const std::vector<double>& otherwise) {
  double sum = 0;
  for (double w : weights) sum += w;
  if (!(sum > 0)) return otherwise;
  for (double& w : weights) w /= sum;
  return weights;
}

// target's component i += weight * source's
void add_component(Factors& target, const Factors& source, int i, double weight) {
  for (int x = 0; x < target.in; ++x)
    target.a[static_cast<size_t>(i) * target.in + x] += weight * source.a[static_cast<size_t>(i) * source.in + x];
  for (int o = 0; o < target.out; ++o)
    target.b[static_cast<size_t>(o) * target.rank + i] += weight * source.b[static_cast<size_t>(o) * source.rank + i];
}

Factors padded_mean(const ModuleRound& module, const std::vector<double>& weights) {
  Factors mean = Factors::zeros(module.global.rank, module.global.in, module.global.out);
  for (size_t k = 0; k < module.clients.size(); ++k)
    for (int i = 0; i < module.clients[k].rank; ++i) add_component(mean, module.clients[k], i, weights[k]);
  return mean;
}

class ByComponent : public PerModule {
 protected:
  using PerModule::PerModule;
  bool longer_ranks() const override { return false; }
};

class ZeroPadding final : public ByComponent {
 public:
  explicit ZeroPadding(const spec::MethodFacts& facts) : ByComponent(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    return ModuleResult{padded_mean(module, *module.shares), {}};
  }
};

class HetLora final : public ByComponent {
 public:
  HetLora(const spec::MethodFacts& facts, bool per_module) : ByComponent(facts), per_module_(per_module) {}

 protected:
  Status prepare(const adapter::AdapterState& global, ClientAdapters& clients, const std::vector<double>& shares) override {
    if (per_module_) return {};
    std::vector<double> norms;
    for (size_t k = 0; k < clients.size(); ++k) {
      double energy = 0;
      for (size_t m = 0; m < global.layout->modules().size(); ++m) {
        FEDLLM_ASSIGN_OR_RETURN(const Factors f, read_factors(*global.layout, clients, k, m));
        energy += global.layout->scale(m) * global.layout->scale(m) * squared_norm(f);
      }
      norms.push_back(std::sqrt(energy));
    }
    weights_ = normalised(std::move(norms), shares);
    return {};
  }
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    if (!per_module_) return ModuleResult{padded_mean(module, weights_), {}};
    std::vector<double> norms;
    for (const Factors& f : module.clients) norms.push_back(std::sqrt(squared_norm(f)));
    return ModuleResult{padded_mean(module, normalised(std::move(norms), *module.shares)), {}};
  }

 private:
  bool per_module_;
  std::vector<double> weights_;
};

class Rbla final : public ByComponent {
 public:
  explicit Rbla(const spec::MethodFacts& facts) : ByComponent(facts) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    Factors mean = Factors::zeros(module.global.rank, module.global.in, module.global.out);
    for (int i = 0; i < mean.rank; ++i) {
      double share = 0;
      for (size_t k = 0; k < module.clients.size(); ++k)
        if (module.clients[k].rank > i) share += (*module.shares)[k];
      for (size_t k = 0; k < module.clients.size(); ++k)
        if (module.clients[k].rank > i) add_component(mean, module.clients[k], i, (*module.shares)[k] / share);
      if (share == 0) add_component(mean, module.global, i, 1);
    }
    return ModuleResult{std::move(mean), {}};
  }
};

}  // namespace

std::unique_ptr<Method> make_zero_padding(const spec::MethodFacts& facts, const Parameters&) {
  return std::make_unique<ZeroPadding>(facts);
}
std::unique_ptr<Method> make_hetlora(const spec::MethodFacts& facts, const Parameters& parameters) {
  return std::make_unique<HetLora>(facts, value_of(facts, parameters, "per_module") == 1);
}
std::unique_ptr<Method> make_rbla(const spec::MethodFacts& facts, const Parameters&) { return std::make_unique<Rbla>(facts); }

}  // namespace fedllm::fed
