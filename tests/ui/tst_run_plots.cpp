// The Run page's plots from synthetic events: keys, band, table twins and CSV, drawing only what is seen, descriptions.
#include <qcustomplot.h>

#include <QComboBox>
#include <QTabWidget>
#include <QTableView>
#include <cmath>
#include <limits>

#include "run_stage.h"
#include "ui/plot/band.h"
#include "ui/plot/plot_view.h"
#include "ui/plot/refresh_governor.h"
#include "ui/plot/table_twin.h"
#include "ui/run/round_plots.h"
#include "ui/run/run_csv.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::Stage;
using test::SyntheticRun;

class TestRunPlots : public QObject {
  Q_OBJECT
 private slots:
  void plotKeysMoveWhatIsShared() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(4);
    stage.show(run);
    auto* plot = stage.view->findChild<PlotView*>("plot.loss");
    RunFocus* focus = stage.view->focus();
    QTest::keyClick(plot, Qt::Key_Home);
    QCOMPARE(focus->round(), 0);
    QTest::keyClick(plot, Qt::Key_Right);
    QCOMPARE(focus->round(), 1);
    QTest::keyClick(plot, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(focus->round(), 4);       // the newest that has begun
    QTest::keyClick(plot, Qt::Key_Escape);
    QCOMPARE(focus->round(), -1);      // live
    QTest::keyClick(plot, Qt::Key_Down);
    QTest::keyClick(plot, Qt::Key_Down);
    QCOMPARE(focus->client(), 1);
    QTest::keyClick(plot, Qt::Key_H);
    QVERIFY(!focus->isShown(1));
    QTest::keyClick(plot, Qt::Key_H);
    QTest::keyClick(plot, Qt::Key_S);
    QVERIFY(focus->isShown(1) && !focus->isShown(0));
    QTest::keyClick(plot, Qt::Key_S);
    QVERIFY(focus->isShown(0));
    QTest::keyClick(plot, Qt::Key_M);
    stage.settle();
    QVERIFY2(plot->yTitle().contains("EMA 0.6 debiased"), qPrintable(plot->yTitle()));
    QTest::keyClick(plot, Qt::Key_B);
    QVERIFY(focus->band());
    QTest::keyClick(plot, Qt::Key_L);
    QVERIFY(focus->logarithmic());
    stage.settle();
    QTest::keyClick(plot, Qt::Key_T, Qt::ControlModifier);
    QVERIFY(!plot->isVisible());
  }

  void bandStandsAboveTwentyClients() {
    Stage stage;
    SyntheticRun run;
    run.clients = 21;
    run.start();
    stage.show(run);
    QVERIFY(stage.view->focus()->band());
  }

  // A band of few points, as at the start of a run: lines and not dots.
  void fewPointsMakeABand() {
    std::vector<Series> all(25);
    std::vector<const Series*> pointers;
    for (int k = 0; k < 25; ++k) {
      for (int step = 1; step <= 4; ++step) all[k].append(step / 30.0f, float(3 - 0.1 * step + 0.01 * k));
      pointers.push_back(&all[k]);
    }
    const Band band = computeBand(pointers, 0, all[0].lastX(), 150);
    QCOMPARE(band.x.size(), size_t(4));
    for (double median : band.median) QVERIFY(std::isfinite(median));
    for (Series& series : all) series.append(0.2f, std::numeric_limits<float>::quiet_NaN());
    QVERIFY(std::isnan(computeBand(pointers, 0, all[0].lastX(), 150).median.back()));   // absence is a gap still
  }

  void timeAddsUpToTheWallTime() {
    Stage stage;
    SyntheticRun run;
    run.finish();
    stage.show(run);
    auto* time = stage.view->findChild<TimePlot*>();
    time->table()->refresh();
    const TableTwin& table = *time->table();
    const auto seconds = [&](int column) {
      return table.csv().split('\n').at(2).split(',').at(column).toDouble();
    };
    QVERIFY(std::abs(seconds(1) + seconds(2) + seconds(3) + seconds(4) - seconds(5)) < 1e-9);
  }

