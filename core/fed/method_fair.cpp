// LoRA-FAIR (2411.14961): FedIT's mean, then a correction of B: the dB that makes (Bbar + dB) Abar most like
// M = sum p_k B_k A_k (T without the scale, so that doubling alpha and halving B changes nothing) while ||dB|| stays small.
// cosine = 0: min ||M - (Bbar + dB) Abar||^2 + lambda ||dB||^2, whose solution is dB = (M - Bbar Abar) Abar^T (G + lambda I)^-1,
// G = Abar Abar^T. cosine = 1: max cos(M, X Abar) - lambda ||X - Bbar||^2 over X = Bbar + dB, by gradient ascent from Bbar:
// with C = M Abar^T and n = ||X Abar||, n^2 = <X G, X>, the cosine is <C, X> / (||M|| n) and its gradient
// C / (||M|| n) - <C, X> X G / (||M|| n^3). Steps are the gradient times (G / n^2 + 2 lambda I)^-1, halved until the
// objective grows by a ten-thousandth of what the slope promises; it ends where it no longer does, or after 200 steps.
#include <cmath>
#include <numeric>

#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

constexpr int kSteps = 200;
constexpr int kHalvings = 40;

double dot(const std::vector<double>& x, const std::vector<double>& y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

class Ascent {
 public:
  Ascent(std::vector<double> c, double norm, std::vector<double> g, const std::vector<double>& start, int rank, double lambda)
      : c_(std::move(c)), norm_(norm), g_(std::move(g)), start_(start), rank_(rank), lambda_(lambda) {}

  std::vector<double> run() const {
    std::vector<double> x = start_;
    double value = objective(x);
    for (int step = 0; step < kSteps && advance(x, value); ++step) {}
    return x;
  }

 private:
  std::vector<double> times_g(const std::vector<double>& x) const { return multiply(x, g_, rank_); }
  double objective(const std::vector<double>& x) const {
    const double n = std::sqrt(std::max(0.0, dot(times_g(x), x)));
    std::vector<double> apart = x;
    add(apart, start_, -1);
    return (n > 0 ? dot(c_, x) / (norm_ * n) : 0.0) - lambda_ * dot(apart, apart);
  }
  // One step; false where there is none.
  bool advance(std::vector<double>& x, double& value) const {
    const std::vector<double> xg = times_g(x);
    const double n = std::sqrt(std::max(0.0, dot(xg, x)));
    if (!(n > 0)) return false;
    std::vector<double> gradient(x.size());
    add(gradient, c_, 1 / (norm_ * n));
    add(gradient, xg, -dot(c_, x) / (norm_ * n * n * n));
    add(gradient, x, -2 * lambda_);
    add(gradient, start_, 2 * lambda_);
    std::vector<double> metric = g_;
    for (double& v : metric) v /= n * n;
    const std::vector<double> direction = ridge(gradient, metric, rank_, 2 * lambda_);
    const double slope = dot(gradient, direction);
    if (!(slope > 1e-14)) return false;
    double length = 1;
    for (int i = 0; i < kHalvings; ++i, length /= 2) {
      std::vector<double> next = x;
      add(next, direction, length);
      if (const double reached = objective(next); reached > value + 1e-4 * length * slope) {
        x = std::move(next), value = reached;
        return true;
      }
    }
    return false;
  }

  std::vector<double> c_;
  double norm_;
  std::vector<double> g_;
  const std::vector<double>& start_;
  int rank_;
  double lambda_;
};

class Fair final : public PerModule {
 public:
  Fair(const spec::MethodFacts& facts, double lambda, bool cosine) : PerModule(facts), lambda_(lambda), cosine_(cosine) {}

 protected:
  Result<ModuleResult> combine_module(const ModuleRound& module) override {
    const Factors& g = module.global;
    Factors next{g.rank, g.in, g.out, mean_a(module), mean_b(module)};
    const std::vector<double> aa = inner_products(next.a, next.a, next.in);
    if (cosine_) {
      const Factors sum = stack(module.clients, *module.shares);
      const double norm = std::sqrt(squared_norm(sum));
      if (norm > 0)
        next.b = Ascent(multiply(sum.b, inner_products(sum.a, next.a, next.in), sum.rank), norm, aa, next.b, g.rank, lambda_).run();
      return ModuleResult{std::move(next), {}};
    }
    std::vector<Factors> apart = module.clients;   // M - Bbar Abar = sum p_k (B_k - Bbar)(A_k - Abar), without cancellation
    for (Factors& f : apart) {
      add(f.a, next.a, -1);
      add(f.b, next.b, -1);
    }
    const Factors residual = stack(apart, *module.shares);
    add(next.b, ridge(multiply(residual.b, inner_products(residual.a, next.a, next.in), residual.rank), aa, g.rank, lambda_), 1);
    return ModuleResult{std::move(next), {}};
  }

 private:
  double lambda_;
  bool cosine_;
};

}  // namespace

std::unique_ptr<Method> make_fair(const spec::MethodFacts& facts, const Parameters& parameters) {
  return std::make_unique<Fair>(facts, value_of(facts, parameters, "lambda"), value_of(facts, parameters, "cosine") == 1);
}

}  // namespace fedllm::fed
