// The Run page against a core (scripted, over its real socket): a run appears and grows, pause and stop reach the core,
// "Duplicate and change one thing" starts the next run with the present one behind it, the end brings the adapter's folder.
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QTabWidget>
#include <QTest>
#include <cmath>

#include "spec/scenario_json.h"
#include "support/fake_core.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/run/run_page.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

wire::RunInfo infoOf(const std::string& run, const std::string& state) {
  spec::Scenario scenario;
  scenario.name = "desk";
  scenario.dataset.files = {"a.jsonl"};
  scenario.partition.clients = 4;
  wire::RunInfo info;
  info.set_run(run);
  info.set_name("desk");
  info.set_state(state);
  info.set_rounds(5);
  info.set_base_dir("/data");
  info.set_scenario_json(spec::to_json(scenario));
  return info;
}

struct Bench {
  test::FakeCore core;
  Theme theme;
  std::unique_ptr<CoreLink> link;
  std::unique_ptr<RunSession> session;
  std::unique_ptr<Page> page;

  Bench() {
    theme.apply("light");
    core.start();
    link = std::make_unique<CoreLink>(QString::fromStdString(core.socket()));
    session = std::make_unique<RunSession>(link.get());
    StudioContext context;
    context.link = link.get();
    context.session = session.get();
    context.theme = &theme;
    page.reset(makeRunPage(context));
    page->resize(940, 620);
    page->show();
    link->start();
  }
  ~Bench() { page.reset(); session.reset(); link.reset(); core.stop(); }
  template <class T> T* find(const char* name) const { return page->findChild<T*>(QLatin1String(name)); }
};

}  // namespace

class TestRunPageCore : public QObject {
  Q_OBJECT
 private slots:
  void historyAndLiveAreOneRoad() {
    Bench bench;
    const auto story = test::story(4, 5, 3, 2);
    bench.core.addRun(infoOf("r1", "running"), story);
    bench.session->open("r1");
    QTRY_COMPARE_WITH_TIMEOUT(bench.find<QLabel>("run.state")->text(), QStringLiteral("▶ running"), 5000);
    QTRY_VERIFY(bench.page->readyForScreenshot());
    QCOMPARE(bench.page->objectName(), QStringLiteral("page.run"));
    const QString before = bench.find<QLabel>("run.round")->text();
    auto whole = test::story(4, 5, 3);
    std::vector<wire::Event> rest;
    for (const auto& event : whole)
      if (event.seq() > story.size()) rest.push_back(event);
    bench.core.append("r1", rest);
    QTRY_VERIFY(bench.find<QLabel>("run.round")->text() != before);
    QTRY_COMPARE(bench.find<QLabel>("run.round")->text(), QStringLiteral("Round 5/5"));
  }

  // The scenario says how many steps a round has: every point lies where it belongs, whatever comes first.
  void stepsLieWithinTheirRound() {
    Bench bench;
    auto info = infoOf("r1", "done");
    auto scenario = *spec::parse_scenario(info.scenario_json());
    scenario.training.local_steps = 3;
    info.set_scenario_json(spec::to_json(scenario));
    bench.core.addRun(info, test::story(4, 5, 3));
    bench.session->open("r1");
    QTRY_VERIFY(bench.session->current()->round() == 5);
    const Series& steps = bench.session->current()->clients()[0].stepLoss;
    QVERIFY2(std::abs(steps.x(0) - 1.0 / 3) < 1e-5, qPrintable(QString::number(steps.x(0))));
    QTRY_COMPARE(steps.lastX(), 5.0f);
  }

  void pausingIsSaidUntilItHappened() {
    Bench bench;
    bench.core.addRun(infoOf("r1", "running"), test::story(4, 5, 3, 2));
    bench.session->open("r1");
    auto* pause = bench.find<QPushButton>("btn.pause");
    QTRY_VERIFY(pause->isVisible());
    pause->click();
    QCOMPARE(pause->text(), QStringLiteral("Pausing…"));
    QVERIFY(!pause->isEnabled());
    bench.core.append("r1", {test::event(test::story(4, 5, 3, 2).size() + 1, "paused")});
    QTRY_COMPARE(pause->text(), QStringLiteral("Resume"));
    QVERIFY(pause->isEnabled());
  }

