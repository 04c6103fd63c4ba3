// fedllm tokenize and detokenize from the outside: the golden texts of every tokenizer, both ways, and bad input.
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"

using namespace fedllm;
using Json = nlohmann::json;

namespace {

const std::string kData = FEDLLM_SOURCE_DIR "/../shared/data";
const std::string kBuiltin = FEDLLM_SOURCE_DIR "/resources/models/microworld";

Json read_json(const std::string& path) {
  const auto text = read_file(path);
  return text.ok() ? Json::parse(*text) : Json();
}

}  // namespace

class TestVerbTokenize : public QObject {
  Q_OBJECT
 private:
  struct Outcome { int code = -1; QByteArray out, err; };
  QTemporaryDir folder_;

  QString path(const char* name) const { return folder_.filePath(name); }
  QString write(const char* name, const std::string& text) const {
    [&] { QVERIFY(write_file_atomic(path(name).toStdString(), text).ok()); }();
    return path(name);
  }
  Outcome call(const QStringList& arguments) const {
    QProcess process;
    process.start(qEnvironmentVariable("FEDLLM_BIN") + "/fedllm", arguments + QStringList{"--home", path("home")});
    if (!process.waitForFinished(60000)) return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
  }
  // One JSON value a line.
  Json lines(const QStringList& arguments) const {
    const Outcome outcome = call(arguments);
    [&] { QVERIFY2(outcome.code == 0 && outcome.err.isEmpty(), outcome.err.constData()); }();
    Json all = Json::array();
    for (const QByteArray& line : outcome.out.split('\n'))
      if (!line.isEmpty()) all.push_back(Json::parse(line.toStdString()));
    return all;
  }
  static Json column(const Json& rows, const char* key, const char* otherwise) {
    Json all = Json::array();
    for (const Json& row : rows) all.push_back(row.contains(key) ? row[key] : row[otherwise]);
    return all;
  }

 private slots:
  void initTestCase() {
    if (!QFile::exists(qEnvironmentVariable("FEDLLM_BIN") + "/fedllm")) QSKIP("the program fedllm is not built");
  }

  void equalsTheOfficialLibrary_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"stories260K", "gpt2", "mistral_v1", "gpt_neox_20b", "qwen3"}) QTest::newRow(name) << QString(name);
  }
  void equalsTheOfficialLibrary() {
    QFETCH(QString, name);
    const std::string golden = kData + "/golden/tokenizers/";
    if (!std::filesystem::exists(golden)) QSKIP("../shared/data is missing");
    const Json expected = read_json(golden + name.toStdString() + ".json"), rows = expected["rows"];
    const std::string file = kData + "/" + expected["tokenizer"].get<std::string>();
    // A folder with this one file, so that nothing beside it helps.
    const QString model = path("only");
    QDir().mkpath(model);
    QFile::remove(model + "/tokenizer.json");
    QVERIFY(QFile::link(QString::fromStdString(file), model + "/tokenizer.json"));
    const QString texts = QString::fromStdString(golden + "texts.json");
    const Json ids = column(rows, "ids", "ids");
    QCOMPARE(lines({"tokenize", "--model", model, "--texts", texts, "--json"}), ids);
    QCOMPARE(lines({"tokenize", "--model", model, "--texts", texts, "--add-specials", "--json"}), column(rows, "ids_with_special", "ids"));
    const QString list = write("ids.json", ids.dump());
    QCOMPARE(lines({"detokenize", "--model", model, "--ids", list, "--json"}), column(rows, "decoded_keep", "decoded_keep"));
    QCOMPARE(lines({"detokenize", "--model", model, "--ids", list, "--skip-specials", "--json"}),
             column(rows, "decoded_skip_special", "decoded_skip_special"));
  }

  void goesThereAndBackWithTheShippedModel() {
    const QString model = QString::fromStdString(kBuiltin);
    const std::vector<std::string> texts = {"the lemon is yellow", "", "line\none \t \xF0\x9F\x99\x82"};
    const QString file = write("texts.json", Json(texts).dump());
    const Json ids = lines({"tokenize", "--model", model, "--texts", file, "--json"});
    QCOMPARE(ids.size(), size_t{3});
    QVERIFY(ids[1].empty());
    QCOMPARE(lines({"detokenize", "--model", "builtin:microworld", "--ids", write("ids.json", ids.dump()), "--json"}), Json(texts));
    QCOMPARE(lines({"detokenize", "--model", model, "--ids", write("ids.json", ids[0].dump()), "--json"}), Json({texts[0]}));
    QCOMPARE(lines({"tokenize", "--model", model, "--text", "the lemon is yellow", "--json"}), Json({ids[0]}));
  }

  void badInputIsOneSentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    const QString model = QString::fromStdString(kBuiltin);
    const auto tokenize = [&](const char* name, const std::string& text, const char* words) {
      QTest::newRow(name) << QStringList{"tokenize", "--model", model, "--texts", write(name, text)} << 1 << words;
    };
    const auto detokenize = [&](const char* name, const std::string& text, const char* words) {
      QTest::newRow(name) << QStringList{"detokenize", "--model", model, "--ids", write(name, text)} << 1 << words;
    };
    QTest::newRow("no model") << QStringList{"tokenize", "--text", "a"} << 2 << "--model DIR is needed";
    QTest::newRow("no texts") << QStringList{"tokenize", "--model", model} << 2 << "either --texts FILE or --text TEXT";
    QTest::newRow("no ids") << QStringList{"detokenize", "--model", model} << 2 << "needs --ids FILE";
    QTest::newRow("no folder") << QStringList{"tokenize", "--model", path("nowhere"), "--text", "a"} << 1 << "nowhere";
    QTest::newRow("no file") << QStringList{"tokenize", "--model", model, "--texts", path("nothing.json")} << 1 << "nothing.json";
    tokenize("texts-not-json", "[\"a\"", "not JSON at byte");
    tokenize("texts-half-a-pair", "[\"\\ud83d\"]", "not JSON at byte");
    tokenize("texts-object", "{\"a\": 1}", "expected a JSON array of strings, got an object");
    tokenize("texts-number", "[\"a\", 5]", "item 2: expected a string, got number");
    detokenize("ids-string", "[[1], \"a\"]", "item 2: expected an array of ids, got string");
    detokenize("ids-negative", "[[1, -1]]", "id 2: expected a whole number from 0 to 2147483647, got -1");
    detokenize("ids-large", "[[1, 99999999999]]", "got 99999999999");
    detokenize("ids-unknown", "[[1], [2, 900000]]", "item 2: expected ids below");
  }
  void badInputIsOneSentence() {
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QString, words);
    const Outcome outcome = call(arguments);
    QVERIFY2(QString(outcome.err).contains(words), outcome.err.constData());
    QCOMPARE(outcome.err.count('\n'), 1);
    QCOMPARE(outcome.code, code);
    QVERIFY(outcome.out.isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestVerbTokenize)
#include "tst_verb_tokenize.moc"
