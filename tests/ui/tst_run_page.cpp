// The Run page from synthetic events: what it shows in every state, that nothing is clipped at 1024 x 700, that its buttons ask,
// and that focus and the previous run reach every part.
#include <QComboBox>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>

#include "run_stage.h"
#include "ui/plot/plot_view.h"
#include "ui/plot/table_twin.h"
#include "ui/run/client_table.h"
#include "ui/run/duplicate_dialog.h"
#include "ui/run/summary_card.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::Stage;
using test::SyntheticRun;

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
    QCOMPARE(test::clipped(*stage.view), QStringList());
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
    QCOMPARE(named, 6);                // loss, communication, time, aggregation error, updates, tiles
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
    for (int tab = 0; tab < stage.view->findChild<QTabWidget*>("run.tabs")->count(); ++tab) {
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
};

QTEST_MAIN(TestRunPage)
#include "tst_run_page.moc"
