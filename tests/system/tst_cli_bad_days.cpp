// Bad input and a bad client, from the terminal: one clear line that says what and where, and no half-made result.
#include <sys/resource.h>

#include "support/cli.h"

using namespace fedllm::tests;

namespace {

// The shipped base model, to be spoilt.
QString copy_of_model(const Cli& cli) {
  const QString folder = cli.path("/model");
  QDir().mkpath(folder);
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"})
    QFile::copy(Cli::assets() + "/models/microworld/" + name, folder + "/" + name);
  return folder;
}

QByteArray bytes_of(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void overwrite(const QString& path, const QByteArray& bytes) {
  QFile::remove(path);
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write %s", qPrintable(path));
}

QByteArray records(int n, const char* label) {
  QByteArray text;
  for (int i = 0; i < n; ++i)
    text += "{\"instruction\":\"Which desk: leak tap pipe " + QByteArray::number(i) + "?\",\"response\":\"repair\",\"desk\":\"" +
            label + "\"}\n";
  return text;
}

// Exit code 1 and one line that holds every part.
#define REFUSED(expression, ...)                                                                                \
  do {                                                                                                          \
    const CliResult refused = (expression);                                                                     \
    QCOMPARE(refused.code, 1);                                                                                  \
    for (const std::string& part : std::vector<std::string>{__VA_ARGS__})                                       \
      QVERIFY2(refused.one_line() && refused.error().find(part) != std::string::npos, refused.err.constData()); \
  } while (0)

}  // namespace

class TestCliBadDays : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void a_truncated_weight_file() {
    const Cli cli;
    const QString model = copy_of_model(cli);
    const QByteArray bytes = bytes_of(model + "/model.safetensors");
    overwrite(model + "/model.safetensors", bytes.left(bytes.size() / 2));
    const QString scenario = cli.tiny({"base_model=" + model});
    REFUSED(cli.run({"run", scenario, "--json"}), "model.safetensors");
    REFUSED(cli.run({"check", scenario}), "model.safetensors");
    overwrite(model + "/model.safetensors", bytes.left(5));
    REFUSED(cli.run({"run", scenario}), "model.safetensors");
  }

  void a_tokenizer_that_does_not_fit() {
    const Cli cli;
    const QString model = copy_of_model(cli);
    Json config = Json::parse(bytes_of(model + "/config.json").toStdString());
    const QString scenario = cli.tiny({"base_model=" + model});
    overwrite(model + "/tokenizer.json", "{\"model\": {\"type\": \"WordPiece\"}}");
    REFUSED(cli.run({"run", scenario}), "tokenizer.json");
    // More tokens than the model has rows: shrink the model's claim, not the file, and the shapes disagree.
    QFile::remove(model + "/tokenizer.json");
    QFile::copy(Cli::assets() + "/models/microworld/tokenizer.json", model + "/tokenizer.json");
    Json tokenizer = Json::parse(bytes_of(model + "/tokenizer.json").toStdString());
    const int vocab = config["vocab_size"];
    tokenizer["added_tokens"].push_back({{"id", vocab},
                                         {"content", "<|extra|>"},
                                         {"special", true},
                                         {"single_word", false},
                                         {"lstrip", false},
                                         {"rstrip", false},
                                         {"normalized", false}});
    overwrite(model + "/tokenizer.json", QByteArray::fromStdString(tokenizer.dump()));
    REFUSED(cli.run({"run", scenario}), std::to_string(vocab + 1), std::to_string(vocab));
  }

  void a_shape_mismatch() {
    const Cli cli;
    const QString model = copy_of_model(cli);
    Json config = Json::parse(bytes_of(model + "/config.json").toStdString());
    config["intermediate_size"] = config["intermediate_size"].get<int>() + 8;
    overwrite(model + "/config.json", QByteArray::fromStdString(config.dump()));
    REFUSED(cli.run({"run", cli.tiny({"base_model=" + model})}), "mlp", "expected", "got");
  }

  void a_line_that_is_not_json_is_refused_or_skipped() {
    const Cli cli;
    cli.write("/data.jsonl", records(6, "repair") + "{\"instruction\": \"cut off\n" + records(6, "travel"));
    const QStringList sets{"dataset.files=[\"data.jsonl\"]",
                           "dataset.test_files=[]",
                           "dataset.test_fraction=0.2",
                           "evaluation.control_files=[]",
                           "dataset.template=auto",
                           "partition.method=iid",
                           "rounds=1"};
    const QString scenario = cli.tiny(sets);
    REFUSED(cli.run({"run", scenario}), "data.jsonl", "7");
    const CliResult skipped = cli.run({"run", scenario, "--json", "--set", "dataset.bad_lines=skip"});
    VERIFY_OK(skipped);
    QVERIFY(skipped.out.contains("1 bad line"));
  }

  void a_line_without_the_field_is_told_by_number() {
    const Cli cli;
    cli.write("/data.jsonl", records(4, "repair") + "{\"instruction\":\"no answer here\",\"desk\":\"repair\"}\n");
    const QString scenario = cli.tiny({"dataset.files=[\"data.jsonl\"]", "dataset.test_files=[]", "dataset.test_fraction=0",
                                       "evaluation.control_files=[]", "partition.method=iid"});
    REFUSED(cli.run({"run", scenario}), "data.jsonl", "response");
  }

