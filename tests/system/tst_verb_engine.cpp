// fedllm score, train and generate from the outside, on a golden case and on the shipped model; and bad input.
#include <QTest>

#include "base/file.h"
#include "support/cli.h"

using namespace fedllm;
using tests::Cli;
using tests::CliResult;
using tests::Json;

namespace {

const QString kGolden = QStringLiteral(FEDLLM_SOURCE_DIR "/../shared/data/golden");

}  // namespace

class TestVerbEngine : public QObject {
  Q_OBJECT
 private:
  Cli cli_;
  QTemporaryDir folder_;

  QString write(const char* name, const std::string& text) const {
    const QString path = folder_.filePath(name);
    [&] { QVERIFY(write_file_atomic(path.toStdString(), text).ok()); }();
    return path;
  }
  CliResult call(const QStringList& arguments) { return cli_.run(arguments); }
  void refused(const QStringList& arguments, int code, const char* sentence) {
    const CliResult result = call(arguments);
    QVERIFY2(result.code == code && result.one_line() && result.error().find(sentence) != std::string::npos, result.err.constData());
  }

 private slots:
  void initTestCase() {
    if (!QFile::exists(Cli::program()) || !Cli::can_train()) QSKIP("fedllm or its training module is not built");
  }

  // A case through tests/golden/run.sh, which compares with what Hugging Face and PEFT compute.
  void goldenCasesThroughTheVerbs() {
    if (!QFile::exists(kGolden)) QSKIP("shared/data/golden is not here");
    const QString cases = folder_.filePath("cases");
    QVERIFY(QDir().mkpath(cases));
    QVERIFY(QFile::link(kGolden + "/gpt2_tied", cases + "/gpt2_tied"));
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("FEDLLM", Cli::program());
    process.setProcessEnvironment(environment);
    process.start("sh", {QStringLiteral(FEDLLM_SOURCE_DIR "/tests/golden/run.sh"), cases});
    QVERIFY(process.waitForFinished(240000));
    const QByteArray out = process.readAllStandardOutput() + process.readAllStandardError();
    QVERIFY2(process.exitCode() == 0, out.constData());
    QVERIFY2(out.contains("all 1 cases pass") && out.contains("19 of 19"), out.constData());
  }

  void refusesInputsInOneSentence() {
    const QString model = "builtin:microworld";
    const auto score = [&](const std::string& text, const char* sentence) {
      refused({"score", "--model", model, "--inputs", write("inputs.json", text), "--json"}, 1, sentence);
    };
    score("{", "expected a JSON object, got text that is not JSON");
    score("[]", "expected a JSON object, got array");
    score("{}", "expected \"input_ids\"");
    score(R"({"input_ids": []})", "input_ids: expected an array of rows, got []");
    score(R"({"input_ids": [[1, 2], [3]], "labels": [[1, 2], [3]]})", "input_ids, row 2: expected 2 values as in the first row, got 1");
    score(R"({"input_ids": [[1, -2]]})", "expected whole numbers from 0 to 2147483647, got -2");
    score(R"({"input_ids": [[1, 2]], "labels": [[1]]})", "labels: expected 1 x 2 values as input_ids has, got 1 x 1");
    score(R"({"input_ids": [[1, 2]], "labels": [[1, -7]]})", "-100 where nothing is scored, got -7");
    score(R"({"input_ids": [[1, 2]], "attention_mask": [[1, 2]]})", "attention_mask, row 1: expected whole numbers from 0 to 1, got 2");
    score(R"({"input_ids": [[1, 2]]})", "expected \"labels\" to score");
    refused({"train", "--model", model, "--inputs", write("plain.json", R"({"input_ids": [[1, 2]]})"), "--steps", "1"}, 1, "expected \"labels\" to learn from");
    refused({"score", "--model", model}, 2, "score needs --inputs");
    refused({"generate", "--model", model, "--tokens", "1", "--device", "tpu"}, 2, "--device: expected cpu or cuda, got tpu");
    refused({"generate", "--model", model, "--tokens", "1,x"}, 2, "--tokens expects token ids");
    const auto drawn = [&](const char* option, const char* value, const char* sentence) { refused({"generate", "--model", model, "--tokens", "1", option, value}, 2, sentence); };
    drawn("--temperature", "-0.5", "expected a temperature of 0 or more, got -0.5");   // the words of the core's answers: tst_try_it
    drawn("--temperature", "nan", "expected a temperature of 0 or more, got nan");
    drawn("--temperature", "warm", "--temperature expects a number, got \"warm\"");
    drawn("--top-p", "0", "expected a top-p in (0, 1], got 0");
    drawn("--top-p", "1.5", "expected a top-p in (0, 1], got 1.5");
    drawn("--top-k", "-3", "expected a top-k of 0 or more, got -3");
    drawn("--repetition-penalty", "0", "expected a repetition penalty above 0, got 0");
    refused({"generate", "--model", model, "--prompt", ""}, 1, "the prompt is empty");
    QString many = "word";
    for (int i = 0; i < 11; ++i) many += " " + many;
    refused({"generate", "--model", model, "--prompt", many}, 1, "tokens, the model has 256 positions");
    refused({"generate", "--model", model, "--tokens", "1", "--greedy", "--temperature", "1"}, 2, "--greedy goes with none of");
    refused({"generate", "--model", model, "--tokens", "1", "--precision", "f64"}, 2, "--precision: expected auto, f32, bf16 or int8, got f64");
  }

