// Tokenizer files written here: what each part does, and what is refused by name. Real files: golden/tst_tokenizers.
#include <QtTest>
#include <nlohmann/json.hpp>

#include <thread>

#include "core/data/temp_folder.h"
#include "data/tokenizer.h"

using namespace fedllm;
using namespace fedllm::data;
using fedllm::test::TempFolder;
using Json = nlohmann::ordered_json;

namespace {

// Character tokens with a few merges, SentencePiece style or plain.
Json small_file() {
  Json vocab = Json::object();
  int id = 0;
  for (const char* token : {"<unk>", "<s>", "</s>", "a", "b", "c", "ab", "abc", "\xE2\x96\x81",
                            "\xE2\x96\x81"
                            "a",
                            " ", "1", "2", ".", "bc"})
    vocab[token] = id++;
  Json file;
  file["added_tokens"] = {{{"id", 1}, {"content", "<s>"}, {"special", true}},
                          {{"id", 2}, {"content", "</s>"}, {"special", true}}};
  file["normalizer"] = nullptr;
  file["pre_tokenizer"] = nullptr;
  file["post_processor"] = nullptr;
  file["decoder"] = {{"type", "Fuse"}};
  file["model"] = {{"type", "BPE"}, {"unk_token", "<unk>"}, {"fuse_unk", false}, {"byte_fallback", false}, {"vocab", vocab},
                   {"merges", {"a b", Json::array({"ab", "c"}), "\xE2\x96\x81 a", "b c"}}};
  return file;
}

Result<std::shared_ptr<const Tokenizer>> load(const Json& file, const Json& config = nullptr) {
  TempFolder folder;
  folder.write("tokenizer.json", file.dump());
  if (!config.is_null()) folder.write("tokenizer_config.json", config.dump());
  return Tokenizer::load(folder.path());
}

std::vector<int32_t> encode(const Json& file, const std::string& text, bool special = false) {
  const auto tokenizer = load(file);
  if (!tokenizer.ok()) qWarning("%s", tokenizer.status().to_string().c_str());
  return tokenizer.ok() ? (*tokenizer)->encode(text, special) : std::vector<int32_t>{-99};
}

void expect_refused(const Json& file, const std::string& part) {
  const auto tokenizer = load(file);
  QVERIFY2(!tokenizer.ok(), part.c_str());
  const std::string message = tokenizer.status().to_string();
  QVERIFY2(message.find(part) != std::string::npos, (message + "\n does not hold: " + part).c_str());
  QVERIFY2(message.find("tokenizer.json") != std::string::npos, message.c_str());
}

using Ids = std::vector<int32_t>;

}  // namespace

class TestTokenizer : public QObject {
  Q_OBJECT
 private slots:
  void merges_lowest_rank_first();
  void long_pieces_equal_short_ones();
  void unknown_characters();
  void byte_fallback();
  void ignore_merges_takes_whole_pieces();
  void added_tokens_stand_out();
  void added_tokens_are_numbered();
  void unigram();
  void metaspace_and_prepend();
  void pre_tokenizers();
  void split_behaviours_data();
  void split_behaviours();
  void post_processors();
  void bos_and_eos();
  void decoders();
  void invalid_utf8_is_repaired();
  void refuses_by_name_data();
  void refuses_by_name();
  void refuses_missing_files();
  void encodes_from_many_threads();
};

void TestTokenizer::merges_lowest_rank_first() {
  QCOMPARE(encode(small_file(), "abc"), (Ids{7}));        // a b first, although b c is there
  QCOMPARE(encode(small_file(), "bcab"), (Ids{14, 6}));
  QCOMPARE(encode(small_file(), ""), Ids{});
}

