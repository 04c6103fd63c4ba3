// fedllm pretrain from the outside: a tiny recipe makes a model that the same recipe makes again, and bad input gets one
// sentence and the right exit code.
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"

using namespace fedllm;
using Json = nlohmann::ordered_json;

class TestVerbPretrain : public QObject {
  Q_OBJECT
 private:
  struct Outcome { int code = -1; QString out, err; };
  QTemporaryDir folder_;
  Json recipe_;

  QString path(const QString& name) const { return folder_.path() + "/" + name; }
  void write(const QString& name, const std::string& text) const { QVERIFY(write_file_atomic(path(name).toStdString(), text).ok()); }

  Outcome pretrain(const QStringList& arguments) const {
    QProcess process;
    process.start(qEnvironmentVariable("FEDLLM_BIN") + "/fedllm", QStringList{"pretrain"} + arguments + QStringList{"--home", path("home")});
    if (!process.waitForFinished(120000)) return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
  }
  // Fails with one line on stderr that contains `words`, and nothing on stdout.
  void expectFailure(const QStringList& arguments, int code, const char* words) const {
    const Outcome outcome = pretrain(arguments);
    QVERIFY2(outcome.err.contains(words), qPrintable(outcome.err));
    QCOMPARE(outcome.err.count('\n'), 1);
    QCOMPARE(outcome.code, code);
    QVERIFY(outcome.out.isEmpty());
  }

 private slots:
  void initTestCase() {
    if (!QFile::exists(qEnvironmentVariable("FEDLLM_BIN") + "/fedllm")) QSKIP("the program fedllm is not built");
    if (!QFile::exists(qEnvironmentVariable("FEDLLM_TRAIN_MODULE"))) QSKIP("the training module is not built");
    std::string text;
    for (int i = 0; i < 200; ++i) text += i % 2 ? "the lemon is yellow and small\n" : "the whale is blue and large\n";
    write("corpus.txt", text);
    recipe_ = Json::parse(read_file(std::string(FEDLLM_SOURCE_DIR) + "/resources/models/microworld/RECIPE.json").value());
    recipe_["corpus"]["sha256"] = "";
    recipe_["model"].update({{"hidden_size", 32}, {"intermediate_size", 64}, {"num_hidden_layers", 1}, {"num_attention_heads", 2},
                             {"num_key_value_heads", 2}, {"head_dim", 16}});
    recipe_["training"].update({{"steps", 40}, {"batch_size", 4}, {"length", 16}, {"learning_rate", 0.01}});
    recipe_.erase("measured");
    write("recipe.json", recipe_.dump());
  }

  void makesAModelAndMakesItAgain() {
    const Outcome first = pretrain({path("recipe.json"), "--corpus", path("corpus.txt"), "--out", path("one"), "--json"});
    QVERIFY2(first.code == 0, qPrintable(first.err));
    QVERIFY2(first.err.isEmpty(), qPrintable(first.err));
    const Json measured = Json::parse(first.out.toStdString());
    // A model that has learnt which of two sentences it is in is far below a uniform guess over 257 tokens and more.
    QVERIFY(measured.at("held_out_loss").get<double>() < 0.5 * std::log(257.0));
    for (const char* file : {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "RECIPE.json"})
      QVERIFY2(QFile::exists(path("one/") + file), file);
    QVERIFY(!QFile::exists(path("one/corpus.ids")));
    const Outcome again = pretrain({path("one"), "--corpus", path("corpus.txt"), "--out", path("two")});
    QVERIFY2(again.code == 0 && again.out.contains("+0.00 %"), qPrintable(again.out + again.err));
    QCOMPARE(read_file(path("one/model.safetensors").toStdString()).value(), read_file(path("two/model.safetensors").toStdString()).value());
  }

  void anotherSeedIsAnotherModel() {
    const QStringList common = {path("recipe.json"), "--corpus", path("corpus.txt"), "--steps", "2"};
    QCOMPARE(pretrain(common + QStringList{"--out", path("a"), "--seed", "1"}).code, 0);
    QCOMPARE(pretrain(common + QStringList{"--out", path("b"), "--seed", "2"}).code, 0);
    QVERIFY(read_file(path("a/model.safetensors").toStdString()).value() != read_file(path("b/model.safetensors").toStdString()).value());
    QCOMPARE(Json::parse(read_file(path("b/RECIPE.json").toStdString()).value())["training"]["seed"].get<int>(), 2);
  }

  void badInputIsOneSentence() {
    const QStringList good = {"--corpus", path("corpus.txt"), "--out", path("bad")};
    expectFailure({path("recipe.json")}, 2, "--corpus");
    expectFailure(QStringList{path("absent.json")} + good, 1, "absent.json");
    write("no.json", "{");
    expectFailure(QStringList{path("no.json")} + good, 1, "is not a recipe");
    Json partial = recipe_;
    partial["training"].erase("steps");
    write("partial.json", partial.dump());
    expectFailure(QStringList{path("partial.json")} + good, 1, "steps");
    Json other = recipe_;
    other["corpus"]["sha256"] = std::string(64, '0');
    write("other.json", other.dump());
    expectFailure(QStringList{path("other.json")} + good, 1, "is not the recipe's text");
    expectFailure({path("recipe.json"), "--corpus", path("nothing.txt"), "--out", path("bad")}, 1, "nothing.txt");
    expectFailure(QStringList{path("recipe.json")} + good + QStringList{"--steps", "none"}, 2, "--steps");
    QFile latin(path("latin.txt"));
    QVERIFY(latin.open(QIODevice::WriteOnly) && latin.write("one\ncaf\xE9\n") > 0);
    latin.close();
    expectFailure({path("recipe.json"), "--corpus", path("latin.txt"), "--out", path("bad")}, 1, "line 2");
  }
};

QTEST_GUILESS_MAIN(TestVerbPretrain)
#include "tst_verb_pretrain.moc"
