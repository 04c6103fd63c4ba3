// tokenizer.model: small SentencePiece models written here, a real one, what is refused, and SentencePiece itself as
// oracle where its command line is installed (in a process of its own).
#include <QProcess>
#include <QtTest>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "core/data/temp_folder.h"
#include "data/piece_file.h"
#include "data/piece_tokenizer.h"
#include "support/piece_writer.h"

using namespace fedllm;
using namespace fedllm::data;
using namespace fedllm::tests;
using fedllm::test::TempFolder;
using Ids = std::vector<int32_t>;

namespace {

const std::string kData = FEDLLM_SOURCE_DIR "/../shared/data";
const std::string kSpace = "\xE2\x96\x81";

// <unk> <s> </s> a b c ab bc abc(unused) ▁ ▁a <sep>
std::string small_model(int model_type, const std::string& normalizer = {}, const std::string& trainer = {}) {
  return piece("<unk>", 0, PieceType::unknown) + piece("<s>", 0, PieceType::control) + piece("</s>", 0, PieceType::control) +
         piece("a", -3) + piece("b", -3.5f) + piece("c", -4) + piece("ab", -1) + piece("bc", -2) +
         piece("abc", -0.5f, PieceType::unused) + piece(kSpace, -2.5f) + piece(kSpace + "a", -5) +
         piece("<sep>", 0, PieceType::user_defined) + bytes(2, number(3, model_type) + trainer) + bytes(3, normalizer);
}

std::shared_ptr<const Tokenizer> parse(const std::string& model) {
  const auto tokenizer = parse_piece_tokenizer(model);
  if (!tokenizer.ok()) qFatal("%s", tokenizer.status().to_string().c_str());
  return *tokenizer;
}

void expect_refused(const std::string& model, const std::string& words) {
  const auto tokenizer = parse_piece_tokenizer(model);
  QVERIFY2(!tokenizer.ok(), words.c_str());
  QVERIFY2(tokenizer.status().to_string().find(words) != std::string::npos, tokenizer.status().to_string().c_str());
}

}  // namespace

class TestPieceModel : public QObject {
  Q_OBJECT
 private slots:
  void bpe_joins_the_highest_score();
  void unigram_takes_the_best_cut();
  void normaliser_flags();
  void decodes();
  void configuration_beside_it();
  void refuses_by_name();
  void every_cut_is_refused_or_read();
  void real_model_equals_its_json();
  void equals_sentencepiece_data();
  void equals_sentencepiece();
};

void TestPieceModel::bpe_joins_the_highest_score() {
  const auto tokenizer = parse(small_model(2));
  QCOMPARE(tokenizer->encode("ab", false), (Ids{9, 6}));
  QCOMPARE(tokenizer->encode("abc", false), (Ids{9, 6, 5}));   // abc arises, but is unused
  QCOMPARE(tokenizer->encode("bca", false), (Ids{9, 7, 3}));
  QCOMPARE(tokenizer->encode("xyb", false), (Ids{9, 0, 4}));   // unknown neighbours are one
  QCOMPARE(tokenizer->encode("a<sep>b<s>", false), (Ids{10, 11, 4, 0}));   // a control piece is no text
  QCOMPARE(tokenizer->encode("ab", true), (Ids{1, 9, 6}));
  QCOMPARE(tokenizer->encode("", false), Ids{});
  QCOMPARE(tokenizer->encode_continuation("ab"), (Ids{6}));
}

void TestPieceModel::unigram_takes_the_best_cut() {
  const auto tokenizer = parse(small_model(1));
  QCOMPARE(tokenizer->encode("abc", false), (Ids{10, 7}));   // -7 beats -2.5 - 1 - 4, and abc is unused
  QCOMPARE(tokenizer->encode("bcxyab", false), (Ids{9, 7, 0, 6}));
  QCOMPARE(tokenizer->encode("a<sep>", false), (Ids{10, 11}));   // -5 beats -2.5 - 3
}

void TestPieceModel::normaliser_flags() {
  QCOMPARE(parse(small_model(2))->encode("  a   b ", false), (Ids{10, 9, 4}));
  const auto keep = parse(small_model(2, number(4, 0)));
  QCOMPARE(keep->encode(" a  b ", false), (Ids{9, 10, 9, 9, 4, 9}));
  const auto plain = parse(small_model(2, number(3, 0) + number(4, 0)));
  QCOMPARE(plain->encode("ab", false), (Ids{6}));
  const auto spaces = parse(small_model(2, number(3, 0) + number(4, 0) + number(5, 0)));
  QCOMPARE(spaces->encode("a b", false), (Ids{3, 0, 4}));
}

