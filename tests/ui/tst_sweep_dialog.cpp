// A sweep in the studio, by object names: what is ticked becomes the command line's sweep, what it costs is told first, runs go one
// after the other with the best rate of the first seed, failures and lost cores end nothing, and a second time nothing runs twice.
#include <QtTest>
#include <QtWidgets>

#include "spec/scenario_json.h"
#include "support/fake_core.h"
#include "ui/link/core_link.h"
#include "ui/scenario/sweep_dialog.h"
#include "ui/shell/languages.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

spec::Scenario small() {
  spec::Scenario s;
  s.name = "small";
  s.dataset.files = {"a.jsonl"};
  s.partition.clients = 4;
  return s;
}

wire::CheckReply cheap() {
  wire::CheckReply reply;
  reply.mutable_forecast()->set_uplink_bytes(1000);
  reply.mutable_forecast()->set_downlink_bytes(3000);
  reply.mutable_forecast()->set_low_s(2);
  reply.mutable_forecast()->set_high_s(3);
  return reply;
}

}  // namespace

class TestSweepDialog : public QObject {
  Q_OBJECT
  std::unique_ptr<test::FakeCore> core;
  std::unique_ptr<CoreLink> link;
  std::unique_ptr<Theme> theme;
  std::unique_ptr<SweepDialog> dialog;

  template <class T = QWidget>
  T* part(const char* name) { return dialog->findChild<T*>(QString::fromLatin1(name)); }
  void tick(const char* method, bool on = true) {
    auto* list = part<QListWidget>("sweep.methods");
    for (int i = 0; i < list->count(); ++i)
      if (list->item(i)->data(Qt::UserRole).toString() == QLatin1String(method)) list->item(i)->setCheckState(on ? Qt::Checked : Qt::Unchecked);
  }
  QString cost() { return part<QLabel>("sweep.cost")->text(); }
  QString cell(const char* table, int row, int column) {
    auto* item = part<QTableWidget>(table)->item(row, column);
    return item ? item->text() : QString();
  }
  // What a real core does to a run: its scenario decides how it ends.
  static std::string summary(const spec::Scenario& s) {
    const double loss = std::abs(std::log10(s.training.learning_rate) + 2.5) + (s.strategy.aggregator == "fedavg" ? 0 : 0.1) + 0.01 * double(s.seed);
    return QJsonDocument(QJsonObject{{"final_eval_loss", loss}, {"final_eval_exact", QJsonObject{{"all", QJsonObject{{"exact", 0.75}, {"n", 40}}}, {"control_x", QJsonObject{{"exact", 1.0}, {"n", 90}}}}},
                                     {"uplink_payload_bytes", 500}, {"downlink_payload_bytes", 1500}, {"wall_s", 2.5}}).toJson(QJsonDocument::Compact).toStdString();
  }
  void finishStarted(const std::string& failing = {}) {
    const auto started = core->started();
    for (size_t i = finished_; i < started.size(); ++i) {
      const spec::Scenario s = *spec::parse_scenario(started[i].scenario_json());
      wire::RunInfo info;
      info.set_run("20261122-1200" + std::to_string(10 + i + 1) + "-fake");
      info.set_scenario_json(started[i].scenario_json());
      info.set_rounds(5);
      const bool fails = s.strategy.aggregator == failing;
      info.set_state(fails ? "failed" : "done");
      if (fails) info.set_error("the disk is full");
      else info.set_summary_json(summary(s));
      core->addRun(info);
    }
    finished_ = started.size();
  }
  bool untilFinished(const std::string& failing = {}) {
    return QTest::qWaitFor([&] { finishStarted(failing); return !dialog->queue()->running(); }, 20000);
  }
  size_t finished_ = 0;

 private slots:
  void init() {
    useLanguage("en");
    finished_ = 0;
    core = std::make_unique<test::FakeCore>();
    core->setCheckReply(cheap());
    core->start();
    link = std::make_unique<CoreLink>(QString::fromStdString(core->socket()));
    link->start();
    QTRY_COMPARE(link->state(), CoreLink::State::Ready);
    theme = std::make_unique<Theme>();
    dialog = std::make_unique<SweepDialog>(link.get(), theme.get());
    dialog->setScenario(small(), QStringLiteral("/data"));
    dialog->show();
  }
  void cleanup() {
    dialog.reset();
    theme.reset();
    link.reset();
    core.reset();
  }

  void theCostIsToldBeforeTheStart() {
    QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
    QVERIFY2(cost().startsWith("1 of 1 combination, 3 runs"), qPrintable(cost()));
    tick("flora"), tick("rolora");
    part<QLineEdit>("sweep.rates")->setText("0.001, 0.01");
    part<QComboBox>("sweep.path")->setCurrentText("lora.rank");
    part<QLineEdit>("sweep.values")->setText("4, 8");
    QTRY_VERIFY2(cost().startsWith("6 of 6 combinations, 24 runs; "), qPrintable(cost()));
    QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
    QVERIFY2(cost().contains(QLocale().formattedDataSize(24 * 1000, 1)) && cost().contains(QLocale().formattedDataSize(24 * 3000, 1)), qPrintable(cost()));
    QCOMPARE(core->calls("StartRun"), 0);
  }

