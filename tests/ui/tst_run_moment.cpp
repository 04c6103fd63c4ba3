// The round cursor scrubs everything: canvas, client table, event list show that round's moment; without it they follow the
// newest. Messages travel on the canvas while they are news, and not under reduced motion, in fast mode or out of sight.
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QToolButton>
#include <algorithm>

#include "run_stage.h"
#include "ui/plot/refresh_governor.h"
#include "ui/plot/table_twin.h"
#include "ui/run/canvas_panel.h"
#include "ui/run/client_table.h"
#include "ui/run/event_list.h"
#include "ui/run/live_canvas.h"
#include "ui/run/run_moment.h"
#include "ui/shell/settings.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::Stage;
using test::SyntheticRun;

namespace {

QString cell(const Stage& stage, int client, int column) {
  return stage.view->findChild<QTableView*>("table.clients")->model()->index(client, column).data().toString();
}

// The round of the event list's topmost or lowest visible row.
int visibleRound(const QTableView& list, bool top) {
  const int y = top ? 1 : list.viewport()->height() - 2;
  const int row = list.rowAt(y) < 0 ? list.model()->rowCount() - 1 : list.rowAt(y);
  return list.model()->index(row, EventModel::Round).data().toInt();
}

}  // namespace

class TestRunMoment : public QObject {
  Q_OBJECT
 private slots:
  void canvasAndTableShowTheRoundUnderTheCursor() {
    Stage stage;
    SyntheticRun run;                  // client 2's update of round 2 is rejected
    run.toMidRound(4);
    stage.show(run);
    auto* panel = stage.view->findChild<CanvasPanel*>();
    QVERIFY(cell(stage, 1, ClientTableModel::State).startsWith("training"));
    stage.view->focus()->setRound(2);
    QVERIFY2(cell(stage, 1, ClientTableModel::State).startsWith("rejected"), qPrintable(cell(stage, 1, ClientTableModel::State)));
    QCOMPARE(cell(stage, 0, ClientTableModel::State), QStringLiteral("sent"));
    QCOMPARE(cell(stage, 0, ClientTableModel::Up), QStringLiteral("128.0 KiB"));
    panel->showTable(true);
    const auto row = [&](int at, int column) { return panel->table()->index(at, column).data().toString(); };
    QVERIFY(row(0, 1).contains("round 2"));
    QVERIFY(row(2, 1).startsWith("rejected"));
    QCOMPARE(row(1, 4), QLocale().formattedDataSize(65536, 2, QLocale::DataSizeIecFormat));
    QCOMPARE(row(2, 4), QLocale().formattedDataSize(0, 2, QLocale::DataSizeIecFormat));
    QVERIFY(panel->canvas()->accessibleDescription().startsWith("Round 2"));
    auto* live = stage.view->findChild<QPushButton*>("btn.live");
    QVERIFY(live->isVisible());
    live->click();
    QCOMPARE(stage.view->focus()->round(), -1);
    QVERIFY(cell(stage, 1, ClientTableModel::State).startsWith("training"));
    QTRY_VERIFY(!live->isVisible());
  }

  void theRoundInProgressIsLive() {
    RunRecord record(QStringLiteral("r"));
    SyntheticRun run;
    run.toMidRound(3);
    run.applyTo(record);
    QVERIFY(isHistory(record, 2) && !isHistory(record, 3) && !isHistory(record, -1));
    QCOMPARE(clientMoment(record, 1, 3).state, QStringLiteral("training"));
    QCOMPARE(clientMoment(record, 0, 3).uplink, 65536.0);
    QCOMPARE(clientMoment(record, 1, 3).uplink, 0.0);
  }

  void whoWasBusyWhenTheRunStoppedSaysSo() {
    RunRecord record(QStringLiteral("r"));
    SyntheticRun run;
    run.toMidRound(3);
    run.add("failed")->set_detail("{\"message\":\"the disk is full\"}");
    run.applyTo(record);
    QCOMPARE(clientMoment(record, 1, -1).state, QStringLiteral("stopped"));
    QVERIFY(clientMoment(record, 1, -1).progress() > 0);
    QCOMPARE(clientMoment(record, 0, -1).state, QStringLiteral("sent"));
  }

  void eventListGoesToTheRoundAndBack() {
    Stage stage;
    SyntheticRun run;
    run.clients = 12;
    run.toMidRound(5);
    stage.show(run);
    stage.view->findChild<QTabWidget*>("run.tabs")->setCurrentIndex(4);
    auto* list = stage.view->findChild<QTableView*>("list.events");
    stage.settle();
    QTRY_COMPARE(visibleRound(*list, false), 5);
    stage.view->focus()->setRound(2);
    QTRY_COMPARE(visibleRound(*list, true), 2);
    QVERIFY(list->model()->index(list->rowAt(1), 0).data(Qt::BackgroundRole).isValid());
    run.stepsOf(5, 1, 5);
    run.add("warning", 5)->set_detail("{\"message\":\"w\"}");
    run.applyTo(*stage.record);
    QTest::qWait(300);
    QCOMPARE(visibleRound(*list, true), 2);          // news do not pull the reader away
    stage.view->focus()->setRound(-1);
    QTRY_COMPARE(visibleRound(*list, false), 5);
  }

