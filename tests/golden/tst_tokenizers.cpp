// Ids and decoded text of 201 texts, equal to the official library's for five real tokenizers.
#include <QtTest>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "data/tokenizer.h"

using namespace fedllm;

namespace {

const std::string kData = FEDLLM_SOURCE_DIR "/../shared/data";

nlohmann::json read_json(const std::string& path) {
  const auto text = read_file(path);
  return text.ok() ? nlohmann::json::parse(*text) : nlohmann::json();
}

std::string show(const std::vector<int32_t>& ids) { return nlohmann::json(ids).dump(); }

}  // namespace

class TestTokenizers : public QObject {
  Q_OBJECT
 private slots:
  void equals_official_library_data();
  void equals_official_library();
  void token_text_shows_one_token();
  void continuation_has_no_prefix_space();
};

void TestTokenizers::equals_official_library_data() {
  QTest::addColumn<QString>("name");
  for (const char* name : {"stories260K", "gpt2", "mistral_v1", "gpt_neox_20b", "qwen3"}) QTest::newRow(name) << QString(name);
}

void TestTokenizers::equals_official_library() {
  QFETCH(QString, name);
  const std::string golden = kData + "/golden/tokenizers/";
  if (!std::filesystem::exists(golden)) QSKIP("../shared/data is missing");
  const auto texts = read_json(golden + "texts.json");
  const auto expected = read_json(golden + name.toStdString() + ".json");
  QVERIFY(texts.is_array() && expected.is_object());
  const std::string file = kData + "/" + expected["tokenizer"].get<std::string>();
  const auto loaded = data::Tokenizer::load(std::filesystem::path(file).parent_path().string());
  QVERIFY2(loaded.ok(), loaded.status().to_string().c_str());
  const data::Tokenizer& tokenizer = **loaded;
  QCOMPARE(expected["rows"].size(), texts.size());
  int wrong = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto& row = expected["rows"][i];
    const std::string text = texts[i];
    const auto ids = row["ids"].get<std::vector<int32_t>>();
    const auto got = tokenizer.encode(text, false);
    const auto with = row.contains("ids_with_special") ? row["ids_with_special"].get<std::vector<int32_t>>() : ids;
    const bool same = got == ids && tokenizer.encode(text, true) == with && tokenizer.decode(ids, false) == row["decoded_keep"] &&
                      tokenizer.decode(ids, true) == row["decoded_skip_special"];
    if (!same && ++wrong < 5)
      qWarning("text %zu \"%s\"\n expected %s\n got      %s\n decoded  %s\n expected %s", i, text.substr(0, 80).c_str(),
               show(ids).c_str(), show(got).c_str(), tokenizer.decode(ids, false).c_str(),
               row["decoded_keep"].get<std::string>().c_str());
  }
  QCOMPARE(wrong, 0);
}

void TestTokenizers::token_text_shows_one_token() {
  const std::string folder = kData + "/models/stories260K";
  if (!std::filesystem::exists(folder)) QSKIP("../shared/data is missing");
  const auto tokenizer = data::Tokenizer::load(folder);
  QVERIFY(tokenizer.ok());
  QCOMPARE((*tokenizer)->vocab_size(), 512);
  QCOMPARE((*tokenizer)->bos_id(), 1);
  QCOMPARE((*tokenizer)->eos_id(), 2);
  const auto ids = (*tokenizer)->encode("Once upon a time\n", false);
  std::string joined;
  for (int32_t id : ids) joined += (*tokenizer)->token_text(id);
  QCOMPARE(joined, std::string(" Once upon a time\n"));
}

void TestTokenizers::continuation_has_no_prefix_space() {
  const std::string folder = kData + "/models/stories260K";
  if (!std::filesystem::exists(folder)) QSKIP("../shared/data is missing");
  const auto tokenizer = data::Tokenizer::load(folder);
  QVERIFY(tokenizer.ok());
  const auto plain = (*tokenizer)->encode("time", false), after_space = (*tokenizer)->encode_continuation(" time");
  QCOMPARE(show(plain), show(after_space));
  QVERIFY((*tokenizer)->encode_continuation("time") != plain);
}

QTEST_GUILESS_MAIN(TestTokenizers)
#include "tst_tokenizers.moc"
