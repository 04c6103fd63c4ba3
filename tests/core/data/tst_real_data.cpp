// Real datasets through import, template, partition and tokenizer. Counts as other programs find them.
#include <QtTest>
#include <filesystem>

#include "data/dataset.h"
#include "data/partition.h"
#include "data/tokenizer.h"

using namespace fedllm;
using namespace fedllm::data;

namespace {

const std::string kData = FEDLLM_SOURCE_DIR "/../shared/data/";

std::vector<std::string> dolly_files() {
  std::vector<std::string> files;
  for (int i = 0; i < 10; ++i)
    files.push_back(kData + "instruct/dolly15k_fed10_noniid/local_training_" + std::to_string(i) + ".json");
  return files;
}

}  // namespace

class TestRealData : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase();
  void imports_data();
  void imports();
  void dolly_by_file_to_tokens();
};

void TestRealData::initTestCase() {
  if (!std::filesystem::exists(kData)) QSKIP("../shared/data is missing");
}

void TestRealData::imports_data() {
  QTest::addColumn<QStringList>("files");
  QTest::addColumn<QString>("label");
  QTest::addColumn<int>("records");
  QTest::addColumn<int>("labels");
  QTest::addColumn<QString>("form");
  QStringList dolly;
  for (const std::string& file : dolly_files()) dolly << QString::fromStdString(file.substr(kData.size()));
  QTest::newRow("dolly") << dolly << "category" << 14'931 << 8 << "instruction";
  QTest::newRow("gsm8k") << QStringList{"instruct/gsm8k/train.jsonl", "instruct/gsm8k/test.jsonl"} << "" << 7'473 + 1'319 << 0
                         << "question";
  QTest::newRow("banking77") << QStringList{"instruct/banking77/train.csv"} << "category" << 10'003 << 77 << "text";
  QTest::newRow("clinc150") << QStringList{"instruct/clinc150/data_full.json"} << "label" << 23'700 << 151 << "text";
  QTest::newRow("pubmedqa") << QStringList{"instruct/pubmedqa/ori_pqal.json"} << "final_decision" << 1'000 << 3 << "question";
  QTest::newRow("mbpp") << QStringList{"instruct/mbpp/mbpp.jsonl"} << "" << 974 << 0 << "text";
  QTest::newRow("shakespeare by role") << QStringList{"instruct/leaf_shakespeare/testing_all.json"} << "category" << -1 << 2
                                       << "instruction";
  QTest::newRow("stories") << QStringList{"text/tinystories_sample.txt"} << "" << -1 << 0 << "text";
}

void TestRealData::imports() {
  QFETCH(QStringList, files);
  QFETCH(QString, label);
  QFETCH(int, records);
  QFETCH(int, labels);
  QFETCH(QString, form);
  ImportOptions options;
  for (const QString& file : files) options.spec.files.push_back(kData + file.toStdString());
  options.spec.label = label.toStdString();
  const auto dataset = Dataset::import(options);
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  if (records >= 0) QCOMPARE((*dataset)->size(), records);
  QCOMPARE(static_cast<int>((*dataset)->labels().size()), labels);
  const auto resolved = resolve_template({}, (*dataset)->fields());
  QVERIFY2(resolved.ok(), resolved.status().to_string().c_str());
  QCOMPARE(QString::fromStdString(resolved->name), form);
  for (int64_t i = 0; i < (*dataset)->size(); i += 97) {
    const auto record = (*dataset)->read(i);
    QVERIFY2(record.ok(), record.status().to_string().c_str());
    QVERIFY(render(*record, *resolved).ok());
  }
}

void TestRealData::dolly_by_file_to_tokens() {
  ImportOptions options;
  options.spec.files = dolly_files();
  options.spec.label = "category";
  const auto dataset = Dataset::import(options);
  QVERIFY(dataset.ok());
  spec::Scenario scenario;
  scenario.dataset = options.spec;
  scenario.partition.method = "by_file";
  scenario.partition.clients.reset();
  const auto input = partition_input(**dataset, scenario);
  QVERIFY(input.ok());
  const auto partition = partition_records(*input, scenario, (*dataset)->hash());
  QVERIFY2(partition.ok(), partition.status().to_string().c_str());
  QCOMPARE(partition->counts.client_names.at(9), std::string("local_training_9"));
  QVERIFY(partition->counts.skew.jensen_shannon > 0.1);   // a natural split that is far from IID
  const auto tokenizer = Tokenizer::load(kData + "models/stories260K");
  const auto resolved = resolve_template({}, (*dataset)->fields());
  QVERIFY(tokenizer.ok() && resolved.ok());
  QElapsedTimer timer;
  timer.start();
  int64_t total = 0;
  for (const auto& records : partition->clients) {
    int64_t tokens = 0;
    for (const int64_t record : records) {
      const auto rendered = render(*(*dataset)->read(record), *resolved);
      const auto example = tokenize(*rendered, **tokenizer, 100'000);
      QVERIFY(example.ok());
      QVERIFY(example->prompt_length > 0 && example->prompt_length < static_cast<int32_t>(example->ids.size()));
      tokens += static_cast<int64_t>(example->ids.size());
    }
    QVERIFY(tokens > 0);
    total += tokens;
  }
  qInfo("%lld records, %lld training tokens in %lld ms", static_cast<long long>((*dataset)->size()),
        static_cast<long long>(total), timer.elapsed());
}

QTEST_GUILESS_MAIN(TestRealData)
#include "tst_real_data.moc"
