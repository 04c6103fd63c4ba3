// A whole run with the real program: the --json contract, the same adapter for any number of workers, history.
#include <QCryptographicHash>

#include <cmath>
#include <map>
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

  // modules_to_save: trained beside the factors, averaged as they are, kept in PEFT's words and read again.
  void a_run_trains_a_module_whole() {
    const Cli cli;
    const QString scenario = cli.tiny({"lora.modules_to_save=[\"lm_head\"]", "rounds=2"});
    const auto summary = [&](const QString& workers) { return cli.run({"run", scenario, "--json", "--workers", workers}).last(); };
    const Json one = summary("1"), many = summary("3");
    QCOMPARE(text_of(one, "state"), std::string("done"));
    QVERIFY(text_of(one, "adapter_sha256") == text_of(many, "adapter_sha256"));
    QVERIFY(one["final_eval_loss"].get<double>() < one["initial_eval_loss"].get<double>());
    const QString folder = QString::fromStdString(text_of(one, "adapter_dir"));
    QFile config(folder + "/adapter_config.json");
    QVERIFY(config.open(QIODevice::ReadOnly));
    QVERIFY(Json::parse(config.readAll().toStdString())["modules_to_save"] == Json({"lm_head"}));
    const CliResult inspected = cli.run({"inspect", folder, "--json"});
    VERIFY_OK(inspected);
    QCOMPARE(inspected.last()["whole"].size(), size_t{1});
    QCOMPARE(text_of(inspected.last()["whole"][0], "name"), std::string("lm_head.weight"));
    cli.write("/in.json", R"({"input_ids": [[5, 9, 13, 21]], "labels": [[5, 9, 13, 21]]})");
    const auto loss = [&](const QStringList& more) {
      const CliResult scored = cli.run(QStringList{"score", "--model", "builtin:microworld", "--inputs", cli.path("/in.json"), "--json"} + more);
      return scored.code == 0 ? scored.last()["loss"].get<double>() : std::nan("");
    };
    QVERIFY(std::abs(loss({"--adapter", folder}) - loss({})) > 1e-4);
    // Asked of a scenario that cannot have it, and of a model that has no such module.
    const CliResult dropped = cli.run({"run", cli.tiny({"lora.modules_to_save=[\"lm_head\"]", "lora.dropout=0.1"})});
    QVERIFY2(dropped.code != 0 && dropped.err.contains("trained without LoRA dropout: expected 0, got 0.1"), dropped.err.constData());
    const CliResult unknown = cli.run({"run", cli.tiny({"lora.modules_to_save=[\"score\"]"})});
    QVERIFY2(unknown.code != 0 && unknown.err.contains("the base model has no module \"score\""), unknown.err.constData());
  }

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

  // Base, every round, clients alone at the ends: asked-for measures stand in the ledger's events and in the summary alike.
  void answers_are_measured_where_they_are_asked_for() {
    const Cli cli;
    const QString scenario = cli.tiny({"evaluation.metrics=[\"f1\",\"label_accuracy\"]", "evaluation.answer_records=8", "base_precision=int8"});
    const CliResult result = cli.run({"run", scenario, "--json"});
    VERIFY_OK(result);
    std::map<std::string, Json> last;   // of each adapter
    int events = 0;
    for (const Json& event : result.objects()) {
      if (text_of(event, "event") != "eval" || text_of(event, "topic") != "") continue;
      ++events;
      for (const char* metric : {"f1", "label_accuracy"}) QVERIFY2(event[metric] >= 0 && event[metric] <= 1, metric);
      last[text_of(event, "adapter")] = event;
    }
    QCOMPARE(events, 1 + 4 + 2 * 3);   // the base, the global adapter in rounds 0 to 3, three clients in the first and the last
    const Json& summary = result.last();
    for (const char* metric : {"f1", "label_accuracy"}) {
      QCOMPARE(summary["initial_eval_metrics"][metric].get<double>(), last["base"][metric].get<double>());
      QCOMPARE(summary["final_eval_metrics"][metric].get<double>(), last["global"][metric].get<double>());
    }
    QCOMPARE(summary["final_eval_metrics"]["token_accuracy"].get<double>(), last["global"]["token_accuracy"].get<double>());
    QVERIFY(std::abs(summary["final_eval_metrics"]["perplexity"].get<double>() - std::exp(summary["final_eval_loss"].get<double>())) < 1e-9);
    // Held as int8 the base has another loss, not by much of one that starts near 11.
    const double cost = summary["base_precision_loss_difference"];
    QVERIFY2(cost != 0 && std::abs(cost) < 0.5, qPrintable(QString::number(cost)));
    const CliResult shown = cli.run({"show", QString::fromStdString(text_of(summary, "run"))});
    VERIFY_OK(shown);
    for (const char* word : {"f1", "label_accuracy", "token_accuracy", "perplexity", "int8 base"}) QVERIFY2(shown.out.contains(word), word);
    // Not asked for, not measured; no int8, no difference.
    const CliResult plain = cli.run({"run", cli.tiny(), "--json"});
    VERIFY_OK(plain);
    QVERIFY(!plain.last()["final_eval_metrics"].contains("f1") && plain.last()["base_precision_loss_difference"].is_null());
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
