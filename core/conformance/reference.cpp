#include "conformance/reference.h"

#include <algorithm>
#include <cmath>

namespace fedllm::conformance {
namespace {

double scale_of(const adapter::AdapterState& state, size_t module) {
  const double rank = state.layout->modules()[module].rank;
  return state.layout->alpha(module) / (state.layout->rank_stabilised() ? std::sqrt(rank) : rank);
}

// B in the global's scale, s_k / s B_k.
Matrix b_in_scale(const Problem& problem, size_t k, size_t module) {
  const adapter::AdapterState& state = problem.clients[k].adapter;
  return scaled(b_of(state, module), scale_of(state, module) / scale_of(problem.global, module));
}

int rank_of(const adapter::AdapterState& state, size_t module) { return state.layout->modules()[module].rank; }

// sum_k w_ki of component i of the factors, as two matrices of the global's rank. weight(k, i) of what a client has.
struct Mean { Matrix a, b; };
template <class Weight>
Mean by_component(const Problem& problem, size_t module, Weight&& weight) {
  const adapter::ModuleSlot& slot = problem.global.layout->modules()[module];
  Mean mean{zeros(slot.rank, slot.in_features), zeros(slot.out_features, slot.rank)};
  for (size_t k = 0; k < problem.clients.size(); ++k) {
    const Matrix a = a_of(problem.clients[k].adapter, module), b = b_in_scale(problem, k, module);
    for (int i = 0; i < a.rows; ++i) {
      for (int x = 0; x < a.columns; ++x) mean.a.at(i, x) += weight(k, i) * a.at(i, x);
      for (int o = 0; o < b.rows; ++o) mean.b.at(o, i) += weight(k, i) * b.at(o, i);
    }
  }
  return mean;
}

Mean averaged(const Problem& problem, size_t module) {
  const std::vector<double> p = shares(problem.clients);
  return by_component(problem, module, [&](size_t k, int) { return p[k]; });
}

Mean rbla(const Problem& problem, size_t module) {
  const std::vector<double> p = shares(problem.clients);
  const auto holders = [&](int i) {
    double sum = 0;
    for (size_t k = 0; k < p.size(); ++k)
      if (rank_of(problem.clients[k].adapter, module) > i) sum += p[k];
    return sum;
  };
  Mean mean = by_component(problem, module, [&](size_t k, int i) { return p[k] / holders(i); });
  const Matrix a = a_of(problem.global, module), b = b_of(problem.global, module);
  for (int i = 0; i < a.rows; ++i) {
    if (holders(i) > 0) continue;
    for (int x = 0; x < a.columns; ++x) mean.a.at(i, x) = a.at(i, x);
    for (int o = 0; o < b.rows; ++o) mean.b.at(o, i) = b.at(o, i);
  }
  return mean;
}

// ||s_k B_k A_k|| over all modules, or of one.
Mean hetlora(const Problem& problem, size_t module, bool per_module) {
  std::vector<double> norms;
  double sum = 0;
  for (const auto& one : problem.clients) {
    double energy = 0;
    for (size_t m = 0; m < modules(problem); ++m)
      if (!per_module || m == module) energy += std::pow(norm(update_of(one.adapter, m)), 2);
    norms.push_back(std::sqrt(energy));
    sum += norms.back();
  }
  return by_component(problem, module, [&](size_t k, int) { return norms[k] / sum; });
}

Matrix fair(const Problem& problem, size_t module, double lambda) {
  Mean mean = averaged(problem, module);
  const double scale = scale_of(problem.global, module);
  Matrix apart = scaled(target(problem, module), 1 / scale);
  add(apart, multiply(mean.b, mean.a), -1);
  const Matrix at = transposed(mean.a);
  add(mean.b, times_inverse(multiply(apart, at), multiply(mean.a, at), lambda), 1);
  return scaled(multiply(mean.b, mean.a), scale);
}

}  // namespace

Frozen frozen_in(std::string_view method, int round) {
  if (method == "ffa-lora" || method == "ravan" || method == "fed-sb" || method == "fedsvd") return Frozen::a;
  if (method == "rolora" || method == "lora-a2") return round % 2 == 1 ? Frozen::a : Frozen::b;
  return Frozen::neither;
}

Matrix reference(std::string_view method, const Problem& problem, size_t module, int round, const fed::Parameters& parameters) {
  const auto parameter = [&](const char* name, double fallback) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? fallback : found->second;
  };
  const double scale = scale_of(problem.global, module);
  const auto product = [&](const Mean& mean) { return scaled(multiply(mean.b, mean.a), scale); };
  if (frozen_in(method, round) != Frozen::neither || method == "flora" || method == "fedex-lora") return target(problem, module);
  if (method == "flexlora") {
    const int rank = static_cast<int>(parameter("rank", 0));
    return cut(target(problem, module), rank > 0 ? rank : rank_of(problem.global, module)).best;
  }
  if (method == "lora-fair") return fair(problem, module, parameter("lambda", 0.01));
  if (method == "rbla") return product(rbla(problem, module));
  if (method == "hetlora") return product(hetlora(problem, module, parameter("per_module", 0) == 1));
  if (method == "fedsa-lora") return scaled(multiply(b_of(problem.global, module), averaged(problem, module).a), scale);
  return product(averaged(problem, module));   // FedIT, Ditto, zero padding
}

}  // namespace fedllm::conformance
