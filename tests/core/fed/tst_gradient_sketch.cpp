// Gradients found turn by turn: nothing lost where there is little, and no step where there is none. What it finds is measured
// against whole gradients in the conformance suite.
#include <QtTest>

#include <cmath>

#include "base/seed_tree.h"
#include "fed/gradient_sketch.h"

using namespace fedllm;
using adapter::AdapterLayout;
using adapter::AdapterState;
using fed::GradientSketch;

namespace {

// A wide module, a tall one, and one narrower than the rank.
const adapter::LayoutPtr& layout() {
  static const adapter::LayoutPtr shared = *AdapterLayout::make({{"model.q", 12, 5, 4, 0, 0, 0}, {"model.v", 5, 12, 4, 0, 0, 0}, {"model.o", 3, 9, 4, 0, 0, 0}}, 8);
  return shared;
}

// [out, in] a module
using Gradients = std::vector<std::vector<double>>;
Gradients of_rank_one(double length) {
  Gradients all;
  Rng rng(3);
  for (const adapter::ModuleSlot& slot : layout()->modules()) {
    std::vector<double> left(static_cast<size_t>(slot.out_features)), right(static_cast<size_t>(slot.in_features)), g;
    for (double& x : left) x = rng.normal();
    for (double& x : right) x = rng.normal();
    for (const double l : left)
      for (const double r : right) g.push_back(length * l * r);
    all.push_back(std::move(g));
  }
  return all;
}

AdapterState seen(const Gradients& gradients, const AdapterState& place) {
  AdapterState gradient = AdapterState::zeros(place.layout);
  for (size_t m = 0; m < gradients.size(); ++m) {
    const adapter::ModuleSlot& slot = place.layout->modules()[m];
    const auto in = static_cast<size_t>(slot.in_features), rank = static_cast<size_t>(slot.rank);
    for (size_t o = 0; o < static_cast<size_t>(slot.out_features); ++o)
      for (size_t i = 0; i < in; ++i)
        for (size_t r = 0; r < rank; ++r) {
          const double g = place.layout->scale(m) * gradients[m][o * in + i];
          gradient.b(m)[o * rank + r] += static_cast<float>(g * place.a(m)[r * in + i]);
          gradient.a(m)[r * in + i] += static_cast<float>(g * place.b(m)[o * rank + r]);
        }
  }
  return gradient;
}

GradientSketch done(const Gradients& gradients, uint64_t seed = 1) {
  GradientSketch sketch(layout(), seed);
  while (!sketch.done()) sketch.take(seen(gradients, sketch.place()));
  return sketch;
}

}  // namespace

class TestGradientSketch : public QObject {
  Q_OBJECT

 private slots:
  void the_model_is_the_base_in_every_turn() {
    GradientSketch sketch(layout(), 1);
    for (int turn = 0; !sketch.done(); ++turn) {
      QCOMPARE(sketch.wants_b(), turn % 2 == 0);
      for (size_t m = 0; m < layout()->modules().size(); ++m) {
        QVERIFY(std::ranges::all_of(sketch.wants_b() ? sketch.place().b(m) : sketch.place().a(m), [](float x) { return x == 0; }));
        QVERIFY(std::ranges::any_of(sketch.wants_b() ? sketch.place().a(m) : sketch.place().b(m), [](float x) { return x != 0; }));
      }
      sketch.take(seen(of_rank_one(1), sketch.place()));
      QVERIFY(turn < GradientSketch::kTurns);
    }
  }

  void a_gradient_of_rank_one_is_found_whole() {
    for (const double length : {1.0, 1e-8}) {
      const Gradients gradients = of_rank_one(length);
      const AdapterState step = done(gradients).step(2, 0);
      for (size_t m = 0; m < gradients.size(); ++m) {
        const adapter::ModuleSlot& slot = layout()->modules()[m];
        for (int o = 0; o < slot.out_features; ++o)
          for (int i = 0; i < slot.in_features; ++i) {
            double product = 0;
            for (int r = 0; r < slot.rank; ++r) product += double{step.b(m)[o * slot.rank + r]} * step.a(m)[r * slot.in_features + i];
            const double want = -2 * gradients[m][static_cast<size_t>(o * slot.in_features + i)];
            QVERIFY2(std::abs(layout()->scale(m) * product - want) < 1e-5 * length, qPrintable(QString("%1, %2").arg(layout()->scale(m) * product).arg(want)));
          }
      }
    }
  }

  void no_gradient_is_no_step() {
    const AdapterState step = done(of_rank_one(0)).step(1, 1);
    QVERIFY(std::ranges::all_of(step.values, [](float x) { return x == 0; }));
  }

  void the_seed_decides() {
    const Gradients gradients = of_rank_one(1);
    QVERIFY(done(gradients, 1).step(1, 1).values == done(gradients, 1).step(1, 1).values);
    QVERIFY(GradientSketch(layout(), 1).place().values != GradientSketch(layout(), 2).place().values);
  }
};

QTEST_GUILESS_MAIN(TestGradientSketch)
#include "tst_gradient_sketch.moc"
