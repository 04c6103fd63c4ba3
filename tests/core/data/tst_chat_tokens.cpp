// Conversations as token ids: the ids of the whole text, and which of them are scored.
#include <QtTest>
#include <filesystem>

#include "data/chat_format.h"

using namespace fedllm;
using namespace fedllm::data;

namespace {

// One id a byte, "<|im_start|>" and its like one id each from 256 on; 300 opens, 301 ends a text.
class TurnTokenizer final : public Tokenizer {
 public:
  explicit TurnTokenizer(std::vector<std::string> added, bool has_eos = true) : added_(std::move(added)), has_eos_(has_eos) {}
  std::vector<int32_t> encode(std::string_view text, bool special) const override {
    std::vector<int32_t> ids;
    if (special) ids.push_back(300);
    for (size_t at = 0; at < text.size();) {
      size_t length = 1;
      int32_t id = static_cast<unsigned char>(text[at]);
      for (size_t i = 0; i < added_.size(); ++i)
        if (text.substr(at).starts_with(added_[i])) id = 256 + static_cast<int32_t>(i), length = added_[i].size();
      if (text.substr(at).starts_with("<s>")) id = 300, length = 3;
      if (has_eos_ && text.substr(at).starts_with("</s>")) id = 301, length = 4;
      if (id == '\n' && text.substr(at).starts_with("\n\n")) id = 299, length = 2;
      ids.push_back(id);
      at += length;
    }
    return ids;
  }
  std::string decode(std::span<const int32_t> ids, bool) const override {
    std::string out;
    for (const int32_t id : ids) out += token_text(id);
    return out;
  }
  std::string token_text(int32_t id) const override {
    if (id == 299) return "\n\n";
    if (id >= 300) return id == 300 ? "<s>" : "</s>";
    return id < 256 ? std::string(1, static_cast<char>(id)) : added_[static_cast<size_t>(id - 256)];
  }
  int vocab_size() const override { return 302; }
  int32_t bos_id() const override { return 300; }
  int32_t eos_id() const override { return has_eos_ ? 301 : -1; }

 private:
  std::vector<std::string> added_;
  bool has_eos_;
};

const std::vector<Turn> kMulti = {
    {Role::user, "One?"}, {Role::assistant, "Two."}, {Role::user, "Three?"}, {Role::assistant, "Four."}};

// Scored stretches in brackets.
std::string show(const Example& example, const Tokenizer& tokenizer) {
  std::vector<bool> scored(example.ids.size());
  each_scored(example, [&](int32_t begin, int32_t end) { std::fill(scored.begin() + begin, scored.begin() + end, true); });
  std::string out;
  for (size_t i = 0; i < example.ids.size(); ++i) {
    if (scored[i] && !scored[i - 1]) out += "⟦";
    if (i > 0 && !scored[i] && scored[i - 1]) out += "⟧";
    out += tokenizer.token_text(example.ids[i]);
  }
  return out + (!scored.empty() && scored.back() ? "⟧" : "");
}

std::string tokens_of(const std::vector<Turn>& turns, const std::string& format, const Tokenizer& tokenizer, int max_length = 1000) {
  const auto rendered = render_turns(turns, format);
  if (!rendered.ok()) return rendered.status().message();
  return show(*tokenize(*rendered, tokenizer, max_length), tokenizer);
}

const TurnTokenizer kChatMl({"<|im_start|>", "<|im_end|>"});

}  // namespace

class TestChatTokens : public QObject {
  Q_OBJECT
 private slots:
  void scores_every_answer();
  void one_answer_needs_no_ranges();
  void bos_and_eos_are_the_tokenizers();
  void missing_tokens_are_plain_text_and_told();
  void boundaries_that_tokens_cross();
  void cuts_on_the_right();
  void answers_stop();
  void equals_the_whole_text_data();
  void equals_the_whole_text();
};

void TestChatTokens::scores_every_answer() {
  QCOMPARE(tokens_of(kMulti, "chatml", kChatMl),
           std::string("<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\n⟦Two.<|im_end|>⟧\n<|im_start|>user\nThree?"
                       "<|im_end|>\n<|im_start|>assistant\n⟦Four.<|im_end|>⟧"));   // nothing is learned from what follows
  const Example example = *tokenize(*render_turns(kMulti, "chatml"), kChatMl, 1000);
  QCOMPARE(example.scored.size(), size_t{2});
  QCOMPARE(example.prompt_length, example.scored[0].begin);
  QCOMPARE(example.scored[1].end, static_cast<int32_t>(example.ids.size()));
  QCOMPARE(example.scored[0].end - example.scored[0].begin, 5);
  QVERIFY(!example.truncated);
  QCOMPARE(tokens_of(kMulti, "mistral", kChatMl), std::string("<s> [INST] One? [/INST]⟦ Two.</s>⟧ [INST] Three? [/INST]⟦ Four.</s>⟧"));
}

