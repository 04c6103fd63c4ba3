#include <QtTest>

#include <cmath>
#include <nlohmann/json.hpp>

#include "adapter/peft.h"
#include "adapter/safetensors.h"
#include "base/file.h"
#include "base/sha256.h"

using namespace fedllm;
using namespace fedllm::adapter;

namespace {

const std::string kGolden = std::string(FEDLLM_SOURCE_DIR) + "/../shared/data/golden/";

AdapterState sample_state(int rank = 2) {
  const auto layout = *AdapterLayout::make({{"model.layers.0.self_attn.q_proj", 4, 3, rank},
                                            {"model.layers.2.self_attn.v_proj", 4, 3, 2},
                                            {"model.layers.10.self_attn.v_proj", 4, 5, 2}},
                                           8);
  AdapterState state = initial_state(layout, 9);
  for (size_t i = 0; i < state.values.size(); ++i) state.values[i] += 0.01f * static_cast<float>(i);
  return state;
}

}  // namespace

class TestPeft : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  std::string folder() { return dir_.path().toStdString() + "/adapter"; }

  void put_config(const std::string& text) {
    if (!write_file_atomic(folder() + "/adapter_config.json", text).ok()) qFatal("cannot write");
  }
  std::string config_text() { return *read_file(folder() + "/adapter_config.json"); }

 private slots:
  void init() { QVERIFY(save_peft(sample_state(), {"microworld", 0.05}, folder()).ok()); }

  void saves_and_loads() {
    const AdapterState state = sample_state();
    const auto sha = save_peft(state, {"microworld", 0.05}, folder());
    QCOMPARE(*sha, *sha256_file(folder() + "/adapter_model.safetensors"));
    QCOMPARE(*sha, adapter_sha256(state));
    const auto back = load_peft(folder());
    QVERIFY2(back.ok(), back.status().to_string().c_str());
    QVERIFY(*back->layout == *state.layout);   // layer 2 before layer 10
    QVERIFY(back->values == state.values);
  }

  void config_is_what_peft_reads() {
    const auto config = nlohmann::json::parse(config_text());
    QCOMPARE(config["peft_type"].get<std::string>(), std::string("LORA"));
    QCOMPARE(config["task_type"].get<std::string>(), std::string("CAUSAL_LM"));
    QCOMPARE(config["r"].get<int>(), 2);
    QVERIFY(config["lora_alpha"].is_number_integer());
    QCOMPARE(config["lora_alpha"].get<int>(), 8);
    QCOMPARE(config["lora_dropout"].get<double>(), 0.05);
    QCOMPARE(config["bias"].get<std::string>(), std::string("none"));
    QCOMPARE(config["base_model_name_or_path"].get<std::string>(), std::string("microworld"));
    QCOMPARE(config["target_modules"].get<std::vector<std::string>>(), (std::vector<std::string>{"q_proj", "v_proj"}));
    QVERIFY(config["modules_to_save"].is_null() && !config["use_rslora"].get<bool>() && !config["fan_in_fan_out"].get<bool>());
  }

  void config_has_the_keys_that_peft_writes() {
    const std::string path = kGolden + "llama_gqa_tied/adapter_warm/adapter_config.json";
    const auto theirs = read_file(path);
    if (!theirs.ok()) QSKIP("shared golden data is not here");
    const auto ours = nlohmann::json::parse(config_text());
    const auto golden = nlohmann::json::parse(*theirs);
    for (const auto& [key, value] : golden.items()) {
      QVERIFY2(ours.contains(key), key.c_str());
      QVERIFY2(ours[key].type() == value.type() || ours[key].is_number() == value.is_number(), key.c_str());
    }
  }

  void mixed_ranks_keep_their_scale() {
    const AdapterState state = sample_state(1);
    QVERIFY(save_peft(state, {"m", 0}, folder()).ok());
    const auto config = nlohmann::json::parse(config_text());
    QCOMPARE(config["r"].get<int>(), 2);
    QCOMPARE(config["rank_pattern"]["model.layers.0.self_attn.q_proj"].get<int>(), 1);
    const auto back = load_peft(folder());
    QVERIFY(*back->layout == *state.layout);
    QCOMPARE(back->layout->scale(0), 8.0);
  }

  void hash_depends_on_values_only() {
    const std::string before = *sha256_file(folder() + "/adapter_model.safetensors");
    QCOMPARE(*save_peft(sample_state(), {"another name", 0.5}, folder() + "2"), before);
    AdapterState turned = *arrange(
        sample_state(),
        *AdapterLayout::make(
            {sample_state().layout->modules()[2], sample_state().layout->modules()[0], sample_state().layout->modules()[1]}, 8));
    QCOMPARE(adapter_sha256(turned), before);
    turned.values[0] = std::nextafter(turned.values[0], 10.0f);
    QVERIFY(adapter_sha256(turned) != before);
    // Fixed by hand from the bytes: equal on every platform and in every later version.
    AdapterState tiny = AdapterState::zeros(*AdapterLayout::make({{"m", 1, 1, 1}}, 1));
    tiny.values = {1, 2};
    QVERIFY(serialize_peft(tiny).ends_with(std::string("\0\0\x80\x3f\0\0\0\x40", 8)));
  }

  void load_in_the_order_of_a_layout() {
    const LayoutPtr wanted = *AdapterLayout::make(
        {sample_state().layout->modules()[1], sample_state().layout->modules()[2], sample_state().layout->modules()[0]}, 8);
    const auto state = load_peft_tensors(folder() + "/adapter_model.safetensors", wanted);
    QVERIFY(state.ok());
    QVERIFY(state->layout == wanted);
    QVERIFY(std::ranges::equal(state->a(2), sample_state().a(0)));
    const auto wrong = load_peft_tensors(folder() + "/adapter_model.safetensors", *AdapterLayout::make({{"m", 1, 1, 1}}, 8));
    QVERIFY(wrong.status().message().find("expected an adapter of 1 LoRA modules, got 3") != std::string::npos);
  }

  void reads_golden_adapters_data() {
    QTest::addColumn<QString>("name");
    for (const char* c : {"llama_gqa_tied", "llama_mha_untied", "gpt2_tied", "qwen3_tied_headdim", "llama_bf16_sharded"})
      for (const char* a : {"adapter_init", "adapter_warm"})
        QTest::newRow(qPrintable(QString("%1/%2").arg(c, a))) << QString("%1/%2").arg(c, a);
  }
  void reads_golden_adapters() {
    QFETCH(QString, name);
    const std::string path = kGolden + name.toStdString();
    if (!QFileInfo::exists(QString::fromStdString(path))) QSKIP("shared golden data is not here");
    const auto state = load_peft(path);
    QVERIFY2(state.ok(), state.status().to_string().c_str());
    const auto config = nlohmann::json::parse(*read_file(path + "/adapter_config.json"));
    QCOMPARE(state->layout->modules()[0].rank, config["r"].get<int>());
    const double rank = config["r"], alpha = config["lora_alpha"];
    QVERIFY(std::abs(state->layout->scale(0) - alpha / (config["use_rslora"] ? std::sqrt(rank) : rank)) < 1e-12);
    QVERIFY(all_finite(*state));
    double b_norm = 0;
    for (size_t m = 0; m < state->layout->modules().size(); ++m)
      for (float x : state->b(m)) b_norm += x * x;
    QCOMPARE(b_norm > 0, name.endsWith("warm"));
    // What we write holds the same tensors as what PEFT wrote.
    QVERIFY(save_peft(*state, {"x", 0}, folder()).ok());
    const auto theirs = SafetensorsFile::open(path + "/adapter_model.safetensors"),
               ours = SafetensorsFile::open(folder() + "/adapter_model.safetensors");
    QCOMPARE(ours->tensors().size(), theirs->tensors().size());
    for (const auto& [key, tensor] : theirs->tensors()) {
      QVERIFY(ours->find(key)->shape == tensor.shape);
      QVERIFY(*to_float(*ours->find(key)) == *to_float(tensor));
    }
  }

  void bad_configs_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("part");
    const auto row = [](const char* key, const char* value, const char* part) {
      QTest::newRow(key) << QString(key) << QString(value) << QString(part);
    };
    row("peft_type", "\"IA3\"", "expected peft_type \"LORA\", got \"IA3\"");
    row("use_dora", "true", "use_dora true is not supported");
    row("bias", "\"all\"", "bias \"all\" is not supported");
    row("modules_to_save", "[\"lm_head\"]", "modules_to_save [\"lm_head\"] is not supported");
    row("alpha_pattern", "{\"x\":1}", "alpha_pattern");
    row("lora_alpha", "\"many\"", "expected a number lora_alpha, got \"many\"");
    row("use_rslora", "3", "type must be boolean");
  }
  void bad_configs() {
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, part);
    auto config = nlohmann::json::parse(config_text());
    config[key.toStdString()] = nlohmann::json::parse(value.toStdString());
    put_config(config.dump());
    const Status status = load_peft(folder()).status();
    QVERIFY(!status.ok());
    QVERIFY2(QString::fromStdString(status.message()).contains(part), status.message().c_str());
  }

  void rank_stabilised_scale() {
    auto config = nlohmann::json::parse(config_text());
    config["use_rslora"] = true;
    put_config(config.dump());
    QVERIFY(std::abs(load_peft(folder())->layout->scale(0) - 8 / std::sqrt(2.0)) < 1e-12);
    QVERIFY(save_peft(sample_state(1), {"m", 0}, folder()).ok());
    config = nlohmann::json::parse(config_text());
    config["use_rslora"] = true;
    put_config(config.dump());
    QVERIFY(load_peft(folder()).status().code() == Code::unimplemented);
  }

  void damaged_folders() {
    put_config("{");
    QVERIFY(load_peft(folder()).status().code() == Code::data_loss);
    QVERIFY(load_peft(folder() + "/none").status().code() == Code::not_found);
    const auto message = [&](std::vector<TensorToWrite> tensors) {
      const std::string path = dir_.path().toStdString() + "/x.safetensors";
      if (!write_file_atomic(path, serialize_safetensors(std::move(tensors))).ok()) qFatal("cannot write");
      return QString::fromStdString(load_peft_tensors(path, 1).status().message());
    };
    const auto tensor = [](const char* name, std::vector<int64_t> shape) {
      int64_t n = 1;
      for (int64_t s : shape) n *= s;
      return float_tensor(name, shape, std::vector<float>(static_cast<size_t>(n)));
    };
    QVERIFY(message({tensor("base_model.model.q.lora_A.weight", {2, 4})}).contains("q has lora_A but no lora_B"));
    QVERIFY(message({tensor("base_model.model.q.lora_A.weight", {2, 4}), tensor("base_model.model.q.lora_B.weight", {4, 3})})
                .contains("q: expected lora_A [rank, in] and lora_B [out, rank], got [2, 4] and [4, 3]"));
    QVERIFY(message({tensor("base_model.model.q.lora_A.weight", {2, 4}),
                     tensor("base_model.model.q.lora_A.default.weight", {2, 4}),
                     tensor("base_model.model.q.lora_B.weight", {4, 2})})
                .contains("are the same LoRA factor"));
    QVERIFY(message({tensor("base_model.model.q.lora_A.weight", {8}), tensor("base_model.model.q.lora_B.weight", {4, 2})})
                .contains("got [8] and [4, 2]"));
    QVERIFY(message({tensor("base_model.model.lm_head.weight", {2, 4})})
                .contains("tensor base_model.model.lm_head.weight is not a LoRA factor"));
    QVERIFY(message({}).contains("at least one LoRA module"));
  }
};

QTEST_GUILESS_MAIN(TestPeft)
#include "tst_peft.moc"
