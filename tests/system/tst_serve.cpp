// `fedllm serve` and `join` as processes over loopback: a run from ticket to adapter, in the host's own process and in a live core,
// stopped and gone on with, and what is refused at once.
#include <QFileInfo>
#include <QTest>

#include <set>

#include "support/cli.h"

using namespace fedllm::tests;

namespace {

QString data(const char* name) { return Cli::assets() + "/data/" + name; }

// A host and its members, each in a home of its own.
struct Party {
  Cli host, anna, ben;
  std::unique_ptr<QProcess> serving;
  CliResult said;

  QString ticket() const { return host.path("/ticket"); }
  void serve(const QString& scenario, const QStringList& more = {}) {
    QFile::remove(ticket());
    serving = host.start(QStringList{"serve", scenario, "--name", "class", "--bind", "127.0.0.1:0", "--no-announce", "--ticket-file",
                                     ticket(), "--min-members", "2", "--json"} +
                         more);
    said = {};
    const bool open = Cli::read_until(*serving, said, [](const Json& line) { return line.value("event", "") == "room"; });
    QVERIFY2(open, serving->readAllStandardError().constData());
  }
  std::unique_ptr<QProcess> join(Cli& cli, const char* file, const QString& slot) const {
    return cli.start({"join", "--ticket-file", ticket(), "--data", data(file), "--slot", slot, "--name", "m" + slot, "--yes", "--json"});
  }
  CliResult end() {
    CliResult rest = Cli::finish(*serving);
    rest.out = said.out + rest.out;
    return rest;
  }
};

}  // namespace

class TestServe : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void two_members_end_with_the_hosts_adapter_data() {
    QTest::addColumn<bool>("in_a_core");
    QTest::newRow("in its own process") << false;
    QTest::newRow("in the live core") << true;
  }
  void two_members_end_with_the_hosts_adapter() {
    QFETCH(const bool, in_a_core);
    Party party;
    const QString scenario = party.host.tiny();
    std::unique_ptr<QProcess> core;
    if (in_a_core) {
      core = party.host.start({"core"});
      const QDir sockets(party.host.path("/run/fedllm"));
      QTRY_VERIFY_WITH_TIMEOUT(!sockets.entryList({"*.sock"}, QDir::System | QDir::Files).isEmpty(), 15'000);
    }
    party.serve(scenario);
    QCOMPARE(QFileInfo(party.ticket()).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    const auto anna = party.join(party.anna, "desk_train.jsonl", "0"), ben = party.join(party.ben, "desk_test.jsonl", "1");
    const CliResult hosted = party.end();
    VERIFY_OK(hosted);
    const std::string adapter = text_of(hosted.last(), "adapter_sha256");
    QCOMPARE(text_of(hosted.last(), "state"), std::string("done"));
    QCOMPARE(adapter.size(), size_t(64));
    for (QProcess* member : {anna.get(), ben.get()}) {
      const CliResult taken = Cli::finish(*member);
      VERIFY_OK(taken);
      QCOMPARE(text_of(taken.last(), "adapter_sha256"), adapter);
    }
    std::set<std::string> placed;  // "ready" itself may be over before the host looks
    for (const Json& line : hosted.objects()) {
      QVERIFY(line.is_object());
      if (text_of(line, "event") == "member" && line.value("slot", -1) >= 0) placed.insert(text_of(line, "name"));
    }
    QCOMPARE(placed, (std::set<std::string>{"m0", "m1"}));
    if (!core) return;
    core->terminate();
    QCOMPARE(Cli::finish(*core).code, 0);
  }

  void a_stopped_run_goes_on_under_the_same_name() {
    Party party, calm;
    const QString scenario = party.host.tiny({"rounds=6", "training.local_steps=40"});
    party.serve(scenario);
    auto anna = party.join(party.anna, "desk_train.jsonl", "0"), ben = party.join(party.ben, "desk_test.jsonl", "1");
    QVERIFY(Cli::read_until(*party.serving, party.said, [](const Json& line) {
      return text_of(line, "event") == "round_committed" && line.value("round", 0) == 1;
    }));
    party.serving->terminate();
    const CliResult stopped = party.end();
    QCOMPARE(stopped.code, 1);
    QVERIFY2(stopped.one_line() && stopped.error().find("is paused after round") != std::string::npos, stopped.err.constData());
    for (QProcess* member : {anna.get(), ben.get()}) Cli::finish(*member);
    party.serve(scenario);
    anna = party.join(party.anna, "desk_train.jsonl", "0");
    ben = party.join(party.ben, "desk_test.jsonl", "1");
    const CliResult hosted = party.end();
    VERIFY_OK(hosted);
    for (QProcess* member : {anna.get(), ben.get()}) Cli::finish(*member);
    bool resumed = false;
    for (const Json& line : hosted.objects()) resumed = resumed || text_of(line, "event") == "resumed";
    QVERIFY(resumed);
    calm.serve(calm.host.tiny({"rounds=6", "training.local_steps=40"}));
    anna = calm.join(calm.anna, "desk_train.jsonl", "0");
    ben = calm.join(calm.ben, "desk_test.jsonl", "1");
    const CliResult undisturbed = calm.end();
    VERIFY_OK(undisturbed);
    for (QProcess* member : {anna.get(), ben.get()}) Cli::finish(*member);
    QCOMPARE(text_of(hosted.last(), "adapter_sha256"), text_of(undisturbed.last(), "adapter_sha256"));
  }

  void what_cannot_be_is_refused_at_once() {
    Cli cli;
    const QString scenario = cli.tiny();
    for (const QStringList& wrong : {QStringList{"serve", scenario, "--min-members", "1"},
                                     QStringList{"serve", scenario, "--name", "a"},   // nobody could press Enter
                                     QStringList{"serve", scenario, "--name", "a", "--min-members", "0"},
                                     QStringList{"serve", scenario, "--name", "a", "--min-members", "1", "--ask"},
                                     QStringList{"serve", scenario, "--name", "a", "--min-members", "1", "--bind", "a:b:c"}}) {
      const CliResult result = cli.run(wrong);
      QCOMPARE(result.code, 2);
      QVERIFY2(result.one_line(), result.err.constData());
    }
    const CliResult unbound = cli.run({"serve", scenario, "--name", "a", "--min-members", "1", "--bind", "203.0.113.1:9"});
    QCOMPARE(unbound.code, 1);
    QVERIFY2(unbound.one_line() && unbound.out.isEmpty(), unbound.err.constData());
  }
};

QTEST_GUILESS_MAIN(TestServe)
#include "tst_serve.moc"