// Two code paths (scan, heap) must agree: a long text of independent parts is the parts' ids in a row.
void TestTokenizer::long_pieces_equal_short_ones() {
  const auto tokenizer = load(small_file());
  QVERIFY(tokenizer.ok());
  const std::vector<std::string> parts = {"abc.", "bcab.", "aab.", "cba.", "abab."};
  std::string text;
  Ids expected;
  for (int i = 0; i < 300; ++i) {
    const std::string& part = parts[static_cast<size_t>(i * i % 5)];
    text += part;
    for (int32_t id : (*tokenizer)->encode(part, false)) expected.push_back(id);
  }
  QCOMPARE((*tokenizer)->encode(text, false), expected);
}

void TestTokenizer::unknown_characters() {
  Json file = small_file();
  QCOMPARE(encode(file, "axxb"), (Ids{3, 0, 0, 4}));
  file["model"]["fuse_unk"] = true;
  QCOMPARE(encode(file, "axxb"), (Ids{3, 0, 4}));
  file["model"]["unk_token"] = nullptr;
  QCOMPARE(encode(file, "axxb"), (Ids{6}));   // dropped, so a and b meet
}

void TestTokenizer::byte_fallback() {
  Json file = small_file();
  char name[8];
  for (int b = 0; b < 256; ++b) {
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    file["model"]["vocab"][name] = 100 + b;
  }
  file["model"]["byte_fallback"] = true;
  file["decoder"] = {{"type", "Sequence"}, {"decoders", {{{"type", "ByteFallback"}}, {{"type", "Fuse"}}}}};
  QCOMPARE(encode(file, "a\xC3\xA9"), (Ids{3, 100 + 0xC3, 100 + 0xA9}));
  const auto tokenizer = load(file);
  QCOMPARE((*tokenizer)->decode(Ids{3, 100 + 0xC3, 100 + 0xA9}), std::string("a\xC3\xA9"));
  QCOMPARE((*tokenizer)->decode(Ids{100 + 0xC3, 3}), std::string("\xEF\xBF\xBD" "a"));
  QCOMPARE((*tokenizer)->token_text(100 + 'x'), std::string("x"));
}

void TestTokenizer::ignore_merges_takes_whole_pieces() {
  Json file = small_file();
  file["model"]["vocab"]["bca"] = 15;
  QCOMPARE(encode(file, "bca"), (Ids{14, 3}));
  file["model"]["ignore_merges"] = true;
  QCOMPARE(encode(file, "bca"), (Ids{15}));
}

void TestTokenizer::added_tokens_stand_out() {
  Json file = small_file();
  QCOMPARE(encode(file, "a<s>b"), (Ids{3, 1, 4}));
  file["added_tokens"].push_back({{"id", 15}, {"content", "ac"}, {"special", false}, {"single_word", true}});
  QCOMPARE(encode(file, "ac abc bac"), (Ids{15, 10, 7, 10, 4, 3, 5}));
  file["added_tokens"].push_back({{"id", 16}, {"content", "<m>"}, {"special", true}, {"lstrip", true}, {"rstrip", true}});
  QCOMPARE(encode(file, "a  <m> \n b"), (Ids{3, 16, 4}));
  file["added_tokens"].push_back({{"id", 17}, {"content", "<m>a"}, {"special", true}});
  QCOMPARE(encode(file, "<m>a<m>"), (Ids{17, 16}));   // the longest wins
  const auto tokenizer = load(file);
  QCOMPARE((*tokenizer)->vocab_size(), 18);
  QCOMPARE((*tokenizer)->decode(Ids{1, 3, 15, 16}, true), std::string("aac"));
  QCOMPARE((*tokenizer)->decode(Ids{1, 3, 15, 16, 999, -4}, false), std::string("<s>aac<m>"));
  // What rstrip took is searched all the same.
  file["added_tokens"].push_back({{"id", 18}, {"content", "\n"}, {"special", true}});
  QCOMPARE(encode(file, "<m> \nb"), (Ids{16, 18, 4}));
}