void TestPieceModel::decodes() {
  const auto tokenizer = parse(small_model(2));
  QCOMPARE(tokenizer->decode(Ids{1, 10, 9, 4, 2}, true), std::string("a b"));
  QCOMPARE(tokenizer->decode(Ids{1, 10, 2}, false), std::string("<s> a</s>"));
  QCOMPARE(tokenizer->decode(Ids{3, 0, 4, 99, -1}, true), std::string("a \xE2\x81\x87 b"));
  QCOMPARE(tokenizer->token_text(10), std::string(" a"));
  QCOMPARE(tokenizer->vocab_size(), 12);
  QCOMPARE(tokenizer->bos_id(), 1);
  QCOMPARE(tokenizer->eos_id(), 2);
}

// A Hugging Face folder finds its special tokens in a text, and says what goes around it.
void TestPieceModel::configuration_beside_it() {
  TempFolder folder;
  folder.write("tokenizer.model", small_model(2));
  QCOMPARE((*Tokenizer::load(folder.path()))->encode("a</s>", false), (Ids{10, 0}));
  folder.write("tokenizer_config.json", R"({"bos_token":"<s>","eos_token":{"content":"</s>"},"add_eos_token":true,
    "model_max_length":1000000000000000019884624838656,"added_tokens_decoder":{"12":{"content":"<new>","special":true}}})");
  const auto tokenizer = Tokenizer::load(folder.path());
  QVERIFY2(tokenizer.ok(), tokenizer.status().to_string().c_str());
  QCOMPARE((*tokenizer)->encode("a</s><new>", true), (Ids{1, 10, 2, 12, 2}));
  QCOMPARE((*tokenizer)->decode(Ids{1, 10, 12}, false), std::string("<s>a<new>"));
  QCOMPARE((*tokenizer)->decode(Ids{1, 10, 12}, true), std::string("a"));
  QCOMPARE((*tokenizer)->vocab_size(), 13);
  folder.write("tokenizer_config.json", R"({"added_tokens_decoder":{"3":{"content":"<new>"}}})");
  QVERIFY(Tokenizer::load(folder.path()).status().message().find("has id 3, which is piece \"a\"") != std::string::npos);
  folder.write("tokenizer_config.json", R"({"added_tokens_decoder":{"x":{"content":"<new>"}}})");
  QVERIFY(Tokenizer::load(folder.path()).status().message().find("expected an id, got \"x\"") != std::string::npos);
}

void TestPieceModel::refuses_by_name() {
  expect_refused("", "it has no pieces");
  expect_refused("x", "not a SentencePiece model");
  expect_refused(small_model(2, bytes(1, "nmt_nfkc") + bytes(2, "abc")), "a precompiled_charsmap (normaliser \"nmt_nfkc\") is not supported");
  expect_refused(small_model(3), "model type WORD is not supported");
  expect_refused(small_model(4), "model type CHAR is not supported");
  expect_refused(small_model(2, {}, number(24, 1)), "treat_whitespace_as_suffix is not supported");
  expect_refused(small_model(2) + bytes(5, bytes(2, "abc")), "a denormalizer's precompiled_charsmap");
  expect_refused(small_model(2, {}, number(35, 1)), "no piece for byte 0");
  expect_refused(small_model(2, {}, number(40, 3)), "unk_id 3 is not a piece of type unknown");
  expect_refused(small_model(2) + piece("a", 0), "piece \"a\" is there twice");
  expect_refused(small_model(2) + piece("", 0), "piece 12 is empty");
  expect_refused(small_model(2) + piece("\xFF", 0), "piece 12 is not valid UTF-8");
  expect_refused(small_model(2) + piece("d", std::numeric_limits<float>::quiet_NaN()), "score that is not a number");
  expect_refused(small_model(2) + piece("<0x41>", 0, PieceType::byte), "byte_fallback is off");
  expect_refused(small_model(2) + piece("d", 0, static_cast<PieceType>(9)), "piece 12 has type 9");
  expect_refused(small_model(2) + varint(1 << 3 | 2) + varint(uint64_t{1} << 60), "expected 1152921504606846976 bytes, got 0");
  expect_refused(small_model(2) + "\x0b", "wire type 3");
}

void TestPieceModel::every_cut_is_refused_or_read() {
  const std::string model = small_model(2, number(4, 0));
  for (size_t n = 0; n < model.size(); ++n) {
    const auto tokenizer = parse_piece_tokenizer(std::string_view(model).substr(0, n));
    if (tokenizer.ok()) QVERIFY(!(*tokenizer)->encode("abc <sep>", false).empty());
  }
}