  // Labels are not needed for logits alone; a draw depends on its seed.
  void writesLogitsAndDraws() {
    const QString inputs = write("one.json", R"({"input_ids": [[1, 5, 9], [1, 7, 0]]})"), logits = folder_.filePath("logits.safetensors");
    QCOMPARE(call({"score", "--model", "builtin:microworld", "--inputs", inputs, "--logits", logits, "--json"}).code, 0);
    QVERIFY(QFile::exists(logits));
    const auto drawn = [&](const QString& seed) {
      return call({"generate", "--model", "builtin:microworld", "--tokens", "1,5,9", "--max-new", "12", "--ignore-eos", "--temperature", "1.5", "--seed", seed, "--json"}).last()["tokens"];
    };
    const Json one = drawn("1");
    QCOMPARE(one.size(), size_t{12});
    QVERIFY(one == drawn("1"));
    QVERIFY(one != drawn("2"));
  }

  // The text of an answer ends before the stop text, and is streamed without --json.
  void stopsAtATextAndStreams() {
    const QStringList ask{"generate", "--model", "builtin:microworld", "--prompt", "The", "--max-new", "16", "--ignore-eos"};
    const Json whole = call(ask + QStringList{"--json"}).last();
    const std::string text = whole["text"].get<std::string>();
    QVERIFY(text.size() > 8);
    const std::string stop = text.substr(5, 2);
    const Json cut = call(ask + QStringList{"--stop", QString::fromStdString(stop), "--json"}).last();
    QCOMPARE(cut["text"].get<std::string>(), text.substr(0, text.find(stop)));
    QCOMPARE(cut["ended"].get<std::string>(), std::string("stop"));
    QCOMPARE(call(ask).out.toStdString(), text + "\n");
  }

  // The head as a target module, by PEFT's name: trained, saved, read again.
  void trainsAnAdapterOfTheHead() {
    const QString inputs = write("head.json", R"({"input_ids": [[1, 5, 9, 7, 3, 8]], "labels": [[1, 5, 9, 7, 3, 8]]})"), adapter = folder_.filePath("head");
    const CliResult trained = call({"train", "--model", "builtin:microworld", "--inputs", inputs, "--steps", "5", "--lr", "0.01", "--rank", "2", "--target-modules", "q_proj,lm_head", "--save", adapter, "--json"});
    QVERIFY2(trained.code == 0, trained.err.constData());
    const Json losses = trained.last()["losses"];
    QVERIFY(losses.back().get<double>() < losses.front().get<double>());
    const CliResult scored = call({"score", "--model", "builtin:microworld", "--adapter", adapter, "--inputs", inputs, "--json"});
    QVERIFY2(scored.code == 0, scored.err.constData());
    QVERIFY(std::abs(scored.last()["loss"].get<double>() - losses.back().get<double>()) < 1e-5);
    const Json facts = call({"inspect", adapter, "--json"}).last();
    QVERIFY(std::any_of(facts["modules"].begin(), facts["modules"].end(), [](const Json& m) { return m["name"] == "lm_head"; }));
  }

  // Training on records makes the loss on them smaller, and the saved adapter says so when it is scored.
  void trainsOnRecords() {
    std::string records;
    for (int i = 0; i < 24; ++i) records += Json({{"instruction", "Say number " + std::to_string(i)}, {"output", "number " + std::to_string(i)}}).dump() + "\n";
    const QString data = write("records.jsonl", records), adapter = folder_.filePath("adapter");
    const CliResult trained = call({"train", "--model", "builtin:microworld", "--data", data, "--steps", "12", "--batch", "8", "--lr", "0.01", "--rank", "4", "--save", adapter, "--json"});
    QVERIFY2(trained.code == 0, trained.err.constData());
    QCOMPARE(trained.last()["losses"].size(), size_t{12});
    const auto loss = [&](const QStringList& more) {
      return call(QStringList{"score", "--model", "builtin:microworld", "--data", data, "--json"} + more).last()["loss"].get<double>();
    };
    QVERIFY(loss({"--adapter", adapter}) < 0.8 * loss({}));
  }

  // Every record is measured, and a share is a share; what cannot be measured is refused.
  void measuresAnswersAndLabels() {
    std::string records;
    for (int i = 0; i < 16; ++i) records += Json({{"instruction", i % 2 ? "red or blue: cold" : "red or blue: hot"}, {"output", i % 2 ? "blue 2" : "red 1"}}).dump() + "\n";
    const QString data = write("labels.jsonl", records);
    const QStringList ask{"score", "--model", "builtin:microworld", "--data", data, "--label", "output", "--max-new", "4", "--json", "--metrics"};
    const Json metrics = call(ask + QStringList{"label_accuracy,label_accuracy_norm,final_number,rouge_l,f1"}).last()["metrics"];
    for (const char* name : {"label_accuracy", "label_accuracy_norm", "final_number", "rouge_l", "f1"}) {
      QCOMPARE(metrics[name]["records"].get<int>(), 16);
      QVERIFY(metrics[name]["mean"].get<double>() >= 0 && metrics[name]["mean"].get<double>() <= 1);
    }
    refused(ask + QStringList{"bleu"}, 2, "--metrics: expected some of label_accuracy");
    refused({"score", "--model", "builtin:microworld", "--data", data, "--metrics", "label_accuracy"}, 1, "at least two labels, got 0");
  }
};

QTEST_GUILESS_MAIN(TestVerbEngine)
#include "tst_verb_engine.moc"
