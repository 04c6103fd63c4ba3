// FedProx's server side, which is FedAvg's whatever mu is, and SCAFFOLD's rules (1910.06378, option II), alone and in a
// federation of quadratics whose optimum is known.
#include <cmath>

#include "base/seed_tree.h"
#include "conformance/checks.h"
#include "conformance/problems.h"

namespace fedllm::conformance {
namespace {

using adapter::AdapterLayout;
using adapter::AdapterState;

AdapterState state_of(std::vector<float> values) {
  const int in = static_cast<int>(values.size()) - 1;
  return {*AdapterLayout::make({{"m", in, 1, 1}}, 1), std::move(values)};
}

AdapterState random_state(uint64_t seed) {
  AdapterState state = state_of(std::vector<float>(8));
  Rng rng(seed);
  for (float& x : state.values) x = static_cast<float>(rng.normal());
  return state;
}

double largest_difference(const std::vector<double>& expected, const std::vector<float>& got) {
  double worst = expected.size() == got.size() ? 0 : INFINITY;
  for (size_t i = 0; i < expected.size() && i < got.size(); ++i) worst = std::max(worst, std::abs(expected[i] - got[i]));
  return worst;
}

void check_mean(const Subjects& subjects, Rows& rows, std::string_view name, double mu) {
  spec::StrategySpec settings;
  settings.proximal_mu = mu;
  const auto aggregator = subjects.make_aggregator(settings);
  if (!aggregator.ok()) return rows.failed(name, "the mean of the changes", "an aggregator", aggregator.status());
  const AdapterState global = random_state(81);
  std::vector<fed::Contribution> all;
  for (int k = 0; k < 4; ++k) all.push_back({3 * k, {0, 5 + 7 * k, random_state(82 + static_cast<uint64_t>(k))}});
  const auto mean_of = [&](const std::vector<fed::Contribution>& contributions) {
    std::vector<double> mean(global.values.size());
    double sum = 0;
    for (const auto& one : contributions) sum += static_cast<double>(one.update.num_examples);
    for (const auto& one : contributions)
      for (size_t i = 0; i < mean.size(); ++i) mean[i] += static_cast<double>(one.update.num_examples) / sum * one.update.delta.values[i];
    return mean;
  };
  const auto delta = (*aggregator)->aggregate(global, all);
  if (!delta.ok()) return rows.failed(name, "sum n_k Delta_k / n", "a result", delta.status());
  rows.at_most(name, "sum n_k Delta_k / n", 1e-6, largest_difference(mean_of(all), delta->values));
  const auto alone = (*aggregator)->aggregate(global, {all[2]});
  if (alone.ok()) rows.same(name, "one client: its own change", all[2].update.delta.values, alone->values);
  else rows.failed(name, "one client: its own change", "a result", alone.status());
  const auto after = (*aggregator)->aggregate(global, all);
  if (after.ok()) rows.same(name, "no trace of an earlier round: the same bits", delta->values, after->values);
  else rows.failed(name, "no trace of an earlier round: the same bits", "a result", after.status());
  for (auto& one : all) one.update.delta = all[0].update.delta;
  const auto same = (*aggregator)->aggregate(global, all);
  if (same.ok()) rows.at_most(name, "equal clients: their change", 1e-6, largest_difference(mean_of({all[0]}), same->values));
  else rows.failed(name, "equal clients: their change", "a result", same.status());
  all[1].update.num_examples = 0;
  rows.refused(name, "refuses no examples", (*aggregator)->aggregate(global, all).status(), "examples");
  rows.refused(name, "refuses no client", (*aggregator)->aggregate(global, std::vector<fed::Contribution>{}).status(), "at least one");
}

class Scaffold {
 public:
  Scaffold(const Subjects& subjects, Rows& rows) : subjects_(subjects), rows_(rows) {}

  void variate() const {
    // c_k+ = 0.5 - 0.25 + (1 - 0.8) / 0.4 = 0.75
    const auto next = subjects_.next_variate(state_of({0.5f, 0}), state_of({0.25f, 0}), state_of({1, 0}), state_of({0.8f, 0.4f}), 0.4);
    if (!next.ok()) return rows_.failed(kName, "golden: c_k+", "a result", next.status());
    rows_.near(kName, "golden: c_k+ = 0.5 - 0.25 + (1 - 0.8) / 0.4", 0.75, next->values[0], 1e-6);
    rows_.near(kName, "golden: c_k+ = 0 - 0 + (0 - 0.4) / 0.4", -1, next->values[1], 1e-6);
    const AdapterState zero = state_of({0, 0});
    rows_.refused(kName, "refuses rates that sum to 0", subjects_.next_variate(zero, zero, zero, zero, 0).status(), "learning rates");
    rows_.refused(kName, "refuses another layout", subjects_.next_variate(zero, zero, zero, state_of({0, 0, 0}), 1).status(), "expected");
  }

