// A whole run with the real program: the --json contract, the same adapter for any number of workers, history.
#include <QCryptographicHash>

#include <set>

#include "support/cli.h"

using namespace fedllm::tests;

namespace {

QByteArray sha256_of(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return {};
  return QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256).toHex();
}

}  // namespace

class TestRun : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void json_lines_and_the_summary_keep_the_contract() {
    const Cli cli;
    const CliResult result = cli.run({"run", cli.tiny(), "--json", "--workers", "2"});
    VERIFY_OK(result);
    const std::vector<Json> objects = result.objects();
    const Json summary = objects.back();
    for (const char* key : {"run", "state", "rounds", "adapter_sha256", "adapter_dir", "initial_eval_loss", "final_eval_loss",
                            "initial_eval_exact", "final_eval_exact", "uplink_payload_bytes", "downlink_payload_bytes",
                            "uplink_wire_bytes", "downlink_wire_bytes", "wall_s", "peak_rss_bytes"})
      QVERIFY2(summary.contains(key) && !summary[key].is_null(), key);
    QCOMPARE(text_of(summary, "state"), std::string("done"));
    QCOMPARE(summary["rounds"].get<int>(), 3);
    QVERIFY(summary["final_eval_loss"].get<double>() < summary["initial_eval_loss"].get<double>());
    QVERIFY(summary["uplink_wire_bytes"].get<int64_t>() > summary["uplink_payload_bytes"].get<int64_t>());
    for (const auto& [topic, score] : summary["final_eval_exact"].items()) {
      QVERIFY(score["n"].get<int>() > 0);
      QVERIFY(score["exact"].get<double>() >= 0 && score["exact"].get<double>() <= 1);
    }
    QVERIFY(summary["final_eval_exact"].contains("repair"));
    const QString folder = QString::fromStdString(text_of(summary, "adapter_dir"));
    QCOMPARE(sha256_of(folder + "/adapter_model.safetensors").toStdString(), text_of(summary, "adapter_sha256"));
    QVERIFY(QFile::exists(folder + "/adapter_config.json"));
    int64_t seq = 0;
    std::set<std::string> kinds;
    for (size_t i = 0; i + 1 < objects.size(); ++i) {
      QVERIFY2(objects[i].is_object(), "every line is one object");
      QCOMPARE(objects[i]["seq"].get<int64_t>(), ++seq);
      QCOMPARE(text_of(objects[i], "run"), text_of(summary, "run"));
      kinds.insert(text_of(objects[i], "event"));
      if (text_of(objects[i], "event") == "client_step")
        QVERIFY(objects[i].contains("round") && objects[i].contains("client") && objects[i].contains("loss"));
    }
    for (const char* kind :
         {"run_started", "eval", "round_started", "client_started", "client_step", "client_update", "round_committed", "done"})
      QVERIFY2(kinds.contains(kind), kind);
  }

  void the_adapter_is_the_same_for_any_number_of_workers() {
    const Cli cli;
    const QString scenario = cli.tiny({"codec=f16", "lora.dropout=0.1"});
    std::set<std::string> hashes;
    for (const char* workers : {"1", "2", "4"}) {
      const CliResult result = cli.run({"run", scenario, "--json", "--workers", workers});
      VERIFY_OK(result);
      hashes.insert(text_of(result.last(), "adapter_sha256"));
    }
    QCOMPARE(hashes.size(), size_t{1});
    QCOMPARE(hashes.begin()->size(), size_t{64});
    const CliResult other = cli.run({"run", scenario, "--json", "--set", "seed=2"});
    VERIFY_OK(other);
    QVERIFY(!hashes.contains(text_of(other.last(), "adapter_sha256")));
    const std::vector<Json> runs = cli.run({"runs", "--json"}).objects();
    QCOMPARE(runs.size(), size_t{4});
    QCOMPARE(text_of(runs[0], "run"), text_of(other.last(), "run"));  // newest first
    for (const Json& run : runs) {
      QCOMPARE(text_of(run, "state"), std::string("done"));
      QCOMPARE(run["rounds_done"].get<int>(), 3);
    }
  }

  void show_tells_the_same_again_as_lines_and_as_a_table() {
    const Cli cli;
    const CliResult ran = cli.run({"run", cli.tiny(), "--json"});
    VERIFY_OK(ran);
    const QString id = QString::fromStdString(text_of(ran.last(), "run"));
    const CliResult shown = cli.run({"show", id, "--json"});
    VERIFY_OK(shown);
    QCOMPARE(shown.out, ran.out);
    const CliResult table = cli.run({"show", id, "--csv"});
    VERIFY_OK(table);
    const auto lines = table.lines();
    QCOMPARE(lines[0], QByteArray("run,round,client,step,metric,value"));
    int losses = 0;
    for (size_t i = 1; i < lines.size(); ++i) {
      const auto cells = lines[i].split(',');
      QCOMPARE(cells.size(), 6);
      QCOMPARE(cells[0], id.toUtf8());
      losses += cells[4] == "loss" && !cells[3].isEmpty();
    }
    QCOMPARE(losses, 3 * 3 * 4);  // rounds, clients, steps
    const CliResult plain = cli.run({"show", id});
    VERIFY_OK(plain);
    QVERIFY(plain.out.contains("held-out loss") && plain.out.contains("adapter SHA-256"));
    const CliResult over = cli.run({"resume", id});
    QCOMPARE(over.code, 1);
    QVERIFY2(over.one_line() && over.err.contains("is done"), over.err.constData());
  }

  void without_json_the_result_is_plain_and_nothing_else_is_said() {
    const Cli cli;
    const CliResult result = cli.run({"run", cli.tiny({"rounds=1"})});
    VERIFY_OK(result);
    QVERIFY(result.out.startsWith("run "));
    QVERIFY(result.out.contains("state                 done") && result.out.contains("adapter "));
  }

  void ctrl_c_stops_and_saves_and_says_how_to_go_on() {
    const Cli cli;
    const QString scenario = cli.tiny({"rounds=4000"});   // far from over, however fast the machine
    for (const int signal : {SIGINT, SIGTERM}) {
      const auto process = cli.start({"run", scenario, "--json"});
      CliResult head;
      QVERIFY(Cli::read_until(*process, head,
                              [](const Json& o) { return text_of(o, "event") == "round_committed" && o["round"] == 1; }));
      ::kill(static_cast<pid_t>(process->processId()), signal);
      const CliResult rest = Cli::finish(*process);
      QCOMPARE(rest.code, 1);
      const std::string id = text_of(rest.last(), "run");
      QCOMPARE(text_of(rest.last(), "state"), std::string("paused"));
      QVERIFY2(rest.one_line() && rest.error().find("fedllm resume " + id) != std::string::npos, rest.err.constData());
      QCOMPARE(text_of(cli.run({"runs", "--json"}).objects()[0], "state"), std::string("paused"));
    }
  }

  void a_second_run_in_a_held_home_is_refused() {
    const Cli cli;
    const QString scenario = cli.tiny({"rounds=4000"});   // far from over, however fast the machine
    const auto process = cli.start({"run", scenario, "--json"});
    CliResult head;
    QVERIFY(Cli::read_until(*process, head, [](const Json& o) { return text_of(o, "event") == "client_step"; }));
    const std::string id = text_of(head.last(), "run");
    const CliResult second = cli.run({"run", scenario, "--json"});
    QCOMPARE(second.code, 1);
    const std::string holder = "is in use by fedllm run (process " + std::to_string(process->processId()) + ", since ";
    QVERIFY2(second.one_line() && second.error().find(holder) != std::string::npos, second.err.constData());
    for (const QStringList& other : {QStringList{"resume", QString::fromStdString(id)}, QStringList{"core"}}) {
      const CliResult again = cli.run(other);
      QCOMPARE(again.code, 1);
      QVERIFY2(again.one_line() && again.error().find(holder) != std::string::npos, again.err.constData());
    }
    QCOMPARE(text_of(cli.run({"runs", "--json"}).objects()[0], "state"), std::string("running"));
    ::kill(static_cast<pid_t>(process->processId()), SIGINT);
    QCOMPARE(Cli::finish(*process).code, 1);
  }
};

QTEST_GUILESS_MAIN(TestRun)
#include "tst_run.moc"