void TestChatTokens::one_answer_needs_no_ranges() {
  const Example example = *tokenize(*render_turns({{Role::user, "a"}, {Role::assistant, "b"}}, "chatml"), kChatMl, 1000);
  QVERIFY(example.scored.empty());
  QCOMPARE(show(example, kChatMl), std::string("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n⟦b<|im_end|>⟧"));
  QCOMPARE(tokens_of({{Role::assistant, "b"}}, "raw", kChatMl), std::string("<s>⟦b</s>⟧"));
  QCOMPARE(tokens_of({{Role::user, "a"}, {Role::assistant, "b"}}, "phi-3", kChatMl),
           std::string("<|user|>\na<|end|>\n<|assistant|>\n⟦b<|end|>⟧"));
}

void TestChatTokens::bos_and_eos_are_the_tokenizers() {
  const RenderedRecord rendered = *render_turns(kMulti, "llama-2");
  const TurnTokenizer no_eos({}, false);
  QCOMPARE(with_own_tokens(rendered, no_eos).text, std::string("<s>[INST] One? [/INST] Two. <s>[INST] Three? [/INST] Four. "));
  QCOMPARE(tokens_of(kMulti, "llama-2", no_eos), std::string("<s>[INST] One? [/INST]⟦ Two. ⟧<s>[INST] Three? [/INST]⟦ Four. ⟧"));
  const Example example = *tokenize(rendered, kChatMl, 1000);
  QCOMPARE(std::count(example.ids.begin(), example.ids.end(), 300), 2);
  QCOMPARE(example.ids.back(), 301);
}

void TestChatTokens::missing_tokens_are_plain_text_and_told() {
  const TurnTokenizer plain({}), half({"<|im_start|>"}), no_eos({}, false);
  QVERIFY(format_warnings("chatml", kChatMl).empty());
  QVERIFY(format_warnings("zephyr", plain).empty());   // its roles are plain text in the model too
  QCOMPARE(format_warnings("chatml", plain),
           (std::vector<std::string>{"the format chatml writes <|im_start|> and <|im_end|>, which the tokenizer does not know as "
                                     "tokens: read as plain text"}));
  QCOMPARE(format_warnings("chatml", half),
           (std::vector<std::string>{"the format chatml writes <|im_end|>, which the tokenizer does not know as a token: read as plain text"}));
  QCOMPARE(format_warnings("zephyr", no_eos),
           (std::vector<std::string>{"the format zephyr ends with the end-of-text token, which the tokenizer lacks: left out"}));
  QCOMPARE(tokens_of(kMulti, "chatml", plain), tokens_of(kMulti, "chatml", kChatMl));   // the same text, scored alike
  QVERIFY(tokenize(*render_turns(kMulti, "chatml"), plain, 1000)->ids.size() > tokenize(*render_turns(kMulti, "chatml"), kChatMl, 1000)->ids.size());
}

void TestChatTokens::boundaries_that_tokens_cross() {
  // "\n\n" is one token: it holds the first byte of the answer, so it is scored, and the ids are the whole text's.
  const std::vector<Turn> turns = {{Role::user, "a"}, {Role::assistant, "\nb"}};
  const RenderedRecord rendered = *render_turns(turns, "chatml");
  const Example example = *tokenize(rendered, kChatMl, 1000);
  QCOMPARE(show(example, kChatMl), std::string("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant⟦\n\nb<|im_end|>⟧"));
}

