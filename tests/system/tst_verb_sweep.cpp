// fedllm sweep: a small experiment with the real program, killed in the middle and gone on with, with one combination that
// cannot run; the tidy file and the table.
#include <map>
#include <set>

#include "support/cli.h"

using namespace fedllm::tests;

class TestVerbSweep : public QObject {
  Q_OBJECT
  static Json table_of(const CliResult& result) {
    const auto lines = result.objects();
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
      if (text_of(*line, "event") == "table") return *line;
    return {};
  }
  static QByteArray bytes(const Json& json) { return QByteArray::fromStdString(json.dump()); }
  static QByteArray sweep(const QString& scenario) {
    return bytes({{"name", "small"}, {"scenario", scenario.toStdString()}, {"axes", {{"method", {{"FedIT", Json::object()}, {"Stacking", {{"strategy.aggregator", "flora"}}}}}}},
                  {"seeds", {1, 2}}, {"learning_rates", {0.001, 0.01}}, {"match", {{"by", "steps"}}}});
  }

 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void an_experiment_goes_on_after_a_kill() {
    const Cli cli;
    const QString scenario = cli.tiny({"rounds=3"});
    cli.write("/sweep.json", sweep(scenario));
    const CliResult plan = cli.run({"sweep", cli.path("/sweep.json"), "--plan", "--json"});
    VERIFY_OK(plan);
    QCOMPARE(plan.last()["runs"].get<double>(), 6.0);
    QVERIFY(plan.last()["uplink_bytes"].get<double>() > 0);

    auto process = cli.start({"sweep", cli.path("/sweep.json"), "--json"});
    CliResult first;
    int seen = 0;
    QVERIFY(Cli::read_until(*process, first, [&](const Json& line) { return text_of(line, "event") == "run" && ++seen == 2; }));
    process->kill();
    process->waitForFinished();
    const CliResult whole = cli.run({"sweep", cli.path("/sweep.json"), "--json"});
    VERIFY_OK(whole);
    int fresh = 0, known = 0;
    for (const Json& line : whole.objects())
      if (text_of(line, "event") == "run") line["fresh"].get<bool>() ? ++fresh : ++known;
    QCOMPARE(fresh + known, 6);
    QVERIFY2(known >= 2, qPrintable(QString::number(known)));

    const Json table = table_of(whole);
    QCOMPARE(text_of(table, "matched_by"), std::string("steps"));
    QCOMPARE(table["table"].size(), size_t{2});
    for (const Json& row : table["table"]) {
      QCOMPARE(row["eval_loss"]["runs"].get<int>(), 2);
      QCOMPARE(row["failed"].get<int>(), 0);
      QVERIFY(row["eval_loss"]["low"].get<double>() <= row["eval_loss"]["median"].get<double>());
    }
    QCOMPARE(text_of(table["table"][0], "method"), std::string("FedIT"));
    QVERIFY(table["table"][0]["aggregation_error"]["median"].get<double>() > 1e-4);
    QVERIFY(table["table"][1]["aggregation_error"]["median"].get<double>() < 1e-6);

    // Tidy: one line a run, round, client and metric.
    QFile file(cli.home() + "/sweeps/small/results.csv");
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = file.readAll().split('\n');
    QCOMPARE(lines[0], QByteArray("run,method,learning_rate,seed,round,client,metric,value"));
    std::set<QByteArray> runs, seeds, metrics, keys;
    for (const QByteArray& line : lines.mid(1)) {
      if (line.isEmpty()) continue;
      const QList<QByteArray> cells = line.split(',');
      QCOMPARE(cells.size(), 8);
      runs.insert(cells[0]), seeds.insert(cells[3]), metrics.insert(cells[6]);
      QVERIFY(keys.insert(cells.mid(0, 7).join(',')).second);
    }
    QCOMPARE(runs.size(), size_t{6});
    QCOMPARE(seeds.size(), size_t{2});
    for (const char* name : {"eval_loss", "eval_exact", "aggregation_error", "uplink_bytes", "downlink_bytes", "steps", "tokens", "seconds", "update_norm", "cosine"})
      QVERIFY2(metrics.contains(name), name);
    // Once more: nothing is left to do.
    const CliResult again = cli.run({"sweep", cli.path("/sweep.json"), "--json"});
    VERIFY_OK(again);
    for (const Json& line : again.objects())
      if (text_of(line, "event") == "run") QVERIFY(!line["fresh"].get<bool>());
    QVERIFY(table_of(again)["table"] == table["table"]);
  }

  void combinations_that_cannot_run_are_named_first() {
    const Cli cli;
    const QString scenario = cli.tiny({"rounds=1"});
    cli.write("/sweep.json", bytes({{"name", "bad"}, {"scenario", scenario.toStdString()}, {"axes", {{"strategy.aggregator", {"fedavg", "scaffold", "magic"}}}}}));
    const CliResult refused = cli.run({"sweep", cli.path("/sweep.json")});
    QCOMPARE(refused.code, 1);
    QVERIFY(refused.one_line());
    QVERIFY2(refused.error().find("2 of 3 combinations cannot run; scaffold: strategy.aggregator: expected") != std::string::npos, refused.err.constData());
    QVERIFY(cli.run({"runs", "--json"}).out.isEmpty());
    const CliResult skipped = cli.run({"sweep", cli.path("/sweep.json"), "--skip-invalid", "--json"});
    VERIFY_OK(skipped);
    QCOMPARE(table_of(skipped)["table"].size(), size_t{3});
  }

  // A run that fails on its way is counted, and the queue goes on.
  void a_failed_run_does_not_end_the_others() {
    const Cli cli;
    const QString scenario = cli.tiny({"rounds=1"});
    cli.write("/no.sh", "#!/bin/sh\necho 'not today' >&2\nexit 1\n");
    QFile::setPermissions(cli.path("/no.sh"), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    cli.write("/sweep.json", bytes({{"name", "some"}, {"scenario", scenario.toStdString()}, {"axes", {{"strategy.aggregator", {"exec:" + cli.path("/no.sh").toStdString(), "fedavg"}}}}}));
    const CliResult result = cli.run({"sweep", cli.path("/sweep.json"), "--json"});
    QCOMPARE(result.code, 1);
    QVERIFY2(result.error().find("1 of 2 runs failed") != std::string::npos && result.error().find("not today") != std::string::npos, result.err.constData());
    const Json table = table_of(result);
    QCOMPARE(table["table"][0]["failed"].get<int>(), 1);
    QCOMPARE(table["table"][1]["eval_loss"]["runs"].get<int>(), 1);
  }

  void bad_files_are_one_sentence() {
    const Cli cli;
    cli.write("/sweep.json", bytes({{"name", "n"}, {"scenario", "none.json"}}));
    for (const QString& file : {cli.path("/none.json"), cli.path("/sweep.json")}) {
      const CliResult result = cli.run({"sweep", file});
      QCOMPARE(result.code, 1);
      QVERIFY(result.one_line());
      QVERIFY2(result.err.contains("none.json"), result.err.constData());
    }
  }
};

QTEST_GUILESS_MAIN(TestVerbSweep)
#include "tst_verb_sweep.moc"
