// Plots: level of detail, gaps, band, smoothing, refresh governor, cursor cost, keys, export.
#include <qcustomplot.h>

#include <QElapsedTimer>
#include <QImage>
#include <QMouseEvent>
#include <QPainter>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <limits>

#include "ui/plot/band.h"
#include "ui/plot/plot_view.h"
#include "ui/plot/refresh_governor.h"
#include "ui/plot/smoothing.h"
#include "ui/shell/theme.h"

using namespace fedllm::ui;

namespace {

constexpr float kGap = std::numeric_limits<float>::quiet_NaN();

Series noisy(int client, int points, int rounds, int spikeAt = -1) {
  Series series;
  for (int i = 0; i < points; ++i) {
    const double x = double(i + 1) * rounds / points;
    double y = 3 * std::exp(-x) + 0.3 * std::sin(i * 12.9 + client);
    if (i == spikeAt) y = 50;
    series.append(float(x), float(y));
  }
  return series;
}

PlotContent contentOf(const std::vector<Series>& all, const PlotWindow& window, double last) {
  PlotContent content;
  content.xTo = last;
  content.yTitle = "loss";
  for (const Series& series : all) {
    PlotLine line;
    line.name = "c";
    line.client = int(content.lines.size());
    line.color = Qt::darkBlue;
    line.points = series.view(window.from, window.to, window.maxVertices);
    content.lines.push_back(std::move(line));
  }
  return content;
}

}  // namespace

class TestPlot : public QObject {
  Q_OBJECT
 private slots:
  void feedsAtMost600VerticesAndKeepsSpikes() {
    Theme theme;
    std::vector<Series> all;
    for (int k = 0; k < 10; ++k) all.push_back(noisy(k, 10000, 10, 1234 + k * 777));
    double highest = 0;
    PlotView view(&theme, [&](const PlotWindow& window) {
      PlotContent content = contentOf(all, window, 10);
      for (const PlotLine& line : content.lines) {
        double top = 0;
        for (const SeriesPoint& p : line.points) top = std::max(top, p.y);
        highest = highest == 0 ? top : std::min(highest, top);
      }
      return content;
    });
    view.resize(1200, 700);
    view.show();
    view.redraw();
    QVERIFY2(view.largestGraph() <= 600 && view.largestGraph() > 100, qPrintable(QString::number(view.largestGraph())));
    QCOMPARE(highest, 50.0);           // every line still has its spike
  }