// The same model in both forms cuts the golden texts the same, but for special tokens written out in them and for spaces
// that the model drops.
void TestPieceModel::real_model_equals_its_json() {
  const std::string source = kData + "/models/stories260K/tokenizer.model", golden = kData + "/golden/tokenizers/";
  if (!std::filesystem::exists(source) || !std::filesystem::exists(golden)) QSKIP("../shared/data is missing");
  TempFolder folder;
  folder.write("tokenizer.model", read_file(source).value());
  const auto tokenizer = Tokenizer::load(folder.path());
  QVERIFY2(tokenizer.ok(), tokenizer.status().to_string().c_str());
  const auto texts = nlohmann::json::parse(read_file(golden + "texts.json").value());
  const auto rows = nlohmann::json::parse(read_file(golden + "stories260K.json").value())["rows"];
  int compared = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string text = texts[i];
    const auto has = [&](const char* part) { return text.find(part) != text.npos; };
    if (has("<s>") || has("</s>") || has("<unk>") || has("  ") || text.starts_with(' ') || text.ends_with(' ')) continue;
    QVERIFY2((*tokenizer)->encode(text, false) == rows[i]["ids"].get<Ids>(), text.c_str());
    ++compared;
  }
  QVERIFY(compared > 100);
}

void TestPieceModel::equals_sentencepiece_data() {
  QTest::addColumn<QStringList>("options");
  QTest::newRow("bpe") << QStringList{"--model_type=bpe", "--byte_fallback=true", "--user_defined_symbols=<sep>,on,one"};
  QTest::newRow("bpe as it is") << QStringList{"--model_type=bpe", "--remove_extra_whitespaces=false", "--add_dummy_prefix=false"};
  QTest::newRow("unigram") << QStringList{"--model_type=unigram", "--byte_fallback=true"};
  QTest::newRow("unigram as it is") << QStringList{"--model_type=unigram", "--remove_extra_whitespaces=false", "--user_defined_symbols=<sep>,on,one"};
}

void TestPieceModel::equals_sentencepiece() {
  const auto run = [](const QString& program, const QStringList& arguments, const QByteArray& input) -> std::optional<QByteArray> {
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForStarted()) return std::nullopt;
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(60000) || process.exitCode() != 0) return std::nullopt;
    return process.readAllStandardOutput();
  };
  if (!run("spm_encode", {"--version"}, {})) QSKIP("SentencePiece's command line (spm_train, spm_encode) is missing");
  QFETCH(QStringList, options);
  TempFolder folder;
  std::string corpus, texts;
  const std::vector<std::string> words = {"once", "upon", "a", "time", "there", "was", "one", "lemon", "on", "the", "Tree,", "12", "caf\xC3\xA9"};
  uint32_t seed = 7;
  const auto next = [&](size_t n) { return (seed = seed * 1664525u + 1013904223u) / 65536u % n; };
  for (int i = 0; i < 400; ++i) {
    for (size_t n = 4 + next(9); n-- > 0;) corpus += words[next(words.size())] + (n == 0 ? "\n" : " ");
  }
  const std::vector<std::string> odd = {"  ", "\t", "<sep>", "<s>", "ooo", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80", kSpace, "onone", " "};
  for (int i = 0; i < 300; ++i) {
    for (size_t n = 1 + next(12); n-- > 0;) {
      const std::string& word = words[next(words.size())];
      texts += next(3) == 0 ? odd[next(odd.size())] : word.substr(next(std::min<size_t>(3, word.size())));
    }
    texts += '\n';
  }
  folder.write("corpus.txt", corpus);
  const QString path = QString::fromStdString(folder.path());
  const QStringList common = {"--input=" + path + "/corpus.txt", "--model_prefix=" + path + "/tokenizer", "--vocab_size=330",
                              "--normalization_rule_name=identity", "--hard_vocab_limit=false", "--num_threads=1"};
  QVERIFY(run("spm_train", common + options, {}));
  const auto expected = run("spm_encode", {"--model=" + path + "/tokenizer.model", "--output_format=id"}, QByteArray::fromStdString(texts));
  QVERIFY(expected);
  const auto tokenizer = Tokenizer::load(folder.path());
  QVERIFY2(tokenizer.ok(), tokenizer.status().to_string().c_str());
  const QList<QByteArray> lines = expected->split('\n'), sources = QByteArray::fromStdString(texts).split('\n');
  QVERIFY(lines.size() >= sources.size());
  for (qsizetype i = 0; i < sources.size(); ++i) {
    QByteArray got;
    for (const int32_t id : (*tokenizer)->encode(sources[i].toStdString(), false)) got += (got.isEmpty() ? "" : " ") + QByteArray::number(id);
    QVERIFY2(got == lines[i], (sources[i] + "\n expected " + lines[i] + "\n got      " + got).constData());
  }
}

QTEST_GUILESS_MAIN(TestPieceModel)
#include "tst_piece_model.moc"
