#include <QtTest>

#include <cmath>

#include "adapter/adapter.h"
#include "base/seed_tree.h"

using namespace fedllm;
using namespace fedllm::adapter;

namespace {

LayoutPtr layout_of(std::vector<ModuleSlot> modules, double alpha) {
  auto layout = AdapterLayout::make(std::move(modules), alpha);
  if (!layout.ok()) qFatal("%s", layout.status().to_string().c_str());
  return *layout;
}

LayoutPtr two_modules() { return layout_of({{"q", 6, 5, 2}, {"v", 4, 3, 3}}, 8); }

AdapterState random_state(const LayoutPtr& layout, uint64_t seed) {
  AdapterState state = AdapterState::zeros(layout);
  Rng rng(seed);
  for (float& x : state.values) x = static_cast<float>(rng.normal());
  return state;
}

// sum_k p_k s B_k A_k of every module, dense, for comparison.
std::vector<double> dense(const std::vector<AdapterState>& states, const std::vector<double>& p) {
  std::vector<double> all;
  const auto& modules = states[0].layout->modules();
  for (size_t m = 0; m < modules.size(); ++m) {
    std::vector<double> w(static_cast<size_t>(modules[m].out_features) * modules[m].in_features);
    for (size_t k = 0; k < states.size(); ++k)
      for (int o = 0; o < modules[m].out_features; ++o)
        for (int i = 0; i < modules[m].in_features; ++i)
          for (int r = 0; r < modules[m].rank; ++r)
            w[o * modules[m].in_features + i] += p[k] * states[0].layout->scale(m) * states[k].b(m)[o * modules[m].rank + r] *
                                                 static_cast<double>(states[k].a(m)[r * modules[m].in_features + i]);
    all.insert(all.end(), w.begin(), w.end());
  }
  return all;
}

AdapterState mean_state(const std::vector<AdapterState>& states, const std::vector<double>& p) {
  AdapterState mean = AdapterState::zeros(states[0].layout);
  for (size_t i = 0; i < mean.values.size(); ++i) {
    double sum = 0;
    for (size_t k = 0; k < states.size(); ++k) sum += p[k] * states[k].values[i];
    mean.values[i] = static_cast<float>(sum);
  }
  return mean;
}

double norm(const std::vector<double>& x) {
  double sum = 0;
  for (double v : x) sum += v * v;
  return std::sqrt(sum);
}

double dense_error(const std::vector<AdapterState>& states, const std::vector<double>& p) {
  std::vector<double> t = dense(states, p);
  const std::vector<double> g = dense({mean_state(states, p)}, {1});
  const double size = norm(t);
  for (size_t i = 0; i < t.size(); ++i) t[i] -= g[i];
  return norm(t) / size;
}

// The toy of methods.md, section 7.
std::vector<AdapterState> golden_toy() {
  const LayoutPtr layout = layout_of({{"m", 2, 2, 1}}, 1);
  AdapterState one = AdapterState::zeros(layout), two = one;
  one.values = {1, 0, 2, 0};
  two.values = {0, 1, 0, 1};
  return {one, two};
}

}  // namespace

class TestAdapter : public QObject {
  Q_OBJECT
 private slots:
  void layout_offsets() {
    const LayoutPtr layout = two_modules();
    QCOMPARE(layout->size(), size_t(2 * 6 + 5 * 2 + 3 * 4 + 3 * 3));
    QCOMPARE(layout->modules()[1].a_offset, size_t(22));
    QCOMPARE(layout->modules()[1].b_offset, size_t(34));
    QCOMPARE(layout->scale(0), 4.0);
    AdapterState state = AdapterState::zeros(layout);
    state.b(1)[8] = 7;
    QCOMPARE(state.values.back(), 7.0f);
    QCOMPARE(std::as_const(state).a(1).size(), size_t(12));
  }

  void bad_layouts_data() {
    QTest::addColumn<QString>("part");
    QTest::addColumn<int>("which");
    const char* parts[] = {"has no name",
                           "expected a LoRA rank of 1 or more, got 0",
                           "expected 1 or more inputs and outputs, got 0 and 1",
                           "q: this LoRA module is given twice",
                           "at least one LoRA module",
                           "expected lora_alpha above 0",
                           "at most 2^40 values, got more with q (rank 2147483647, in 2147483647, out 2147483647)"};
    for (int i = 0; i < 7; ++i) QTest::newRow(parts[i]) << QString(parts[i]) << i;
  }
  void bad_layouts() {
    QFETCH(QString, part);
    QFETCH(int, which);
    const std::vector<std::vector<ModuleSlot>> modules = {
        {{"", 1, 1, 1}}, {{"q", 1, 1, 0}}, {{"q", 0, 1, 1}}, {{"q", 1, 1, 1}, {"q", 1, 1, 1}}, {}, {{"q", 1, 1, 1}},
        {{"q", 2147483647, 2147483647, 2147483647}}};
    const auto layout = AdapterLayout::make(modules[which], which == 5 ? 0 : 1);
    QVERIFY(!layout.ok());
    QVERIFY2(QString::fromStdString(layout.status().message()).contains(part), layout.status().message().c_str());
  }

