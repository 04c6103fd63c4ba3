// The Run page from synthetic events: what it shows in every state, that nothing is clipped at 1024 x 700, that keys, focus
// and the previous run reach every picture. FEDLLM_SHOTS=DIR writes screenshots of all states, themes and sizes.
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTest>

#include "synthetic_run.h"
#include "ui/plot/plot_view.h"
#include "ui/plot/refresh_governor.h"
#include "ui/run/client_table.h"
#include "ui/run/duplicate_dialog.h"
#include "ui/run/event_list.h"
#include "ui/run/live_canvas.h"
#include "ui/run/round_plots.h"
#include "ui/run/run_csv.h"
#include "ui/run/run_text.h"
#include "ui/run/run_view.h"
#include "ui/run/summary_card.h"
#include "ui/run/tile_grid.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::SyntheticRun;

namespace {

TryItBox::Core fakeCore() {
  TryItBox::Core core;
  core.ask = [](const wire::TryRequest& request, std::function<void(Result<wire::TryReply>)> answer) {
    wire::TryReply reply;
    const bool good = request.round() > 1 && request.client() < 0;
    reply.set_answer(good ? request.expected() : "travel");
    reply.set_right(good);
    reply.set_adapter_sha256(request.round() < 0 ? "" : "3fa94c21b07d55aa");
    reply.set_seconds(0.04);
    for (auto [word, p] : {std::pair{"hardware", 0.81}, {"travel", 0.11}, {"billing", 0.04}, {"legal", 0.02}, {"desk", 0.01}}) {
      auto* choice = reply.add_first_choices();
      choice->set_text(word);
      choice->set_probability(p);
    }
    answer(reply);
  };
  core.items = [](const QString&, std::function<void(Result<wire::TryItemsReply>)> answer) {
    wire::TryItemsReply reply;
    const std::pair<const char*, const char*> items[] = {{"leak tap pipe", "plumbing"}, {"screen cable boot", "hardware"}, {"ticket train seat", "travel"}};
    for (auto [slot, expected] : items) {
      auto* item = reply.add_items();
      item->set_prompt(std::string("Which desk: ") + slot + "?");
      item->set_expected(expected);
      item->set_topic(expected);
    }
    for (const char* thing : {"ball", "lamp"}) {
      auto* item = reply.add_items();
      item->set_prompt(std::string("How big is the ") + thing + "?");
      item->set_expected("small");
      item->set_topic("size");
    }
    for (int r = 0; r <= 5; ++r) reply.add_rounds(r);
    reply.add_client_rounds(1);
    reply.add_client_rounds(5);
    reply.set_clients(4);
    answer(reply);
  };
  return core;
}

struct Stage {
  Theme theme;
  std::unique_ptr<RunRecord> record, before;
  std::unique_ptr<RunView> view;

  explicit Stage(QSize size = {940, 620}, const QString& themeName = QStringLiteral("light")) {
    theme.apply(themeName);
    view = std::make_unique<RunView>(&theme, fakeCore());
    view->resize(size);
    view->show();
  }
  void show(SyntheticRun& run, SyntheticRun* earlier = nullptr) {
    record = std::make_unique<RunRecord>(QStringLiteral("20261122-a1"));
    run.applyTo(*record);
    if (earlier) {
      before = std::make_unique<RunRecord>(QStringLiteral("20261122-a0"));
      earlier->applyTo(*before);
    }
    view->setRecords(record.get(), before.get(), earlier ? QStringLiteral("partition.alpha 0.5 -> 0.1") : QString());
    settle();
  }
  void settle() const {
    QTest::qWait(30);
    QTRY_VERIFY_WITH_TIMEOUT(view->readyForScreenshot(), 5000);
    QTest::qWait(150);
  }
  ~Stage() {
    view.reset();                      // before the records it looks at
  }
};

// Visible labels and buttons whose text does not fit into them.
QStringList clipped(const QWidget& root) {
  QStringList found;
  for (const QLabel* label : root.findChildren<QLabel*>()) {
    if (!label->isVisible() || label->text().isEmpty() || label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored) continue;
    if (label->minimumSizeHint().width() <= 40 || label->wordWrap()) continue;
    if (label->width() + 1 < label->sizeHint().width()) found << label->objectName() + QLatin1Char(':') + label->text();
  }
  for (const QPushButton* button : root.findChildren<QPushButton*>())
    if (button->isVisible() && button->width() < button->minimumSizeHint().width()) found << button->text();
  return found;
}

}  // namespace

class TestRunPage : public QObject {
  Q_OBJECT
 private slots:
  void emptyStateHasOneSentenceAndOneButton() {
    Stage stage;
    auto* sentence = stage.view->findChild<QLabel*>("run.empty");
    auto* button = stage.view->findChild<QPushButton*>("btn.scenario");
    QVERIFY(sentence && sentence->isVisible() && button && button->isVisible());
    QSignalSpy asked(stage.view.get(), &RunView::scenarioRequested);
    button->click();
    QCOMPARE(asked.count(), 1);
    QVERIFY(!stage.view->findChild<QWidget*>("plot.loss")->isVisible());
  }

