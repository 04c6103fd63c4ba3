// Seeded random damage to everything that core/data parses: never a crash, always a Status; what is accepted can be used.
#include <QtTest>

#include "base/file.h"
#include "base/seed_tree.h"
#include "base/sha256.h"
#include "core/data/temp_folder.h"
#include "data/dataset.h"
#include "data/record_index.h"
#include "data/text_template.h"
#include "data/tokenizer.h"

using namespace fedllm;
using namespace fedllm::data;
using fedllm::test::TempFolder;

namespace {

constexpr std::string_view kPieces[] = {"{",
                                        "}",
                                        "[",
                                        "]",
                                        "\"",
                                        "\\",
                                        ",",
                                        ":",
                                        "\n",
                                        "\r\n",
                                        "\xFF",
                                        "\xC3",
                                        "\xE2\x96\x81",
                                        "null",
                                        "-1",
                                        "1e999",
                                        "99999999999999999999",
                                        "[[[[[[[[",
                                        "\"\"",
                                        "\\u0000",
                                        "\\ud800",
                                        "(?:",
                                        "\\p{L}+",
                                        "*",
                                        ";",
                                        "\t",
                                        " ",
                                        "\xEF\xBB\xBF",
                                        "{?a}",
                                        "{/a}"};

std::string damaged(std::string bytes, Rng& rng) {
  for (uint64_t n = 1 + rng.below(6); n > 0; --n) {
    const size_t at = rng.below(bytes.size() + 1);
    switch (rng.below(5)) {
      case 0: bytes.insert(at, kPieces[rng.below(std::size(kPieces))]); break;
      case 1: bytes.erase(at, rng.below(12)); break;
      case 2:
        if (at < bytes.size()) bytes[at] = static_cast<char>(rng.below(256));
        break;
      case 3: bytes.insert(at, bytes.substr(rng.below(bytes.size() + 1), rng.below(40))); break;
      default:
        if (rng.below(8) == 0) bytes.resize(at);
        break;
    }
  }
  return bytes;
}

const std::string kTokenizer =
    R"JSON({"added_tokens":[{"id":1,"content":"<s>","special":true,"lstrip":true,"rstrip":true},{"id":9,"content":"ab","single_word":true}],
"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Prepend","prepend":"_"},{"type":"Replace","pattern":{"Regex":" +"},"content":"_"},{"type":"Strip"},{"type":"Lowercase"}]},
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}|\\s+(?!\\S)"},"behavior":"MergedWithPrevious","invert":false},{"type":"ByteLevel","add_prefix_space":true},{"type":"Metaspace","prepend_scheme":"first"}]},
"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"_"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"ignore_merges":false,"vocab":{"<unk>":0,"<s>":1,"a":2,"b":3,"ab":4,"_":5,"_a":6,"<0x41>":7,"c":8},"merges":["a b",["_","a"]]}})JSON";

const std::string kText = "ab a <s> \xC3\xA9 12ab  A\n\xE2\x96\x81\xFF <s>ab";

}  // namespace

class TestDataFuzz : public QObject {
  Q_OBJECT
 private slots:
  void tokenizer_files();
  void datasets_data();
  void datasets();
  void index_files();
  void index_entries();
  void templates();
};

void TestDataFuzz::tokenizer_files() {
  TempFolder folder;
  Rng rng(1);
  int loaded = 0;
  for (int trial = 0; trial < 3'000; ++trial) {
    folder.write("tokenizer.json", trial == 0 ? kTokenizer : damaged(kTokenizer, rng));
    const auto tokenizer = Tokenizer::load(folder.path());
    if (!tokenizer.ok()) {
      QVERIFY(!tokenizer.status().message().empty());
      continue;
    }
    ++loaded;
    const auto ids = (*tokenizer)->encode(kText, true);
    for (int32_t id : ids) QVERIFY(id >= 0 && id < (1 << 24));
    (void)(*tokenizer)->encode_continuation(kText);
    (void)(*tokenizer)->decode(ids, trial % 2 == 0);
    for (int32_t id = -1; id < 12; ++id) (void)(*tokenizer)->token_text(id);
  }
  QVERIFY(loaded > 30 && loaded < 3'000);
}

void TestDataFuzz::datasets_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QByteArray>("bytes");
  QTest::newRow("jsonl") << "a.jsonl"
                         << QByteArray(
                                "{\"text\":\"one\",\"t\":\"x\"}\n{\"text\":\"tw\\u00f6\",\"t\":\"y\",\"l\":[1,\"a\"]}\r\n\n{"
                                "\"text\":\"3\",\"t\":null,\"big\":123456789012345678901}\n");
  QTest::newRow("array") << "a.json"
                         << QByteArray(
                                "[{\"text\":\"one\",\"t\":\"x\"},\n {\"text\":\"two\",\"t\":{\"a\":[1]}}, [\"a\",\"b\"], \"c\"]");
  QTest::newRow("arrays")
      << "b.json"
      << QByteArray(
             "{\"v\":1,\n\"train\":[[\"hi\",\"x\"],[\"yo\",\"y\"]],\"val\":[{\"text\":\"a\"}],\n\"17\" : {\"text\":\"o\"}}");
  QTest::newRow("csv") << "a.csv" << QByteArray("text,t\r\n\"a, \"\"b\"\"\nc\",x\r\nplain,y\r\n,\n");
  QTest::newRow("text") << "a.txt" << QByteArray("one\ntwo\r\n\r\nthree\n<|endoftext|>\nfour");
  QTest::newRow("detected") << "a" << QByteArray("{\"text\":\"one\"}\n{\"text\":\"two\"}\n");
}