  void initial_state_is_kaiming_uniform_and_by_name() {
    const LayoutPtr layout = layout_of({{"q", 400, 300, 8}, {"v", 100, 50, 8}}, 16);
    const AdapterState state = initial_state(layout, 3);
    double sum = 0, sum2 = 0, top = 0;
    for (float x : state.a(0)) sum += x, sum2 += x * x, top = std::max(top, std::abs(static_cast<double>(x)));
    QVERIFY(top <= 0.05 && top > 0.0499);                       // 1 / sqrt(400)
    QVERIFY(std::abs(sum / 3200) < 0.002);
    QVERIFY(std::abs(sum2 / 3200 - 1.0 / 1200) < 5e-5);         // variance 1 / (3 in)
    for (float x : state.b(0)) QCOMPARE(x, 0.0f);
    QVERIFY(initial_state(layout, 3).values == state.values);
    QVERIFY(initial_state(layout, 4).values != state.values);
    const AdapterState alone = initial_state(layout_of({{"v", 100, 50, 8}}, 16), 3);
    QVERIFY(std::ranges::equal(alone.a(0), state.a(1)));
    const float expected[3] = {state.a(1)[0], state.a(1)[1], state.a(1)[2]};
    QCOMPARE(expected[0], alone.values[0]);
  }

  void arithmetic() {
    const LayoutPtr layout = two_modules();
    const AdapterState x = random_state(layout, 1), y = random_state(two_modules(), 2);   // equal, not identical layouts
    AdapterState sum = y;
    QVERIFY(add_scaled(sum, *difference(x, y), 1).ok());
    AdapterState given_away = x;
    const float* memory = given_away.values.data();
    const AdapterState apart = *difference(std::move(given_away), y);
    QVERIFY(apart.values.data() == memory);
    QVERIFY(apart.values == difference(x, y)->values);
    for (size_t i = 0; i < sum.values.size(); ++i) QVERIFY(std::abs(sum.values[i] - x.values[i]) < 1e-6f);
    AdapterState unit = AdapterState::zeros(layout);
    unit.values[0] = 3, unit.values[1] = -4;
    QCOMPARE(l2_norm(unit), 5.0);
    QVERIFY(all_finite(unit));
    unit.values[2] = NAN;
    QVERIFY(!all_finite(unit));
    unit.values[2] = INFINITY;
    QVERIFY(!all_finite(unit));
  }

  void different_layouts_are_refused_with_the_difference() {
    const AdapterState x = random_state(two_modules(), 1);
    const auto message = [&](const AdapterState& y) { return QString::fromStdString(difference(x, y).status().message()); };
    QCOMPARE(message(random_state(layout_of({{"q", 6, 5, 2}, {"v", 4, 3, 2}}, 8), 1)),
             QString("expected v (rank 3, in 4, out 3), got v (rank 2, in 4, out 3)"));
    QCOMPARE(message(random_state(layout_of({{"q", 6, 5, 2}}, 8), 1)), QString("expected an adapter of 2 LoRA modules, got 1"));
    QVERIFY(message(random_state(layout_of({{"q", 6, 5, 2}, {"v", 4, 3, 3}}, 9), 1)).startsWith("expected lora_alpha 8"));
    AdapterState short_one = x;
    short_one.values.pop_back();
    QCOMPARE(message(short_one), QString("expected an adapter of 43 values, got 42"));
    QVERIFY(!difference(x, AdapterState()).ok());
    AdapterState target = x;
    QVERIFY(!add_scaled(target, short_one, 1).ok());
    QVERIFY(target.values == x.values);
  }

  void arrange_by_name() {
    const AdapterState x = random_state(two_modules(), 1);
    const LayoutPtr turned = layout_of({{"v", 4, 3, 3}, {"q", 6, 5, 2}}, 8);
    const auto y = arrange(x, turned);
    QVERIFY(y.ok());
    QVERIFY(std::ranges::equal(y->a(0), x.a(1)));
    QVERIFY(std::ranges::equal(y->b(1), x.b(0)));
    QVERIFY(arrange(*y, x.layout)->values == x.values);
    QCOMPARE(arrange(x, layout_of({{"v", 4, 3, 3}, {"k", 6, 5, 2}}, 8)).status().message(),
             std::string("expected the LoRA module k, got none of that name"));
    QVERIFY(!arrange(x, layout_of({{"v", 4, 3, 3}}, 8)).ok());
    QVERIFY(!arrange(x, layout_of({{"v", 4, 3, 3}, {"q", 6, 5, 3}}, 8)).ok());
  }

