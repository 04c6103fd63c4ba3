// Replays the corpora of the model readers' fuzz targets (tests/fuzz): every file that once was interesting, read again.
#include <QtTest>

#include "base/file.h"
#include "fuzz/read_models.h"

using namespace fedllm;

class tst_model_corpus : public QObject {
  Q_OBJECT

  // Files of the corpus, and how many were accepted.
  static std::pair<int, int> replay(const char* reader, bool (*read)(std::string_view)) {
    int files = 0, accepted = 0;
    for (const QFileInfo& file : QDir(QString(FEDLLM_SOURCE_DIR "/tests/fuzz/corpus/") + reader).entryInfoList(QDir::Files)) {
      const auto bytes = read_file(file.filePath().toStdString());
      if (!bytes.ok()) qFatal("%s", bytes.status().message().c_str());
      ++files;
      accepted += read(*bytes);
    }
    return {files, accepted};
  }
  static void check(std::pair<int, int> counted, int accepted) {
    QVERIFY2(counted.first >= 4 && counted.second >= accepted && counted.second < std::max(counted.first, 5),
             qPrintable(QString("%1 files, %2 accepted").arg(counted.first).arg(counted.second)));
  }

 private slots:
  void safetensors() { check(replay("safetensors", test::read_safetensors), 2); }
  void gguf() { check(replay("gguf", test::read_gguf), 2); }
  void peft_config() { check(replay("peft_config", test::read_peft_config), 3); }
  void model_config() { check(replay("model_config", test::read_model_config), 4); }
};

QTEST_GUILESS_MAIN(tst_model_corpus)
#include "tst_model_corpus.moc"
