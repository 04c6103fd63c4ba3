// Server optimizers: first steps worked out by hand, then the papers' recursions in double (1909.06335, 2003.00295).
#include <cmath>

#include "base/seed_tree.h"
#include "conformance/checks.h"

namespace fedllm::conformance {
namespace {

using adapter::AdapterLayout;
using adapter::AdapterState;

constexpr double kRounding = 1e-5;   // of steps near 1 that are stored as float32

// The recursions, one value.
struct Canonical {
  std::string_view name;
  spec::StrategySpec settings;
  double m = 0, v = settings.server_tau * settings.server_tau;

  double step(double delta) {
    const double eta = settings.server_learning_rate, b1 = settings.server_beta1, b2 = settings.server_beta2;
    if (name == "fedavgm") return eta * (m = settings.server_momentum * m + delta);
    const double square = delta * delta;
    m = name == "fedadagrad" ? delta : b1 * m + (1 - b1) * delta;
    if (name == "fedadagrad") v += square;
    if (name == "fedadam") v = b2 * v + (1 - b2) * square;
    if (name == "fedyogi") v -= (1 - b2) * square * (v > square ? 1 : v < square ? -1 : 0);
    return eta * m / (std::sqrt(v) + settings.server_tau);
  }
};

AdapterState state_of(std::vector<float> values) {
  const int in = static_cast<int>(values.size()) - 1;
  return {*AdapterLayout::make({{"m", in, 1, 1}}, 1), std::move(values)};
}

class OneOptimizer {
 public:
  OneOptimizer(const Subjects& subjects, Rows& rows, std::string_view name) : subjects_(subjects), rows_(rows), name_(name) {
    settings_.server_optimizer = name;
  }

  void first_steps(double first, double second) {
    const auto optimizer = subjects_.make_server_optimizer(settings_);
    if (!optimizer.ok()) return rows_.failed(name_, "first step", "an optimizer", optimizer.status());
    AdapterState theta = state_of({0, 0});
    const AdapterState delta = state_of({0.1f, 0.1f});
    for (const double expected : {first, second}) {
      const auto next = (*optimizer)->step(theta, delta);
      const std::string check = expected == first ? "golden: the first step of Delta = 0.1" : "golden: the second";
      if (!next.ok()) return rows_.failed(name_, check, "a step", next.status());
      rows_.near(name_, check, expected, static_cast<double>(next->values[0]) - theta.values[0], kRounding);
      theta = *next;
    }
  }

  void all_checks() {
    recursion("twelve steps as the formula says", settings_);
    spec::StrategySpec other = settings_;
    other.server_learning_rate = 0.03, other.server_momentum = 0.5, other.server_beta1 = 0.5, other.server_beta2 = 0.9, other.server_tau = 0.05;
    recursion("twelve steps with other parameters", other);
    signs_and_zeros();
    resumed();
    const auto optimizer = subjects_.make_server_optimizer(settings_);
    if (!optimizer.ok()) return;
    rows_.refused(name_, "refuses another layout", (*optimizer)->step(state_of({1, 2}), state_of({1, 2, 3})).status(), "expected");
    rows_.refused(name_, "refuses a broken state", (*optimizer)->load_state("FLSO, but not really"), "expected");
    rows_.same(name_, "its name", name_, (*optimizer)->name());
  }

 private:
  static std::vector<AdapterState> deltas() {
    std::vector<AdapterState> all;
    Rng rng(71);
    for (int t = 0; t < 12; ++t) {
      std::vector<float> values;
      for (int i = 0; i < 6; ++i) values.push_back(static_cast<float>(rng.normal() * std::pow(10.0, i - 4)));
      all.push_back(state_of(std::move(values)));
    }
    return all;
  }

  void recursion(const std::string& check, const spec::StrategySpec& settings) {
    const auto optimizer = subjects_.make_server_optimizer(settings);
    if (!optimizer.ok()) return rows_.failed(name_, check, "an optimizer", optimizer.status());
    AdapterState theta = state_of({0.5f, -0.5f, 0.25f, -1, 2, -2});
    std::vector<Canonical> expected(6, Canonical{name_, settings});
    double worst = 0;
    for (const AdapterState& delta : deltas()) {
      const auto next = (*optimizer)->step(theta, delta);
      if (!next.ok()) return rows_.failed(name_, check, "a step", next.status());
      for (size_t i = 0; i < 6; ++i) {
        const double wanted = theta.values[i] + expected[i].step(delta.values[i]);
        worst = std::max(worst, std::abs(next->values[i] - wanted) / std::max(1.0, std::abs(wanted)));
      }
      theta = *next;
    }
    rows_.at_most(name_, check, 1e-6, worst);
  }

