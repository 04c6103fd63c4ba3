// Merged checkpoints read back: adapted weights are W + scale B A, all else is as it was; Conv1D, tied heads, types.
#include <QtTest>

#include <cmath>
#include <nlohmann/json.hpp>

#include "adapter/peft.h"
#include "base/file.h"
#include "train/merge.h"

using namespace fedllm;
using namespace fedllm::train;

namespace {

const std::string kGolden = std::string(FEDLLM_SOURCE_DIR) + "/../shared/data/golden/";

template <class T>
T must(Result<T> result) {
  if (!result.ok()) qFatal("%s", result.status().message().c_str());
  return std::move(result).value();
}

// What the merged weight must be, element by element.
std::vector<double> expected(const ModelFolder& base, const adapter::AdapterState& state, size_t m, bool transposed) {
  const adapter::ModuleSlot& slot = state.layout->modules()[m];
  const auto w = must(adapter::to_float(base.weights->tensor(slot.name + ".weight")));
  std::vector<double> out(w.begin(), w.end());
  for (int o = 0; o < slot.out_features; ++o)
    for (int i = 0; i < slot.in_features; ++i) {
      double sum = 0;
      for (int r = 0; r < slot.rank; ++r) sum += double(state.b(m)[o * slot.rank + r]) * state.a(m)[r * slot.in_features + i];
      out[transposed ? i * slot.out_features + o : o * slot.in_features + i] += state.layout->scale(m) * sum;
    }
  return out;
}

double worst(const std::vector<float>& got, const std::vector<double>& wanted) {
  double top = got.size() == wanted.size() ? 0 : 1e30;
  for (size_t i = 0; i < got.size() && top < 1e30; ++i) top = std::max(top, std::abs(got[i] - wanted[i]) / (1 + std::abs(wanted[i])));
  return top;
}

}  // namespace

