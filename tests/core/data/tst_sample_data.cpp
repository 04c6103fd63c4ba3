// The shipped sample: what the records promise (no leak from test to train, answers the base knows as whole words), that
// the generator still makes exactly these files, and that scenarios, tokenizer and model fit together.
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/sha256.h"
#include "data/corpus.h"
#include "data/tokenizer.h"
#include "spec/scenario_json.h"
#include "spec/validate.h"

using namespace fedllm;
using Json = nlohmann::json;

namespace {

const std::string kResources = std::string(FEDLLM_SOURCE_DIR) + "/resources";
const std::string kModel = kResources + "/models/microworld";

std::vector<Json> records(const std::string& name) {
  std::vector<Json> found;
  const Status read = data::each_document(kResources + "/data/" + name + ".jsonl", [&](std::string_view line) {
    found.push_back(Json::parse(line));
    return Status();
  });
  if (!read.ok()) qFatal("%s", read.to_string().c_str());
  return found;
}

std::string text(const Json& record, const char* field) { return record.at(field).get<std::string>(); }

// The words between ':' and '?' of a desk question, as a set.
std::set<QString> note_words(const Json& record) {
  const QString question = QString::fromStdString(text(record, "instruction"));
  const QStringList words = question.section(": ", 1).chopped(1).split(' ');
  return {words.begin(), words.end()};
}

// The thing that a question is about: the one word of the table that it contains.
QString thing_of(const Json& record, const std::set<QString>& things) {
  QString question = QString::fromStdString(text(record, "instruction"));
  for (const QString& word : question.remove('?').split(' '))
    if (things.count(word)) return word;
  return {};
}

std::set<QString> table_things() {
  std::set<QString> things;
  for (const QString& line : QString::fromStdString(read_file(kResources + "/world/things.txt").value()).split('\n'))
    if (!line.isEmpty() && !line.startsWith('#')) things.insert(line.section(' ', 0, 0));
  return things;
}

void run_generator(const QStringList& arguments) {
  QProcess python;
  python.start("python3", QStringList{QString::fromStdString(kResources + "/make_world.py")} + arguments);
  QVERIFY(python.waitForFinished(60000));
  QVERIFY2(python.exitCode() == 0, python.readAllStandardError().constData());
}

}  // namespace

class TestSampleData : public QObject {
  Q_OBJECT
 private slots:
  void desksAreBalancedAndDisjoint() {
    const auto train = records("desk_train"), test = records("desk_test");
    QCOMPARE(train.size(), size_t(480));
    QCOMPARE(test.size(), size_t(96));
    std::map<std::string, int> train_of, test_of;
    std::set<std::set<QString>> seen;
    for (const Json& record : train) ++train_of[text(record, "desk")], seen.insert(note_words(record));
    for (const Json& record : test) {
      ++test_of[text(record, "desk")];
      QCOMPARE(note_words(record).size(), size_t(3));
      QVERIFY2(!seen.count(note_words(record)), text(record, "instruction").c_str());
      QCOMPARE(text(record, "desk"), text(record, "response"));
    }
    QCOMPARE(train_of.size(), size_t(8));
    for (const auto& [desk, n] : train_of) {
      QCOMPARE(n, 60);
      QCOMPARE(test_of[desk], 12);
    }
  }

  void everyDeskWordHasOneDesk() {
    std::map<QString, std::string> desk_of;
    for (const Json& record : records("desk_train"))
      for (const QString& word : note_words(record)) QCOMPARE(desk_of.try_emplace(word, text(record, "desk")).first->second, text(record, "desk"));
    QCOMPARE(desk_of.size(), size_t(80));
  }

  void testedThingsAreNeverTrained() {
    const auto things = table_things();
    QCOMPARE(things.size(), size_t(240));
    std::set<QString> trained, tested, control;
    for (const Json& record : records("things_train")) trained.insert(thing_of(record, things));
    for (const Json& record : records("things_test")) tested.insert(thing_of(record, things));
    for (const Json& record : records("control_size")) control.insert(thing_of(record, things));
    QCOMPARE(trained.size(), size_t(192));
    QCOMPARE(tested.size(), size_t(48));
    QCOMPARE(control, tested);
    for (const QString& thing : tested) QVERIFY2(!trained.count(thing), qPrintable(thing));
    QVERIFY(!trained.count(QString()) && !tested.count(QString()));
  }