  void showsEverythingAtOnceWithoutClipping_data() {
    QTest::addColumn<int>("clients");
    QTest::addColumn<bool>("done");
    QTest::newRow("4 clients, running") << 4 << false;
    QTest::newRow("4 clients, done") << 4 << true;
    QTest::newRow("50 clients, running") << 50 << false;
  }
  void showsEverythingAtOnceWithoutClipping() {
    QFETCH(int, clients);
    QFETCH(bool, done);
    Stage stage;
    SyntheticRun run;
    run.clients = clients;
    done ? run.finish() : run.toMidRound(4);
    stage.show(run);
    for (const char* name : {"plot.loss", "plot.comm", "tiles", "canvas.live", "table.clients"}) {
      auto* widget = stage.view->findChild<QWidget*>(name);
      QVERIFY2(widget && widget->isVisible(), name);
      QVERIFY2(widget->width() >= 100 && widget->height() >= 80, name);
    }
    QCOMPARE(clipped(*stage.view), QStringList());
    QVERIFY2(stage.view->minimumSizeHint().width() <= 900 && stage.view->minimumSizeHint().height() <= 560,
             qPrintable(QStringLiteral("%1 x %2").arg(stage.view->minimumSizeHint().width()).arg(stage.view->minimumSizeHint().height())));
    QCOMPARE(stage.view->findChild<QLabel*>("run.round")->text(), done ? QStringLiteral("Round 5/5") : QStringLiteral("Round 4/5"));
    QCOMPARE(stage.view->findChild<QLabel*>("run.eta")->isVisible(), !done);
    QCOMPARE(stage.view->findChild<QPushButton*>("btn.pause")->isVisible(), !done);
    QCOMPARE(stage.view->findChild<QPushButton*>("btn.duplicate")->isVisible(), done);
  }