  void absentRoundsAreGaps() {
    Theme theme;
    theme.apply("light");
    Series series;
    for (int r = 0; r <= 9; ++r) series.append(float(r), r >= 3 && r <= 6 ? kGap : 1);
    PlotView view(&theme, [&](const PlotWindow& window) {
      PlotContent content = contentOf({}, window, 9);
      PlotLine line;
      line.color = Qt::red;
      line.width = 2;
      line.points = series.view(-1, 10, window.maxVertices);
      content.lines.push_back(line);
      return content;
    });
    view.resize(600, 300);
    view.show();
    view.redraw();
    QTest::qWait(50);
    const QImage image = view.grab().toImage();
    int redLeft = 0, redMiddle = 0;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) {
        const QColor c = image.pixelColor(x, y);
        if (c.red() < 200 || c.green() > 80 || c.blue() > 80) continue;
        const double share = double(x) / image.width();
        (share > 0.42 && share < 0.66 ? redMiddle : redLeft) += 1;
      }
    }
    QVERIFY(redLeft > 50);
    QCOMPARE(redMiddle, 0);
  }

  void smoothingIsDebiasedAndFollowsItsSource() {
    Series source;
    source.append(1, 4);
    source.append(2, 2);
    source.append(3, kGap);
    source.append(4, 2);
    SmoothedSeries smoothed;
    const Series& out = smoothed.update(source, 0.5);
    QCOMPARE(out.size(), size_t(4));
    QCOMPARE(out.y(0), 4.0f);          // debiased: the first value is itself, not half of it
    QVERIFY(std::abs(out.y(1) - (0.25 * 4 + 0.5 * 2) / 0.75) < 1e-6);
    QVERIFY(std::isnan(out.y(2)));
    source.append(5, 2);
    QCOMPARE(smoothed.update(source, 0.5).size(), size_t(5));
    source.truncateAfter(2);           // a resume supersedes what came later
    source.append(3, 10);
    const Series& again = smoothed.update(source, 0.5);
    QCOMPARE(again.size(), size_t(3));
    QVERIFY(std::abs(again.y(2) - (0.125 * 4 + 0.25 * 2 + 0.5 * 10) / 0.875) < 1e-5);
    QCOMPARE(smoothed.update(source, 0).y(1), 2.0f);
  }

  void bandHoldsQuartilesAndExtremes() {
    std::vector<Series> all(5);
    std::vector<const Series*> pointers;
    for (int k = 0; k < 5; ++k) {
      for (int r = 0; r < 4; ++r) all[k].append(float(r) + 0.5f, r == 2 ? kGap : float(k));
      pointers.push_back(&all[k]);
    }
    const Band band = computeBand(pointers, 0, 4, 4);
    QCOMPARE(band.x.size(), size_t(4));
    QCOMPARE(band.minimum[0], 0.0);
    QCOMPARE(band.low[0], 1.0);
    QCOMPARE(band.median[0], 2.0);
    QCOMPARE(band.high[0], 3.0);
    QCOMPARE(band.maximum[0], 4.0);
    QVERIFY(std::isnan(band.median[2]));
    QVERIFY(computeBand({}, 0, 1, 10).x.empty());
    QVERIFY(computeBand(pointers, 1, 1, 10).x.empty());
  }

  void governorBoundsItsShareOfTheCore() {
    QWidget window;
    window.show();
    int fast = 0;
    auto* cheap = new Refresher(&window, [&] { ++fast; });
    QElapsedTimer took;
    took.start();
    for (int i = 0; i < 100; ++i) {
      cheap->mark();
      QTest::qWait(5);
    }
    QVERIFY2(fast <= took.elapsed() / 100 + 3, qPrintable(QString::number(fast)));   // one in 100 ms
    QVERIFY(fast >= 2);
    auto* dear = new Refresher(&window, [] {
      const double until = RefreshGovernor::threadCpuMs() + 20;
      while (RefreshGovernor::threadCpuMs() < until) {}
    });
    dear->mark();
    QTRY_COMPARE(dear->count(), 1);
    QVERIFY(RefreshGovernor::of(&window)->intervalMs() >= 380);    // 20 x 20 ms
    RefreshGovernor::of(&window)->interacted();
    QCOMPARE(RefreshGovernor::of(&window)->intervalMs(), 16);
    QCOMPARE(window.findChildren<RefreshGovernor*>().size(), 1);
  }

  void hiddenPicturesWaitUntilShown() {
    QWidget window;
    auto* picture = new QWidget(&window);
    window.show();
    picture->hide();
    auto* refresher = new Refresher(picture, [] {});
    for (int i = 0; i < 100; ++i) refresher->mark();
    QTest::qWait(250);
    QCOMPARE(refresher->count(), 0);
    picture->show();
    QTRY_COMPARE(refresher->count(), 1);
  }

  void minimisedWindowsAreDrawnWhenTheyAreBack() {
    QWidget window;
    window.show();
    auto* refresher = new Refresher(&window, [] {});
    refresher->mark();
    QTRY_COMPARE(refresher->count(), 1);
    window.showMinimized();
    refresher->mark();
    QTest::qWait(250);
    QCOMPARE(refresher->count(), 1);
    window.showNormal();               // and nothing more happens in the run
    QTRY_COMPARE(refresher->count(), 2);
  }

  void theReadingIsGoneWithThePointer() {
    Theme theme;
    std::vector<Series> all{noisy(0, 100, 10)};
    PlotView view(&theme, [&](const PlotWindow& window) { return contentOf(all, window, 10); });
    view.resize(600, 300);
    view.show();
    view.redraw();
    QTest::qWait(50);
    const QImage before = view.grab().toImage();
    auto* plot = view.findChild<QCustomPlot*>();
    const QPointF at(plot->xAxis->coordToPixel(all[0].x(50)), plot->yAxis->coordToPixel(all[0].y(50)));
    QMouseEvent move(QEvent::MouseMove, at, plot->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QCoreApplication::sendEvent(plot, &move);
    QTest::qWait(30);
    QVERIFY(view.grab().toImage() != before);
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(&view, &leave);
    QTest::qWait(30);
    QCOMPARE(view.grab().toImage(), before);
  }

  void keysAskAndZoom() {
    Theme theme;
    std::vector<Series> all{noisy(0, 100, 10)};
    PlotView view(&theme, [&](const PlotWindow& window) { return contentOf(all, window, 10); });
    view.resize(600, 300);
    view.show();
    view.redraw();
    qRegisterMetaType<PlotCommand>();
    QSignalSpy asked(&view, &PlotView::command);
    const std::pair<Qt::Key, PlotCommand> keys[] = {
        {Qt::Key_Left, PlotCommand::PreviousRound}, {Qt::Key_Right, PlotCommand::NextRound}, {Qt::Key_Up, PlotCommand::PreviousClient},
        {Qt::Key_Down, PlotCommand::NextClient}, {Qt::Key_Home, PlotCommand::FirstRound}, {Qt::Key_End, PlotCommand::LastRound},
        {Qt::Key_S, PlotCommand::Solo}, {Qt::Key_H, PlotCommand::Hide}, {Qt::Key_B, PlotCommand::Band},
        {Qt::Key_L, PlotCommand::Logarithmic}, {Qt::Key_M, PlotCommand::Smoothing}};
    for (const auto& [key, command] : keys) {
      QTest::keyClick(&view, key);
      QCOMPARE(asked.takeLast().at(0).value<PlotCommand>(), command);
    }
    QTest::keyClick(&view, Qt::Key_T, Qt::ControlModifier);
    QCOMPARE(asked.takeLast().at(0).value<PlotCommand>(), PlotCommand::Table);
    QVERIFY(view.isFitted());
    QTest::keyClick(&view, Qt::Key_Plus);
    QVERIFY(!view.isFitted());
    QTest::keyClick(&view, Qt::Key_Minus);
    QVERIFY(view.isFitted());
    QTest::keyClick(&view, Qt::Key_Plus);
    QTest::keyClick(&view, Qt::Key_0);
    QVERIFY(view.isFitted());
  }

  void nothingDrawnHasNoScale() {
    Theme theme;
    PlotContent content;
    content.unit = PlotUnit::Bytes;
    content.emptyText = "No round saved yet";
    PlotView view(&theme, [&](const PlotWindow&) { return content; });
    view.show();
    view.redraw();
    auto* plot = view.findChild<QCustomPlot*>();
    QVERIFY(!plot->yAxis->tickLabels() && !plot->yAxis->visible() && !plot->xAxis->visible());
    content.emptyText.clear();
    view.redraw();
    QVERIFY(plot->yAxis->tickLabels() && plot->yAxis->visible() && plot->xAxis->visible());
  }

  void backgroundFollowsTheTheme() {
    Theme theme;
    PlotView view(&theme, [](const PlotWindow&) { return PlotContent(); });
    view.resize(300, 200);
    view.show();
    for (const char* name : {"dark", "light", "contrast"}) {
      theme.apply(name);
      view.redraw();
      QTest::qWait(30);
      QCOMPARE(view.grab().toImage().pixelColor(295, 100).rgb(), theme.surface().rgb());
    }
  }

  void exportsPngSvgCsv() {
    Theme theme;
    std::vector<Series> all{noisy(0, 5000, 10)};
    PlotView view(&theme, [&](const PlotWindow& window) { return contentOf(all, window, 10); });
    view.setCsv([] { return QByteArray("run,value\nr,1\n"); });
    view.resize(400, 300);
    view.show();
    view.redraw();
    QTemporaryDir folder;
    const QString base = folder.filePath("p");
    QVERIFY(view.savePng(base + ".png") && view.saveSvg(base + ".svg") && view.saveCsv(base + ".csv"));
    QVERIFY(QImage(base + ".png").width() >= 2 * 390);
    QVERIFY(QSvgRenderer(base + ".svg").isValid());
    QFile csv(base + ".csv");
    QVERIFY(csv.open(QIODevice::ReadOnly));
    QCOMPARE(csv.readAll(), QByteArray("run,value\nr,1\n"));
    QVERIFY(!view.saveCsv(folder.filePath("absent/p.csv")));
    QVERIFY(view.largestGraph() <= 600);                           // the vertices of the export are gone again
  }
};

QTEST_MAIN(TestPlot)
#include "tst_plot.moc"