  void control() const {
    const AdapterState control = state_of({1, -1}), first = state_of({0.5f, 0}), second = state_of({1.5f, -4});
    const AdapterState* both[] = {&first, &second};
    const auto all = subjects_.next_control(control, both, 2), sampled = subjects_.next_control(control, both, 8), none = subjects_.next_control(control, {}, 8);
    if (!all.ok() || !sampled.ok() || !none.ok()) return rows_.failed(kName, "golden: c", "a result", all.status());
    rows_.near(kName, "golden: c + (0.5 + 1.5) / 2, everybody", 2, all->values[0], 1e-6);
    rows_.near(kName, "golden: c + (0.5 + 1.5) / 8, two of eight", 1.25, sampled->values[0], 1e-6);
    rows_.near(kName, "golden: c + (0 - 4) / 8", -1.5, sampled->values[1], 1e-6);
    rows_.same(kName, "nobody: c stays", control.values, none->values);
    rows_.refused(kName, "refuses more changes than clients", subjects_.next_control(control, both, 1).status(), "at most");
  }

  // The variates' own mean under full participation, and a mean of gradients each.
  void means() const {
    const std::vector<Quadratic> clients = {{1, 3}, {4, -2}, {0.5, 6}};
    Federation federation = start(clients.size());
    Status failure;
    for (int round = 0; round < 3 && failure.ok(); ++round) failure = train(federation, clients, true);
    if (!failure.ok()) return rows_.failed(kName, "c is the mean of c_k", "a result", failure);
    double mean = 0;
    for (const AdapterState& own : federation.own) mean += own.values[0] / static_cast<double>(clients.size());
    rows_.near(kName, "everybody takes part: c is the mean of c_k", mean, federation.control.values[0], 1e-5);
    rows_.near(kName, "c_k+ is the mean of client 1's gradients", federation.mean_gradient[1], federation.own[1].values[0], 1e-5);
  }

  // min of sum h_k (x - t_k)^2 / 2: SCAFFOLD finds it, local steps without it end elsewhere.
  void optimum() const {
    const std::vector<Quadratic> clients = {{1, 3}, {4, -2}, {0.5, 6}};
    double weighted = 0, sum = 0;
    for (const Quadratic& q : clients) weighted += q.h * q.t, sum += q.h;
    for (const bool corrected : {true, false}) {
      Federation federation = start(clients.size());
      Status failure;
      for (int round = 0; round < 400 && failure.ok(); ++round) failure = train(federation, clients, corrected);
      const double off = std::abs(federation.x - weighted / sum);
      if (!failure.ok()) rows_.failed(kName, "quadratics", "a result", failure);
      else if (corrected) rows_.at_most(kName, "quadratics of other optima: off the optimum", 1e-4, off);
      else rows_.above(kName, "quadratics of other optima: off it without c - c_k", 0.05, off);
    }
  }

 private:
  static constexpr std::string_view kName = "scaffold";
  static constexpr int kLocalSteps = 10;
  static constexpr double kRate = 0.1;
  struct Quadratic { double h, t; };
  struct Federation {
    double x = 0;
    AdapterState control;
    std::vector<AdapterState> own;
    std::vector<double> mean_gradient;
  };

  static Federation start(size_t clients) {
    return {0, state_of({0, 0}), std::vector<AdapterState>(clients, state_of({0, 0})), std::vector<double>(clients)};
  }

  Status train(Federation& f, const std::vector<Quadratic>& clients, bool corrected) const {
    std::vector<AdapterState> changes;
    double mean = 0;
    for (size_t k = 0; k < clients.size(); ++k) {
      double y = f.x, gradients = 0;
      for (int step = 0; step < kLocalSteps; ++step) {
        const double gradient = clients[k].h * (y - clients[k].t);
        gradients += gradient;
        y -= kRate * (gradient + (corrected ? static_cast<double>(f.control.values[0]) - f.own[k].values[0] : 0));
      }
      f.mean_gradient[k] = gradients / kLocalSteps;
      const auto next = subjects_.next_variate(f.own[k], f.control, state_of({static_cast<float>(f.x), 0}),
                                               state_of({static_cast<float>(y), 0}), kLocalSteps * kRate);
      if (!next.ok()) return next.status();
      FEDLLM_ASSIGN_OR_RETURN(AdapterState change, adapter::difference(*next, f.own[k]));
      changes.push_back(std::move(change));
      f.own[k] = *next;
      mean += y / static_cast<double>(clients.size());
    }
    std::vector<const AdapterState*> pointers;
    for (const AdapterState& change : changes) pointers.push_back(&change);
    FEDLLM_ASSIGN_OR_RETURN(f.control, subjects_.next_control(f.control, pointers, clients.size()));
    f.x = mean;
    return {};
  }

  const Subjects& subjects_;
  Rows& rows_;
};

}  // namespace

void check_averaging(const Subjects& subjects, Rows& rows) {
  check_mean(subjects, rows, "fedprox", 0.1);
  const Scaffold scaffold(subjects, rows);
  check_mean(subjects, rows, "scaffold", 0);
  scaffold.variate();
  scaffold.control();
  scaffold.means();
  scaffold.optimum();
}

}  // namespace fedllm::conformance
