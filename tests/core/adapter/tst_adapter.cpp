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
};

QTEST_GUILESS_MAIN(TestAdapter)
#include "tst_adapter.moc"
