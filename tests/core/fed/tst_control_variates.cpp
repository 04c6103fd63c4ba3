// SCAFFOLD's rules, option II (1910.06378).
#include <QtTest>

#include <cmath>

#include "dense.h"
#include "fed/control_variates.h"

using namespace fedllm;
using namespace fedllm::fed;
using adapter::AdapterState;

namespace {

AdapterState tiny(std::vector<float> values) { return {*adapter::AdapterLayout::make({{"m", 2, 1, 1}}, 1), std::move(values)}; }

}  // namespace

class TestControlVariates : public QObject {
  Q_OBJECT
 private slots:
  void a_client_moves_to_its_mean_gradient() {   // c_k+ = c_k - c + (theta_t - theta_k) / (K eta), K eta = 4 * 0.25
    const auto next = next_variate(tiny({1, 2, 3}), tiny({0.5, 0, -1}), tiny({10, 10, 10}), tiny({8, 11, 10}), 1.0);
    QVERIFY(next.ok());
    QCOMPARE(next->values, (std::vector<float>{2.5, 1, 4}));
    QCOMPARE(next_variate(tiny({0, 0, 0}), tiny({0, 0, 0}), tiny({1, 1, 1}), tiny({0, 2, 1}), 0.5)->values, (std::vector<float>{2, -2, 0}));
  }

  void corrected_steps_recover_the_gradient() {
    // K steps of theta -= eta (g + c - c_k) with a constant g: c_k+ is g again, whatever c and c_k were.
    const double eta = 0.125, g = 3;
    const AdapterState own = tiny({0.5, -1, 2}), control = tiny({1, 4, 0}), start = tiny({7, 7, 7});
    AdapterState theta = start;
    for (int step = 0; step < 8; ++step)
      for (size_t i = 0; i < 3; ++i) theta.values[i] -= static_cast<float>(eta * (g + control.values[i] - own.values[i]));
    const AdapterState next = *next_variate(own, control, start, theta, 8 * eta);
    for (float x : next.values) QVERIFY(std::abs(x - g) < 1e-6);
  }

  void the_server_counts_all_clients() {   // c += (1 / N) sum, N = 4 with two in the round
    const AdapterState x = tiny({4, 0, 8}), y = tiny({4, -4, 0});
    const AdapterState* changes[] = {&x, &y};
    QCOMPARE(next_control(tiny({1, 1, 1}), changes, 4)->values, (std::vector<float>{3, 0, 3}));
    QCOMPARE(next_control(tiny({1, 1, 1}), {}, 4)->values, (std::vector<float>{1, 1, 1}));
  }

  void with_everybody_in_the_round_control_stays_the_mean() {
    const auto layout = dense::layout(2, 4);
    std::vector<AdapterState> own;
    for (uint64_t k = 0; k < 3; ++k) own.push_back(dense::random_state(layout, k));
    AdapterState control = AdapterState::zeros(layout);
    for (const auto& one : own) QVERIFY(adapter::add_scaled(control, one, 1.0 / 3).ok());
    std::vector<AdapterState> changes;
    AdapterState mean = AdapterState::zeros(layout);
    for (uint64_t k = 0; k < 3; ++k) {
      const AdapterState next = *next_variate(own[k], control, dense::random_state(layout, 50), dense::random_state(layout, 60 + k), 0.7);
      changes.push_back(*adapter::difference(next, own[k]));
      QVERIFY(adapter::add_scaled(mean, next, 1.0 / 3).ok());
    }
    const AdapterState* all[] = {&changes[0], &changes[1], &changes[2]};
    const AdapterState moved = *next_control(control, all, 3);
    for (size_t i = 0; i < moved.values.size(); ++i) QVERIFY(std::abs(moved.values[i] - mean.values[i]) < 2e-6);
  }

  void bad_input() {
    const AdapterState x = tiny({1, 2, 3}), wide = dense::random_state(dense::layout(2, 4), 1);
    for (const double rates : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
      QVERIFY(next_variate(x, x, x, x, rates).status().message().starts_with("expected learning rates that sum to more than 0, got"));
    QVERIFY(!next_variate(x, wide, x, x, 1).ok());
    QVERIFY(!next_variate(x, x, wide, x, 1).ok());
    QVERIFY(!next_variate(x, x, x, wide, 1).ok());
    const AdapterState* changes[] = {&x, &x};
    QCOMPARE(next_control(x, changes, 1).status().message(), std::string("expected the changes of at most 1 clients, got 2"));
    QVERIFY(!next_control(x, {}, 0).ok());
    const AdapterState* other[] = {&wide};
    QVERIFY(!next_control(x, other, 3).ok());
  }
};

QTEST_GUILESS_MAIN(TestControlVariates)
#include "tst_control_variates.moc"
