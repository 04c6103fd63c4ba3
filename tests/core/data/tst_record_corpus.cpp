// Replays the corpora of the record readers' fuzz targets (tests/fuzz): every file that once was interesting, read again.
#include <QtTest>

#include "base/file.h"
#include "fuzz/read_records.h"

using namespace fedllm;
using namespace fedllm::test;

class TestRecordCorpus : public QObject {
  Q_OBJECT
 private slots:
  void replays_data();
  void replays();
};

void TestRecordCorpus::replays_data() {
  QTest::addColumn<int>("format");
  QTest::newRow("jsonl") << static_cast<int>(data::Format::jsonl);
  QTest::newRow("csv") << static_cast<int>(data::Format::csv);
}

void TestRecordCorpus::replays() {
  QFETCH(int, format);
  const QDir folder(QString(FEDLLM_SOURCE_DIR "/tests/fuzz/corpus/") + QTest::currentDataTag());
  const QFileInfoList files = folder.entryInfoList(QDir::Files);
  QVERIFY2(files.size() >= 4, qPrintable(folder.path()));
  int found = 0;
  for (const QFileInfo& file : files) {
    const auto bytes = read_file(file.filePath().toStdString());
    QVERIFY2(bytes.ok(), bytes.status().to_string().c_str());
    found += std::max(0, read_records(*bytes, static_cast<data::Format>(format)));
  }
  QVERIFY2(found >= 8, qPrintable(QString::number(found)));   // the targets do reach records
}

QTEST_GUILESS_MAIN(TestRecordCorpus)
#include "tst_record_corpus.moc"