// The vocabulary's id, else the next free one, whatever number the file gives; and the shape in which they are met.
void TestTokenizer::added_tokens_are_numbered() {
  Json file = small_file();
  file["added_tokens"].push_back({{"id", 900}, {"content", "<x>"}, {"special", true}});
  file["added_tokens"].push_back({{"id", 901}, {"content", "ab"}, {"special", true}});
  file["added_tokens"].push_back({{"id", 902}, {"content", "YES"}, {"special", false}, {"normalized", true}});
  QCOMPARE(encode(file, "<x>abYES"), (Ids{15, 6, 16}));
  file["normalizer"] = {{"type", "Lowercase"}};
  QCOMPARE(encode(file, "yesYES<X>"), (Ids{16, 16, 0, 0, 0}));
  QCOMPARE((*load(file))->decode(Ids{16}, true), std::string("yes"));
  QCOMPARE((*load(file))->decode(Ids{6, 3}, true), std::string("a"));   // special by its entry
}

// Scores add up; unknown neighbours are one token; bytes where they are there.
void TestTokenizer::unigram() {
  Json file = small_file();
  Json vocab = Json::array({Json::array({"<unk>", 0.0}), Json::array({"a", -1.0}), Json::array({"b", -1.5}), Json::array({"ab", -2.0}),
                            Json::array({"ba", -4.0})});
  file["added_tokens"] = Json::array();
  file["model"] = {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", vocab}};
  QCOMPARE(encode(file, "abab"), (Ids{3, 3}));
  QCOMPARE(encode(file, "baxya"), (Ids{2, 1, 0, 1}));
  char name[8];
  for (int b = 0; b < 256; ++b) {
    std::snprintf(name, sizeof name, "<0x%02X>", b);
    file["model"]["vocab"].push_back(Json::array({name, 0.0}));
  }
  file["model"]["byte_fallback"] = true;
  QCOMPARE(encode(file, "ax"), (Ids{1, 5 + 'x'}));
  file["model"]["vocab"][1] = "a";
  expect_refused(file, "token 1: expected [\"token\", score]");
  file["model"]["vocab"][1] = Json::array({"b", -1.0});
  expect_refused(file, "token 2 \"b\" is empty or there twice");
  file["model"]["unk_id"] = 900;
  expect_refused(file, "unk_id: expected an id below 261, got 900");
}

void TestTokenizer::metaspace_and_prepend() {
  Json file = small_file();
  file["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "Prepend"}, {"prepend", "\xE2\x96\x81"}},
                        {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "\xE2\x96\x81"}}}}};
  QCOMPARE(encode(file, "ab a"), (Ids{8, 6, 9}));
  auto tokenizer = load(file);
  QCOMPARE((*tokenizer)->encode_continuation("ab a"), (Ids{6, 9}));
  file["normalizer"] = nullptr;
  for (const char* scheme : {"always", "first", "never"}) {
    file["pre_tokenizer"] = {{"type", "Metaspace"}, {"replacement", "\xE2\x96\x81"}, {"prepend_scheme", scheme}, {"split", true}};
    const Ids start = scheme == std::string("never") ? Ids{3} : Ids{9};
    QCOMPARE(encode(file, "a"), start);
    const Ids after_token = scheme == std::string("always") ? Ids{1, 9} : Ids{1, 3};
    QCOMPARE(encode(file, "<s>a"), after_token);
    tokenizer = load(file);
    QCOMPARE((*tokenizer)->encode_continuation("a"), (Ids{3}));
  }
}

