// LoRA GGUF files: what is written is read back by a reader of this test's own, the rows' order undone by llama.cpp's formula,
// and every product scale * B A equals the adapter's. And the room's reader: what it accepts and what it refuses.
#include <QtTest>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "adapter/gguf.h"
#include "adapter/gguf_lora.h"
#include "adapter/gguf_writer.h"
#include "adapter/peft.h"
#include "base/file.h"

using namespace fedllm;
using namespace fedllm::adapter;

namespace {

const std::string kGolden = std::string(FEDLLM_SOURCE_DIR) + "/../shared/data/golden/";

// Reads only what a LoRA file of this program holds: strings, u32, f32 and F32 tensors.
struct PlainGguf {
  std::map<std::string, std::string> texts;
  std::map<std::string, double> numbers;
  struct Tensor { std::vector<uint64_t> ne; std::vector<float> values; };
  std::map<std::string, Tensor> tensors;
  std::string bytes;
  size_t at = 0;

  template <class T>
  T take() {
    T value;
    if (at + sizeof value > bytes.size()) qFatal("read past the end");
    std::memcpy(&value, bytes.data() + at, sizeof value);
    at += sizeof value;
    return value;
  }
  std::string text() {
    const auto n = take<uint64_t>();
    at += n;
    return bytes.substr(at - n, n);
  }
  explicit PlainGguf(const std::string& path) : bytes(*read_file(path)) {
    if (bytes.substr(0, 4) != "GGUF") qFatal("no GGUF");
    at = 4;
    if (take<uint32_t>() != 3) qFatal("version");
    const auto tensor_count = take<uint64_t>(), value_count = take<uint64_t>();
    for (uint64_t i = 0; i < value_count; ++i) {
      const std::string key = text();
      const auto type = take<uint32_t>();
      if (type == 8) texts[key] = text();
      else if (type == 4) numbers[key] = take<uint32_t>();
      else if (type == 6) numbers[key] = take<float>();
      else qFatal("type %u", type);
    }
    std::map<std::string, uint64_t> offsets;
    for (uint64_t i = 0; i < tensor_count; ++i) {
      const std::string name = text();
      const auto dims = take<uint32_t>();
      for (uint32_t d = 0; d < dims; ++d) tensors[name].ne.push_back(take<uint64_t>());
      if (take<uint32_t>() != 0) qFatal("not F32");
      offsets[name] = take<uint64_t>();
    }
    const size_t data = (at + 31) / 32 * 32;
    for (auto& [name, tensor] : tensors) {
      at = data + offsets[name];
      if (at % 32 != 0) qFatal("not aligned");
      tensor.values.resize(tensor.ne[0] * tensor.ne[1]);
      for (float& x : tensor.values) x = take<float>();
    }
  }
};

// new[h][i][side] = old[h][side][i]: weights.reshape(n_head, 2, d / 2).swapaxes(1, 2)
size_t permuted_from(size_t row, size_t head_dim) {
  const size_t head = row / head_dim, in_head = row % head_dim;
  return head * head_dim + in_head % 2 * (head_dim / 2) + in_head / 2;
}

AdapterState numbered(LayoutPtr layout) {
  AdapterState state = AdapterState::zeros(std::move(layout));
  for (size_t i = 0; i < state.values.size(); ++i) state.values[i] = static_cast<float>(std::sin(static_cast<double>(i)));
  return state;
}

std::string message_of(const std::string& bytes) {
  QTemporaryDir dir;
  const std::string path = dir.path().toStdString() + "/x.gguf";
  if (!write_file_atomic(path, bytes).ok()) qFatal("cannot write");
  return GgufFile::open(path).status().message();
}

}  // namespace

