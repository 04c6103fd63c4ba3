// The space of cores and head scales: its gradient is one.
#include <QtTest>

#include "base/seed_tree.h"
#include "train/core_training.h"

using namespace fedllm;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::Cores;

namespace {

adapter::LayoutPtr layout() {
  return *AdapterLayout::make({{"model.q", 6, 10, 4, 0, 0, 0}, {"model.v", 5, 7, 4, 0, 0, 0}}, 8);
}

std::vector<float> numbers(size_t count, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(count);
  for (float& x : values) x = static_cast<float>(rng.uniform() - 0.5);
  return values;
}

double dot(std::span<const float> x, std::span<const float> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += static_cast<double>(x[i]) * y[i];
  return sum;
}

}  // namespace

class TestCoreTraining : public QObject {
  Q_OBJECT

 private slots:
  // Against differences of L(H, s) = <G, B0 (s H)> + |B|^2 / 2.
  void head_scales_have_their_gradient() {
    const auto cores = *Cores::make(layout(), 2, 7);
    const AdapterState g{layout(), numbers(layout()->size(), 9)};
    train::CoreTraining space(*cores, AdapterState::zeros(layout()), true);
    QCOMPARE(space.start().values.size(), cores->size() + 4);
    QCOMPARE(space.start().values.back(), 1.0F);
    std::vector<float> at = numbers(space.start().values.size(), 10);
    const auto loss = [&](const std::vector<float>& values) {
      const AdapterState b{layout(), {space.adapter_at(values.data()), space.adapter_at(values.data()) + g.values.size()}};
      return dot(g.values, b.values) + 0.5 * dot(b.values, b.values);
    };
    const float* b = space.adapter_at(at.data());
    std::vector<float> gradient = g.values, into(at.size());
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += b[i];
    space.pull_back(at.data(), gradient, into);
    for (const size_t i : {size_t{0}, cores->size() - 1, cores->size(), at.size() - 1}) {
      std::vector<float> more = at, less = at;
      more[i] += 0.01F, less[i] -= 0.01F;
      const double slope = (loss(more) - loss(less)) / (static_cast<double>(more[i]) - less[i]);
      QVERIFY2(std::abs(slope - into[i]) < 1e-3, qPrintable(QString("%1: %2 and %3").arg(i).arg(slope).arg(into[i])));
    }
  }

  // One head and no scale: the adapter is the basis times the core.
  void without_scales_it_is_the_core() {
    const auto cores = *Cores::make(layout(), 1, 7);
    AdapterState start = AdapterState::zeros(layout());
    cores->expand(numbers(cores->size(), 3), start.values);
    train::CoreTraining space(*cores, start, false);
    QCOMPARE(space.start().values.size(), cores->size());
    const AdapterState again = space.adapter(space.start());
    for (size_t i = 0; i < start.values.size(); ++i) QVERIFY(std::abs(again.values[i] - start.values[i]) < 1e-6F);
  }
};

QTEST_GUILESS_MAIN(TestCoreTraining)
#include "tst_core_training.moc"
