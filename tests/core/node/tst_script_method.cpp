// A person's own aggregator: what it is given and gives back, every way it may fail, and that a run knows which program it was.
#include <QtTest>

#include <filesystem>

#include "adapter/peft.h"
#include "node/script_method.h"
#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::tests;

class TestScriptMethod : public QObject {
  Q_OBJECT
  MiniWorld world_;

  std::string script(const std::string& name, const std::string& text, bool executable = true) {
    write_text(world_.path("/" + name), text);
    std::filesystem::permissions(world_.path("/" + name), std::filesystem::perms::owner_all, executable ? std::filesystem::perm_options::replace : std::filesystem::perm_options::remove);
    if (!executable) std::filesystem::permissions(world_.path("/" + name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return "exec:" + name;
  }
  spec::Scenario with(const std::string& aggregator) {
    spec::Scenario scenario = world_.scenario;
    scenario.strategy.aggregator = aggregator;
    return scenario;
  }
  node::RunOutcome outcome_of(ledger::Ledger& ledger, const spec::Scenario& scenario, std::string* name = nullptr) {
    NoopBackend backend;
    const std::string run = world_.create_run(ledger, scenario);
    if (name) *name = run;
    return run_to_end(world_, ledger, backend, run);
  }
  static adapter::AdapterState last(const ledger::Ledger& ledger, const std::string& run) {
    return *adapter::load_peft(ledger.absolute(ledger.versions(run)->back().path));
  }

 private slots:
  void the_shipped_example_is_fedit() {
    auto ledger = world_.memory_ledger();
    std::string own, fedit;
    const auto ran = outcome_of(*ledger, with("exec:" + std::string(FEDLLM_SOURCE_DIR) + "/resources/scripts/mean.py"), &own);
    QVERIFY2(ran.state == ledger::RunState::done, ran.error.c_str());
    QCOMPARE(outcome_of(*ledger, with("fedavg"), &fedit).state, ledger::RunState::done);
    const auto x = last(*ledger, own), y = last(*ledger, fedit);
    double top = 0;
    for (size_t i = 0; i < x.values.size(); ++i) top = std::max(top, static_cast<double>(std::abs(x.values[i] - y.values[i])));
    QVERIFY2(top > -1 && top < 1e-6, qPrintable(QString::number(top)));
    const auto started = events_of(*ledger, own, "run_started");
    QCOMPARE(detail(started.at(0))["script_sha256"].get<std::string>().size(), size_t{64});
    // Its folders are gone.
    for (const auto& entry : std::filesystem::directory_iterator(ledger->run_dir(own))) QVERIFY(!entry.path().filename().string().starts_with("script-round"));
  }

  void it_is_told_who_and_how_much() {
    auto ledger = world_.memory_ledger();
    const std::string keep = script("keep.sh", "#!/bin/sh\ncp \"$1/manifest.json\" \"" + world_.path("/seen.json") + "\"\ncp -r global result\n");
    QCOMPARE(outcome_of(*ledger, with(keep)).state, ledger::RunState::done);
    std::ifstream in(world_.path("/seen.json"));
    const auto manifest = nlohmann::json::parse(in);
    QCOMPARE(manifest["format"].get<int>(), 1);
    QCOMPARE(manifest["round"].get<int>(), 3);
    QCOMPARE(manifest["clients"].size(), size_t{4});
    QCOMPARE(manifest["clients"][0]["client"].get<std::string>(), std::string("client 0"));
    QCOMPARE(manifest["clients"][0]["weight"].get<double>(), 24.0);
    QCOMPARE(manifest["clients"][0]["rank"].get<int>(), 2);
    QCOMPARE(manifest["clients"][0]["alpha"].get<double>(), 4.0);
  }

  void failures_are_sentences_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("why");
    QTest::newRow("says why") << "#!/bin/sh\necho first >&2\necho 'I do not like client 2' >&2\nexit 1\n" << "round 1: try.sh: I do not like client 2";
    QTest::newRow("says nothing") << "#!/bin/sh\nexit 3\n" << "round 1: try.sh: it ended with code 3";
    QTest::newRow("dies") << "#!/bin/sh\nkill -9 $$\n" << "try.sh: it was ended by signal 9";
    QTest::newRow("too slow") << "#!/bin/sh\nsleep 60 & wait\n" << "try.sh: it ran longer than 1 s (strategy.parameters.time_limit_s)";
    QTest::newRow("no result") << "#!/bin/sh\nexit 0\n" << "try.sh: its result cannot be read: ";
    QTest::newRow("no program") << "#!/nowhere/at/all\n" << "try.sh: it cannot be executed: is its first line #!";
    QTest::newRow("a result that does not fit") << "#!/bin/sh\ncp -r global result\nsed -i 's/\"lora_alpha\": *[0-9.]*/\"lora_alpha\": 40/' result/adapter_config.json\n"
                                                << "expected a scale (alpha / rank) of 2, got 20";
    QTest::newRow("talks without end") << "#!/bin/sh\ni=0; while [ $i -lt 20000 ]; do echo 'a long line that says nothing' >&2; i=$((i+1)); done\nexit 1\n" << "try.sh: ";
  }
  void failures_are_sentences() {
    QFETCH(QString, text);
    QFETCH(QString, why);
    auto ledger = world_.memory_ledger();
    spec::Scenario scenario = with(script("try.sh", text.toStdString()));
    scenario.strategy.parameters = {{"time_limit_s", 1}};
    QElapsedTimer timer;
    timer.start();
    const auto outcome = outcome_of(*ledger, scenario);
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QVERIFY2(QString::fromStdString(outcome.error).contains(why), outcome.error.c_str());
    QVERIFY(timer.elapsed() < 20000);
  }

  void what_is_not_there_is_said_before_anything_runs() {
    auto ledger = world_.memory_ledger();
    const auto missing = outcome_of(*ledger, with("exec:none.py"));
    QVERIFY2(missing.error.find("expected a program at none.py, there is none") != std::string::npos, missing.error.c_str());
    const auto plain = outcome_of(*ledger, with(script("plain.py", "print(1)\n", false)));
    if (geteuid() != 0 || plain.error.find("chmod") != std::string::npos)
      QVERIFY2(plain.error.find("plain.py is not executable; chmod +x makes it so") != std::string::npos, plain.error.c_str());
  }

  void another_program_does_not_go_on_with_the_run() {
    auto ledger = world_.memory_ledger();
    spec::Scenario scenario = with(script("keep.sh", "#!/bin/sh\nsleep 0.05\ncp -r global result\n"));
    scenario.rounds = 50;
    const std::string run = world_.create_run(*ledger, scenario);
    NoopBackend backend;
    auto executor = *node::RunExecutor::start(*ledger, backend, world_.home(), run, 2);
    while (ledger->versions(run)->size() < 3) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    executor->stop(false);
    executor->wait();
    executor.reset();
    script("keep.sh", "#!/bin/sh\ncp -r client-0 result\n");
    const auto outcome = run_to_end(world_, *ledger, backend, run);
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QVERIFY2(outcome.error.find("the program of strategy.aggregator changed since this run began") != std::string::npos, outcome.error.c_str());
  }
};

QTEST_GUILESS_MAIN(TestScriptMethod)
#include "tst_script_method.moc"
