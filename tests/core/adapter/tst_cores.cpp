// Cores and tails: bases that are orthonormal and everybody's, exact means, gradients that are gradients.
#include <QtTest>

#include <cmath>

#include "adapter/cores.h"
#include "adapter/tail.h"
#include "base/seed_tree.h"

using namespace fedllm;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::Cores;

namespace {

adapter::LayoutPtr layout(int rank = 4) {
  return *AdapterLayout::make({{"model.q", 6, 10, rank, 0, 0, 0}, {"model.v", 5, 7, rank, 0, 0, 0}}, 8);
}

std::vector<float> numbers(size_t count, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(count);
  for (float& x : values) x = static_cast<float>(rng.uniform() - 0.5);
  return values;
}

AdapterState filled(const adapter::LayoutPtr& of, uint64_t seed) { return {of, numbers(of->size(), seed)}; }

double dot(std::span<const float> x, std::span<const float> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += static_cast<double>(x[i]) * y[i];
  return sum;
}

}  // namespace

class TestCores : public QObject {
  Q_OBJECT

 private slots:
  void a_core_comes_back() {
    for (const int heads : {1, 2, 4}) {
      const auto cores = *Cores::make(layout(), heads, 7);
      QCOMPARE(cores->size(), static_cast<size_t>(2 * 16 / heads));
      QCOMPARE(cores->blocks().size(), static_cast<size_t>(2 * heads));
      const std::vector<float> given = numbers(cores->size(), 1);
      AdapterState state = filled(layout(), 2);
      const std::vector<float> a(state.a(1).begin(), state.a(1).end());
      cores->expand(given, state.values);
      QVERIFY(std::ranges::equal(a, state.a(1)));
      const std::vector<float> back = cores->project(state.values);
      for (size_t i = 0; i < given.size(); ++i) QVERIFY(std::abs(back[i] - given[i]) < 1e-6F);
    }
  }

  // With A whole, ||B0 H||_F = ||H||_F: the basis neither shrinks nor stretches.
  void the_basis_is_orthonormal() {
    const auto cores = *Cores::make(layout(), 1, 7);
    const std::vector<float> given = numbers(cores->size(), 3);
    AdapterState state = AdapterState::zeros(layout());
    cores->expand(given, state.values);
    QVERIFY(std::abs(adapter::l2_norm(state) - std::sqrt(dot(given, given))) < 1e-6);
  }

