// The same scenario and seed give the same adapter: for any number of workers, and after kill -9 at seeded moments and at
// the worst ones (just before and just after a commit), without repeating a committed round. The killed runs are this
// program itself, started with --child.
#include <QCoreApplication>
#include <QProcess>
#include <QTest>

#include <csignal>
#include <map>

#include "support/proxy_ledger.h"
#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

// Keeps every kind of state that a resumed run must get back: optimizer momentum, codec residuals, cohorts.
spec::Scenario demanding(const MiniWorld& world) {
  spec::Scenario scenario = world.scenario;
  scenario.rounds = 6;
  scenario.codec = "int4", scenario.downlink_codec = "int8";   // rounding by lot, and what it loses is owed
  scenario.strategy.server_optimizer = "fedavgm";
  scenario.cohort.size = 3;
  scenario.training.local_steps = 4;
  return scenario;
}

std::string hash_of(const node::RunOutcome& outcome) {
  const auto hash = summary_of(outcome)["adapter_sha256"];
  return hash.is_string() ? hash.get<std::string>() : outcome.error;
}

// The child: goes on with a run until it ends or dies.
int continue_run(const std::string& home, const std::string& run, const std::string& die) {
  auto real = ledger::Ledger::open({home, home, false, nullptr});
  if (!real.ok()) return 3;
  ProxyLedger ledger(**real);
  if (die.starts_with("before-")) {
    ledger.before_commit = [&](const ledger::VersionRow& version) {
      if (version.round == std::stoi(die.substr(7))) raise(SIGKILL);
      return Status();
    };
  }
  if (die.starts_with("after-")) {
    ledger.after_commit = [&](const ledger::VersionRow& version) {
      if (version.round == std::stoi(die.substr(6))) raise(SIGKILL);
    };
  }
  NoopBackend backend;
  backend.step_seconds = 0.002;
  HomePaths paths;
  paths.home = paths.ledger_dir = home;
  auto executor = node::RunExecutor::start(ledger, backend, paths, run, 2);
  if (!executor.ok()) return 4;
  const node::RunOutcome outcome = (*executor)->wait();
  if (!outcome.error.empty()) fprintf(stderr, "%s\n", outcome.error.c_str());
  return outcome.state == ledger::RunState::done ? 0 : 5;
}

// Exit code, or -1 when it was killed.
int child(const MiniWorld& world, const std::string& run, const QString& die, int kill_after_ms = -1) {
  QProcess process;
  process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
  process.start(QCoreApplication::applicationFilePath(),
                {"--child", QString::fromStdString(world.path("/home")), QString::fromStdString(run), die});
  if (kill_after_ms >= 0 && !process.waitForFinished(kill_after_ms)) process.kill();
  process.waitForFinished(60000);
  return process.exitStatus() == QProcess::CrashExit ? -1 : process.exitCode();
}

// Every round committed exactly once, and nothing of it left out.
void verify_rounds(const ledger::Ledger& ledger, const std::string& run, int rounds) {
  std::map<int, int> committed;
  for (const auto& event : events_of(ledger, run, "round_committed")) ++committed[*event.round];
  QCOMPARE(committed.size(), static_cast<size_t>(rounds + 1));
  for (const auto& [round, times] : committed) QCOMPARE(times, 1);
  QCOMPARE(ledger.versions(run)->size(), static_cast<size_t>(rounds + 1));
  // A session starts behind the last commit before it.
  int last = -1;
  for (const auto& event : events_of(ledger, run)) {
    if (event.kind == "round_committed") last = *event.round;
    if (event.kind == "resumed") QCOMPARE(*metric(event, "from_round"), static_cast<double>(std::max(last, 0)));
    if (event.kind == "round_started") QCOMPARE(*event.round, last + 1);
  }
}

}  // namespace