  void golden_toy_error() {
    const auto toy = golden_toy();
    const double weights[] = {2, 1};   // any scale
    QVERIFY(std::abs(*aggregation_error(toy, weights) - 0.51131) < 5e-6);
  }

  void error_equals_the_dense_formula() {
    for (int clients : {2, 3, 7, 40}) {   // 40: the road by rows
      std::vector<AdapterState> states;
      std::vector<double> p;
      for (int k = 0; k < clients; ++k) states.push_back(random_state(two_modules(), 10 + k)), p.push_back(1 + k % 3);
      const double sum = std::accumulate(p.begin(), p.end(), 0.0);
      for (double& x : p) x /= sum;
      const double expected = dense_error(states, p);
      QVERIFY2(std::abs(*aggregation_error(states, p) - expected) < 1e-6 * expected, std::to_string(clients).c_str());
    }
  }

  void identical_clients_have_no_error() {
    const std::vector<AdapterState> states(3, random_state(two_modules(), 5));
    const double weights[] = {1, 2, 4};
    QCOMPARE(*aggregation_error(states, weights), 0.0);
    const auto cosines = *product_cosines(states, weights);
    for (double c : cosines) QVERIFY(std::abs(c - 1) < 1e-12);
  }

  void nothing_learned_yet_has_no_error() {   // B = 0, so T = 0
    const std::vector<AdapterState> states = {initial_state(two_modules(), 1), initial_state(two_modules(), 2)};
    const double weights[] = {1, 1};
    QCOMPARE(*aggregation_error(states, weights), 0.0);
    QCOMPARE(*product_cosines(states, weights), (std::vector<double>{0, 0}));
  }

  void error_does_not_depend_on_scale_or_client_order() {   // methods.md 7: invariants 3 and 10
    std::vector<AdapterState> states = {random_state(two_modules(), 1), random_state(two_modules(), 2),
                                        random_state(two_modules(), 3)};
    const double e = *aggregation_error(states, std::vector<double>{1, 2, 3});
    std::vector<AdapterState> turned = {states[2], states[0], states[1]};
    QVERIFY(std::abs(*aggregation_error(turned, std::vector<double>{3, 1, 2}) - e) < 1e-12);
    const LayoutPtr doubled = layout_of({{"q", 6, 5, 2}, {"v", 4, 3, 3}}, 16);
    for (AdapterState& s : states) {
      s.layout = doubled;
      for (size_t m = 0; m < 2; ++m)
        for (float& x : s.b(m)) x /= 2;
    }
    QVERIFY(std::abs(*aggregation_error(states, std::vector<double>{1, 2, 3}) - e) < 1e-12);
  }

  void cosines_equal_the_dense_formula() {
    const std::vector<AdapterState> states = {random_state(two_modules(), 1), random_state(two_modules(), 2),
                                              random_state(two_modules(), 3)};
    const std::vector<double> p = {0.5, 0.25, 0.25};
    const std::vector<double> g = dense({mean_state(states, p)}, {1});
    const auto cosines = *product_cosines(states, p);
    for (size_t k = 0; k < states.size(); ++k) {
      const std::vector<double> x = dense({states[k]}, {1});
      double dot = 0;
      for (size_t i = 0; i < x.size(); ++i) dot += x[i] * g[i];
      QVERIFY(std::abs(cosines[k] - dot / (norm(x) * norm(g))) < 1e-6);
    }
  }

  void bad_weights_are_refused() {
    const auto toy = golden_toy();
    QCOMPARE(aggregation_error(toy, std::vector<double>{1}).status().message(), std::string("expected 2 weights, got 1"));
    QVERIFY(!aggregation_error(toy, std::vector<double>{1, 0}).ok());
    QVERIFY(!aggregation_error(toy, std::vector<double>{1, NAN}).ok());
    QVERIFY(!product_cosines({}, {}).ok());
    QVERIFY(
        !aggregation_error(std::vector<AdapterState>{toy[0], random_state(two_modules(), 1)}, std::vector<double>{1, 1}).ok());
  }
};

QTEST_GUILESS_MAIN(TestAdapter)
#include "tst_adapter.moc"