class tst_merge : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  std::string out() { return dir_.path().toStdString() + "/merged"; }

 private slots:
  void initTestCase() {
    if (!QFileInfo::exists(QString::fromStdString(kGolden))) QSKIP("shared golden data is not here");
  }
  void cleanup() { QDir(QString::fromStdString(out())).removeRecursively(); }

  void golden_cases_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"llama_gqa_tied", "llama_mha_untied", "llama_bias", "llama_bf16_sharded", "gpt2_tied", "gptneox_parallel", "qwen3_tied_headdim"})
      QTest::newRow(name) << name;
  }
  void golden_cases() {
    QFETCH(QString, name);
    const ModelFolder base = must(open_model_folder(kGolden + name.toStdString()));
    const auto state = must(adapter::load_peft(base.path + "/adapter_warm_after5"));
    const MergeResult result = must(write_merged(base, state, std::nullopt, out()));
    const ModelFolder merged = must(open_model_folder(out()));
    QCOMPARE(merged.weights->parameters(), base.weights->parameters());
    QCOMPARE(result.parameters, base.weights->parameters());
    const bool half = base.weights->tensor(base.plan.embedding).dtype == adapter::DType::bf16;
    std::map<std::string, size_t> changed;
    for (size_t m = 0; m < state.layout->modules().size(); ++m) changed[state.layout->modules()[m].name + ".weight"] = m;
    for (const TensorSpec& tensor : base.plan.tensors) {
      const auto &before = base.weights->tensor(tensor.name), &after = merged.weights->tensor(tensor.name);
      QVERIFY(before.dtype == after.dtype);
      if (!changed.contains(tensor.name)) {
        QVERIFY2(std::ranges::equal(before.bytes, after.bytes), tensor.name.c_str());
        continue;
      }
      const auto wanted = expected(base, state, changed[tensor.name], name.startsWith("gpt2"));
      QVERIFY2(worst(must(adapter::to_float(after)), wanted) < (half ? 1.0 / 256 : 1e-7), tensor.name.c_str());
      QVERIFY(!std::ranges::equal(before.bytes, after.bytes));
    }
    QCOMPARE(*read_file(out() + "/config.json"), base.config_text);
    QVERIFY(QFileInfo::exists(QString::fromStdString(out() + "/generation_config.json")));
  }

  void another_type() {
    const ModelFolder base = must(open_model_folder(kGolden + "llama_bf16_sharded"));
    const auto state = must(adapter::load_peft(base.path + "/adapter_warm"));
    must(write_merged(base, state, adapter::DType::f32, out()));
    const ModelFolder merged = must(open_model_folder(out()));
    QVERIFY(merged.weights->same_type(adapter::DType::f32));
    QCOMPARE(nlohmann::json::parse(merged.config_text)["torch_dtype"].get<std::string>(), std::string("float32"));
    const std::string name = state.layout->modules()[0].name + ".weight";
    QVERIFY(worst(must(adapter::to_float(merged.weights->tensor(name))), expected(base, state, 0, false)) < 1e-7);   // not rounded to bf16
  }

  void a_kept_head_parts_from_the_embedding() {
    const ModelFolder base = must(open_model_folder(kGolden + "llama_gqa_tied"));
    const auto lora = must(adapter::load_peft(base.path + "/adapter_warm"));
    const std::vector<int64_t> shape = {base.config.vocab_size, base.config.hidden_size};
    auto layout = must(adapter::AdapterLayout::make(lora.layout->modules(), 8, false, {{"lm_head.weight", shape}}));
    adapter::AdapterState state = adapter::AdapterState::zeros(layout);
    for (size_t i = 0; i < state.saved(0).size(); ++i) state.saved(0)[i] = static_cast<float>(i % 97) / 64;
    must(write_merged(base, state, std::nullopt, out()));
    const ModelFolder merged = must(open_model_folder(out()));
    QVERIFY(!merged.config.tie_word_embeddings);
    QVERIFY(std::ranges::equal(must(adapter::to_float(merged.weights->tensor("lm_head.weight"))), state.saved(0)));
    QVERIFY(std::ranges::equal(merged.weights->tensor("model.embed_tokens.weight").bytes, base.weights->tensor("model.embed_tokens.weight").bytes));
  }

  // LoRA on a tied head changes the logits and not the embedding.
  void an_adapted_head_parts_from_the_embedding() {
    const ModelFolder base = must(open_model_folder(kGolden + "gpt2_tied"));
    auto state = adapter::AdapterState::zeros(must(adapter::AdapterLayout::make({{"lm_head", base.config.hidden_size, base.config.vocab_size, 2}}, 4)));
    for (size_t i = 0; i < state.values.size(); ++i) state.values[i] = static_cast<float>(i % 29) / 64 - 0.2f;
    must(write_merged(base, state, std::nullopt, out()));
    const ModelFolder merged = must(open_model_folder(out()));
    QVERIFY(!merged.config.tie_word_embeddings);
    QVERIFY(std::ranges::equal(merged.weights->tensor("transformer.wte.weight").bytes, base.weights->tensor("transformer.wte.weight").bytes));
    const auto before = must(adapter::to_float(base.weights->tensor("transformer.wte.weight"))), after = must(adapter::to_float(merged.weights->tensor("lm_head.weight")));
    const size_t d = static_cast<size_t>(base.config.hidden_size);
    for (size_t i = 0; i < after.size(); i += 7) {
      double change = 0;
      for (size_t r = 0; r < 2; ++r) change += 2.0 * state.b(0)[i / d * 2 + r] * state.a(0)[r * d + i % d];
      QVERIFY(std::abs(after[i] - (before[i] + change)) < 1e-6);
    }
  }

  void refuses() {
    const ModelFolder base = must(open_model_folder(kGolden + "llama_gqa_tied"));
    const auto other = must(adapter::load_peft(kGolden + "llama_rope_llama3/adapter_warm"));
    QVERIFY(write_merged(base, other, std::nullopt, out()).status().message().find("expected 64 inputs and 64 outputs, got 128 and 128") != std::string::npos);
    const auto gpt2 = must(adapter::load_peft(kGolden + "gpt2_tied/adapter_warm"));
    QVERIFY(write_merged(base, gpt2, std::nullopt, out()).status().message().find("transformer.h.0.attn.c_attn, which the model in") != std::string::npos);
    const auto own = must(adapter::load_peft(base.path + "/adapter_warm"));
    QVERIFY(write_merged(base, own, std::nullopt, base.path).status().message().find("needs a folder of its own") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(tst_merge)
#include "tst_merge.moc"