class TestDeterminism : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    NoopBackend backend;
    auto ledger = world_.open_ledger();
    scenario_ = demanding(world_);
    const std::string run = world_.create_run(*ledger, scenario_);
    const node::RunOutcome outcome = run_to_end(world_, *ledger, backend, run, 1);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    undisturbed_ = hash_of(outcome);
    payload_bytes_ = summary_of(outcome)["uplink_payload_bytes"];
  }

  void workers_do_not_matter_data() {
    QTest::addColumn<int>("workers");
    QTest::newRow("2") << 2;
    QTest::newRow("4") << 4;
  }
  void workers_do_not_matter() {
    QFETCH(int, workers);
    NoopBackend backend;
    backend.hook = [](const train::LocalOptions& options, int step, adapter::AdapterState&, double&) {
      // Clients finish in another order every round.
      std::this_thread::sleep_for(std::chrono::microseconds((options.seed >> 7) % 900 * static_cast<unsigned>(step)));
    };
    auto ledger = world_.open_ledger();
    const std::string run = world_.create_run(*ledger, scenario_);
    QCOMPARE(hash_of(run_to_end(world_, *ledger, backend, run, workers)), undisturbed_);
  }

  void another_seed_gives_another_adapter() {
    NoopBackend backend;
    auto ledger = world_.open_ledger();
    spec::Scenario other = scenario_;
    other.seed += 1;
    const std::string run = world_.create_run(*ledger, other);
    QVERIFY(hash_of(run_to_end(world_, *ledger, backend, run)) != undisturbed_);
  }

  void killed_at_ten_seeded_moments() {
    std::string run;
    {
      auto ledger = world_.open_ledger();
      run = world_.create_run(*ledger, scenario_);
    }
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(child(world_, run, "never"), 0);
    const double whole_ms = static_cast<double>(timer.elapsed());
    Rng rng(2026);
    int killed = 0;
    for (int point = 0; point < 10; ++point) {
      std::string victim;
      {
        auto ledger = world_.open_ledger();
        victim = world_.create_run(*ledger, scenario_);
      }
      const int after_ms = static_cast<int>(whole_ms * (point + rng.uniform()) / 10);
      killed += child(world_, victim, "never", after_ms) == -1 ? 1 : 0;
      // Once more on the way, then to the end.
      killed += child(world_, victim, "never", after_ms / 2 + 1) == -1 ? 1 : 0;
      auto ledger = world_.open_ledger();
      if (ledger->run(victim)->state == ledger::RunState::done) continue;
      ledger.reset();
      QCOMPARE(child(world_, victim, "never"), 0);
      check_finished(victim);
    }
    QVERIFY2(killed >= 8, qPrintable(QString("only %1 kills hit").arg(killed)));
  }

  void killed_beside_a_commit_data() {
    QTest::addColumn<QString>("die");
    for (const char* die : {"before-0", "after-0", "before-1", "before-3", "after-3", "before-6", "after-6"})
      QTest::newRow(die) << die;
  }
  void killed_beside_a_commit() {
    QFETCH(QString, die);
    std::string run;
    {
      auto ledger = world_.open_ledger();
      run = world_.create_run(*ledger, scenario_);
    }
    QCOMPARE(child(world_, run, die), -1);
    const int round = die.section('-', 1).toInt();
    {
      auto ledger = world_.open_ledger();
      QCOMPARE(static_cast<int>(ledger->versions(run)->size()), die.startsWith("after") ? round + 1 : round);
    }
    QCOMPARE(child(world_, run, "never"), 0);
    check_finished(run);
  }

 private:
  void check_finished(const std::string& run) {
    auto ledger = world_.open_ledger();
    const ledger::RunRow row = *ledger->run(run);
    QCOMPARE(row.state, ledger::RunState::done);
    const auto summary = nlohmann::json::parse(row.summary_json);
    QCOMPARE(summary["adapter_sha256"].get<std::string>(), undisturbed_);
    // Bytes of rounds that were lost do not count, those of committed ones do.
    QCOMPARE(summary["uplink_payload_bytes"].get<int64_t>(), payload_bytes_);
    verify_rounds(*ledger, run, scenario_.rounds);
  }

  MiniWorld world_;
  spec::Scenario scenario_;
  std::string undisturbed_;
  int64_t payload_bytes_ = 0;
};

int main(int argc, char** argv) {
  if (argc == 5 && std::string(argv[1]) == "--child") return continue_run(argv[2], argv[3], argv[4]);
  QCoreApplication app(argc, argv);
  TestDeterminism test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_determinism.moc"