  // On a given basis, in any scale: its span, in which orthonormal columns stay where they are.
  void a_basis_may_be_given() {
    const auto drawn = *Cores::make(layout(), 1, 7);
    std::vector<float> one(drawn->size());
    for (size_t module = 0; module < 2; ++module)
      for (size_t i = 0; i < 4; ++i) one[16 * module + 5 * i] = 1;
    AdapterState basis = filled(layout(), 2);
    drawn->expand(one, basis.values);   // B = B0
    const auto cores = Cores::on(layout(), basis);
    QVERIFY(cores.ok() && (*cores)->size() == drawn->size());
    const std::vector<float> given = numbers(drawn->size(), 3);
    AdapterState state = filled(layout(), 4), again = state;
    drawn->expand(given, state.values), (*cores)->expand(given, again.values);
    for (size_t i = 0; i < state.values.size(); ++i) QVERIFY(std::abs(state.values[i] - again.values[i]) < 1e-6F);

    AdapterState skewed = basis;   // second column longer and leaning on the first, third missing
    for (size_t out = 0; out < 10; ++out) skewed.b(0)[4 * out + 1] = 3 * basis.b(0)[4 * out + 1] + 2 * basis.b(0)[4 * out], skewed.b(0)[4 * out + 2] = 0;
    const auto righted = *Cores::on(layout(), skewed);
    AdapterState orthonormal = AdapterState::zeros(layout());
    righted->expand(one, orthonormal.values);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) {
        double sum = 0;
        for (int out = 0; out < 10; ++out) sum += double{orthonormal.b(0)[4 * out + i]} * orthonormal.b(0)[4 * out + j];
        QVERIFY(std::abs(sum - (i == j)) < 1e-6);
      }
    for (size_t out = 0; out < 10; ++out)
      for (const size_t column : {0, 1, 3}) QVERIFY(std::abs(orthonormal.b(0)[4 * out + column] - basis.b(0)[4 * out + column]) < 1e-6F);
  }

  void a_basis_of_other_modules_is_refused() {
    const auto sentence = [&](const adapter::LayoutPtr& of) { return Cores::on(layout(), AdapterState::zeros(of)).status().message(); };
    QCOMPARE(sentence(layout(3)), std::string("module model.q: expected a basis of 10 rows and 4 columns, got model.q with 10 and 3"));
    QCOMPARE(sentence(*AdapterLayout::make({{"model.q", 6, 10, 4, 0, 0, 0}}, 8)), std::string("expected a basis of 2 modules, got 1"));
  }

  // <project(G), H> = <G, expand(H)>: what makes a projected gradient the gradient.
  void projecting_is_the_adjoint_of_expanding() {
    for (const int heads : {1, 2}) {
      const auto cores = *Cores::make(layout(), heads, 7);
      const std::vector<float> h = numbers(cores->size(), 4);
      const AdapterState g = filled(layout(), 5);
      AdapterState expanded = AdapterState::zeros(layout());
      cores->expand(h, expanded.values);
      QVERIFY(std::abs(dot(cores->project(g.values), h) - dot(g.values, expanded.values)) < 1e-5);
    }
  }

  // sum_k p_k B_k A = (B0 sum_k p_k H_k) A.
  void the_mean_of_cores_is_the_core_of_the_mean() {
    const auto cores = *Cores::make(layout(), 2, 7);
    const std::vector<float> one = numbers(cores->size(), 6), other = numbers(cores->size(), 7);
    std::vector<float> mean(one.size());
    for (size_t i = 0; i < mean.size(); ++i) mean[i] = 0.25F * one[i] + 0.75F * other[i];
    AdapterState first = AdapterState::zeros(layout()), second = first, both = first;
    cores->expand(one, first.values), cores->expand(other, second.values), cores->expand(mean, both.values);
    for (size_t i = 0; i < both.values.size(); ++i) QVERIFY(std::abs(both.values[i] - (0.25F * first.values[i] + 0.75F * second.values[i])) < 1e-6F);
  }

  void the_seed_decides() {
    const std::vector<float> h = numbers((*Cores::make(layout(), 2, 7))->size(), 8);
    const auto at = [&](uint64_t seed) {
      AdapterState state = AdapterState::zeros(layout());
      (*Cores::make(layout(), 2, seed))->expand(h, state.values);
      return state.values;
    };
    QCOMPARE(at(7), at(7));
    QVERIFY(at(7) != at(8));
  }

  void bad_input_says_what_was_expected_data() {
    QTest::addColumn<int>("rank");
    QTest::addColumn<int>("heads");
    QTest::addColumn<bool>("saved");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no head") << 4 << 0 << false << "expected at least 1 head, got 0";
    QTest::newRow("heads") << 4 << 3 << false << "module model.q: expected a rank that 3 heads divide, got 4";
    QTest::newRow("rank") << 8 << 1 << false << "module model.v: expected a rank of at most its 7 outputs, got 8";
    QTest::newRow("saved") << 4 << 1 << true << "expected LoRA factors alone where cores are trained, got head kept whole";
  }
  void bad_input_says_what_was_expected() {
    QFETCH(int, rank);
    QFETCH(int, heads);
    QFETCH(bool, saved);
    QFETCH(QString, sentence);
    adapter::LayoutPtr of = layout(rank);
    if (saved) of = *AdapterLayout::make(of->modules(), 8, false, {{"head", {3, 2}}});
    const auto made = Cores::make(of, heads, 1);
    QVERIFY(!made.ok());
    QCOMPARE(QString::fromStdString(made.status().message()), sentence);
  }

  void a_tail_has_its_gradient() {
    const AdapterState at = filled(layout(), 11);
    const adapter::TailPenalty penalty{0.7, 0.6};   // components 2 and 3 of 4
    std::vector<float> gradient(at.values.size());
    adapter::add_tail_gradient(*at.layout, at.values.data(), penalty, gradient.data());
    int touched = 0;
    for (size_t i = 0; i < gradient.size(); ++i) {
      AdapterState more = at, less = at;
      more.values[i] += 0.01F, less.values[i] -= 0.01F;
      const double slope = 0.7 * (adapter::tail_product(more, 0.6) - adapter::tail_product(less, 0.6)) / (static_cast<double>(more.values[i]) - less.values[i]);
      QVERIFY(std::abs(slope - gradient[i]) < 1e-3);
      touched += gradient[i] != 0;
    }
    QCOMPARE(touched, static_cast<int>(gradient.size() / 2));
  }

  void a_tail_of_nothing_has_none() {
    const AdapterState zero = AdapterState::zeros(layout());
    std::vector<float> gradient(zero.values.size());
    adapter::add_tail_gradient(*zero.layout, zero.values.data(), {1, 0.5}, gradient.data());
    QVERIFY(std::ranges::all_of(gradient, [](float x) { return x == 0; }));
    QCOMPARE(adapter::tail_product(filled(layout(), 12), 1), 0.0);
    QCOMPARE(adapter::tail_from(8, 0.99), 7);
  }
};

QTEST_GUILESS_MAIN(TestCores)
#include "tst_cores.moc"