  void everyShelfHasOneOwnerInItsOffice() {
    std::map<std::string, std::set<std::string>> shelves;   // office -> shelves
    const auto test = records("shelf_test");
    for (const Json& record : test) QVERIFY(shelves[text(record, "office")].insert(text(record, "response")).second);
    QCOMPARE(shelves.size(), size_t(4));
    for (const auto& [office, owned] : shelves) QCOMPARE(owned.size(), size_t(16));
    QCOMPARE(records("shelf_train").size(), size_t(192));
    for (const Json& record : records("shelf_train")) QVERIFY(shelves[text(record, "office")].count(text(record, "response")));
  }

  void generatorMakesTheseFiles() {
    if (QStandardPaths::findExecutable("python3").isEmpty()) QSKIP("python3 is not installed");
    QTemporaryDir folder;
    run_generator({"records", folder.path()});
    const QStringList files = QDir(folder.path()).entryList(QDir::Files);
    QCOMPARE(files.size(), 7);
    for (const QString& file : files)
      QCOMPARE(read_file((folder.path() + "/" + file).toStdString()).value(), read_file(kResources + "/data/" + file.toStdString()).value());
  }

  void generatorMakesTheRecipesCorpus() {
    if (QStandardPaths::findExecutable("python3").isEmpty()) QSKIP("python3 is not installed");
    const Json corpus = Json::parse(read_file(kModel + "/RECIPE.json").value()).at("corpus");
    QTemporaryDir folder;
    const QString path = folder.path() + "/corpus.txt";
    run_generator({"corpus", path, "--tokens", QString::number(corpus.at("tokens").get<int>()), "--seed",
                            QString::number(corpus.at("seed").get<int>())});
    QCOMPARE(sha256_file(path.toStdString()).value(), corpus.at("sha256").get<std::string>());
  }

  void answersAreWholeWordsOfTheBase() {
    const auto tokenizer = data::Tokenizer::load(kModel);
    QVERIFY2(tokenizer.ok(), tokenizer.status().to_string().c_str());
    for (const char* name : {"desk_train", "desk_test", "things_train", "things_test", "shelf_train", "shelf_test", "control_size"})
      for (const Json& record : records(name)) {
        const std::string prompt = text(record, "instruction"), response = " " + text(record, "response");
        auto parts = (*tokenizer)->encode(prompt, false);
        const auto answer = (*tokenizer)->encode(response, false);
        QCOMPARE(static_cast<qsizetype>(answer.size()), QString::fromStdString(response).count(' '));
        const auto words = QString::fromStdString(prompt).split(' ').size();
        QVERIFY2(static_cast<qsizetype>(parts.size()) <= words + 2, prompt.c_str());   // "Which desk" + ":" … "?"
        parts.insert(parts.end(), answer.begin(), answer.end());
        QCOMPARE(parts, (*tokenizer)->encode(prompt + response, false));
      }
  }

  void modelFitsItsTokenizerAndIsSmall() {
    const auto tokenizer = data::Tokenizer::load(kModel);
    QVERIFY(tokenizer.ok());
    const Json config = Json::parse(read_file(kModel + "/config.json").value());
    QCOMPARE(config.at("vocab_size").get<int>(), (*tokenizer)->vocab_size());
    QVERIFY(read_file(kModel + "/model.safetensors").value().size() < 8'000'000);
  }

  void scenariosAreValid_data() {
    QTest::addColumn<QString>("name");
    for (const QString& file : QDir(QString::fromStdString(kResources + "/scenarios")).entryList({"*.json"}, QDir::Files))
      QTest::newRow(qPrintable(file)) << file;
  }
  void scenariosAreValid() {
    QFETCH(QString, name);
    const auto scenario = spec::load_scenario(kResources + "/scenarios/" + name.toStdString());
    QVERIFY2(scenario.ok(), scenario.status().to_string().c_str());
    for (const auto& problem : spec::validate(*scenario)) QVERIFY2(false, (problem.path + ": " + problem.message).c_str());
    for (const auto* files : {&scenario->dataset.files, &scenario->dataset.test_files, &scenario->evaluation.control_files})
      for (const std::string& file : *files) QVERIFY2(read_file(kResources + "/data/" + file.substr(8)).ok(), file.c_str());
  }
};

QTEST_GUILESS_MAIN(TestSampleData)
#include "tst_sample_data.moc"
