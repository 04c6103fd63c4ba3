// The BPE trainer: known merges on a text small enough to count by hand, determinism, the file it writes, bad input.
#include <QTemporaryDir>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "data/bpe_trainer.h"
#include "data/tokenizer.h"

using namespace fedllm;
using data::BpeOptions;
using data::BpeTrainer;
using data::BpeVocabulary;

namespace {

constexpr int kBytes = 257;   // 256 bytes and the end token

BpeVocabulary train_on(const std::vector<std::string>& documents, BpeOptions options = {}) {
  BpeTrainer trainer;
  for (const auto& document : documents) {
    if (!trainer.add(document).ok()) qFatal("the document is valid UTF-8");
  }
  auto vocabulary = trainer.train(options);
  if (!vocabulary.ok()) qFatal("%s", vocabulary.status().to_string().c_str());
  return *vocabulary;
}

// The naive algorithm: recount every pair after every merge. Slow and obviously right.
std::vector<std::pair<std::string, std::string>> naive_merges(const std::vector<std::vector<std::string>>& words, size_t limit,
                                                              std::map<std::string, int> ids) {
  auto state = words;
  std::vector<std::pair<std::string, std::string>> merges;
  while (merges.size() < limit) {
    std::map<std::pair<int, int>, int> counts;
    std::map<int, std::string> spelling;
    for (const auto& [text, id] : ids) spelling[id] = text;
    for (const auto& word : state)
      for (size_t i = 0; i + 1 < word.size(); ++i) ++counts[{ids.at(word[i]), ids.at(word[i + 1])}];
    std::pair<int, int> best;
    int most = 1;
    for (const auto& [pair, count] : counts)
      if (count > most) most = count, best = pair;
    if (most < 2) break;
    const std::string left = spelling[best.first], right = spelling[best.second];
    merges.emplace_back(left, right);
    ids[left + right] = static_cast<int>(ids.size());
    for (auto& word : state)
      for (size_t i = 0; i + 1 < word.size(); ++i)
        if (word[i] == left && word[i + 1] == right) {
          word[i] += right;
          word.erase(word.begin() + static_cast<long>(i) + 1);
        }
  }
  return merges;
}

}  // namespace

class TestBpeTrainer : public QObject {
  Q_OBJECT
 private slots:
  void mergesTheMostFrequentPairFirst() {
    // "ab" occurs 3 times, "bc" twice.
    const auto vocabulary = train_on({"abab", "abcbc"});
    QCOMPARE(vocabulary.tokens[0], std::string("<|endoftext|>"));
    QCOMPARE(vocabulary.tokens[kBytes], std::string("ab"));
  }

  void breaksTiesBySmallerIds() {
    const auto vocabulary = train_on({"xyxy", "abab"});
    QCOMPARE(vocabulary.tokens[kBytes], std::string("ab"));
    QCOMPARE(vocabulary.tokens[kBytes + 1], std::string("xy"));
  }

  void keepsRepeatedLettersRight() {
    // aaa holds the pair (a, a) twice but only one merge fits.
    const auto vocabulary = train_on({"aaa", "aaa", "aaa"});
    QCOMPARE(vocabulary.tokens[kBytes], std::string("aa"));
    QCOMPARE(vocabulary.tokens[kBytes + 1], std::string("aaa"));
    QCOMPARE(vocabulary.tokens.size(), size_t(kBytes + 2));
  }

  void agreesWithTheNaiveAlgorithm() {
    const std::string text = "she sells sea shells by the sea shore and the shells she sells are sea shells sure";
    std::vector<std::vector<std::string>> words;
    for (const QString& word : QString::fromStdString(text).split(' ')) {
      std::vector<std::string> letters;
      if (!words.empty()) letters.push_back("\xC4\xA0");   // a leading space, as GPT-2 spells it
      for (const QChar letter : word) letters.push_back(std::string(1, static_cast<char>(letter.unicode())));
      words.push_back(letters);
    }
    const auto vocabulary = train_on({text});
    std::map<std::string, int> ids;
    for (int id = 0; id < kBytes; ++id) ids[vocabulary.tokens[static_cast<size_t>(id)]] = id;
    const auto expected = naive_merges(words, 1000, ids);
    QVERIFY(expected.size() > 10);
    QCOMPARE(vocabulary.merges.size(), expected.size());
    for (size_t k = 0; k < expected.size(); ++k)
      QCOMPARE(vocabulary.tokens[kBytes + k], expected[k].first + expected[k].second);
  }

