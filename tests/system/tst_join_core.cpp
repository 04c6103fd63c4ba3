// `fedllm join` while a core holds the home: the core takes part, this process only asks, tells and ends as if it did itself.
#include <QTest>

#include "support/cli.h"

using namespace fedllm::tests;

namespace {

QString data(const char* name) { return Cli::assets() + "/data/" + name; }

// A host, ben in a process of his own, and anna, whose home a core holds from some moment on.
struct Party {
  Cli host, anna, ben;
  std::unique_ptr<QProcess> serving, core;
  CliResult said;

  ~Party() {
    for (QProcess* one : {core.get(), serving.get()}) {
      if (!one || one->state() == QProcess::NotRunning) continue;
      one->terminate();
      Cli::finish(*one, 10'000);
    }
  }
  QString ticket() const { return host.path("/ticket"); }
  void serve(const QStringList& sets) {
    serving = host.start({"serve", host.tiny(sets), "--name", "class", "--bind", "127.0.0.1:0", "--no-announce", "--ticket-file",
                          ticket(), "--min-members", "2", "--json"});
    const bool open = Cli::read_until(*serving, said, [](const Json& line) { return text_of(line, "event") == "room"; });
    QVERIFY2(open, serving->readAllStandardError().constData());
  }
  void start_core() {
    core = anna.start({"core"});
    const QDir sockets(anna.path("/run/fedllm"));
    QTRY_VERIFY_WITH_TIMEOUT(!sockets.entryList({"*.sock"}, QDir::System | QDir::Files).isEmpty(), 15'000);
  }
  std::unique_ptr<QProcess> join(Cli& cli, const char* file, const QString& slot) const {
    return cli.start({"join", "--ticket-file", ticket(), "--data", data(file), "--slot", slot, "--name", "m" + slot, "--yes", "--json"});
  }
};

int count(const CliResult& result, const char* event) {
  int found = 0;
  for (const Json& line : result.objects()) found += text_of(line, "event") == event;
  return found;
}

}  // namespace

class TestJoinCore : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void the_core_takes_part() {
    Party party;
    party.serve({});
    party.start_core();
    const auto anna = party.join(party.anna, "desk_train.jsonl", "0"), ben = party.join(party.ben, "desk_test.jsonl", "1");
    const CliResult hosted = Cli::finish(*party.serving);
    VERIFY_OK(hosted);
    const std::string adapter = text_of(hosted.last(), "adapter_sha256");
    QCOMPARE(adapter.size(), size_t(64));
    const CliResult in_core = Cli::finish(*anna), alone = Cli::finish(*ben);
    VERIFY_OK(in_core);
    VERIFY_OK(alone);
    QCOMPARE(text_of(in_core.last(), "adapter_sha256"), adapter);
    QCOMPARE(text_of(alone.last(), "adapter_sha256"), adapter);
    for (const char* event : {"run_started", "client_update", "round_committed", "done"})
      QCOMPARE(count(in_core, event), count(alone, event));
    QVERIFY(count(in_core, "membership") >= 2);
    QCOMPARE(party.core->state(), QProcess::Running);
    // The run is in the core's ledger like any other.
    const CliResult runs = party.anna.run({"runs", "--json"});
    VERIFY_OK(runs);
    QVERIFY(runs.out.contains("\"done\""));
  }

  void a_core_goes_on_with_what_a_process_began_and_leaves_on_ctrl_c() {
    Party party;
    party.serve({"rounds=6", "training.local_steps=60"});   // long enough for signals to come in the middle
    auto ben = party.join(party.ben, "desk_test.jsonl", "1");
    auto anna = party.join(party.anna, "desk_train.jsonl", "0");
    CliResult first;
    const auto committed = [](const Json& line) { return text_of(line, "event") == "round_committed" && line.value("round", 0) >= 1; };
    QVERIFY(Cli::read_until(*anna, first, committed));
    // With nobody there the run waits, however long the next steps of this test take.
    anna->terminate();
    ben->terminate();
    Cli::finish(*ben);
    const CliResult stopped = Cli::finish(*anna);
    QCOMPARE(stopped.code, 1);
    QVERIFY2(stopped.error().find("join again with the same ticket") != std::string::npos, stopped.err.constData());
    const auto run_of = [](const CliResult& result) {
      for (const Json& line : result.objects())
        if (text_of(line, "event") == "run_started") return text_of(line, "run");
      return std::string();
    };
    party.start_core();
    // Ctrl-C leaves the room, in the core too; the core stays.
    CliResult second;
    anna = party.join(party.anna, "desk_train.jsonl", "0");
    QVERIFY(Cli::read_until(*anna, second, [](const Json& line) { return text_of(line, "event") == "resumed"; }));
    anna->terminate();
    QCOMPARE(Cli::finish(*anna).code, 1);
    QCOMPARE(party.core->state(), QProcess::Running);
    ben = party.join(party.ben, "desk_test.jsonl", "1");
    anna = party.join(party.anna, "desk_train.jsonl", "0");
    const CliResult third = Cli::finish(*anna);
    VERIFY_OK(third);
    QCOMPARE(run_of(third), run_of(first));
    QCOMPARE(text_of(third.last(), "state"), std::string("done"));
    const CliResult hosted = Cli::finish(*party.serving);
    VERIFY_OK(hosted);
    QCOMPARE(text_of(third.last(), "adapter_sha256"), text_of(hosted.last(), "adapter_sha256"));
    Cli::finish(*ben);
  }

  void who_is_no_core_is_named() {
    Party party;
    party.serve({});
    const auto busy = party.anna.start({"serve", party.anna.tiny(), "--name", "hers", "--bind", "127.0.0.1:0", "--no-announce",
                                        "--min-members", "1", "--json"});
    CliResult said;
    QVERIFY(Cli::read_until(*busy, said, [](const Json& line) { return text_of(line, "event") == "room"; }));
    const auto anna = party.join(party.anna, "desk_train.jsonl", "0");
    const CliResult refused = Cli::finish(*anna);
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.one_line() && refused.error().find("another --home") != std::string::npos, refused.err.constData());
    busy->terminate();
    Cli::finish(*busy);
  }
};

QTEST_GUILESS_MAIN(TestJoinCore)
#include "tst_join_core.moc"
