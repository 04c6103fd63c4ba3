#include <QtTest>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

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
    QCOMPARE(config["target_modules"].get<std::vector<std::string>>(), ([] {
      std::vector<std::string> names;   // not the same modules in every layer: named in full
      const AdapterState sample = sample_state();
      for (const ModuleSlot& slot : sample.layout->modules()) names.push_back(slot.name);
      std::sort(names.begin(), names.end());
      return names;
    }()));
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
    for (const QString& c : QDir(QString::fromStdString(kGolden)).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
      for (const QString& a : QDir(QString::fromStdString(kGolden) + c).entryList({"adapter_*"}, QDir::Dirs))
        QTest::newRow(qPrintable(c + "/" + a)) << c + "/" + a;
    QTest::newRow("none") << "";
  }
  void reads_golden_adapters() {
    QFETCH(QString, name);
    const std::string path = kGolden + name.toStdString();
    if (!QFileInfo::exists(QString::fromStdString(kGolden))) QSKIP("shared golden data is not here");
    if (name.isEmpty()) return;
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
    QCOMPARE(b_norm > 0, !name.endsWith("init"));
    // What we write holds the same tensors as what PEFT wrote.
    QVERIFY(save_peft(*state, {"x", 0}, folder()).ok());
    const auto theirs = SafetensorsFile::open(path + "/adapter_model.safetensors"),
               ours = SafetensorsFile::open(folder() + "/adapter_model.safetensors");
    QCOMPARE(ours->tensors().size(), theirs->tensors().size());
    const auto written = nlohmann::json::parse(config_text());
    for (const char* key : {"r", "lora_alpha", "fan_in_fan_out", "use_rslora", "rank_pattern", "alpha_pattern", "bias", "peft_type", "task_type"})
      QVERIFY2(written[key] == config[key], key);
    QVERIFY(std::set<std::string>(written["target_modules"].begin(), written["target_modules"].end()) ==
            std::set<std::string>(config["target_modules"].begin(), config["target_modules"].end()));
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
    row("modules_to_save", "[3]", "expected a list of names modules_to_save, got [3]");
    row("alpha_pattern", "{\"x\":-1}", "expected a number above 0 for alpha_pattern, got -1");
    row("rank_pattern", "{\"q_proj\":64}", "expected rank 64 for model.layers.0.self_attn.q_proj, its tensors have rank 2");
    row("r", "9", "expected rank 9 for");
    row("init_lora_weights", "\"pissa\"", "init_lora_weights \"pissa\" changes the base model's weights");
    row("layer_replication", "[[0,4]]", "layer_replication [[0,4]] is not supported");
    row("megatron_config", "{\"a\":1}", "megatron_config");
    row("trainable_token_indices", "[1,2]", "trainable_token_indices [1,2] is not supported");
    row("lora_bias", "true", "lora_bias true is not supported");
    row("some_new_thing", "7", "some_new_thing 7 is not supported");
    row("lora_alpha", "\"many\"", "expected a number lora_alpha, got \"many\"");
    row("use_rslora", "3", "expected true or false for use_rslora, got 3");
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
    QVERIFY(std::abs(load_peft(folder())->layout->scale(0) - 8.0) < 1e-12);      // rank 1
    QVERIFY(std::abs(load_peft(folder())->layout->scale(1) - 8 / std::sqrt(2.0)) < 1e-12);
    QVERIFY(save_peft(*load_peft(folder()), {"m", 0}, folder() + "2").ok());
    QVERIFY(*load_peft(folder() + "2")->layout == *load_peft(folder())->layout);
  }

  void mixed_alphas_and_whole_tensors() {
    auto modules = sample_state().layout->modules();
    modules[1].alpha = 3;
    AdapterState state = AdapterState::zeros(*AdapterLayout::make(modules, 8, false, {{"lm_head.weight", {3, 2}}}));
    for (size_t i = 0; i < state.values.size(); ++i) state.values[i] = static_cast<float>(i) / 7;
    QVERIFY(save_peft(state, {"m", 0}, folder()).ok());
    const auto config = nlohmann::json::parse(config_text());
    QCOMPARE(config["alpha_pattern"][modules[1].name].get<int>(), 3);
    QVERIFY(config["modules_to_save"] == nlohmann::json({"lm_head"}));
    QVERIFY(SafetensorsFile::open(folder() + "/adapter_model.safetensors")->find("base_model.model.lm_head.weight").ok());
    const auto back = load_peft(folder());
    QVERIFY2(back.ok(), back.status().message().c_str());
    QVERIFY(*back->layout == *state.layout);
    QVERIFY(back->values == state.values);
    QCOMPARE(back->layout->scale(1), 1.5);
  }

  void patterns_as_each_peft_reads_them() {
    // A rank pattern and an alpha pattern that both match one module: before 0.15 the first decided about both.
    std::vector<ModuleSlot> modules = {{"model.layers.0.q_proj", 4, 4, 2}, {"model.layers.1.q_proj", 4, 4, 4}};
    const std::string text = R"({"peft_type": "LORA", "r": 4, "lora_alpha": 8, "rank_pattern": {"layers.0.q_proj": 2},
                                 "alpha_pattern": {"q_proj": 5})";
    const auto old = parse_peft_config(text + "}", "x"), now = parse_peft_config(text + R"(, "peft_version": "0.18.0"})", "x");
    QVERIFY(apply_patterns(*old, modules, "x").ok());
    QCOMPARE(modules[0].alpha, 8.0);
    QCOMPARE(modules[1].alpha, 5.0);
    QVERIFY(apply_patterns(*now, modules, "x").ok());
    QCOMPARE(modules[0].alpha, 5.0);
  }

  void a_pickle_is_refused() {
    QFile::rename(QString::fromStdString(folder() + "/adapter_model.safetensors"), QString::fromStdString(folder() + "/adapter_model.bin"));
    const Status status = load_peft(folder()).status();
    QVERIFY2(status.message().find("is a Python pickle, which runs code") != std::string::npos, status.message().c_str());
    QFile::remove(QString::fromStdString(folder() + "/adapter_model.bin"));
  }

  void half_precision_is_read() {
    AdapterState state = sample_state();
    for (float& x : state.values) x = std::round(x * 8) / 8;   // exact in both
    for (const DType type : {DType::f16, DType::bf16}) {
      QVERIFY(save_peft(state, {"m", 0}, folder()).ok());
      std::vector<TensorToWrite> tensors;
      const auto file = SafetensorsFile::open(folder() + "/adapter_model.safetensors");
      for (const auto& [name, tensor] : file->tensors()) tensors.push_back(float_tensor(name, tensor.shape, *to_float(tensor), type));
      QVERIFY(write_file_atomic(folder() + "/adapter_model.safetensors", serialize_safetensors(std::move(tensors))).ok());
      QVERIFY(load_peft(folder())->values == arrange(state, load_peft(folder())->layout)->values);
    }
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
