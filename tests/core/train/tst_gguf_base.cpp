// The base as GGUF, read back: every weight in its place and order, the keys of llama, the vocabulary of tokenizer.json.
#include <QtTest>

#include <nlohmann/json.hpp>
#include <set>

#include "adapter/gguf.h"
#include "base/file.h"
#include "train/gguf_base.h"

using namespace fedllm;
using namespace fedllm::train;

namespace {

const std::string kData = std::string(FEDLLM_SOURCE_DIR) + "/../shared/data/";

template <class T>
T must(Result<T> result) {
  if (!result.ok()) qFatal("%s", result.status().message().c_str());
  return std::move(result).value();
}

// The row of the checkpoint that stands at `row` of llama.cpp's weight.
size_t source_row(size_t row, size_t head_dim) { return row / head_dim * head_dim + row % 2 * (head_dim / 2) + row % head_dim / 2; }

}  // namespace

class tst_gguf_base : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  std::string path() { return dir_.path().toStdString() + "/base.gguf"; }

  void compare(const adapter::GgufFile& file, const std::string& ours, const ModelFolder& model, const std::string& theirs, size_t head_dim) {
    const adapter::GgufTensor* tensor = file.tensor(ours);
    QVERIFY2(tensor, ours.c_str());
    const auto& view = model.weights->tensor(theirs);
    QVERIFY(std::equal(tensor->dims.rbegin(), tensor->dims.rend(), view.shape.begin(), view.shape.end()));
    const auto got = must(adapter::to_float(*tensor)), wanted = must(adapter::to_float(view));
    const size_t width = got.size() / static_cast<size_t>(view.shape[0]);
    for (size_t i = 0; i < got.size(); ++i) {
      const size_t row = head_dim > 0 ? source_row(i / width, head_dim) : i / width;
      QCOMPARE(got[i], wanted[row * width + i % width]);
    }
  }

 private slots:
  void initTestCase() {
    if (!QFileInfo::exists(QString::fromStdString(kData + "golden"))) QSKIP("shared data is not here");
  }

  void every_weight_in_its_place_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"golden/llama_mha_untied", "golden/llama_bias", "golden/llama_bf16_sharded", "models/stories260K"}) QTest::newRow(name) << name;
  }
  void every_weight_in_its_place() {
    QFETCH(QString, name);
    const ModelFolder model = must(open_model_folder(kData + name.toStdString()));
    must(write_gguf_base(model, "base", path()));
    const auto file = must(adapter::GgufFile::open(path()));
    const ModelConfig& c = model.config;
    QCOMPARE(file.tensors().size(), model.plan.tensors.size());
    QCOMPARE(file.text("general.architecture"), std::string("llama"));
    QCOMPARE(*file.number("llama.block_count"), double(c.layers));
    QCOMPARE(*file.number("llama.attention.head_count_kv"), double(c.kv_heads));
    QCOMPARE(*file.number("llama.rope.dimension_count"), double(c.head_dim));
    const bool half = model.weights->tensor(model.plan.embedding).dtype == adapter::DType::bf16;
    QCOMPARE(*file.number("general.file_type"), half ? 32.0 : 0.0);
    QCOMPARE(file.tensor("token_embd.weight")->type, half ? adapter::kGgmlBf16 : adapter::kGgmlF32);
    QCOMPARE(file.tensor("output_norm.weight")->type, adapter::kGgmlF32);
    compare(file, "token_embd.weight", model, "model.embed_tokens.weight", 0);
    compare(file, "output_norm.weight", model, "model.norm.weight", 0);
    if (!c.tie_word_embeddings) compare(file, "output.weight", model, "lm_head.weight", 0);
    const std::pair<const char*, const char*> names[] = {{"attn_q", "self_attn.q_proj"}, {"attn_k", "self_attn.k_proj"}, {"attn_v", "self_attn.v_proj"},
        {"attn_output", "self_attn.o_proj"}, {"ffn_gate", "mlp.gate_proj"}, {"ffn_up", "mlp.up_proj"}, {"ffn_down", "mlp.down_proj"},
        {"attn_norm", "input_layernorm"}, {"ffn_norm", "post_attention_layernorm"}};
    for (int layer = 0; layer < c.layers; ++layer)
      for (const auto& [ours, theirs] : names) {
        const std::string at = "blk." + std::to_string(layer) + "." + ours, from = "model.layers." + std::to_string(layer) + "." + theirs;
        const bool turned = at.ends_with("attn_q") || at.ends_with("attn_k");
        compare(file, at + ".weight", model, from + ".weight", turned ? c.head_dim : 0);
        if (c.attention_bias && at.find("attn_") != std::string::npos && !at.ends_with("norm"))
          compare(file, at + ".bias", model, from + ".bias", turned ? c.head_dim : 0);
      }
  }

  void vocabulary() {
    const ModelFolder model = must(open_model_folder(kData + "models/stories260K"));
    const GgufBaseResult result = must(write_gguf_base(model, "stories", path()));
    QVERIFY2(result.no_vocabulary.empty(), result.no_vocabulary.c_str());
    const auto file = must(adapter::GgufFile::open(path()));
    const auto tokenizer = nlohmann::json::parse(*read_file(model.path + "/tokenizer.json"));
    const auto& tokens = file.values().at("tokenizer.ggml.tokens").texts;
    QCOMPARE(tokens.size(), size_t(model.config.vocab_size));
    for (const auto& [token, id] : tokenizer["model"]["vocab"].items()) QCOMPARE(std::string(tokens[id.get<size_t>()]), token);
    const auto& types = file.values().at("tokenizer.ggml.token_type");
    QCOMPARE(*types.whole(0), int64_t(2));   // <unk>
    QCOMPARE(*types.whole(1), int64_t(3));   // <s>
    QCOMPARE(*types.whole(3), int64_t(6));   // <0x00>
    // The earlier the merge, the higher the score of its result.
    const auto& scores = file.values().at("tokenizer.ggml.scores");
    double last = 1;
    std::set<std::string> seen;
    for (const auto& merge : tokenizer["model"]["merges"]) {
      std::string text = merge.is_string() ? merge.get<std::string>() : merge[0].get<std::string>() + " " + merge[1].get<std::string>();
      text.erase(text.find(' '), 1);
      if (!seen.insert(text).second) continue;
      const double score = *scores.number(tokenizer["model"]["vocab"][text].get<size_t>());
      QVERIFY(score < last);
      last = score;
    }
    QVERIFY(seen.size() > 100);
  }

  void llama3_frequencies() {
    const ModelFolder model = must(open_model_folder(kData + "golden/llama_rope_llama3"));
    must(write_gguf_base(model, "base", path()));
    const auto file = must(adapter::GgufFile::open(path()));
    const auto* factors = file.tensor("rope_freqs.weight");
    QVERIFY(factors);
    QCOMPARE(factors->elements(), uint64_t(model.config.head_dim / 2));
    const auto values = must(adapter::to_float(*factors));
    QCOMPARE(values.front(), 1.f);                                          // high frequencies stay
    QVERIFY(values.back() > 1.f && values.back() <= float(model.config.rope.factor));
    QVERIFY(std::is_sorted(values.begin(), values.end()));
  }

  void refuses_what_llama_cpp_would_compute_otherwise() {
    for (const auto& [name, words] : {std::pair("gpt2_tied", "model_type \"gpt2\""), std::pair("qwen2_tied", "model_type \"qwen2\"")}) {
      const Status status = write_gguf_base(must(open_model_folder(kData + "golden/" + name)), "x", path()).status();
      QVERIFY2(status.message().find(words) != std::string::npos, status.message().c_str());
    }
    ModelFolder model = must(open_model_folder(kData + "golden/llama_gqa_tied"));
    model.config.windows.assign(model.config.layers, 8);
    QVERIFY(write_gguf_base(model, "x", path()).status().message().find("a sliding window") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(tst_gguf_base)
#include "tst_gguf_base.moc"