  void stopsAtTheVocabularySizeAndTheLeastCount() {
    QCOMPARE(train_on({"ababab cdcd"}, {.vocab_size = kBytes + 1}).tokens.size(), size_t(kBytes + 1));
    QCOMPARE(train_on({"ab cd ef"}).merges.size(), size_t(0));   // every pair occurs once
    QVERIFY(!train_on({"ab cd ef"}, {.min_count = 1}).merges.empty());
  }

  void doesNotDependOnTheOrderOfDocuments() {
    const std::vector<std::string> documents = {"the lemon is yellow", "the lime is green", "the lemon is small"};
    const std::vector<std::string> turned(documents.rbegin(), documents.rend());
    QCOMPARE(data::tokenizer_json(train_on(documents)), data::tokenizer_json(train_on(turned)));
  }

  void writesTheHuggingFaceLayout() {
    const auto root = nlohmann::json::parse(data::tokenizer_json(train_on({"a lemon, a lemon, a lime"})));
    QCOMPARE(root["model"]["type"].get<std::string>(), std::string("BPE"));
    QCOMPARE(root["pre_tokenizer"]["type"].get<std::string>(), std::string("ByteLevel"));
    QCOMPARE(root["decoder"]["type"].get<std::string>(), std::string("ByteLevel"));
    QVERIFY(root["added_tokens"].is_array() && root["added_tokens"].size() == 1);
    QCOMPARE(root["added_tokens"][0]["content"].get<std::string>(), std::string("<|endoftext|>"));
    QVERIFY(root["added_tokens"][0]["special"].get<bool>());
    QCOMPARE(root["model"]["vocab"].size(), root["model"]["merges"].size() + kBytes);
  }

  void readsBackAsATokenizer() {
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    const auto vocabulary = train_on({"the lemon is yellow", "the lemon is small", "the lime", "lime lemon"});
    QVERIFY(data::write_tokenizer(vocabulary, path).ok());
    const auto tokenizer = data::Tokenizer::load(path);
    QVERIFY2(tokenizer.ok(), tokenizer.status().to_string().c_str());
    QCOMPARE((*tokenizer)->vocab_size(), static_cast<int>(vocabulary.tokens.size()));
    QCOMPARE((*tokenizer)->bos_id(), -1);
    QCOMPARE((*tokenizer)->eos_id(), 0);
    const std::string text = "the lemon is yellow; na\xC3\xAFve 42\n";
    const auto ids = (*tokenizer)->encode(text, true);
    QCOMPARE(ids, (*tokenizer)->encode(text, false));   // nothing is put before a text
    QCOMPARE((*tokenizer)->decode(ids, true), text);
    QCOMPARE((*tokenizer)->encode("the lemon", false).size(), size_t(2));
  }

  void refusesWhatItCannotLearnFrom() {
    BpeTrainer trainer;
    QCOMPARE(QString::fromStdString(trainer.train({}).status().message()), QString("expected text to learn a vocabulary from, got none"));
    const Status bad = trainer.add("ab\xFF");
    QCOMPARE(bad.code(), Code::invalid_argument);
    QVERIFY(bad.message().find("offset 2") != std::string::npos);
    QVERIFY(trainer.add("fine").ok());
    const Status small = trainer.train({.vocab_size = 100}).status();
    QVERIFY(small.message().find("at least 257") != std::string::npos && small.message().find("got 100") != std::string::npos);
    QVERIFY(!data::write_tokenizer(train_on({"fine fine"}), "/nowhere/at/all").ok());
  }
};

QTEST_GUILESS_MAIN(TestBpeTrainer)
#include "tst_bpe_trainer.moc"
