// The background core as a process: one a home, runs handed over to it, killed and started again, ended politely.
#include "support/cli.h"

using namespace fedllm::tests;

namespace {

struct Core {
  explicit Core(const Cli& cli, QStringList more = {}) : process(cli.start(QStringList{"core"} + more)) {}
  ~Core() {
    if (process->state() == QProcess::NotRunning) return;
    process->kill();
    process->waitForFinished();
  }
  pid_t pid() const { return static_cast<pid_t>(process->processId()); }
  std::unique_ptr<QProcess> process;
};

// Its socket stands in the 0700 folder.
QString socket_of(const Cli& cli) {
  const QDir folder(cli.path("/run/fedllm"));
  const auto sockets = folder.entryList({"*.sock"}, QDir::System | QDir::Files);
  return sockets.isEmpty() ? QString() : folder.filePath(sockets.first());
}

bool is_up(const Cli& cli) {
  return QTest::qWaitFor([&] { return !socket_of(cli).isEmpty(); }, 15'000);
}

CliResult signalled(Core& core, int signal) {
  ::kill(core.pid(), signal);
  return Cli::finish(*core.process, 60'000);
}

}  // namespace

class TestCore : public QObject {
  Q_OBJECT
 private slots:
  void one_core_a_home() {
    const Cli cli;
    Core core(cli);
    QVERIFY(is_up(cli));
    QCOMPARE(QFileInfo(cli.path("/run/fedllm")).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::ExeOther),
             QFile::Permissions());
    const CliResult second = cli.run({"core"});
    QCOMPARE(second.code, 1);
    QVERIFY2(second.one_line() && second.error().find("process " + std::to_string(core.pid())) != std::string::npos,
             second.err.constData());
    VERIFY_OK(cli.run({"runs"}));
    const CliResult ended = signalled(core, SIGTERM);
    QCOMPARE(ended.code, 0);
    QVERIFY(ended.err.isEmpty() && ended.out.isEmpty());
    QVERIFY(socket_of(cli).isEmpty());
  }

  void an_idle_core_ends_by_itself() {
    const Cli cli;
    Core core(cli, {"--idle-seconds", "1"});
    QVERIFY(is_up(cli));
    QCOMPARE(Cli::finish(*core.process, 20'000).code, 0);
  }

  void a_core_ends_when_the_session_s_folder_goes_away() {
    const Cli cli;
    Core core(cli);
    QVERIFY(is_up(cli));
    QVERIFY(QDir(cli.path("/run")).removeRecursively());
    QCOMPARE(Cli::finish(*core.process, 20'000).code, 0);
  }

  void a_stale_socket_does_not_hinder_the_next_core() {
    const Cli cli;
    {
      Core core(cli);
      QVERIFY(is_up(cli));
      ::kill(core.pid(), SIGKILL);
      core.process->waitForFinished();
    }
    QVERIFY(!socket_of(cli).isEmpty());
    Core next(cli);
    QTest::qWait(500);
    QCOMPARE(next.process->state(), QProcess::Running);
    QCOMPARE(signalled(next, SIGTERM).code, 0);
  }

  void a_run_is_handed_over_and_followed() {
    SKIP_WITHOUT_TRAINING();
    const Cli cli;
    const QString scenario = cli.tiny();
    const CliResult here = cli.run({"run", scenario, "--json"});
    VERIFY_OK(here);
    Core core(cli);
    QVERIFY(is_up(cli));
    const CliResult there = cli.run({"run", scenario, "--json"});
    VERIFY_OK(there);
    QCOMPARE(text_of(there.last(), "adapter_sha256"), text_of(here.last(), "adapter_sha256"));
    QCOMPARE(there.lines().size(), here.lines().size());
    QCOMPARE(there.objects().front()["event"].get<std::string>(), std::string("run_started"));
    QVERIFY(there.last()["peak_rss_bytes"].get<int64_t>() > 0);
    const std::vector<Json> runs = cli.run({"runs", "--json"}).objects();
    QCOMPARE(runs.size(), size_t{2});
    QCOMPARE(signalled(core, SIGTERM).code, 0);
  }

  void kill_9_of_the_core_leaves_a_run_to_resume() {
    SKIP_WITHOUT_TRAINING();
    const Cli cli;
    const QString scenario = cli.tiny();
    const CliResult calm = cli.run({"run", scenario, "--json"});
    VERIFY_OK(calm);
    std::string id;
    {
      Core core(cli);
      QVERIFY(is_up(cli));
      const auto follower = cli.start({"run", scenario, "--json"});
      CliResult head;
      QVERIFY(Cli::read_until(*follower, head,
                              [](const Json& o) { return text_of(o, "event") == "round_started" && o["round"] == 2; }));
      id = text_of(head.last(), "run");
      ::kill(core.pid(), SIGKILL);
      const CliResult broken = Cli::finish(*follower, 30'000);
      QCOMPARE(broken.code, 1);
      QVERIFY2(broken.one_line() && broken.error().find("fedllm resume " + id) != std::string::npos, broken.err.constData());
      core.process->waitForFinished();
    }
    QCOMPARE(text_of(cli.run({"runs", "--json"}).objects()[0], "state"), std::string("interrupted"));
    Core next(cli);  // the next core takes the run up
    QTest::qWait(500);
    const CliResult resumed = cli.run({"resume", QString::fromStdString(id), "--json"});
    VERIFY_OK(resumed);
    QCOMPARE(text_of(resumed.objects().front(), "event"), std::string("resumed"));
    QCOMPARE(text_of(resumed.last(), "adapter_sha256"), text_of(calm.last(), "adapter_sha256"));
    QCOMPARE(signalled(next, SIGTERM).code, 0);
  }

  void ending_the_core_pauses_and_saves_its_runs() {
    SKIP_WITHOUT_TRAINING();
    const Cli cli;
    Core core(cli);
    QVERIFY(is_up(cli));
    const auto follower = cli.start({"run", cli.tiny({"rounds=2000"}), "--json"});
    CliResult head;
    QVERIFY(Cli::read_until(*follower, head,
                            [](const Json& o) { return text_of(o, "event") == "round_started" && o["round"] == 2; }));
    QCOMPARE(signalled(core, SIGHUP).code, 0);
    const CliResult followed = Cli::finish(*follower, 30'000);
    QCOMPARE(followed.code, 1);
    QVERIFY2(followed.one_line(), followed.err.constData());
    const Json run = cli.run({"runs", "--json"}).objects().at(0);
    QCOMPARE(text_of(run, "state"), std::string("paused"));
    QVERIFY(run["rounds_done"].get<int>() >= 1);
  }

  void ctrl_c_of_the_follower_stops_the_run_in_the_core() {
    SKIP_WITHOUT_TRAINING();
    const Cli cli;
    Core core(cli);
    QVERIFY(is_up(cli));
    const auto follower = cli.start({"run", cli.tiny({"rounds=2000"}), "--json"});
    CliResult head;
    QVERIFY(Cli::read_until(*follower, head, [](const Json& o) { return text_of(o, "event") == "client_step"; }));
    ::kill(static_cast<pid_t>(follower->processId()), SIGINT);
    const CliResult followed = Cli::finish(*follower, 30'000);
    QCOMPARE(followed.code, 1);
    QCOMPARE(text_of(followed.last(), "state"), std::string("paused"));
    QVERIFY2(followed.one_line() && followed.error().find("fedllm resume ") != std::string::npos, followed.err.constData());
    QCOMPARE(signalled(core, SIGTERM).code, 0);
  }

  void a_refused_scenario_is_refused_by_the_core_in_one_line() {
    const Cli cli;
    Core core(cli);
    QVERIFY(is_up(cli));
    cli.write("/s.json", cli.run({"new", "--set", "dataset.files=[\"gone.jsonl\"]", "--set", "base_model=."}).out);
    const CliResult refused = cli.run({"run", cli.path("/s.json"), "--json"});
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.one_line() && refused.error().find("/gone.jsonl") != std::string::npos, refused.err.constData());
    QCOMPARE(signalled(core, SIGTERM).code, 0);
  }
};

QTEST_GUILESS_MAIN(TestCore)
#include "tst_core.moc"
