// Corpus encoding: the bytes written, line ends, and what is refused.
#include <QTemporaryDir>
#include <QtTest>

#include "base/file.h"
#include "data/bpe_trainer.h"
#include "data/corpus.h"

using namespace fedllm;

class TestCorpus : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir folder_;
  std::shared_ptr<const data::Tokenizer> tokenizer_;
  std::string path(const char* name) const { return (folder_.path() + "/" + name).toStdString(); }

 private slots:
  void initTestCase() {
    data::BpeTrainer trainer;
    QVERIFY(trainer.add("red hat red hat").ok());
    const auto vocabulary = trainer.train({});
    QVERIFY(vocabulary.ok() && data::write_tokenizer(*vocabulary, path("")).ok());
    auto tokenizer = data::Tokenizer::load(path(""));
    QVERIFY2(tokenizer.ok(), tokenizer.status().to_string().c_str());
    tokenizer_ = *tokenizer;
  }

  void writesSixteenBitIdsAndEndMarks() {
    QVERIFY(write_file_atomic(path("text"), "red hat\r\n\nhat").ok());
    const auto facts = data::encode_corpus(path("text"), *tokenizer_, path("ids"));
    QVERIFY2(facts.ok(), facts.status().to_string().c_str());
    QCOMPARE(facts->documents, 2);
    std::vector<int32_t> expected;
    for (const char* document : {"red hat", "hat"}) {
      for (const int32_t id : tokenizer_->encode(document, false)) expected.push_back(id);
      expected.push_back(tokenizer_->eos_id());
    }
    QCOMPARE(facts->tokens, static_cast<int64_t>(expected.size()));
    const std::string bytes = read_file(path("ids")).value();
    QCOMPARE(bytes.size(), expected.size() * 2);
    for (size_t i = 0; i < expected.size(); ++i)
      QCOMPARE(static_cast<uint8_t>(bytes[2 * i]) | static_cast<uint8_t>(bytes[2 * i + 1]) << 8, expected[i]);
  }

  void namesTheLineThatFails() {
    QVERIFY(write_file_atomic(path("text"), "one\ntwo\nthree\n").ok());
    int seen = 0;
    const Status status = data::each_document(path("text"), [&](std::string_view) {
      return ++seen == 2 ? invalid_argument("no") : Status();
    });
    QCOMPARE(seen, 2);
    QVERIFY2(status.message().find("line 2: no") != std::string::npos, status.message().c_str());
  }

  void refusesAMissingOrEmptyFile() {
    QVERIFY(!data::encode_corpus(path("absent"), *tokenizer_, path("ids")).ok());
    QVERIFY(write_file_atomic(path("empty"), "\n\n").ok());
    const Status status = data::encode_corpus(path("empty"), *tokenizer_, path("ids")).status();
    QCOMPARE(status.code(), Code::failed_precondition);
    QVERIFY(status.message().find("got none") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(TestCorpus)
#include "tst_corpus.moc"