class tst_gguf : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  std::string path() { return dir_.path().toStdString() + "/adapter.gguf"; }

 private slots:
  void golden_adapters_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("architecture");
    QTest::newRow("llama") << "llama_gqa_tied" << "llama";
    QTest::newRow("llama mha") << "llama_mha_untied" << "llama";
    QTest::newRow("qwen2") << "qwen2_tied" << "qwen2";
    QTest::newRow("qwen3") << "qwen3_tied_headdim" << "qwen3";
    QTest::newRow("gpt2") << "gpt2_tied" << "gpt2";
    QTest::newRow("gpt_neox") << "gptneox_parallel" << "gptneox";
  }
  void golden_adapters() {
    QFETCH(QString, name);
    QFETCH(QString, architecture);
    const std::string folder = kGolden + name.toStdString();
    if (!QFileInfo::exists(QString::fromStdString(folder))) QSKIP("shared golden data is not here");
    const auto config = nlohmann::json::parse(*read_file(folder + "/config.json"));
    GgufModel model{config["model_type"], config.value("num_attention_heads", config.value("n_head", 0)), 0};
    model.kv_heads = config.value("num_key_value_heads", model.heads);
    const auto state = load_peft(folder + "/adapter_warm");
    QVERIFY2(state.ok(), state.status().message().c_str());
    const Status written = save_gguf_lora(*state, model, {"warm", "base"}, path());
    QVERIFY2(written.ok(), written.message().c_str());
    PlainGguf file(path());
    QCOMPARE(QString::fromStdString(file.texts["general.architecture"]), architecture);
    QCOMPARE(file.texts["general.type"], std::string("adapter"));
    QCOMPARE(file.texts["adapter.type"], std::string("lora"));
    QCOMPARE(file.numbers["adapter.lora.alpha"], 8.0);
    QCOMPARE(file.tensors.size(), 2 * state->layout->modules().size());
    for (size_t m = 0; m < state->layout->modules().size(); ++m) {
      const ModuleSlot& slot = state->layout->modules()[m];
      const std::string base = gguf_module(model.model_type, slot.name) + ".weight";
      QVERIFY2(file.tensors.contains(base + ".lora_a"), base.c_str());
      const auto &a = file.tensors[base + ".lora_a"], &b = file.tensors[base + ".lora_b"];
      QVERIFY(a.ne == (std::vector<uint64_t>{uint64_t(slot.in_features), uint64_t(slot.rank)}));
      QVERIFY(b.ne == (std::vector<uint64_t>{uint64_t(slot.rank), uint64_t(slot.out_features)}));
      QVERIFY(std::equal(a.values.begin(), a.values.end(), state->a(m).begin()));
      const bool query = slot.name.ends_with("q_proj"), key = slot.name.ends_with("k_proj");
      for (int row = 0; row < slot.out_features; ++row) {
        size_t from = static_cast<size_t>(row);
        if (architecture == "llama" && (query || key)) from = permuted_from(from, slot.out_features / (query ? model.heads : model.kv_heads));
        if (architecture == "gptneox" && slot.name.ends_with("query_key_value")) {
          const size_t hidden = slot.out_features / 3, dim = hidden / model.heads;   // row = part * hidden + head * dim + i
          from = row % hidden / dim * 3 * dim + row / hidden * dim + row % dim;
        }
        for (int r = 0; r < slot.rank; ++r) QCOMPARE(b.values[row * slot.rank + r], state->b(m)[from * slot.rank + r]);
      }
    }
    const auto ours = GgufFile::open(path());
    QVERIFY2(ours.ok(), ours.status().message().c_str());
    QCOMPARE(ours->tensors().size(), file.tensors.size());
    QCOMPARE(ours->text("general.base_model.0.name"), std::string("base"));
  }

  void names_of_llama() {
    QCOMPARE(gguf_module("llama", "model.layers.3.self_attn.q_proj"), std::string("blk.3.attn_q"));
    QCOMPARE(gguf_module("mistral", "model.layers.12.mlp.down_proj"), std::string("blk.12.ffn_down"));
    QCOMPARE(gguf_module("gpt2", "transformer.h.0.mlp.c_proj"), std::string("blk.0.ffn_down"));
    QCOMPARE(gguf_module("gpt_neox", "gpt_neox.layers.1.attention.dense"), std::string("blk.1.attn_output"));
    QCOMPARE(gguf_module("llama", "lm_head"), std::string("output"));
    QVERIFY(gguf_module("llama", "model.layers.0.self_attn.rotary_emb").empty());
    QCOMPARE(*gguf_architecture("mistral"), std::string("llama"));
    QVERIFY(gguf_architecture("bloom").status().code() == Code::unimplemented);
  }

  void one_alpha_for_mixed_ranks() {
    auto layout = [](bool stabilised) {
      ModuleSlot own{"model.layers.1.mlp.up_proj", 6, 4, 2};
      own.alpha = 3;
      return *AdapterLayout::make({{"model.layers.0.mlp.up_proj", 6, 4, 2}, {"model.layers.0.mlp.down_proj", 4, 6, 3}, own}, 8, stabilised);
    };
    for (const bool stabilised : {false, true}) {
      const AdapterState state = numbered(layout(stabilised));
      QVERIFY(save_gguf_lora(state, {"llama", 2, 2}, {}, path()).ok());
      PlainGguf file(path());
      for (size_t m = 0; m < 3; ++m) {
        const ModuleSlot& slot = state.layout->modules()[m];
        const auto& b = file.tensors[gguf_module("llama", slot.name) + ".weight.lora_b"].values;
        const double scale = file.numbers["adapter.lora.alpha"] / slot.rank;   // what llama.cpp multiplies by
        for (size_t i = 0; i < b.size(); ++i) QVERIFY(std::abs(scale * b[i] - state.layout->scale(m) * state.b(m)[i]) < 1e-6);
      }
    }
    QVERIFY(save_gguf_lora(numbered(layout(false)), {"llama", 2, 2}, {}, path()).ok());
    QCOMPARE(PlainGguf(path()).numbers["adapter.lora.alpha"], 8.0);   // the most common one stays exact
  }

  void what_cannot_be_written() {
    const ModuleSlot slot{"model.layers.0.self_attn.q_proj", 4, 6, 2};
    const auto message = [&](const AdapterState& state, const GgufModel& model) { return save_gguf_lora(state, model, {}, path()).message(); };
    QVERIFY(message(numbered(*AdapterLayout::make({slot}, 1, false, {{"lm_head.weight", {2, 2}}})), {"llama", 1, 1})
                .find("keeps lm_head.weight whole") != std::string::npos);
    QVERIFY(message(numbered(*AdapterLayout::make({slot}, 1)), {"llama", 4, 4}).find("expected a multiple of 8 rows") != std::string::npos);
    QVERIFY(message(numbered(*AdapterLayout::make({slot}, 1)), {"gpt2", 1, 1}).find("GGUF has no name for the module") != std::string::npos);
    QVERIFY(message(numbered(*AdapterLayout::make({slot}, 1)), {"t5", 1, 1}).find("\"t5\" cannot be written") != std::string::npos);
  }

  void reads_every_kind_of_value() {
    GgufWriter writer;
    writer.text("a.text", "雪");
    writer.u32("a.u32", 4000000000u);
    writer.f32("a.f32", 0.5f);
    writer.boolean("a.bool", true);
    writer.texts("a.texts", {"x", "", "zz"});
    const std::vector<float> floats = {1, 2};
    const std::vector<int32_t> wholes = {-1, 7};
    writer.f32s("a.floats", floats);
    writer.i32s("a.wholes", wholes);
    const std::vector<float> values = {1, 2, 3, 4, 5, 6};
    writer.tensor("t", {2, 3}, values);
    QVERIFY(writer.write(path()).ok());
    const auto file = GgufFile::open(path());
    QVERIFY2(file.ok(), file.status().message().c_str());
    QCOMPARE(file->text("a.text"), std::string("雪"));
    QCOMPARE(*file->number("a.u32"), 4e9);
    QCOMPARE(*file->number("a.bool"), 1.0);
    QVERIFY(file->values().at("a.texts").texts == (std::vector<std::string_view>{"x", "", "zz"}));
    QCOMPARE(*file->values().at("a.wholes").whole(0), int64_t(-1));
    QCOMPARE(*file->values().at("a.floats").number(1), 2.0);
    QVERIFY(file->tensor("t")->dims == (std::vector<uint64_t>{3, 2}));
    QVERIFY(*to_float(*file->tensor("t")) == values);
    QVERIFY(!file->number("a.text") && file->text("none").empty() && !file->tensor("u"));
  }

  void damaged_files() {
    GgufWriter writer;
    writer.text("general.architecture", "llama");
    const std::vector<float> values(12, 1.f);
    writer.tensor("x", {3, 4}, values);
    writer.tensor("y", {3, 4}, values);
    QVERIFY(writer.write(path()).ok());
    const std::string good = *read_file(path());
    for (size_t size = 0; size < good.size(); ++size)   // every truncation that loses something
      if (size + 16 < good.size()) QVERIFY2(!message_of(good.substr(0, size)).empty(), std::to_string(size).c_str());
    const auto patched = [&](const std::string& before, size_t skip, const std::string& bytes) {
      std::string copy = good;
      copy.replace(copy.find(before) + before.size() + skip, bytes.size(), bytes);
      return message_of(copy);
    };
    const std::string huge("\xff\xff\xff\xff\xff\xff\xff\x7f", 8);
    QVERIFY(patched("GGUF", 0, std::string("\1\0\0\0", 4)).find("expected GGUF version 2 or 3, got 1") != std::string::npos);
    QVERIFY(patched("GGUF", 4, huge).find("at most 2^20 tensors") != std::string::npos);
    QVERIFY(patched("GGUF", 12, huge).find("as many values as the file can hold") != std::string::npos);
    QVERIFY(patched("general.architecture", 4, huge).find("truncated file?") != std::string::npos);
    QVERIFY(patched("general.architecture", 0, std::string("\x63", 1)).find("a value of type 99 is not supported") != std::string::npos);
    const std::string x("\1\0\0\0\0\0\0\0x", 9), y("\1\0\0\0\0\0\0\0y", 9);
    QVERIFY(patched(x, 0, std::string("\5", 1)).find("expected 1 to 4 dimensions, got 5") != std::string::npos);
    QVERIFY(patched(x, 4, huge).find("whose product fits 63 bits") != std::string::npos);
    QVERIFY(patched(x, 20, std::string("\x4d", 1)).find("type 77 is not known") != std::string::npos);
    QVERIFY(patched(x, 20, std::string("\x08", 1)).find("expected rows of a multiple of 32 values (Q8_0), got 4") != std::string::npos);
    QVERIFY(patched(y, 24, std::string("\x01", 1)).find("expected an offset that is a multiple of 32, got 1") != std::string::npos);
    QVERIFY(patched(y, 24, std::string("\0", 1)).find("overlap") != std::string::npos);
    QVERIFY(patched(y, 24, std::string("\0\x10", 2)).find("(truncated file?)") != std::string::npos);
    QVERIFY(message_of("nothing").find("expected a GGUF file") != std::string::npos);
    QVERIFY(message_of("").find("the magic") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(tst_gguf)
#include "tst_gguf.moc"