  void signs_and_zeros() {
    const auto optimizer = subjects_.make_server_optimizer(settings_);
    if (!optimizer.ok()) return rows_.failed(name_, "Delta = 0 moves nothing", "an optimizer", optimizer.status());
    const AdapterState theta = state_of({0.5f, -0.5f, 3, 0});
    const auto still = (*optimizer)->step(theta, state_of({0, 0, 0, 0}));
    const auto moved = (*optimizer)->step(theta, state_of({1e-6f, -1e-6f, 10, -10}));
    if (!still.ok() || !moved.ok()) return rows_.failed(name_, "Delta = 0 moves nothing", "a step", Status(Code::unknown, "none"));
    rows_.same(name_, "Delta = 0 moves nothing", theta.values, still->values);
    rows_.same(name_, "steps go where Delta goes", "+-+-", [&] {
      std::string signs;
      for (size_t i = 0; i < 4; ++i) signs += moved->values[i] > theta.values[i] ? '+' : moved->values[i] < theta.values[i] ? '-' : '0';
      return signs;
    }());
  }

  void resumed() {   // invariant 9
    const auto whole = subjects_.make_server_optimizer(settings_), before = subjects_.make_server_optimizer(settings_),
               after = subjects_.make_server_optimizer(settings_);
    constexpr const char* kCheck = "saved after five steps and loaded: the same bits";
    if (!whole.ok() || !before.ok() || !after.ok()) return rows_.failed(name_, kCheck, "an optimizer", whole.status());
    AdapterState expected = state_of({0.5f, -0.5f, 0.25f, -1, 2, -2}), got = expected;
    int steps = 0;
    for (const AdapterState& delta : deltas()) {
      if (steps == 5 && !(*after)->load_state((*before)->save_state()).ok())
        return rows_.failed(name_, kCheck, "a state that loads", Status(Code::unknown, "refused"));
      const auto one = (*whole)->step(expected, delta), other = (steps < 5 ? *before : *after)->step(got, delta);
      if (!one.ok() || !other.ok()) return rows_.failed(name_, kCheck, "a step", one.status());
      expected = *one, got = *other;
      ++steps;
    }
    rows_.same(name_, kCheck, expected.values, got.values);
    const auto fresh = subjects_.make_server_optimizer(settings_);
    if (!(*after)->load_state({}).ok()) return rows_.failed(name_, "an empty state starts afresh", "loads", Status(Code::unknown, "refused"));
    const auto one = (*fresh)->step(expected, deltas()[0]), other = (*after)->step(expected, deltas()[0]);
    if (one.ok() && other.ok()) rows_.same(name_, "an empty state starts afresh", one->values, other->values);
    else rows_.failed(name_, "an empty state starts afresh", "a step", one.status());
  }

  const Subjects& subjects_;
  Rows& rows_;
  const std::string_view name_;
  spec::StrategySpec settings_;
};

}  // namespace

void check_optimizers(const Subjects& subjects, Rows& rows) {
  // Delta = 0.1, eta = 1, beta = (0.9, 0.99), tau = 1e-3; the second steps follow the recursions by hand.
  struct Golden { std::string_view name; double first, second; };
  const double adam2 = 0.019 / (std::sqrt(0.99 * (0.99e-6 + 1e-4) + 1e-4) + 1e-3), yogi2 = 0.019 / (std::sqrt(1e-6 + 2e-4) + 1e-3);
  for (const Golden& golden : {Golden{"fedavgm", 0.1, 0.19}, Golden{"fedadagrad", 0.990050, 0.1 / (std::sqrt(1e-6 + 0.02) + 1e-3)},
                               Golden{"fedadam", 0.905028, adam2}, Golden{"fedyogi", 0.904988, yogi2}}) {
    OneOptimizer optimizer(subjects, rows, golden.name);
    optimizer.first_steps(golden.first, golden.second);
    optimizer.all_checks();
  }
}

}  // namespace fedllm::conformance