void TestTokenizer::pre_tokenizers() {
  Json file = small_file();
  file["pre_tokenizer"] = {{"type", "Digits"}, {"individual_digits", true}};
  file["model"]["vocab"]["12"] = 15;
  file["model"]["merges"].push_back("1 2");
  QCOMPARE(encode(file, "12"), (Ids{11, 12}));
  file["pre_tokenizer"]["individual_digits"] = false;
  QCOMPARE(encode(file, "12"), (Ids{15}));
  file["pre_tokenizer"] = {{"type", "WhitespaceSplit"}};
  QCOMPARE(encode(file, " ab  c "), (Ids{6, 5}));
  file["pre_tokenizer"] = {{"type", "Whitespace"}};
  QCOMPARE(encode(file, "ab. c"), (Ids{6, 13, 5}));
  file["pre_tokenizer"] = {{"type", "CharDelimiterSplit"}, {"delimiter", "c"}};
  QCOMPARE(encode(file, "abcab"), (Ids{6, 6}));
  // A ByteLevel step that is not the last shows its printable alphabet to the steps after it.
  file["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "ByteLevel"}, {"add_prefix_space", false}}, {{"type", "Digits"}, {"individual_digits", true}}}}};
  QCOMPARE(encode(file, "12a"), (Ids{11, 12, 3}));
  file["model"]["vocab"]["\xC4\xA0"] = 16;   // "Ġ"
  file["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}};
  QCOMPARE(encode(file, "a"), (Ids{16, 3}));
  QCOMPARE(encode(file, " a"), (Ids{16, 3}));
  const auto tokenizer = load(file);
  QCOMPARE((*tokenizer)->encode_continuation("a"), (Ids{3}));
}

void TestTokenizer::split_behaviours_data() {
  QTest::addColumn<QString>("behaviour");
  QTest::addColumn<bool>("invert");
  QTest::addColumn<QList<int>>("expected");
  // "a..b" cut at "."; merges "a .", ". .", ". b" show where pieces stay together.
  QTest::newRow("isolated") << "Isolated" << false << QList<int>{3, 13, 13, 4};
  QTest::newRow("removed") << "Removed" << false << QList<int>{3, 4};
  QTest::newRow("removed inverted") << "Removed" << true << QList<int>{13, 13};
  QTest::newRow("previous") << "MergedWithPrevious" << false << QList<int>{30, 13, 4};
  QTest::newRow("next") << "MergedWithNext" << false << QList<int>{3, 13, 32};
  QTest::newRow("contiguous") << "Contiguous" << false << QList<int>{3, 31, 4};
}

void TestTokenizer::split_behaviours() {
  QFETCH(QString, behaviour);
  QFETCH(bool, invert);
  QFETCH(QList<int>, expected);
  Json file = small_file();
  file["model"]["vocab"]["a."] = 30;
  file["model"]["vocab"][".."] = 31;
  file["model"]["vocab"][".b"] = 32;
  for (const char* merge : {"a .", ". .", ". b"}) file["model"]["merges"].push_back(merge);
  file["pre_tokenizer"] = {
      {"type", "Split"}, {"pattern", {{"Regex", "\\."}}}, {"behavior", behaviour.toStdString()}, {"invert", invert}};
  QCOMPARE(encode(file, "a..b"), Ids(expected.begin(), expected.end()));
}

void TestTokenizer::post_processors() {
  Json file = small_file();
  const auto special = [](const char* name) { return Json{{"SpecialToken", {{"id", name}, {"type_id", 0}}}}; };
  file["post_processor"] = {{"type", "TemplateProcessing"},
                            {"single", {special("<s>"), {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, special("</s>")}},
                            {"special_tokens",
                             {{"<s>", {{"id", "<s>"}, {"ids", {1}}, {"tokens", {"<s>"}}}},
                              {"</s>", {{"id", "</s>"}, {"ids", {2}}, {"tokens", {"</s>"}}}}}}};
  QCOMPARE(encode(file, "a", true), (Ids{1, 3, 2}));
  QCOMPARE(encode(file, "a", false), (Ids{3}));
  file["post_processor"] = {
      {"type", "Sequence"},
      {"processors", {{{"type", "ByteLevel"}}, {{"type", "RobertaProcessing"}, {"sep", {"</s>", 2}}, {"cls", {"<s>", 1}}}}}};
  QCOMPARE(encode(file, "a", true), (Ids{1, 3, 2}));
}

void TestTokenizer::bos_and_eos() {
  Json file = small_file();
  auto tokenizer = load(file);
  QCOMPARE((*tokenizer)->bos_id(), -1);
  QCOMPARE((*tokenizer)->eos_id(), 2);   // by its well-known name
  tokenizer = load(file, {{"bos_token", "<s>"}, {"eos_token", {{"content", "c"}}}});
  QCOMPARE((*tokenizer)->bos_id(), 1);
  QCOMPARE((*tokenizer)->eos_id(), 5);
  QCOMPARE((*tokenizer)->encode("a", true), (Ids{3}));
  tokenizer = load(file, {{"tokenizer_class", "LlamaTokenizer"},
                          {"bos_token", "<s>"},
                          {"eos_token", "</s>"},
                          {"add_bos_token", true},
                          {"add_eos_token", true}});
  QCOMPARE((*tokenizer)->encode("a", true), (Ids{1, 3, 2}));
  TempFolder folder;
  folder.write("tokenizer.json", file.dump());
  folder.write("config.json", R"({"bos_token_id": 3, "eos_token_id": [4, 5]})");
  tokenizer = Tokenizer::load(folder.path());
  QCOMPARE((*tokenizer)->bos_id(), 3);
  QCOMPARE((*tokenizer)->eos_id(), 4);
  folder.write("config.json", "{");
  QVERIFY(Tokenizer::load(folder.path()).status().message().find("config.json") != std::string::npos);
}

void TestTokenizer::decoders() {
  Json file = small_file();
  file["decoder"] = nullptr;
  QCOMPARE((*load(file))->decode(Ids{3, 4}), std::string("a b"));
  file["decoder"] = {{"type", "Metaspace"}, {"replacement", "\xE2\x96\x81"}, {"prepend_scheme", "always"}};
  QCOMPARE((*load(file))->decode(Ids{9, 9}), std::string("a a"));
  QCOMPARE((*load(file))->token_text(9), std::string(" a"));
  file["decoder"] = {{"type", "Sequence"},
                     {"decoders",
                      {{{"type", "Replace"}, {"pattern", {{"Regex", "[ab]+"}}}, {"content", "x"}},
                       {{"type", "Fuse"}},
                       {{"type", "Strip"}, {"content", "x"}, {"start", 1}, {"stop", 2}}}}};
  QCOMPARE((*load(file))->decode(Ids{3, 5, 6, 3, 6}), std::string("cx"));
}

void TestTokenizer::invalid_utf8_is_repaired() {
  Json file = small_file();
  file["model"]["vocab"]["\xEF\xBF\xBD"] = 15;
  QCOMPARE(encode(file, std::string("a\xFF\xE2\x96") + "b"), (Ids{3, 15, 15, 4}));
}

void TestTokenizer::refuses_by_name_data() {
  QTest::addColumn<QString>("path");
  QTest::addColumn<QString>("value");
  QTest::addColumn<QString>("message");
  const auto row = [](const char* name, const char* path, const char* value, const char* message) {
    QTest::newRow(name) << QString(path) << QString(value) << QString(message);
  };
  row("model", "/model/type", R"("WordPiece")", "model \"WordPiece\" is not supported");
  row("word level", "/model/type", R"("WordLevel")", "model \"WordLevel\" is not supported");
  row("unigram without unk", "/model/type", R"("Unigram")", "a Unigram model without unk_id is not supported");
  row("dropout", "/model/dropout", "0.1", "dropout 0.1 (merges left out at random) is not supported");
  row("two post-processors", "/post_processor",
      R"({"type":"Sequence","processors":[{"type":"BertProcessing","sep":["</s>",2],"cls":["<s>",1]},{"type":"RobertaProcessing"}]})",
      "a second post-processor that adds tokens (RobertaProcessing) is not supported");
  row("normalizer", "/normalizer", R"({"type":"Precompiled"})", "normalizer \"Precompiled\" is not supported");
  row("pre-tokenizer", "/pre_tokenizer", R"({"type":"BertPreTokenizer"})", "pre-tokenizer \"BertPreTokenizer\" is not supported");
  row("post-processor", "/post_processor", R"({"type":"Other"})", "post-processor \"Other\" is not supported");
  row("decoder", "/decoder", R"({"type":"WordPiece"})", "decoder \"WordPiece\" is not supported");
  row("suffix", "/model/end_of_word_suffix", R"("</w>")", "end_of_word_suffix \"</w>\" is not supported");
  row("pattern", "/pre_tokenizer", R"({"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated"})",
      "pattern \"(a\" opens a group that is not closed");
  row("long pattern", "/pre_tokenizer",
      R"({"type":"Split","pattern":{"Regex":"(ééééééééééééééééééééééééééééééééééééééééééééééééé"},"behavior":"Isolated"})",
      "pattern \"(éééééééééééééééééééééééééééééééééééééé…\" opens a");
  row("nested class", "/pre_tokenizer", R"({"type":"Split","pattern":{"Regex":"a\\X"},"behavior":"Isolated"})",
      "has \"\\X\", which is not supported");
  row("empty pattern", "/normalizer", R"({"type":"Replace","pattern":{"String":""},"content":"x"})", "a pattern is empty");
  row("behaviour", "/pre_tokenizer", R"({"type":"Split","pattern":{"String":"a"},"behavior":"Sideways"})",
      "split behaviour \"Sideways\" is not supported");
  row("merge text", "/model/merges/0", R"("ab")", "merge 1: expected two tokens with a space between, got \"ab\"");
  row("merge type", "/model/merges/1", "7", "merge 2: expected \"a b\" or [\"a\", \"b\"], got a number");
  row("merge unknown", "/model/merges/1", R"("a z")", "merge 2 (\"a\" + \"z\"): \"z\" is not in the vocabulary");
  row("merge result", "/model/merges/1", R"("c a")", "\"ca\" is not in the vocabulary");
  row("vocab type", "/model/vocab", "[]", "expected an object \"vocab\"");
  row("id type", "/model/vocab/a", "-1", "token \"a\": expected an id");
  row("id size", "/model/vocab/a", "4000000000", "token \"a\": expected an id");
  row("id far beyond the vocabulary", "/model/vocab/a", "16777000",
      "token \"a\": expected an id from 0 to 65775");
  row("id twice", "/model/vocab/a", "4", "id 4 is given to");
  row("unk", "/model/unk_token", R"("<none>")", "unk_token \"<none>\" is not in the vocabulary");
  row("flag", "/model/byte_fallback", "1", "key \"byte_fallback\": expected true or false, got a number");
  row("added id", "/added_tokens/0/id", "-3", "added token \"<s>\": expected an id");
  row("added content", "/added_tokens/0/content", "null", "key \"content\" is missing");
  row("template", "/post_processor",
      R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<x>"}},{"Sequence":{"id":"A"}}],"special_tokens":{}})",
      "names \"<x>\" but gives no ids");
}

void TestTokenizer::refuses_by_name() {
  QFETCH(QString, path);
  QFETCH(QString, value);
  QFETCH(QString, message);
  Json file = small_file();
  file[Json::json_pointer(path.toStdString())] = Json::parse(value.toStdString());
  expect_refused(file, message.toStdString());
}

void TestTokenizer::refuses_missing_files() {
  TempFolder folder;
  QVERIFY(Tokenizer::load(folder.path()).status().code() == Code::not_found);
  folder.write("tokenizer.model", "x");
  QVERIFY(Tokenizer::load(folder.path()).status().message().find("not a SentencePiece model") != std::string::npos);
  folder.write("tokenizer.json", "{\"model\": ");
  QVERIFY(Tokenizer::load(folder.path()).status().message().find("not JSON") != std::string::npos);
  folder.write("tokenizer.json", "[]");
  QVERIFY(Tokenizer::load(folder.path()).status().message().find("expected an object, got an array") != std::string::npos);
}

void TestTokenizer::encodes_from_many_threads() {
  const auto tokenizer = load(small_file());
  QVERIFY(tokenizer.ok());
  const std::string text = "abc ab bca 12. ab c";
  const Ids expected = (*tokenizer)->encode(text, false);
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i)
          if ((*tokenizer)->encode(text, false) != expected) ++wrong;
      });
  }
  QCOMPARE(wrong.load(), 0);
}

QTEST_GUILESS_MAIN(TestTokenizer)
#include "tst_tokenizer.moc"