  void badInputIsToldAtItsField_data() {
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no seed") << "sweep.seeds" << "" << "Seeds: expected at least one seed, got none";
    QTest::newRow("seed") << "sweep.seeds" << "1, two" << "Seeds: expected whole numbers from 0, got \"two\"";
    QTest::newRow("seed twice") << "sweep.seeds" << "1, 1" << "Seeds: expected every seed once, got 1 twice";
    QTest::newRow("rate") << "sweep.rates" << "0.1, 0" << "Learning rates: expected numbers above 0, got \"0\"";
    QTest::newRow("infinite") << "sweep.rates" << "inf" << "Learning rates: expected numbers above 0, got \"inf\"";
    QTest::newRow("rate twice") << "sweep.rates" << "0.1 0.1" << "Learning rates: expected every rate once, got 0.1 twice";
    QTest::newRow("value") << "sweep.values" << "8, many" << "Values: lora.rank";
    QTest::newRow("value twice") << "sweep.values" << "8, 8" << "Values: expected every value once, got 8 twice";
    QTest::newRow("no value") << "sweep.values" << " " << "Values: expected values of lora.rank, got none";
    QTest::newRow("too many") << "sweep.seeds" << "" << "";
  }
  void badInputIsToldAtItsField() {
    QFETCH(QString, field);
    QFETCH(QString, text);
    QFETCH(QString, sentence);
    if (sentence.isEmpty()) {
      QStringList seeds;
      for (int i = 0; i < 2001; ++i) seeds << QString::number(i);
      text = seeds.join(", "), sentence = "Values: expected at most 10000 runs, got 12006";
      part<QComboBox>("sweep.path")->setCurrentText("lora.rank");
      part<QLineEdit>("sweep.values")->setText("1, 2, 3, 4, 5, 6");
    }
    if (field == "sweep.values") part<QComboBox>("sweep.path")->setCurrentText("lora.rank");
    part<QLineEdit>(field.toLatin1())->setText(text);
    const QString said = part<QLabel>("sweep.fault")->text();
    QVERIFY2(said.startsWith(sentence), qPrintable(said));
    QVERIFY(!part<QPushButton>("btn.sweepStart")->isEnabled() && !part<QPushButton>("btn.sweepFile")->isEnabled());
    tick("fedavg", false);
    QCOMPARE(part<QLabel>("sweep.fault")->text(), QString("Methods: expected at least one method, got none"));
  }

  void theBestRateOfTheFirstSeedIsTakenForTheOthers() {
    tick("flora");
    part<QLineEdit>("sweep.rates")->setText("0.1, 0.003");
    QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
    QTest::mouseClick(part("btn.sweepStart"), Qt::LeftButton);
    QVERIFY(dialog->queue()->running());
    QVERIFY(!part<QPushButton>("btn.sweepStart")->isEnabled() && !part("sweep.seeds")->isEnabled());
    QVERIFY(untilFinished());
    const auto started = core->started();
    QCOMPARE(started.size(), size_t{8});   // 2 methods x (2 rates + 2 seeds)
    std::vector<double> rates;
    std::vector<uint64_t> seeds;
    for (const auto& request : started) {
      const spec::Scenario s = *spec::parse_scenario(request.scenario_json());
      rates.push_back(s.training.learning_rate), seeds.push_back(s.seed);
      QCOMPARE(request.base_dir(), std::string("/data"));
      QCOMPARE(request.request_id(), spec::sweep_request_id(request.scenario_json()));
    }
    QCOMPARE(rates, (std::vector<double>{0.1, 0.003, 0.003, 0.003, 0.1, 0.003, 0.003, 0.003}));
    QCOMPARE(seeds, (std::vector<uint64_t>{1, 1, 2, 3, 1, 1, 2, 3}));
    QCOMPARE(cell("sweep.runs", 0, 3), QString("done, another rate was better"));
    QCOMPARE(cell("sweep.runs", 1, 5), QLocale().toString(75.0, 'f', 1) + " %");
    QCOMPARE(part<QTableWidget>("sweep.results")->rowCount(), 2);
    QVERIFY(cell("sweep.results", 0, 0).startsWith("FedIT"));
    QVERIFY2(cell("sweep.results", 0, 2).contains(QStringLiteral("(")), qPrintable(cell("sweep.results", 0, 2)));
    QCOMPARE(dialog->queue()->csv().count('\n'), 9);
    QSignalSpy asked(dialog.get(), &SweepDialog::runAsked);
    emit part<QTableWidget>("sweep.runs")->cellActivated(0, 0);
    QCOMPARE(asked.count(), 1);
  }

  void aFailureIsToldAndTheNextRunGoesOn() {
    tick("flora");
    part<QLineEdit>("sweep.seeds")->setText("1");
    QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
    part<QPushButton>("btn.sweepStart")->click();
    QVERIFY(untilFinished("fedavg"));
    QCOMPARE(cell("sweep.runs", 0, 3), QString("failed: the disk is full"));
    QCOMPARE(cell("sweep.runs", 1, 3), QString("done"));
    QVERIFY(cell("sweep.results", 0, 0).contains("1 failed"));
  }