void TestChatTokens::cuts_on_the_right() {
  const Example whole = *tokenize(*render_turns(kMulti, "chatml"), kChatMl, 1000);
  const auto cut = [](int length) { return *tokenize(*render_turns(kMulti, "chatml"), kChatMl, length); };
  const int first_end = whole.scored[0].end, size = static_cast<int>(whole.ids.size());
  QVERIFY(!cut(size).truncated && cut(size).ids == whole.ids);
  const Example later = cut(size - 2);   // into the second answer
  QVERIFY(later.truncated && later.scored.size() == 2);
  QCOMPARE(later.scored[1].end, size - 2);
  const Example between = cut(first_end + 6);   // into the second question: the first answer stays whole
  QVERIFY(between.truncated);
  QCOMPARE(between.scored, (std::vector<ScoredRange>{whole.scored[0]}));
  QCOMPARE(between.ids.size(), static_cast<size_t>(first_end + 6));
  const Example inside = cut(first_end - 2);
  QVERIFY(inside.truncated && inside.scored.empty());
  QCOMPARE(inside.prompt_length, whole.prompt_length);
  const Example nothing = cut(5);
  QCOMPARE(nothing.prompt_length, 5);
  QCOMPARE(nothing.ids.size(), size_t{5});
}

void TestChatTokens::answers_stop() {
  QCOMPARE(stop_token("chatml", kChatMl), 257);
  QCOMPARE(stop_token("gemma", kChatMl), 301);   // <end_of_turn> is plain text here
  QCOMPARE(stop_token("zephyr", kChatMl), 301);
  QCOMPARE(stop_token("", kChatMl), 301);
  QCOMPARE(stop_token("zephyr", TurnTokenizer({}, false)), -1);
  // A prompt as it is asked is the beginning of the record's ids.
  const Example asked = *tokenize(*render_prompt({kMulti[0]}, "chatml"), kChatMl, 1000);
  const Example whole = *tokenize(*render_turns(kMulti, "chatml"), kChatMl, 1000);
  QCOMPARE(static_cast<int32_t>(asked.ids.size()), whole.prompt_length);
  QVERIFY(std::equal(asked.ids.begin(), asked.ids.end(), whole.ids.begin()));
}

void TestChatTokens::equals_the_whole_text_data() {
  QTest::addColumn<QString>("format");
  for (const char* format : {"raw", "alpaca", "chatml", "llama-2", "llama-3", "mistral", "zephyr", "gemma", "phi-3"}) QTest::newRow(format) << format;
}

// Official tokenizers: the ids are those of the whole text up to the last scored token, and every answer decodes from its range.
void TestChatTokens::equals_the_whole_text() {
  QFETCH(QString, format);
  const std::vector<Turn> turns = {{Role::system, "Be brief."}, {Role::user, "Wie groß ist  Köln?\n\n- kurz"}, {Role::assistant, "1,1 Mio. 😀"},
                                   {Role::user, "And Rome?"}, {Role::assistant, "About 2.8 million\npeople"}};
  for (const char* name : {"gpt2", "qwen3", "mistral_v1", "gpt_neox_20b"}) {
    const std::string folder = std::string(FEDLLM_SOURCE_DIR) + "/../shared/data/tokenizers/" + name;
    if (!std::filesystem::exists(folder)) QSKIP("no official tokenizers here");
    static std::map<std::string, std::shared_ptr<const Tokenizer>> loaded;
    std::shared_ptr<const Tokenizer>& tokenizer = loaded[name];
    if (!tokenizer) tokenizer = *Tokenizer::load(folder);
    const RenderedRecord own = with_own_tokens(*render_turns(turns, format.toStdString()), *tokenizer);
    const Example example = *tokenize(*render_turns(turns, format.toStdString()), *tokenizer, 4096);
    std::vector<int32_t> whole = tokenizer->encode(own.text, false);
    QVERIFY(whole.size() >= example.ids.size());
    whole.resize(example.ids.size());
    QCOMPARE(example.ids, whole);
    QCOMPARE(example.scored.size(), size_t{2});
    for (size_t i = 0; i < 2; ++i) {
      const auto [begin, end] = example.scored[i];
      const std::vector<int32_t> ids(example.ids.begin() + begin, example.ids.begin() + end);
      const std::string text = own.text.substr(own.scored[i].begin, own.scored[i].end - own.scored[i].begin);
      const std::string got = tokenizer->decode(ids, false);
      // SentencePiece's decoder takes a leading space away; a tokenizer without the format's tokens may go on a little.
      const std::string after = got.starts_with(text) ? got.substr(text.size()) : "";
      QVERIFY2(got == text || " " + got == text || after == "<" || after == "<|" || after == "\n", (std::string(name) + ": " + got + " instead of " + text).c_str());
    }
  }
}

QTEST_GUILESS_MAIN(TestChatTokens)
#include "tst_chat_tokens.moc"
