// TokenText: what is handed out is never taken back, never cut inside a character, and ends before a stop text.
#include <QTest>

#include "data/token_text.h"
#include "data/utf8.h"

using namespace fedllm;
using data::TokenText;

namespace {

// One id a byte, as byte-level tokenizers; bytes that are no character become U+FFFD.
class ByteTokenizer final : public data::Tokenizer {
 public:
  std::vector<int32_t> encode(std::string_view text, bool) const override {
    std::vector<int32_t> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }
  std::string decode(std::span<const int32_t> ids, bool skip) const override {
    std::string bytes;
    for (const int32_t id : ids)
      if (id < 256) bytes += static_cast<char>(id);
      else if (!skip) bytes += "<s>";
    return data::repair_utf8(bytes);
  }
  std::string token_text(int32_t id) const override { return decode(std::vector<int32_t>{id}, false); }
  int vocab_size() const override { return 257; }
  int32_t bos_id() const override { return 256; }
  int32_t eos_id() const override { return 256; }
};

// What every token hands out, then the rest.
std::vector<std::string> pieces(const std::string& text, std::vector<std::string> stops = {}) {
  const auto tokenizer = std::make_shared<ByteTokenizer>();
  TokenText words(tokenizer, std::move(stops));
  std::vector<std::string> all;
  for (const int32_t id : tokenizer->encode(text, false)) all.push_back(words.add(id));
  all.push_back(words.finish());
  return all;
}
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

}  // namespace

class TestTokenText : public QObject {
  Q_OBJECT
 private slots:
  void neverCutsACharacter() {
    const std::string text = "a\u00e9\u4f60\U0001F600z";
    const auto all = pieces(text);
    for (const std::string& part : all) QVERIFY(data::is_valid_utf8(part));
    QCOMPARE(joined(all), text);
    QCOMPARE(all[1], std::string());
    QCOMPARE(all[2], std::string("\u00e9"));
  }

  // A character that never ends is told at the end as the tokenizer tells it.
  void tellsWhatWasNeverFinished() {
    const auto all = pieces("ab\xE4\xBD");
    QCOMPARE(all[3], std::string());
    QCOMPARE(all.back(), std::string("\uFFFD"));
  }

  void endsBeforeAStopText() {
    QCOMPARE(joined(pieces("one\n\ntwo", {"\n\n"})), std::string("one"));
    QCOMPARE(joined(pieces("one\n\ntwo", {"two", "ne"})), std::string("o"));
    QCOMPARE(joined(pieces("stop", {"stop"})), std::string());
    TokenText words(std::make_shared<ByteTokenizer>(), {"b"});
    QCOMPARE(words.add('a'), std::string("a"));
    QVERIFY(!words.stopped());
    QCOMPARE(words.add('b'), std::string());
    QVERIFY(words.stopped());
    QCOMPARE(words.add('c'), std::string());
    QCOMPARE(words.text(), std::string("a"));
  }

  // What may begin a stop text waits, and comes when it was none.
  void holdsBackWhatMayBeAStop() {
    const auto all = pieces("a##b###", {"###END"});
    QCOMPARE(all[1], std::string());
    QCOMPARE(all[2], std::string());
    QCOMPARE(all[3], std::string("##b"));
    QCOMPARE(all.back(), std::string("###"));
    QCOMPARE(joined(pieces("aabaac", {"aac"})), std::string("aab"));
  }

  void leavesSpecialTokensOut() {
    TokenText words(std::make_shared<ByteTokenizer>(), {""});
    QCOMPARE(words.add('a') + words.add(256) + words.add('b') + words.finish(), std::string("ab"));
  }
};

QTEST_GUILESS_MAIN(TestTokenText)
#include "tst_token_text.moc"