  void whatIsKnownIsNotRunAgainAndWhatWasPausedGoesOn() {
    part<QLineEdit>("sweep.seeds")->setText("1");
    QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
    wire::RunInfo paused;
    core->onStart([&](const wire::StartRunRequest&) { return std::vector<wire::Event>(); });
    part<QPushButton>("btn.sweepStart")->click();
    QTRY_COMPARE(core->calls("StartRun"), 1);
    core->setRunState("20261122-120011-fake", "interrupted");   // a core that went away
    QVERIFY(untilFinished());
    QCOMPARE(cell("sweep.runs", 0, 3), QString("done"));
  }

  void stopsAfterTheRun() {
    QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
    part<QPushButton>("btn.sweepStart")->click();
    part<QPushButton>("btn.sweepStop")->click();
    QVERIFY(cost().contains("stops after this run"));
    QVERIFY(untilFinished());
    QCOMPARE(core->started().size(), size_t{1});
    QCOMPARE(cell("sweep.runs", 1, 3), QString("waiting"));
    QVERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
  }

  void combinationsThatCannotRunAreLeftOutOnlyWhenAsked() {
    wire::CheckReply bad = cheap();
    wire::Problem* problem = bad.add_problems();
    problem->set_severity("error");
    problem->set_path("strategy.server_optimizer");
    problem->set_message("RoLoRA sets the next adapter itself: expected none, got \"fedadam\"");
    core->setCheckReply(bad);
    tick("rolora");
    auto* leave = part<QCheckBox>("sweep.leaveOut");
    QTRY_VERIFY(leave->isVisible());
    QTRY_VERIFY(leave->toolTip().contains("RoLoRA: ") && leave->toolTip().contains("got \"fedadam\""));
    QVERIFY(!part<QPushButton>("btn.sweepStart")->isEnabled());
    leave->setChecked(true);
    QVERIFY(!part<QPushButton>("btn.sweepStart")->isEnabled());   // none of them can
  }

  // Either goes on with what the other began: the same runs under the same names.
  void theFileIsTheCommandLinesSweep() {
    spec::Scenario scenario = small();
    spec::Sweep made;
    SweepChoice choice{{"fedavg", "flora"}, "1, 18446744073709551615", "0.0012345678 0.01", "codec", "f32, top-k"};
    QVERIFY(makeSweep(choice, scenario, made).sentence.isEmpty());
    const auto read = spec::parse_sweep(sweepJson(made, "x-scenario.json").toStdString());
    QVERIFY2(read.ok(), read.status().to_string().c_str());
    QCOMPARE(read->scenario, std::string("x-scenario.json"));
    const auto here = spec::sweep_points(made), there = spec::sweep_points(*read);
    QCOMPARE(there.size(), here.size());
    for (size_t p = 0; p < here.size(); ++p)
      for (size_t s = 0; s < made.seeds.size(); ++s) {
        const auto id = [&](const spec::Sweep& sweep, const spec::SweepPoint& point) {
          return spec::sweep_request_id(spec::to_json(*spec::sweep_scenario(sweep, scenario, point, sweep.seeds[s], sweep.learning_rates[0])));
        };
        QCOMPARE(id(*read, there[p]), id(made, here[p]));
      }
  }

  void closingStartsNoMore() {
    QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
    part<QPushButton>("btn.sweepStart")->click();
    QTest::keyClick(dialog.get(), Qt::Key_Escape);
    QVERIFY(!dialog->isVisible() && dialog->queue()->stopping());
    QVERIFY(untilFinished());
    QCOMPARE(core->started().size(), size_t{1});
  }

  // FEDLLM_SHOTS=DIR writes pictures to look at.
  void pictures() {
    const QString folder = qEnvironmentVariable("FEDLLM_SHOTS");
    if (folder.isEmpty()) QSKIP("FEDLLM_SHOTS is not set");
    for (const char* language : {"en", "zh_CN"})
      for (const char* look : {"light", "dark"}) {
        useLanguage(language);
        theme->apply(look);
        dialog = std::make_unique<SweepDialog>(link.get(), theme.get());
        dialog->setScenario(small(), QStringLiteral("/data"));
        dialog->show();
        tick("flora"), tick("rolora");
        part<QLineEdit>("sweep.rates")->setText("0.1, 0.003");
        QTRY_VERIFY(part<QPushButton>("btn.sweepStart")->isEnabled());
        dialog->grab().save(folder + QString("/sweep-%1-%2-before.png").arg(language, look));
        part<QPushButton>("btn.sweepStart")->click();
        QVERIFY(untilFinished("rolora"));
        dialog->grab().save(folder + QString("/sweep-%1-%2-runs.png").arg(language, look));
        part<QTableWidget>("sweep.results")->show();
        dialog->findChild<QTabWidget*>()->setCurrentIndex(1);
        dialog->grab().save(folder + QString("/sweep-%1-%2-results.png").arg(language, look));
      }
    useLanguage("en");
  }
};

QTEST_MAIN(TestSweepDialog)
#include "tst_sweep_dialog.moc"