  void enterOnAnEventPutsItsRoundInFocusAndKeepsThePlace() {
    Stage stage;
    SyntheticRun run;
    run.clients = 12;
    run.finish();
    stage.show(run);
    stage.view->findChild<QTabWidget*>("run.tabs")->setCurrentIndex(4);
    stage.settle();
    auto* list = stage.view->findChild<QTableView*>("list.events");
    int row = 0;
    while (list->model()->index(row, EventModel::Round).data().toInt() != 3) ++row;
    list->setCurrentIndex(list->model()->index(row + 5, 0));
    const int top = list->rowAt(1);
    emit list->activated(list->currentIndex());
    QCOMPARE(stage.view->focus()->round(), 3);
    QCOMPARE(list->rowAt(1), top);
  }

  void trainMergesWhatIsTooMuch() {
    PacketTrain train;
    for (int i = 0; i < 56; ++i) train.send(i, true, 0.1, 1000);
    QCOMPARE(int(train.packets().size()), PacketTrain::kMost);
    QCOMPARE(train.packets().back().count, 37);
    train.advance(1000 + 5000);
    QVERIFY(train.packets().empty());
  }

  void travellingTimeFollowsTheLink() {
    PacketTrain train;
    train.send(0, true, 1.0, 0);
    train.send(1, true, 0.5, 0);
    train.send(2, true, 0.0001, 0);
    const auto& p = train.packets();
    QCOMPARE(p[0].durationMs, 2 * p[1].durationMs);
    QVERIFY(p[2].durationMs >= 200);   // an eye follows it still
    QCOMPARE(p[1].share(p[1].durationMs / 2), 0.5);
  }

  void messagesTravelWhileTheyAreNews() {
    Stage stage;
    SyntheticRun old;
    old.now = QDateTime::currentMSecsSinceEpoch() - 60000;
    old.toMidRound(2);
    stage.show(old);
    auto* canvas = stage.view->findChild<LiveCanvas*>();
    QVERIFY(!canvas->isMoving());      // history does not move
    old.now = QDateTime::currentMSecsSinceEpoch();
    for (int k = 1; k < 4; ++k) old.finishClient(2, k);
    old.applyTo(*stage.record);
    QTRY_VERIFY(canvas->isMoving());
    QVERIFY(!canvas->packets().empty() && canvas->packets().front().up);
    QTRY_VERIFY_WITH_TIMEOUT(!canvas->isMoving(), 4000);             // and the timer with them
  }

  void nothingMovesWhereItMustNot_data() {
    QTest::addColumn<QString>("where");
    for (const char* where : {"reduced", "fast", "past", "hidden"}) QTest::newRow(where) << QString(where);
  }
  void nothingMovesWhereItMustNot() {
    QFETCH(QString, where);
    Stage stage;
    SyntheticRun run;
    run.toMidRound(3);
    stage.show(run);
    auto* canvas = stage.view->findChild<LiveCanvas*>();
    RunFocus* focus = stage.view->focus();
    QTRY_VERIFY_WITH_TIMEOUT(!canvas->isMoving(), 4000);
    if (where == "reduced") focus->setMotionReduced(true);
    if (where == "fast") stage.view->findChild<QToolButton*>("canvas.fast")->click();
    if (where == "past") focus->setRound(1);
    if (where == "hidden") stage.view->hide();
    run.now = QDateTime::currentMSecsSinceEpoch();
    for (int k = 1; k < 4; ++k) run.finishClient(3, k);
    run.applyTo(*stage.record);
    for (int i = 0; i < 20; ++i) {
      QTest::qWait(20);
      QVERIFY(!canvas->isMoving());
    }
    if (where == "fast") QVERIFY(RefreshGovernor::of(stage.view.get())->intervalMs() >= 500);
    if (where != "reduced") return;
    const QImage before = canvas->grab().toImage();
    QTest::qWait(300);
    QCOMPARE(canvas->grab().toImage(), before);
  }

  void twentyPacketsAreCheap() {
    Stage stage({1510, 910});
    SyntheticRun run;
    run.clients = 50;
    run.now = QDateTime::currentMSecsSinceEpoch();
    run.start();
    stage.show(run);
    run.now = QDateTime::currentMSecsSinceEpoch();
    run.startRound(1);
    run.applyTo(*stage.record);
    auto* canvas = stage.view->findChild<LiveCanvas*>();
    QTRY_COMPARE(int(canvas->packets().size()), PacketTrain::kMost);
    std::vector<double> frames;
    QPixmap screen(canvas->size());
    for (int i = 0; i < 11; ++i) {
      const double before = RefreshGovernor::threadCpuMs();
      canvas->render(&screen);
      frames.push_back(RefreshGovernor::threadCpuMs() - before);
    }
    std::sort(frames.begin(), frames.end());
    qInfo("a frame with 20 packets: %.2f ms", frames[5]);
    QVERIFY2(frames[5] <= 10, qPrintable(QString::number(frames[5])));
  }

  void motionIsRemembered() {
    QTemporaryDir home;
    StudioSettings settings(home.path());
    QSignalSpy changed(&settings, &StudioSettings::motionChanged);
    QVERIFY(!settings.reduceMotion());
    settings.setReduceMotion(true);
    QCOMPARE(changed.count(), 1);
    QVERIFY(StudioSettings(home.path()).reduceMotion());
  }
};

QTEST_MAIN(TestRunMoment)
#include "tst_run_moment.moc"
