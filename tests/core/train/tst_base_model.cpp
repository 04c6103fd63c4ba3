// Checkpoints: what is read, and what is refused with which sentence.
#include "core/train/tiny_model.h"

using namespace fedllm;
using namespace tiny;

Q_DECLARE_METATYPE(std::string)

class TestBaseModel : public QObject {
  Q_OBJECT
  train::Backend* backend_ = nullptr;

  Status load(const std::string& folder, int vocab = 0) { return backend_->load_base(folder, vocab).status(); }

 private slots:
  void initTestCase() { backend_ = must(train::open_backend()); }

  void knowsItsModules() {
    const Folder folder;
    const auto model = must(backend_->load_base(folder.path(), kVocab));
    QCOMPARE(model->vocab_size(), kVocab);
    QCOMPARE(model->max_positions(), kPositions);
    QCOMPARE(model->facts().linears.size(), size_t{7 * kLayers + 1});
    QCOMPARE(model->facts().linears[1].name, std::string("model.layers.0.self_attn.k_proj"));
    QCOMPARE(model->facts().linears[1].out_features, kKvHeads * kHeadDim);
    int64_t parameters = 0;
    for (const auto& [name, tensor] : tensors()) parameters += static_cast<int64_t>(tensor.values.size());
    QCOMPARE(model->facts().parameters, parameters);
    QCOMPARE(model->facts().weight_bytes, 4 * parameters);
    QCOMPARE(model->sha256().size(), size_t{64});
  }

  void layoutFollowsModelOrder() {
    const Folder folder;
    const auto model = must(backend_->load_base(folder.path(), 0));
    const auto layout = must(model->lora_layout({.rank = 3, .alpha = 6, .target_modules = {"v_proj", "q_proj"}}));
    QCOMPARE(layout->modules().size(), size_t{4});
    QCOMPARE(layout->modules()[0].name, std::string("model.layers.0.self_attn.q_proj"));
    QCOMPARE(layout->modules()[1].name, std::string("model.layers.0.self_attn.v_proj"));
    QCOMPARE(layout->modules()[3].name, std::string("model.layers.1.self_attn.v_proj"));
    QCOMPARE(layout->scale(0), 2.0);
    const auto one = must(model->lora_layout({.target_modules = {"layers.1.mlp.up_proj"}}));
    QCOMPARE(one->modules().size(), size_t{1});
    REFUSED(model->lora_layout({.target_modules = {"q_proj", "c_attn"}}).status(), Code::invalid_argument, "\"c_attn\"; it has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj");
    REFUSED(model->lora_layout({.target_modules = {"proj"}}).status(), Code::invalid_argument, "\"proj\"");
    REFUSED(model->lora_layout({.target_modules = {}}).status(), Code::invalid_argument, "no LoRA target module");
  }

  void configsRefused_data() {
    QTest::addColumn<std::string>("json");
    QTest::addColumn<std::string>("says");
    QTest::newRow("not json") << std::string("{") << std::string("not a JSON object");
    QTest::newRow("no type") << std::string("{}") << std::string("\"model_type\" is missing");
    QTest::newRow("other type") << std::string(R"({"model_type": "mamba"})") << std::string("\"mamba\" is not supported; supported: \"llama\"");
    QTest::newRow("no size") << std::string(R"({"model_type": "llama"})") << std::string("\"vocab_size\" is missing");
    QTest::newRow("rope scaling") << config(R"("rope_scaling": {"rope_type": "llama3", "factor": 8})") << std::string("\"rope_scaling.original_max_position_embeddings\" is missing");
    QTest::newRow("rope parameters") << config(R"("rope_parameters": {"rope_type": "yarn"})") << std::string("\"rope_parameters.factor\" is missing");
    QTest::newRow("sliding window") << config(R"("sliding_window": 4096)") << std::string("\"sliding_window\" = 4096");
    QTest::newRow("quantised") << config(R"("quantization_config": {"bits": 4})") << std::string("\"quantization_config\"");
    QTest::newRow("attention dropout") << config(R"("attention_dropout": 0.1)") << std::string("\"attention_dropout\"");
    QTest::newRow("unknown") << config(R"("logit_scale": 0.5)") << std::string("\"logit_scale\" = 0.5");
    QTest::newRow("activation") << config(R"("hidden_act": "quick_gelu")") << std::string("got \"quick_gelu\"");
    QTest::newRow("odd head") << config(R"("head_dim": 7)") << std::string("head_dim must be even");
    QTest::newRow("heads") << config(R"("num_key_value_heads": 3)") << std::string("is not a multiple of num_key_value_heads (3)");
    QTest::newRow("negative") << config(R"("vocab_size": -4)") << std::string("\"vocab_size\": expected a whole number of 1 to 268435456, got -4");
    // A few bytes of text must not make tables, lists or products of any size.
    QTest::newRow("layers") << config(R"("num_hidden_layers": 1000000000)") << std::string("\"num_hidden_layers\": expected a whole number of 1 to 1000, got 1000000000");
    QTest::newRow("positions") << config(R"("max_position_embeddings": 200000000)") << std::string("max_position_embeddings times head_dim: expected at most 268435456, got 200000000 x 6");
    QTest::newRow("width") << config(R"("num_attention_heads": 200000000)") << std::string("num_attention_heads times head_dim: expected at most 268435456, got 200000000 x 6");
    QTest::newRow("parameters") << config(R"("hidden_size": 200000000, "intermediate_size": 200000000)") << std::string("parameters, expected at most 1e12");
    QTest::newRow("beyond 64 bits") << config(R"("vocab_size": 18446744073709551615)") << std::string("\"vocab_size\": expected a whole number");
    QTest::newRow("rope theta") << config(R"("rope_parameters": {"rope_type": "default", "rope_theta": -1})") << std::string("\"rope_parameters.rope_theta\": expected a positive number, got -1");
    QTest::newRow("text for a number") << config(R"("rope_theta": "big")") << std::string("\"rope_theta\": expected a positive number");
  }
  void configsRefused() {
    QFETCH(std::string, json);
    QFETCH(std::string, says);
    const Folder folder(json);
    REFUSED(load(folder.path()), Code::invalid_argument, says);
  }

