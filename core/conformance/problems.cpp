#include "conformance/problems.h"

#include <algorithm>
#include <cmath>

#include "base/seed_tree.h"

namespace fedllm::conformance {
namespace {

using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;
using adapter::ModuleSlot;

std::vector<ModuleSlot> slots_of(Sizes sizes, int rank) {
  if (sizes == Sizes::square) return {{"layers.0.o_proj", 7, 7, rank}, {"layers.1.o_proj", 6, 6, rank}};
  if (sizes == Sizes::conv1d) return {{"transformer.h.0.attn.c_attn", 6, 18, rank}, {"transformer.h.0.mlp.c_proj", 20, 5, rank}};
  return {{"layers.0.q_proj", 13, 9, rank}, {"layers.0.v_proj", 8, 17, rank}, {"layers.1.down_proj", 21, 6, rank}};
}

LayoutPtr layout_of(const Recipe& recipe, int rank, double alpha) {
  return *AdapterLayout::make(slots_of(recipe.sizes, rank), alpha, recipe.rank_stabilised);
}

AdapterState random_state(const LayoutPtr& layout, uint64_t seed) {
  AdapterState state = AdapterState::zeros(layout);
  Rng rng(seed);
  for (float& x : state.values) x = static_cast<float>(rng.normal());
  return state;
}

// Where its rank is the global's.
void freeze(AdapterState& state, const AdapterState& global, Frozen frozen) {
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    if (state.layout->modules()[m].rank != global.layout->modules()[m].rank) continue;
    if (frozen == Frozen::a) std::ranges::copy(global.a(m), state.a(m).begin());
    if (frozen == Frozen::b) std::ranges::copy(global.b(m), state.b(m).begin());
  }
}

AdapterState toy_state(std::vector<float> a, std::vector<float> b) {
  AdapterState state = AdapterState::zeros(*AdapterLayout::make({{"m", 2, 2, 1}}, 1));
  std::ranges::copy(a, state.a(0).begin());
  std::ranges::copy(b, state.b(0).begin());
  return state;
}

AdapterState with_doubled_alpha(const AdapterState& state) {
  AdapterState changed{*AdapterLayout::make(state.layout->modules(), 2 * state.layout->lora_alpha(), state.layout->rank_stabilised()),
                       state.values};
  for (size_t m = 0; m < changed.layout->modules().size(); ++m)
    for (float& x : changed.b(m)) x /= 2;
  return changed;
}

}  // namespace

Problem draw(const Recipe& recipe, Frozen frozen) {
  Problem problem{recipe.name, random_state(layout_of(recipe, recipe.rank, recipe.alpha), recipe.seed), {}};
  const size_t count = std::max<size_t>(recipe.ranks.empty() ? 3 : recipe.ranks.size(), recipe.alphas.size());
  for (size_t k = 0; k < count; ++k) {
    const int rank = recipe.ranks.empty() ? recipe.rank : recipe.ranks[k];
    const double alpha = recipe.alphas.empty() ? recipe.alpha : recipe.alphas[k];
    AdapterState state = random_state(layout_of(recipe, rank, alpha), recipe.seed * 100 + k);
    freeze(state, problem.global, frozen);
    problem.clients.push_back({"client " + std::to_string(k), 1.0 + 2 * static_cast<double>(k), std::move(state)});
  }
  return problem;
}

Problem toy(Frozen frozen) {
  Problem problem{"toy", toy_state({1, 1}, {0, 0}), {{"client 0", 2, toy_state({1, 0}, {2, 0})}, {"client 1", 1, toy_state({0, 1}, {0, 1})}}};
  for (auto& one : problem.clients) freeze(one.adapter, problem.global, frozen);
  return problem;
}

std::vector<double> shares(const Clients& clients) {
  double sum = 0;
  for (const auto& one : clients) sum += one.weight;
  std::vector<double> all;
  for (const auto& one : clients) all.push_back(one.weight / sum);
  return all;
}

size_t modules(const Problem& problem) { return problem.global.layout->modules().size(); }

Matrix target(const Problem& problem, size_t module) {
  const ModuleSlot& slot = problem.global.layout->modules()[module];
  const std::vector<double> p = shares(problem.clients);
  Matrix sum = zeros(slot.out_features, slot.in_features);
  for (size_t k = 0; k < p.size(); ++k) add(sum, update_of(problem.clients[k].adapter, module), p[k]);
  return sum;
}

Matrix effective(const fed::Combination& result, size_t module) {
  Matrix g = update_of(result.adapter, module);
  if (result.merged) add(g, update_of(*result.merged, module), 1);
  return g;
}

double error_of(const Problem& problem, const fed::Combination& result) {
  double worst = 0;
  for (size_t m = 0; m < modules(problem); ++m) worst = std::max(worst, relative(effective(result, m), target(problem, m)));
  return worst;
}

double apart(const fed::Combination& expected, const fed::Combination& got) {
  double worst = 0;
  for (size_t m = 0; m < expected.adapter.layout->modules().size(); ++m)
    worst = std::max(worst, relative(effective(got, m), effective(expected, m)));
  return worst;
}

// R is a shear and a stretch, upper triangular, so that its inverse can be read: columns of B and rows of A mix.
Problem rotated(Problem problem) {
  AdapterState& state = problem.clients[0].adapter;
  for (size_t m = 0; m < state.layout->modules().size(); ++m) {
    const int rank = state.layout->modules()[m].rank;
    Matrix r = zeros(rank, rank), identity = zeros(rank, rank);
    for (int i = 0; i < rank; ++i) {
      r.at(i, i) = i % 2 == 0 ? 2 : 0.5;
      identity.at(i, i) = 1;
      if (i + 1 < rank) r.at(i, i + 1) = 0.75;
    }
    const Matrix b = multiply(b_of(state, m), r), a = multiply(times_inverse(identity, transposed(r), 0), a_of(state, m));
    std::ranges::transform(b.values, state.b(m).begin(), [](double x) { return static_cast<float>(x); });
    std::ranges::transform(a.values, state.a(m).begin(), [](double x) { return static_cast<float>(x); });
  }
  return problem;
}

Problem with_doubled_alpha(Problem problem, bool everybody) {
  for (size_t k = 0; k < (everybody ? problem.clients.size() : 1); ++k)
    problem.clients[k].adapter = with_doubled_alpha(problem.clients[k].adapter);
  if (everybody) problem.global = with_doubled_alpha(problem.global);
  return problem;
}

Problem reversed(Problem problem) {
  std::ranges::reverse(problem.clients);
  return problem;
}

}  // namespace fedllm::conformance