  void anotherLanguageReadsTheRunAgain() {
    Bench bench;
    bench.core.addRun(infoOf("r1", "done"), test::story(4, 5, 3));
    bench.session->open("r1");
    QTRY_VERIFY(bench.session->current()->round() == 5);
    const auto rows = bench.session->current()->events().size();
    bench.session->reload();
    QTRY_VERIFY(bench.session->current()->events().size() == rows);
    QTRY_COMPARE(bench.find<QLabel>("run.round")->text(), QStringLiteral("Round 5/5"));
  }

  void pauseAndStopReachTheCore() {
    Bench bench;
    bench.core.addRun(infoOf("r1", "running"), test::story(4, 5, 3, 2));
    bench.session->open("r1");
    QTRY_VERIFY(bench.find<QPushButton>("btn.pause")->isVisible());
    bench.find<QPushButton>("btn.pause")->click();
    QTRY_COMPARE(bench.core.calls("Pause"), 1);
    bench.find<QPushButton>("btn.stop")->click();
    QTRY_VERIFY(bench.find<QMessageBox>("dialog.stop"));
    for (QAbstractButton* button : bench.find<QMessageBox>("dialog.stop")->buttons())
      if (button->text() == QLatin1String("Stop and save")) button->click();
    QTRY_COMPARE(bench.core.calls("Stop"), 1);
  }

  void refusalsAreSaidOnThePage() {
    Bench bench;
    bench.core.addRun(infoOf("r1", "running"), test::story(4, 5, 3, 2));
    bench.session->open("r1");
    QTRY_VERIFY(bench.find<QPushButton>("btn.pause")->isVisible());
    QTRY_VERIFY(bench.core.calls("GetRun") >= 1);
    QTest::qWait(200);
    bench.core.failNext(9, "the run is ending already");
    bench.find<QPushButton>("btn.pause")->click();
    QTRY_VERIFY(bench.find<QLabel>("run.notice")->text().contains("the run is ending already"));
  }

  void duplicateStartsTheNextRunWithThisOneBehind() {
    Bench bench;
    auto info = infoOf("r1", "done");
    info.set_adapter_dir("/home/x/runs/r1/adapter");
    const auto events = test::story(4, 5, 3);
    info.set_last_seq(events.size());
    bench.core.addRun(info, events);
    bench.session->open("r1");
    QTRY_VERIFY(bench.find<QPushButton>("btn.duplicate")->isVisible() && bench.find<QPushButton>("btn.duplicate")->isEnabled());
    QTRY_VERIFY(bench.find<QPushButton>("btn.folder")->isVisible());
    bench.find<QPushButton>("btn.duplicate")->click();
    QTRY_VERIFY(bench.find<QDialog>("dialog.duplicate"));
    auto* dialog = bench.find<QDialog>("dialog.duplicate");
    auto* field = dialog->findChild<QComboBox*>("duplicate.field");
    field->setCurrentIndex(field->findData("lora.rank"));
    dialog->findChild<QComboBox*>("duplicate.value")->setEditText("2");
    QTRY_VERIFY2(dialog->findChild<QPushButton*>("duplicate.start")->isEnabled(), qPrintable(dialog->findChild<QLabel*>("duplicate.sentence")->text()));
    dialog->findChild<QPushButton*>("duplicate.start")->click();
    QTRY_COMPARE(int(bench.core.started().size()), 1);
    const auto request = bench.core.started().front();
    QCOMPARE(QString::fromStdString(request.previous_run()), QStringLiteral("r1"));
    QCOMPARE(QString::fromStdString(request.base_dir()), QStringLiteral("/data"));
    QCOMPARE(spec::parse_scenario(request.scenario_json())->lora.rank, 2);
    QTRY_VERIFY(bench.session->previous() != nullptr);
    QTRY_VERIFY(bench.find<QLabel>("run.difference")->text().contains("lora.rank"));
  }
};

QTEST_MAIN(TestRunPageCore)
#include "tst_run_page_core.moc"