  void harmlessKeysAreRead() {
    const Folder folder(config(R"("rope_scaling": null, "sliding_window": null, "attention_dropout": 0.0, "use_cache": true, "torch_dtype": "float32", "pretraining_tp": 1, "rope_parameters": {"rope_type": "default", "rope_theta": 500.0})"));
    QVERIFY(load(folder.path()).ok());
    QVERIFY(load(Folder(config(R"("rope_scaling": {"type": "default"}, "eos_token_id": [99999999999, 2])")).path()).ok());
  }

  void missingFiles() {
    const QTemporaryDir empty;
    REFUSED(load(empty.path().toStdString()), Code::not_found, "config.json");
    QVERIFY(write_file_atomic(empty.path().toStdString() + "/config.json", config()).ok());
    REFUSED(load(empty.path().toStdString()), Code::not_found, "neither model.safetensors nor model.safetensors.index.json");
  }

  void truncatedWeights() {
    const Folder folder;
    const std::string path = folder.path() + "/model.safetensors";
    const std::string bytes = must(read_file(path));
    for (size_t keep : {bytes.size() - 1, bytes.size() / 2, size_t{9}, size_t{3}, size_t{0}}) {
      QVERIFY(write_file_atomic(path, std::string_view(bytes).substr(0, keep)).ok());
      REFUSED(load(folder.path()), Code::data_loss, "");
    }
  }

  void tensorsRefused() {
    Tensors all = tensors();
    all.erase("model.layers.1.mlp.up_proj.weight");
    REFUSED(load(Folder(config(), all).path()), Code::data_loss, "lack tensor model.layers.1.mlp.up_proj.weight [40, 24]");
    all = tensors();
    all["model.norm.weight"] = {{kHidden - 1}, std::vector<float>(kHidden - 1, 1.0f)};
    REFUSED(load(Folder(config(), all).path()), Code::data_loss, "model.norm.weight");
    REFUSED(load(Folder(config(), all).path()), Code::data_loss, "expected shape [24], got [23]");
    all = tensors();
    all["model.layers.0.self_attn.q_norm.weight"] = {{kHeadDim}, std::vector<float>(kHeadDim, 1.0f)};
    REFUSED(load(Folder(config(), all).path()), Code::data_loss, "q_norm.weight, which the config does not ask for");
  }

  void tokenizerTooLarge() {
    const Folder folder;
    REFUSED(load(folder.path(), kVocab + 1), Code::failed_precondition, "the tokenizer has 41 tokens but the model");
    QVERIFY(load(folder.path(), kVocab).ok());
  }

  void shardsAreOneModel() {
    const Folder whole, sharded;
    Tensors first, second;
    for (const auto& [name, tensor] : tensors()) (name.find("layers.0") != std::string::npos ? first : second)[name] = tensor;
    write(sharded.path(), config(), first);
    QFile::rename(sharded.dir.filePath("model.safetensors"), sharded.dir.filePath("a.safetensors"));
    write(sharded.path(), config(), second);
    QFile::rename(sharded.dir.filePath("model.safetensors"), sharded.dir.filePath("b.safetensors"));
    std::string map;
    for (const auto& [name, tensor] : tensors()) map += (map.empty() ? "\"" : ", \"") + name + "\": \"" + (first.contains(name) ? "a" : "b") + ".safetensors\"";
    const std::string index = sharded.path() + "/model.safetensors.index.json";
    QVERIFY(write_file_atomic(index, "{\"weight_map\": {" + map + "}}").ok());
    const auto a = must(backend_->load_base(whole.path(), 0)), b = must(backend_->load_base(sharded.path(), 0));
    const train::ProbeInput input{.batch = 1, .length = 3, .input_ids = {4, 5, 6}};
    QCOMPARE(must(backend_->probe(*a, nullptr, input)).logits, must(backend_->probe(*b, nullptr, input)).logits);
    Tensors twice = second;
    twice.insert(*first.begin());
    write(sharded.path(), config(), twice);
    QFile::remove(sharded.dir.filePath("b.safetensors"));
    QFile::rename(sharded.dir.filePath("model.safetensors"), sharded.dir.filePath("b.safetensors"));
    REFUSED(load(sharded.path()), Code::data_loss, "hold tensor " + first.begin()->first);
    QFile::remove(sharded.dir.filePath("b.safetensors"));
    REFUSED(load(sharded.path()), Code::not_found, "b.safetensors");
    QVERIFY(write_file_atomic(index, "{}").ok());
    REFUSED(load(sharded.path()), Code::data_loss, "has no \"weight_map\"");
    QVERIFY(write_file_atomic(index, R"({"weight_map": {"x": "../a.safetensors"}})").ok());
    REFUSED(load(sharded.path()), Code::data_loss, "expected a file of the same folder");
  }
};

QTEST_GUILESS_MAIN(TestBaseModel)
#include "tst_base_model.moc"
