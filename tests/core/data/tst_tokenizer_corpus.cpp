// Replays the corpora of the tokenizer readers' fuzz targets (tests/fuzz): every file that once was interesting, read again.
#include <QtTest>

#include "base/file.h"
#include "fuzz/read_tokenizers.h"

using namespace fedllm;
using namespace fedllm::test;

class TestTokenizerCorpus : public QObject {
  Q_OBJECT
 private slots:
  void replays_data();
  void replays();
};

void TestTokenizerCorpus::replays_data() {
  QTest::addColumn<bool>("json");
  QTest::newRow("tokenizer_json") << true;
  QTest::newRow("tokenizer_model") << false;
}

void TestTokenizerCorpus::replays() {
  QFETCH(bool, json);
  const QDir folder(QString(FEDLLM_SOURCE_DIR "/tests/fuzz/corpus/") + QTest::currentDataTag());
  const QFileInfoList files = folder.entryInfoList(QDir::Files);
  QVERIFY2(files.size() >= 4, qPrintable(folder.path()));
  int accepted = 0;
  for (const QFileInfo& file : files) {
    const auto bytes = read_file(file.filePath().toStdString());
    QVERIFY2(bytes.ok(), bytes.status().to_string().c_str());
    accepted += json ? read_tokenizer_json(*bytes) : read_tokenizer_model(*bytes);
  }
  QVERIFY2(accepted >= 4, qPrintable(QString::number(accepted)));   // the targets do reach a tokenizer
}

QTEST_GUILESS_MAIN(TestTokenizerCorpus)
#include "tst_tokenizer_corpus.moc"