  void invalid_utf_8() {
    const Cli cli;
    cli.write("/data.jsonl", records(3, "repair") + "{\"instruction\":\"\xff\xfe\",\"response\":\"x\",\"desk\":\"y\"}\n");
    const QString scenario = cli.tiny(
        {"dataset.files=[\"data.jsonl\"]", "dataset.test_files=[]", "evaluation.control_files=[]", "partition.method=iid"});
    REFUSED(cli.run({"run", scenario}), "data.jsonl", "4", "UTF-8");
  }

  void an_empty_data_file() {
    const Cli cli;
    cli.write("/data.jsonl", "");
    const QString scenario = cli.tiny(
        {"dataset.files=[\"data.jsonl\"]", "dataset.test_files=[]", "evaluation.control_files=[]", "partition.method=iid"});
    REFUSED(cli.run({"run", scenario}), "data.jsonl");
  }

  void an_empty_client_sits_out_and_the_others_train() {
    const Cli cli;
    cli.write("/a.jsonl", records(8, "repair"));
    cli.write("/b.jsonl", records(8, "travel"));
    cli.write("/empty.jsonl", "\n");
    const QString scenario =
        cli.tiny({"dataset.files=[\"a.jsonl\",\"b.jsonl\",\"empty.jsonl\"]", "dataset.test_files=[]", "dataset.test_fraction=0.2",
                  "evaluation.control_files=[]", "partition.method=by_file", "rounds=1"});
    const CliResult result = cli.run({"run", scenario, "--json"});
    VERIFY_OK(result);
    bool said = false;
    for (const Json& object : result.objects())
      said = said || (text_of(object, "event") == "warning" && text_of(object, "message").find("sits out") != std::string::npos);
    QVERIFY(said);
    QCOMPARE(text_of(result.last(), "state"), std::string("done"));
  }

  void a_client_whose_loss_is_not_a_number_is_rejected_and_the_round_goes_on() {
    const Cli cli;
    const QString scenario = cli.tiny({"clients.1.learning_rate=1e30", "training.clip_norm=0"});
    const CliResult result = cli.run({"run", scenario, "--json"});
    VERIFY_OK(result);
    int rejected = 0;
    for (const Json& object : result.objects()) {
      if (text_of(object, "event") != "client_rejected") continue;
      QCOMPARE(object["client"].get<int>(), 1);
      QVERIFY2(text_of(object, "reason").size() > 10, "a rejection has a sentence");
      ++rejected;
    }
    QCOMPARE(rejected, 3);  // every round
    QCOMPARE(text_of(result.last(), "state"), std::string("done"));
    QVERIFY(std::isfinite(result.last()["final_eval_loss"].get<double>()));
  }

  void when_every_client_diverges_the_run_fails_with_the_reason() {
    const Cli cli;
    const CliResult result = cli.run({"run", cli.tiny({"training.learning_rate=1e30", "training.clip_norm=0"}), "--json"});
    QCOMPARE(result.code, 1);
    QCOMPARE(text_of(result.last(), "state"), std::string("failed"));
    QVERIFY2(result.one_line() && result.err.contains("round 1"), result.err.constData());
  }

  void a_missing_training_module_is_named() {
    Cli cli;
    cli.environment().insert("FEDLLM_TRAIN_MODULE", "/nowhere/libfedllm_train.so");
    REFUSED(cli.run({"run", cli.tiny(), "--json"}), "/nowhere/libfedllm_train.so");
  }

  // A file-size limit stands for a disk that fills during a run: what is committed stays, and with room the run goes on.
  void a_disk_that_fills_during_a_run() {
    const Cli cli;
    const QString scenario = cli.tiny({"rounds=30", "training.local_steps=8"});
    QProcess process;
    process.setProcessEnvironment(cli.environment());
    process.setChildProcessModifier([] {
      const rlimit limit{700'000, 700'000};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    });
    process.start(Cli::program(), {"run", scenario, "--json", "--home", cli.home()});
    const CliResult full = Cli::finish(process);
    QCOMPARE(full.code, 1);
    QVERIFY2(full.one_line() && full.err.contains("full"), full.err.constData());
    const Json before = cli.run({"runs", "--json"}).objects().at(0);
    const int committed = before["rounds_done"].get<int>();
    QVERIFY2(committed >= 1 && committed < 30, "the limit must bite during the run");
    const CliResult resumed = cli.run({"resume", QString::fromStdString(text_of(before, "run")), "--json"});
    VERIFY_OK(resumed);
    QCOMPARE(resumed.objects().front()["from_round"].get<int>(), committed);
    QCOMPARE(text_of(resumed.last(), "state"), std::string("done"));
    QCOMPARE(resumed.last()["rounds"].get<int>(), 30);
  }
};

QTEST_GUILESS_MAIN(TestCliBadDays)
#include "tst_cli_bad_days.moc"