  void tableKeepsItsPlaceWhenARoundComes() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(3);
    stage.show(run);
    auto* comm = stage.view->findChild<CommPlot*>();
    comm->showTable(true);
    auto* table = comm->findChild<QTableView*>();
    table->setCurrentIndex(table->model()->index(1, 2));
    const int before = table->model()->rowCount();
    run.finishRound(3);
    run.applyTo(*stage.record);
    QTRY_COMPARE(table->model()->rowCount(), before + 1);
    QCOMPARE(table->currentIndex(), table->model()->index(1, 2));
    stage.view->activateWindow();
    table->setFocus();
    QTRY_VERIFY(table->hasFocus());
    QTest::keyClick(table, Qt::Key_T, Qt::ControlModifier);
    QVERIFY(!comm->showsTable());
  }

  void theLastChangeIsDescribed() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(3);
    stage.show(run);
    auto* plot = stage.view->findChild<PlotView*>("plot.comm");
    run.finishRound(3);                // within a second of the description before it, and nothing comes after
    run.applyTo(*stage.record);
    QTRY_VERIFY2_WITH_TIMEOUT(plot->accessibleDescription().startsWith("Communication, 3 "), qPrintable(plot->accessibleDescription()), 3000);
  }

  void draggingTheCursorMovesTheRound() {
    Stage stage;
    SyntheticRun run;
    run.finish();
    stage.show(run);
    auto* view = stage.view->findChild<PlotView*>("plot.loss");
    auto* plot = view->findChild<QCustomPlot*>();
    RunFocus* focus = stage.view->focus();
    focus->setRound(1);
    const auto at = [plot](double round) { return QPoint(int(plot->xAxis->coordToPixel(round)), plot->height() / 2); };
    QTest::mousePress(plot, Qt::LeftButton, {}, at(1));
    QTest::mouseMove(plot, at(2));
    QMouseEvent move(QEvent::MouseMove, at(3), plot->mapToGlobal(at(3)), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(plot, &move);
    QCOMPARE(focus->round(), 3);
    QTest::mouseRelease(plot, Qt::LeftButton, {}, at(3));
    QCOMPARE(focus->round(), 3);
    QVERIFY(view->isFitted());         // the range did not move along
  }

  void tableTwinsShowTheSameFigures() {
    Stage stage;
    SyntheticRun run;
    run.finish();
    stage.show(run);
    for (auto* panel : stage.view->findChildren<PicturePanel*>()) {
      panel->showTable(true);
      QVERIFY2(panel->table()->rowCount() > 0, panel->metaObject()->className());
    }
    auto* comm = stage.view->findChild<CommPlot*>();
    QCOMPARE(comm->table()->index(0, 1).data().toString(), QLocale().formattedDataSize(65536 * 4, 2, QLocale::DataSizeIecFormat));
    comm->findChild<QComboBox*>("comm.mode")->setCurrentIndex(1);
    comm->table()->refresh();
    QCOMPARE(comm->table()->index(4, 1).data().toString(), QLocale().formattedDataSize(5 * 65536 * 4, 2, QLocale::DataSizeIecFormat));
  }

  void absentFiguresAreEmptyCells() {
    Stage stage;
    SyntheticRun run;
    run.finish();                      // client 2 was rejected in round 2
    stage.show(run);
    for (auto* panel : stage.view->findChildren<PicturePanel*>()) {
      if (panel->findChild<PlotView*>("plot.loss") == nullptr) continue;
      panel->showTable(true);
      const int column = 3;            // round, global, client 1, client 2
      QCOMPARE(panel->table()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("Client 2"));
      QCOMPARE(panel->table()->index(2, column).data().toString(), QString());
      QVERIFY(!panel->table()->index(3, column).data().toString().isEmpty());
      const QByteArray line = panel->table()->csv().split('\n').at(3);
      QVERIFY2(line.split(',').at(column).isEmpty(), line.constData());
    }
    QVERIFY(!runCsv(*stage.record).contains(",Client 2,2,,mean_loss"));
  }

  void csvTellsWhatTheRecordHolds() {
    RunRecord record(QStringLiteral("r1"));
    SyntheticRun run;
    run.finish();
    run.applyTo(record);
    int losses = 0;
    double last = -1;
    for (const QByteArray& line : runCsv(record).split('\n')) {
      const auto cells = line.split(',');
      if (cells.size() != 6 || cells[4] != "loss" || cells[1] != "Client 3") continue;
      ++losses;
      last = cells[5].toDouble();
    }
    const Series& series = record.clients()[2].stepLoss;
    QCOMPARE(losses, int(series.size()));
    QVERIFY(std::abs(last - series.y(series.size() - 1)) < 1e-6);
  }

  void hiddenPlotsDoNotReplot() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(3);
    stage.show(run);
    auto* time = stage.view->findChild<PlotView*>("plot.time");
    QCOMPARE(time->refresher()->count(), 0);
    for (int i = 0; i < 20; ++i) {
      run.stepsOf(3, 1, 1);
      run.applyTo(*stage.record);
      QTest::qWait(10);
    }
    QCOMPARE(time->refresher()->count(), 0);
    QVERIFY(time->refresher()->dirty());
    stage.view->findChild<QTabWidget*>("run.tabs")->setCurrentIndex(1);
    QTRY_VERIFY(time->refresher()->count() >= 1);
    QVERIFY(!time->refresher()->dirty());
  }

  void plotsDescribeThemselves() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(4);
    stage.show(run);
    auto* plot = stage.view->findChild<PlotView*>("plot.loss");
    QVERIFY2(plot->accessibleDescription().contains("Median") && plot->accessibleDescription().contains("falling"), qPrintable(plot->accessibleDescription()));
    const QString before = plot->accessibleDescription();
    run.stepsOf(4, 1, 30);
    run.applyTo(*stage.record);
    QTest::qWait(50);
    QCOMPARE(plot->accessibleDescription(), before);         // not more than once a second
    run.stepsOf(5, 1, 30);
    run.applyTo(*stage.record);
    QTest::qWait(1100);
    run.stepsOf(5, 2, 30);
    run.applyTo(*stage.record);
    QTRY_VERIFY(plot->accessibleDescription() != before);
  }
};

QTEST_MAIN(TestRunPlots)
#include "tst_run_plots.moc"
