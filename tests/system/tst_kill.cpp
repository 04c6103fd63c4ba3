// kill -9 at seeded points, then resume: no committed round is repeated and the adapter is that of an undisturbed run.
#include <map>
#include <random>

#include "support/cli.h"

using namespace fedllm::tests;

namespace {

constexpr int kPoints = 10;
constexpr int kRounds = 4;

QString scenario_of(const Cli& cli) {
  return cli.tiny({QStringLiteral("rounds=%1").arg(kRounds), "strategy.server_optimizer=fedavgm", "codec=f16"});
}

}  // namespace

class TestKill : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void resuming_after_kill_9_gives_the_same_adapter() {
    const Cli calm;
    const CliResult undisturbed = calm.run({"run", scenario_of(calm), "--json"});
    VERIFY_OK(undisturbed);
    const std::string wanted = text_of(undisturbed.last(), "adapter_sha256");
    const int events = int(undisturbed.lines().size()) - 1;

    std::mt19937 random(20261122);
    for (int point = 0; point < kPoints; ++point) {
      // One point in each tenth of the run's events.
      const int at = 1 + events * point / kPoints + int(random() % unsigned(events / kPoints));
      const Cli cli;
      const auto process = cli.start({"run", scenario_of(cli), "--json"});
      CliResult head;
      const bool reached = Cli::read_until(*process, head, [&](const Json& o) { return o.contains("seq") && o["seq"] >= at; });
      QVERIFY2(reached, head.err.constData());
      ::kill(static_cast<pid_t>(process->processId()), SIGKILL);
      process->waitForFinished();
      const std::string id = text_of(Json::parse(head.lines().front().toStdString()), "run");

      const Json before = cli.run({"runs", "--json"}).objects().at(0);
      if (text_of(before, "state") == "done") continue;  // it was quicker than the kill; the next point is earlier or later
      QCOMPARE(text_of(before, "state"), std::string("interrupted"));
      const CliResult resumed = cli.run({"resume", QString::fromStdString(id), "--json"});
      VERIFY_OK(resumed);
      const Json first = resumed.objects().front();
      QCOMPARE(text_of(first, "event"), std::string("resumed"));
      QCOMPARE(first["from_round"].get<int>(), before["rounds_done"].get<int>());
      QCOMPARE(text_of(resumed.last(), "adapter_sha256"), wanted);
      QCOMPARE(text_of(resumed.last(), "run"), id);

      std::map<int, int> commits;
      int64_t seq = 0;
      for (const Json& object : cli.run({"show", QString::fromStdString(id), "--json"}).objects()) {
        if (!object.contains("seq")) continue;
        QCOMPARE(object["seq"].get<int64_t>(), ++seq);
        if (text_of(object, "event") == "round_committed") ++commits[object["round"].get<int>()];
      }
      for (int round = 0; round <= kRounds; ++round) QCOMPARE(commits[round], 1);

      // The table holds every round's steps once: what was superseded is left out.
      int steps = 0;
      for (const QByteArray& line : cli.run({"show", QString::fromStdString(id), "--csv"}).lines())
        steps += line.split(',').value(4) == "loss";
      QCOMPARE(steps, kRounds * 3 * 4);
    }
  }

  void killing_twice_is_survived_too() {
    const Cli cli;
    const CliResult calm = cli.run({"run", scenario_of(cli), "--json"});
    VERIFY_OK(calm);
    const auto killed_at = [&](const QStringList& arguments, int round) {
      const auto process = cli.start(arguments);
      CliResult head;
      const bool reached = Cli::read_until(
          *process, head, [&](const Json& o) { return text_of(o, "event") == "round_started" && o["round"] == round; });
      ::kill(static_cast<pid_t>(process->processId()), SIGKILL);
      process->waitForFinished();
      return reached ? text_of(Json::parse(head.lines().front().toStdString()), "run") : std::string();
    };
    const std::string id = killed_at({"run", scenario_of(cli), "--json"}, 2);
    QVERIFY(!id.empty());
    QCOMPARE(killed_at({"resume", QString::fromStdString(id), "--json"}, 3), id);
    const CliResult resumed = cli.run({"resume", QString::fromStdString(id), "--json"});
    VERIFY_OK(resumed);
    QCOMPARE(text_of(resumed.last(), "adapter_sha256"), text_of(calm.last(), "adapter_sha256"));
  }
};

QTEST_GUILESS_MAIN(TestKill)
#include "tst_kill.moc"
