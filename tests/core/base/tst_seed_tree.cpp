// The expected numbers come from an independent implementation of splitmix64 and xoshiro256** in another language: runs
// must be reproducible on every platform and in every later version.
#include <QtTest>

#include <cmath>
#include <numeric>
#include <set>

#include "base/seed_tree.h"

using namespace fedllm;

class TestSeedTree : public QObject {
  Q_OBJECT
 private slots:
  void generator_is_the_published_one() {
    Rng zero(0), one(1);
    QCOMPARE(zero.next(), uint64_t(0x99ec5f36cb75f2b4));
    QCOMPARE(zero.next(), uint64_t(0xbf6e1f784956452a));
    for (uint64_t expected :
         std::initializer_list<uint64_t>{0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7})
      QCOMPARE(one.next(), expected);
  }

  void paths_are_fixed() {
    QCOMPARE(SeedTree(0).child("").value(), uint64_t(0x2651104486af665b));
    QCOMPARE(SeedTree(1).child("round", 3).value(), uint64_t(0xa6cb20c34b9c8a75));
    QCOMPARE(SeedTree(1).child("round", 3).child("client", 1).value(), uint64_t(0x2d809c5fd2966c54));
  }

  void distributions_are_fixed() {
    Rng rng(42);
    for (uint64_t expected : std::initializer_list<uint64_t>{2, 2, 9, 3, 6, 4, 4, 7}) QCOMPARE(rng.below(10), expected);
    std::vector<int> items(8);
    std::iota(items.begin(), items.end(), 0);
    Rng(7).shuffle(items);
    QCOMPARE(items, (std::vector<int>{1, 3, 7, 5, 4, 0, 6, 2}));
    Rng normal(5);
    QVERIFY(std::abs(normal.normal() + 0.6609817491416791) < 1e-14);
    QVERIFY(std::abs(normal.normal() + 0.49357201244041027) < 1e-14);
  }

  void dirichlet_of_any_alpha_sums_to_one() {
    for (double alpha : {5e-324, 1e-310, 1e-30, 1e-3, 1.0, 1e6, 1e300}) {
      Rng rng(9);
      for (int n : {1, 2, 7}) {
        const std::vector<double> p = rng.dirichlet(alpha, n);
        const double sum = std::accumulate(p.begin(), p.end(), 0.0);
        QVERIFY2(std::abs(sum - 1) < 1e-12, std::to_string(sum).c_str());   // not NaN either
      }
    }
    QVERIFY(Rng(1).dirichlet(1, 0).empty());
  }

  void children_differ() {
    std::set<uint64_t> seen;
    for (uint64_t seed = 0; seed < 10; ++seed)
      for (const char* purpose : {"round", "client", "dropout", "cohort"})
        for (uint64_t i = 0; i < 100; ++i) seen.insert(SeedTree(seed).child(purpose, i).value());
    QCOMPARE(seen.size(), size_t(4000));
    QVERIFY(SeedTree(1).child("a").child("b").value() != SeedTree(1).child("b").child("a").value());
  }

  void uniform_and_below_stay_inside() {
    Rng rng(3);
    double sum = 0;
    for (int i = 0; i < 100000; ++i) {
      const double u = rng.uniform();
      QVERIFY(u >= 0 && u < 1);
      sum += u;
    }
    QVERIFY(std::abs(sum / 100000 - 0.5) < 0.005);
    std::vector<int> count(7);
    for (int i = 0; i < 70000; ++i) ++count[rng.below(7)];
    for (int n : count) QVERIFY(std::abs(n - 10000) < 500);
    for (int i = 0; i < 100; ++i) QCOMPARE(rng.below(1), uint64_t(0));
  }

  void normal_moments() {
    Rng rng(4);
    double sum = 0, sum2 = 0;
    for (int i = 0; i < 200000; ++i) {
      const double x = rng.normal();
      sum += x, sum2 += x * x;
    }
    QVERIFY(std::abs(sum / 200000) < 0.01);
    QVERIFY(std::abs(sum2 / 200000 - 1) < 0.02);
  }

  void gamma_moments_data() {
    QTest::addColumn<double>("shape");
    for (double shape : {0.1, 0.5, 1.0, 3.0, 20.0}) QTest::newRow(qPrintable(QString::number(shape))) << shape;
  }
  void gamma_moments() {   // mean and variance are the shape
    QFETCH(double, shape);
    Rng rng(6);
    constexpr int kDraws = 200000;
    double sum = 0, sum2 = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double x = rng.gamma(shape);
      QVERIFY(x >= 0 && std::isfinite(x));
      sum += x, sum2 += x * x;
    }
    const double mean = sum / kDraws;
    QVERIFY(std::abs(mean - shape) < 0.03 * shape);
    QVERIFY(std::abs(sum2 / kDraws - mean * mean - shape) < 0.06 * shape);
  }

  void dirichlet_sums_to_one_even_for_tiny_alpha_data() {
    QTest::addColumn<double>("alpha");
    for (double alpha : {1e-8, 1e-4, 0.01, 0.1, 1.0, 100.0, 1e6}) QTest::newRow(qPrintable(QString::number(alpha))) << alpha;
  }
  void dirichlet_sums_to_one_even_for_tiny_alpha() {
    QFETCH(double, alpha);
    Rng rng(8);
    constexpr int kClients = 10, kDraws = 2000;
    std::vector<double> mean(kClients);
    double concentration = 0;
    for (int i = 0; i < kDraws; ++i) {
      const std::vector<double> p = rng.dirichlet(alpha, kClients);
      QVERIFY(std::abs(std::accumulate(p.begin(), p.end(), 0.0) - 1) < 1e-12);
      for (int k = 0; k < kClients; ++k) {
        QVERIFY(p[k] >= 0 && p[k] <= 1);
        mean[k] += p[k] / kDraws;
        concentration += p[k] * p[k] / kDraws;
      }
    }
    for (double m : mean) QVERIFY(std::abs(m - 0.1) < 0.04);
    const double expected = (1 + alpha) / (1 + kClients * alpha);   // E sum p^2 of a symmetric Dirichlet
    QVERIFY2(std::abs(concentration - expected) < 0.03, qPrintable(QString("%1 %2").arg(concentration).arg(expected)));
    QCOMPARE(rng.dirichlet(alpha, 1), std::vector<double>{1.0});
  }
};

QTEST_GUILESS_MAIN(TestSeedTree)
#include "tst_seed_tree.moc"
