// FedAdagrad, FedAdam and FedYogi (Reddi et al. 2003.00295); FedAvgM and none are in tst_strategy.
#include <QtTest>

#include <cmath>

#include "base/file.h"
#include "dense.h"
#include "fed/strategy.h"

using namespace fedllm;
using namespace fedllm::fed;
using adapter::AdapterState;

namespace {

std::unique_ptr<ServerOptimizer> optimizer(const QString& name, double learning_rate = 1) {
  spec::StrategySpec s;
  s.server_optimizer = name.toStdString(), s.server_learning_rate = learning_rate;
  return std::move(*make_server_optimizer(s));
}

AdapterState tiny(std::vector<float> values) { return {*adapter::AdapterLayout::make({{"m", 2, 1, 1}}, 1), std::move(values)}; }
AdapterState same(float value) { return tiny({value, value, value}); }

void names() {
  QTest::addColumn<QString>("name");
  for (const char* name : {"fedadagrad", "fedadam", "fedyogi"}) QTest::newRow(name) << name;
}

}  // namespace

class TestServerOptimizer : public QObject {
  Q_OBJECT
 private slots:
  void golden_first_steps_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<double>("step");
    QTest::newRow("FedAdam") << "fedadam" << 0.905028;
    QTest::newRow("FedYogi") << "fedyogi" << 0.904988;
    QTest::newRow("FedAdagrad") << "fedadagrad" << 0.990050;
  }
  void golden_first_steps() {
    QFETCH(QString, name);
    QFETCH(double, step);
    const float whole = optimizer(name)->step(same(0), same(0.1f))->values[0];
    // FedYogi: v_0 = tau^2 < Delta^2, so v = tau^2 + (1 - beta2) Delta^2.
    QVERIFY2(std::abs(whole - step) < 1e-6, qPrintable(QString::number(whole, 'f', 7)));
    QVERIFY(std::abs(optimizer(name, 0.5)->step(same(1), same(0.1f))->values[1] - (1 + step / 2)) < 1e-6);
    QVERIFY(std::abs(optimizer(name)->step(same(0), same(-0.1f))->values[2] + step) < 1e-6);
    QCOMPARE(QString::fromUtf8(optimizer(name)->name().data()), name);
  }

  void later_steps_follow_the_formulas() {
    const double deltas[] = {0.1f, -0.03f, 0.0f, 1e-4f};
    const double b1 = 0.9, b2 = 0.99, tau = 1e-3;
    double m = 0, adam = tau * tau, yogi = tau * tau, adagrad = tau * tau, expected[3] = {};
    AdapterState states[3] = {same(0), same(0), same(0)};
    const std::unique_ptr<ServerOptimizer> servers[3] = {optimizer("fedadagrad"), optimizer("fedadam"), optimizer("fedyogi")};
    for (const double d : deltas) {
      m = b1 * m + (1 - b1) * d;
      adagrad += d * d;
      adam = b2 * adam + (1 - b2) * d * d;
      const double apart = yogi - d * d;
      yogi -= (1 - b2) * d * d * (apart > 0 ? 1 : apart < 0 ? -1 : 0);
      expected[0] += d / (std::sqrt(adagrad) + tau);
      expected[1] += m / (std::sqrt(adam) + tau);
      expected[2] += m / (std::sqrt(yogi) + tau);
      for (int i = 0; i < 3; ++i) {
        states[i] = *servers[i]->step(states[i], same(static_cast<float>(d)));
        QVERIFY2(std::abs(states[i].values[0] - expected[i]) < 1e-6, servers[i]->name().data());
      }
    }
  }

  void state_survives_a_restart_bit_by_bit_data() { names(); }
  void state_survives_a_restart_bit_by_bit() {
    QFETCH(QString, name);
    auto whole = optimizer(name), first = optimizer(name), second = optimizer(name);
    const auto layout = dense::layout(3, 6);
    AdapterState a = dense::random_state(layout, 1), b = a;
    for (int round = 0; round < 3; ++round) {
      a = *whole->step(a, dense::random_state(layout, 10 + round));
      b = *first->step(b, dense::random_state(layout, 10 + round));
    }
    QVERIFY(second->load_state(first->save_state()).ok());
    for (int round = 3; round < 6; ++round) {
      a = *whole->step(a, dense::random_state(layout, 10 + round));
      b = *second->step(b, dense::random_state(layout, 10 + round));
    }
    QVERIFY(a.values == b.values);
    QCOMPARE(second->save_state(), whole->save_state());
    QVERIFY(second->load_state("").ok());
    QVERIFY(second->save_state().empty());
  }

  void golden_files_data() { names(); }
  void golden_files() {
    QFETCH(QString, name);
    const auto bytes = read_file(std::string(FEDLLM_SOURCE_DIR) + "/tests/core/fed/golden/v1_" + name.toStdString() + ".bin");
    QVERIFY2(bytes.ok(), bytes.status().to_string().c_str());
    auto server = optimizer(name);
    QVERIFY2(server->load_state(*bytes).ok(), server->load_state(*bytes).to_string().c_str());
    QCOMPARE(server->save_state(), *bytes);
    // m = (0.1, -2, 1e-300), v = (0.01, 4, 1e-6)
    const AdapterState next = *server->step(same(0), same(0));
    const double b1 = name == "fedadagrad" ? 0 : 0.9, b2 = name == "fedadam" ? 0.99 : 1;
    QVERIFY(std::abs(next.values[0] - b1 * 0.1 / (std::sqrt(b2 * 0.01) + 1e-3)) < 1e-6);
    QVERIFY(std::abs(next.values[1] + b1 * 2 / (std::sqrt(b2 * 4) + 1e-3)) < 1e-6);
  }

  void damaged_state_is_refused_and_changes_nothing_data() { names(); }
  void damaged_state_is_refused_and_changes_nothing() {
    QFETCH(QString, name);
    auto server = optimizer(name);
    QVERIFY(server->step(same(0), same(1)).ok());
    const std::string good = server->save_state();
    for (size_t n = 1; n < good.size(); ++n) QVERIFY(server->load_state(good.substr(0, n)).code() == Code::data_loss);
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string bad = good;
      bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
      QVERIFY(!server->load_state(bad).ok());
    }
    QCOMPARE(server->save_state(), good);
    for (const char* other : {"fedavgm", "fedadagrad", "fedadam", "fedyogi"}) {
      if (name == other) continue;
      const std::string message = optimizer(other)->load_state(good).message();
      QCOMPARE(message, std::string("server optimizer state: expected FLSO version 1 of ") + other + " at its start, got other bytes");
    }
    const AdapterState wide = dense::random_state(dense::layout(3, 6), 1);
    QVERIFY(server->step(wide, wide).status().message().find("expected moments of") != std::string::npos);
    QVERIFY(!server->step(same(0), wide).ok());
    QCOMPARE(server->save_state(), good);
  }
};

QTEST_GUILESS_MAIN(TestServerOptimizer)
#include "tst_server_optimizer.moc"
