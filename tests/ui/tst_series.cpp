// Series: no spike lost, no gap bridged, bounded vertices, truncation on resume, memory.
#include <QtTest>
#include <cmath>
#include <random>

#include "ui/model/series_store.h"

using fedllm::ui::Series;
using fedllm::ui::SeriesPoint;

namespace {
Series noisy(int n, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  Series series;
  for (int i = 0; i < n; ++i) series.append(i * 0.01f, unit(random));
  return series;
}
}  // namespace

class TestSeries : public QObject {
  Q_OBJECT
 private slots:
  void fewPointsComeRaw() {
    const Series series = noisy(100);
    const auto view = series.view(0, 1, 600);
    QCOMPARE(view.size(), size_t(100));
    for (size_t i = 0; i < view.size(); ++i) QCOMPARE(float(view[i].y), series.y(i));
  }

  void boundedAndOrdered_data() {
    QTest::addColumn<int>("points");
    QTest::addColumn<int>("vertices");
    for (int points : {17, 601, 1023, 1024, 1025, 10000, 99999})
      for (int vertices : {16, 64, 300, 600}) QTest::addRow("%d in %d", points, vertices) << points << vertices;
  }
  void boundedAndOrdered() {
    QFETCH(int, points);
    QFETCH(int, vertices);
    Series series = noisy(points);
    for (double from : {-1.0, 0.0, points * 0.003, points * 0.005}) {
      const auto view = series.view(from, points * 0.009, vertices);
      QVERIFY2(int(view.size()) <= vertices, qPrintable(QString::number(view.size())));
      for (size_t i = 1; i < view.size(); ++i) QVERIFY(view[i - 1].x <= view[i].x);
    }
  }

  void spikesSurvive() {
    std::mt19937 random(7);
    for (int trial = 0; trial < 50; ++trial) {
      Series series;
      const int n = 5000 + int(random() % 5000);
      const int at = int(random() % n);
      for (int i = 0; i < n; ++i) series.append(float(i), i == at ? 1000.f : float(i % 7));
      bool found = false;
      for (const SeriesPoint& p : series.view(0, n, 300)) found |= p.y == 1000 && p.x == at;
      QVERIFY(found);
    }
  }

  void extremesEqualBruteForce() {
    Series series = noisy(7777, 3);
    std::mt19937 random(9);
    for (int trial = 0; trial < 200; ++trial) {
      int a = int(random() % 7777), b = int(random() % 7777);
      if (a > b) std::swap(a, b);
      double low = 0, high = 0;
      QVERIFY(series.range(series.x(a), series.x(b), &low, &high));
      float min = INFINITY, max = -INFINITY;
      for (int i = a; i <= b; ++i) min = std::min(min, series.y(i)), max = std::max(max, series.y(i));
      QCOMPARE(float(low), min);
      QCOMPARE(float(high), max);
    }
  }

  // Walking the view, no line may connect two points between which the data has a gap.
  void gapsAreNeverBridged() {
    std::mt19937 random(11);
    for (int trial = 0; trial < 100; ++trial) {
      Series series;
      const int n = 2000;
      std::vector<int> gapsBefore(n + 1, 0);
      for (int i = 0; i < n; ++i) {
        const bool gap = random() % 97 == 0;
        series.append(float(i), gap ? NAN : float(random() % 10));
        gapsBefore[i + 1] = gapsBefore[i] + gap;
      }
      const auto view = series.view(0, n, 200);
      QVERIFY(view.size() <= 200);
      for (size_t i = 1; i < view.size(); ++i) {
        if (std::isnan(view[i].y) || std::isnan(view[i - 1].y)) continue;
        QCOMPARE(gapsBefore[int(view[i].x)], gapsBefore[int(view[i - 1].x)]);
      }
    }
  }

  void truncationEqualsNeverAppended() {
    Series all = noisy(3000, 5), part;
    for (int i = 0; i <= 1234; ++i) part.append(all.x(i), all.y(i));
    const auto revision = all.revision();
    all.truncateAfter(part.lastX());
    QVERIFY(all.revision() != revision);
    QCOMPARE(all.size(), part.size());
    for (int i = 0; i < 2000; ++i) all.append(20.f + i, float(i % 13)), part.append(20.f + i, float(i % 13));
    const auto a = all.view(0, 5000, 100), b = part.view(0, 5000, 100);
    QCOMPARE(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) QVERIFY(a[i].x == b[i].x && a[i].y == b[i].y);
  }

  void emptyAndAllGaps() {
    Series series;
    QVERIFY(series.view(0, 1, 100).empty());
    QVERIFY(std::isnan(series.lastY()));
    double low, high;
    for (int i = 0; i < 1000; ++i) series.append(float(i), NAN);
    QVERIFY(!series.range(0, 1000, &low, &high));
    for (const SeriesPoint& p : series.view(0, 1000, 50)) QVERIFY(std::isnan(p.y));
  }

  void memoryIsElevenBytesAPointAtMostTwice() {
    Series series = noisy(10000);
    QVERIFY2(series.memoryBytes() < 10000 * 8 * 4 / 3 * 2, qPrintable(QString::number(series.memoryBytes())));
  }

  void nearestPoint() {
    Series series;
    for (int i = 0; i < 10; ++i) series.append(float(i), 0);
    QCOMPARE(series.nearest(-5), size_t(0));
    QCOMPARE(series.nearest(3.4), size_t(3));
    QCOMPARE(series.nearest(3.6), size_t(4));
    QCOMPARE(series.nearest(50), size_t(9));
  }
};

QTEST_GUILESS_MAIN(TestSeries)
#include "tst_series.moc"