// What import accepts, read() must give back; skipping and refusing must agree about what is good.
void TestDataFuzz::datasets() {
  QFETCH(QString, name);
  QFETCH(QByteArray, bytes);
  TempFolder folder;
  Rng rng(2);
  int accepted = 0;
  for (int trial = 0; trial < 800; ++trial) {
    ImportOptions options;
    options.spec.files = {folder.write(name.toStdString(), damaged(bytes.toStdString(), rng))};
    options.spec.label = trial % 3 == 0 ? "t" : "";
    const auto refused = Dataset::import(options);
    options.spec.bad_lines = "skip";
    const auto skipped = Dataset::import(options);
    if (refused.ok()) {
      QVERIFY(skipped.ok());
      QCOMPARE((*skipped)->size(), (*refused)->size());
      QCOMPARE((*skipped)->skipped_count(), 0);
    }
    if (!skipped.ok()) {
      QVERIFY(!skipped.status().message().empty());
      continue;
    }
    ++accepted;
    for (int64_t i = 0; i < (*skipped)->size(); ++i) {
      const auto record = (*skipped)->read(i);
      QVERIFY2(record.ok(), record.status().to_string().c_str());
      QVERIFY((*skipped)->label_of(i) < static_cast<int32_t>((*skipped)->labels().size()));
    }
  }
  QVERIFY(accepted > 30);
}

void TestDataFuzz::index_files() {
  TempFolder folder;
  ImportOptions options;
  options.spec.files = {folder.write("a.jsonl", "{\"text\":\"one\",\"t\":\"x\"}\n{\"text\":\"two\",\"t\":\"y\"}\n")};
  options.spec.label = "t";
  options.home = folder.path("home");
  const auto dataset = Dataset::import(options);
  QVERIFY(dataset.ok());
  const auto bytes = read_file(folder.path("home/datasets/" + (*dataset)->hash() + "/index.bin"));
  QVERIFY(bytes.ok());
  const auto open = [&](const std::string& content) { return RecordIndex::open(folder.write("index.bin", content)); };
  QVERIFY(open(*bytes).ok());
  for (size_t n = 0; n < bytes->size(); ++n) QVERIFY(!open(bytes->substr(0, n)).ok());
  Rng rng(3);
  for (int trial = 0; trial < 2'000; ++trial) {
    std::string changed = damaged(*bytes, rng);
    const size_t summary = 128 + 2 * 24;
    if (trial % 2 == 0 && changed.size() > summary)
      changed.replace(40, 64, sha256_hex(std::string_view(changed).substr(summary)));  // past the checksum
    const auto index = open(changed);
    if (!index.ok()) continue;
    for (int64_t i = 0; i < (*index)->size(); ++i) (void)(*index)->entry(i);
  }
}

// The entries are not covered by the checksum: reading through damaged ones gives an error or a record, never more.
void TestDataFuzz::index_entries() {
  TempFolder folder;
  ImportOptions options;
  options.spec.files = {folder.write("a.json", "{\"x\": [{\"text\":\"one\"}], \"y\": [{\"text\":\"two\"}]}")};
  options.home = folder.path("home");
  const std::string hash = (*Dataset::import(options))->hash();
  const std::string name = "home/datasets/" + hash + "/index.bin";
  const auto bytes = read_file(folder.path(name));
  Rng rng(5);
  int errors = 0;
  for (int trial = 0; trial < 500; ++trial) {
    std::string changed = *bytes;
    for (int n = 0; n < 3; ++n) changed[128 + rng.below(48)] = static_cast<char>(rng.below(4) == 0 ? 0xff : rng.below(256));
    folder.write(name, changed);
    const auto dataset = Dataset::import(options);
    QVERIFY(dataset.ok());
    for (int64_t i = 0; i < (*dataset)->size(); ++i) {
      errors += !(*dataset)->read(i).ok();
      QCOMPARE((*dataset)->label_of(i), -1);
    }
  }
  QVERIFY(errors > 100);
}

void TestDataFuzz::templates() {
  Rng rng(4);
  const std::string prompt = "Q: {a}{?b}\nC: {b}{?c}{c}{/c}{/b}\n{x}", response = " {r}";
  for (int trial = 0; trial < 20'000; ++trial) {
    const spec::TemplateSpec spec{"custom", damaged(prompt, rng), trial % 2 ? response : damaged(response, rng)};
    (void)required_fields(spec);
    const auto resolved = resolve_template(spec, {"a", "b", "c", "r", "x"});
    if (!resolved.ok()) continue;
    const auto text = render({{"a", "1"}, {"b", ""}, {"c", "3"}, {"r", "4"}, {"x", "5"}}, *resolved);
    QVERIFY2(text.ok(), text.status().to_string().c_str());
    QVERIFY(text->response_start <= text->text.size());
  }
}

QTEST_GUILESS_MAIN(TestDataFuzz)
#include "tst_data_fuzz.moc"