  void etaHidesBeforeTwoRounds() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(2);
    stage.show(run);
    QVERIFY(!stage.view->findChild<QLabel*>("run.eta")->isVisible());
    QVERIFY(stage.view->findChild<QLabel*>("run.age")->text().endsWith("ago"));
  }

  void buttonsAsk() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(3);
    stage.show(run);
    QSignalSpy pause(stage.view.get(), &RunView::pauseRequested), resume(stage.view.get(), &RunView::resumeRequested);
    auto* button = stage.view->findChild<QPushButton*>("btn.pause");
    button->click();
    QCOMPARE(pause.count(), 1);
    run.add("paused");
    run.applyTo(*stage.record);
    QTRY_COMPARE(button->text(), QStringLiteral("Resume"));
    QTest::keyClick(stage.view.get(), Qt::Key_F9);
    QCOMPARE(resume.count(), 1);
  }

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
    QCOMPARE(focus->round(), 5);
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

  void clientTableIsTheLegend() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(4);
    stage.show(run);
    auto* table = stage.view->findChild<QTableView*>("table.clients");
    QCOMPARE(table->model()->rowCount(), 4);
    QCOMPARE(table->model()->index(0, ClientTableModel::State).data().toString(), QStringLiteral("sent"));
    QVERIFY(table->model()->index(1, ClientTableModel::State).data().toString().startsWith("training"));
    table->selectRow(2);
    QCOMPARE(stage.view->focus()->client(), 2);
    table->model()->setData(table->model()->index(2, 0), Qt::Unchecked, Qt::CheckStateRole);
    QVERIFY(!stage.view->focus()->isShown(2));
  }

  void refreshKeepsTheFocus() {
    Stage stage;
    SyntheticRun run;
    run.toMidRound(3);
    stage.show(run);
    stage.view->activateWindow();
    auto* plot = stage.view->findChild<PlotView*>("plot.loss");
    plot->setFocus();
    for (int i = 0; i < 10; ++i) {
      run.add("warning", 3)->set_detail("{\"message\":\"w\"}");
      run.applyTo(*stage.record);
      QTest::qWait(20);
      QCOMPARE(stage.view->focusWidget(), static_cast<QWidget*>(plot));
    }
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

  void summarySaysWhatTheRunCameTo() {
    RunRecord record(QStringLiteral("r1"));
    SyntheticRun run;
    run.finish();
    run.applyTo(record);
    const QString sentence = SummaryCard::sentence(record);
    QVERIFY2(sentence.contains("held-out loss 3.200 → ") && sentence.contains("1.3 MiB up"), qPrintable(sentence));
  }

  void previousRunIsNamedAndTabulated() {
    Stage stage;
    SyntheticRun run, earlier;
    run.finish();
    earlier.level = 1.4;
    earlier.finish();
    stage.show(run, &earlier);
    auto* sentence = stage.view->findChild<QLabel*>("run.difference");
    QVERIFY(sentence->isVisible() && sentence->text().contains("partition.alpha 0.5 -> 0.1"));
    int named = 0;
    for (auto* panel : stage.view->findChildren<PicturePanel*>()) {
      panel->table()->refresh();
      for (int i = 0; i < panel->table()->columnCount(); ++i)
        if (panel->table()->headerData(i, Qt::Horizontal, Qt::DisplayRole).toString().contains("previous run")) {
          ++named;
          break;
        }
    }
    QCOMPARE(named, 4);                // loss, communication, time, tiles
  }

  void duplicateChangesOneThing() {
    Theme theme;
    spec::Scenario scenario;
    DuplicateDialog dialog(scenario, &theme);
    auto* field = dialog.findChild<QComboBox*>("duplicate.field");
    auto* value = dialog.findChild<QComboBox*>("duplicate.value");
    auto* start = dialog.findChild<QPushButton*>("duplicate.start");
    auto* sentence = dialog.findChild<QLabel*>("duplicate.sentence");
    QVERIFY(!start->isEnabled());      // nothing differs yet
    QCOMPARE(value->currentText(), QStringLiteral("8"));
    value->setEditText("4");
    QVERIFY(start->isEnabled());
    QCOMPARE(dialog.changed().lora.rank, 4);
    QVERIFY2(sentence->text().contains("lora.rank"), qPrintable(sentence->text()));
    value->setEditText("many");
    QVERIFY(!start->isEnabled());
    QVERIFY(sentence->text().startsWith(QStringLiteral("✖")));
    field->setCurrentIndex(field->findData("partition.alpha"));
    QCOMPARE(dialog.changed().lora.rank, 8);                 // one thing only
    value->setEditText("-1");
    QVERIFY(!start->isEnabled());
  }

  void everyFocusableHasANameAndInputsHaveHelp() {
    Stage stage;
    SyntheticRun run;
    run.finish();
    stage.show(run);
    for (int tab = 0; tab < 4; ++tab) {
      stage.view->findChild<QTabWidget*>("run.tabs")->setCurrentIndex(tab);
      for (auto* widget : stage.view->findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith("qt_")) continue;
        if (qobject_cast<QTabBar*>(widget) || qobject_cast<QTabWidget*>(widget)) continue;
        auto* button = qobject_cast<QAbstractButton*>(widget);
        const bool named = !widget->accessibleName().isEmpty() || (button && !button->text().isEmpty());
        QVERIFY2(named || widget->parentWidget()->inherits("QComboBox") || qobject_cast<QLabel*>(widget),
                 qPrintable(QString::fromLatin1(widget->metaObject()->className()) + ' ' + widget->objectName()));
        if (qobject_cast<QComboBox*>(widget) || (qobject_cast<QLineEdit*>(widget) && !widget->parentWidget()->inherits("QComboBox")))
          QVERIFY2(!widget->whatsThis().isEmpty(), qPrintable(widget->objectName()));
      }
    }
  }

  void screenshots() {
    const QString folder = qEnvironmentVariable("FEDLLM_SHOTS");
    if (folder.isEmpty()) QSKIP("FEDLLM_SHOTS names no folder for screenshots");
    for (const char* themeName : {"light", "dark", "contrast"})
      for (const QSize& size : {QSize(940, 620), QSize(1510, 910)}) shoot(folder, QString::fromLatin1(themeName), size);
  }

 private:
  static void shoot(const QString& folder, const QString& theme, QSize size) {
    auto save = [&](const Stage& stage, const char* what) {
      stage.settle();
      QVERIFY(stage.view->grab().save(QStringLiteral("%1/%2-%3-%4.png").arg(folder, QLatin1String(what), theme).arg(size.width())));
    };
    {
      Stage stage(size, theme);
      QVERIFY(stage.view->grab().save(QStringLiteral("%1/empty-%2-%3.png").arg(folder, theme).arg(size.width())));
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.start();
      stage.show(run);
      save(stage, "start4");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.toMidRound(4);
      stage.show(run);
      stage.view->focus()->setClient(1);
      stage.view->focus()->setRound(3);
      save(stage, "mid4");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run, earlier;
      run.finish();
      earlier.level = 1.3;
      earlier.finish();
      stage.show(run, &earlier);
      save(stage, "done4prev");
      auto* tabs = stage.view->findChild<QTabWidget*>("run.tabs");
      const char* names[] = {"comm", "time", "events", "tryit"};
      for (int tab = 1; tab < 4; ++tab) {
        tabs->setCurrentIndex(tab);
        save(stage, names[tab]);
      }
      tabs->setCurrentIndex(0);
      for (auto* panel : stage.view->findChildren<PicturePanel*>()) panel->showTable(true);
      save(stage, "tables");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.clients = 50;
      run.rounds = 20;
      run.topics = {"brainstorming", "classification", "closed_qa", "creative_writing", "general_qa", "information_extraction", "open_qa", "summarization"};
      run.toMidRound(12);
      stage.show(run);
      save(stage, "mid50");
    }
    {
      Stage stage(size, theme);
      SyntheticRun run;
      run.clients = 10;
      run.name = "local_training_information_extraction_";
      run.topics = {"brainstorming", "classification", "closed_qa", "creative_writing", "general_qa", "information_extraction", "open_qa", "summarization"};
      run.finish();
      stage.show(run);
      stage.view->focus()->setClient(7);
      save(stage, "done10long");
    }
  }
};

QTEST_MAIN(TestRunPage)
#include "tst_run_page.moc"
