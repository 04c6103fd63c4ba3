// What configs may ask for beyond the golden cases, on random tiny checkpoints: both ways to compute them against the formula
// in double, and the engine's LoRA gradients against autograd's.
#include <QTemporaryDir>

#include "base/seed_tree.h"
#include "golden/model_f64.h"
#include "golden/model_ways.h"

using namespace fedllm;
using namespace golden;
using nlohmann::json;

namespace {

constexpr int64_t kLength = 20;
constexpr int kVocab = 37;

struct Variant {
  const char* name;
  const char* type;
  const char* extra;                   // keys laid over the family's own
  std::vector<int> windows = {};
  double yarn_positions = 0;
  bool bare = false;                   // the file lacks the optional prefix and carries old buffers
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all{
      {"llama, one key for all queries", "llama", R"({"num_key_value_heads": 1})"},
      {"llama, head_dim beside hidden", "llama", R"({"head_dim": 10, "tie_word_embeddings": true})"},
      {"llama, biases, gelu", "llama", R"({"attention_bias": true, "mlp_bias": true, "hidden_act": "gelu"})"},
      {"llama, mlp bias, gelu_pytorch_tanh", "llama", R"({"mlp_bias": true, "hidden_act": "gelu_pytorch_tanh"})"},
      {"llama, relu, bare names", "llama", R"({"hidden_act": "relu"})", {}, 0, true},
      {"linear", "llama", R"({"rope_scaling": {"type": "linear", "factor": 4.0}})"},
      {"dynamic, within", "llama", R"({"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}})"},
      {"dynamic, beyond", "llama", R"({"max_position_embeddings": 8, "rope_scaling": {"rope_type": "dynamic", "factor": 2.0}})"},
      {"dynamic, far beyond", "mistral", R"({"max_position_embeddings": 4, "sliding_window": null, "rope_scaling": {"type": "dynamic", "factor": 3.5}})"},
      {"llama3", "llama", R"({"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}})"},
      {"llama3 in rope_parameters", "llama", R"({"rope_parameters": {"rope_type": "llama3", "rope_theta": 2000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 2.0, "original_max_position_embeddings": 64}})"},
      {"yarn", "llama", R"({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}})", {}, 64},
      {"yarn, original positions", "llama", R"({"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}})", {}, 16},
      {"yarn, original positions by 4.48", "qwen2", R"({"transformers_version": "4.48.0.dev0", "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}})", {}, 64},
      {"yarn, original positions by 4.52", "qwen3", R"({"transformers_version": "4.52.1", "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}})", {}, 16},
      {"yarn, every key", "llama", R"({"head_dim": 16, "rope_theta": 50.0, "rope_scaling": {"rope_type": "yarn", "factor": 8.0, "attention_factor": 0.7, "beta_fast": 3.0, "beta_slow": 0.5, "truncate": false, "original_max_position_embeddings": 48}})", {}, 48},
      {"yarn, mscale", "llama", R"({"rope_scaling": {"rope_type": "yarn", "factor": 40.0, "mscale": 1.0, "mscale_all_dim": 0.5}})", {}, 64},
      {"mistral, window", "mistral", R"({"sliding_window": 5})", {5, 5, 5}},
      {"mistral, window of one", "mistral", R"({"sliding_window": 1})", {1, 1, 1}},
      {"mistral, no window", "mistral", R"({"sliding_window": null})"},
      {"qwen2, window unused", "qwen2", R"({"use_sliding_window": false, "sliding_window": 4, "max_window_layers": 1})"},
      {"qwen2, window in the upper layers", "qwen2", R"({"use_sliding_window": true, "sliding_window": 4, "max_window_layers": 1})", {0, 4, 4}},
      {"qwen2, window by 4.48", "qwen2", R"({"transformers_version": "4.48.0", "use_sliding_window": true, "sliding_window": 4, "max_window_layers": 2})", {4, 4, 4}},
      {"qwen2, layer types", "qwen2", R"({"use_sliding_window": true, "sliding_window": 4, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]})", {4, 0, 4}},
      {"qwen3, window and biases", "qwen3", R"({"attention_bias": true, "use_sliding_window": true, "sliding_window": 6, "max_window_layers": 0})", {6, 6, 6}},
      {"gpt2", "gpt2", "{}"},
      {"gpt2, bare names and buffers", "gpt2", "{}", {}, 0, true},
      {"gpt2, scales by layer, n_inner, relu", "gpt2", R"({"scale_attn_by_inverse_layer_idx": true, "reorder_and_upcast_attn": true, "n_inner": 40, "activation_function": "relu"})"},
      {"gpt2, no scale, untied", "gpt2", R"({"scale_attn_weights": false, "tie_word_embeddings": false, "activation_function": "gelu"})"},
      {"gpt_neox", "gpt_neox", "{}"},
      {"gpt_neox, one after another", "gpt_neox", R"({"use_parallel_residual": false, "rotary_pct": 0.5, "hidden_act": "gelu_fast"})"},
      {"gpt_neox, all rotated, no attention bias, tied", "gpt_neox", R"({"rotary_pct": 1.0, "attention_bias": false, "tie_word_embeddings": true})"},
      {"gpt_neox, part rotated and scaled", "gpt_neox", R"({"rotary_pct": 0.5, "rope_scaling": {"type": "linear", "factor": 2.0}})", {}, 0, true},
  };
  return all;
}

json config_of(const Variant& variant) {
  json config = json::parse(variant.type == std::string("gpt2")
                                ? R"({"n_embd": 24, "n_head": 3, "n_layer": 3, "n_positions": 64, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"})"
                            : variant.type == std::string("gpt_neox")
                                ? R"({"hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 3, "num_hidden_layers": 3, "max_position_embeddings": 64, "layer_norm_eps": 1e-5, "hidden_act": "gelu", "rotary_emb_base": 10000, "rotary_pct": 0.25})"
                                : R"({"hidden_size": 24, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "num_hidden_layers": 3, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": false})");
  config["model_type"] = variant.type;
  config["vocab_size"] = kVocab;
  config.update(json::parse(variant.extra));
  return config;
}

using Shapes = std::map<std::string, std::vector<int64_t>>;

void add_linear(Shapes& shapes, const std::string& name, int64_t out, int64_t in, bool bias) {
  shapes[name + ".weight"] = {out, in};
  if (bias) shapes[name + ".bias"] = {out};
}
void add_norm(Shapes& shapes, const std::string& name, int64_t width, bool bias) {
  shapes[name + ".weight"] = {width};
  if (bias) shapes[name + ".bias"] = {width};
}

void add_gpt2(Shapes& s, const json& c, const std::string& at) {
  const int64_t d = c["n_embd"], ff = c.value("n_inner", 4 * d);
  for (const char* norm : {"ln_1", "ln_2"}) add_norm(s, at + norm, d, true);
  // Conv1D: [in, out], with a bias of the outputs.
  s[at + "attn.c_attn.weight"] = {d, 3 * d}, s[at + "attn.c_attn.bias"] = {3 * d};
  s[at + "attn.c_proj.weight"] = {d, d}, s[at + "attn.c_proj.bias"] = {d};
  s[at + "mlp.c_fc.weight"] = {d, ff}, s[at + "mlp.c_fc.bias"] = {ff};
  s[at + "mlp.c_proj.weight"] = {ff, d}, s[at + "mlp.c_proj.bias"] = {d};
}
void add_gpt_neox(Shapes& s, const json& c, const std::string& at) {
  const int64_t d = c["hidden_size"], ff = c["intermediate_size"];
  const bool bias = c.value("attention_bias", true);
  for (const char* norm : {"input_layernorm", "post_attention_layernorm"}) add_norm(s, at + norm, d, true);
  add_linear(s, at + "attention.query_key_value", 3 * d, d, bias), add_linear(s, at + "attention.dense", d, d, bias);
  add_linear(s, at + "mlp.dense_h_to_4h", ff, d, true), add_linear(s, at + "mlp.dense_4h_to_h", d, ff, true);
}
void add_llama(Shapes& s, const json& c, const std::string& at) {
  const int64_t d = c["hidden_size"], ff = c["intermediate_size"], hd = c["head_dim"], q = c["num_attention_heads"].get<int64_t>() * hd, kv = c["num_key_value_heads"].get<int64_t>() * hd;
  const bool qwen2 = c["model_type"] == "qwen2", bias = qwen2 || c.value("attention_bias", false), mlp = c.value("mlp_bias", false);
  for (const char* norm : {"input_layernorm", "post_attention_layernorm"}) add_norm(s, at + norm, d, false);
  if (c["model_type"] == "qwen3")
    for (const char* norm : {"self_attn.q_norm", "self_attn.k_norm"}) add_norm(s, at + norm, hd, false);
  add_linear(s, at + "self_attn.q_proj", q, d, bias), add_linear(s, at + "self_attn.k_proj", kv, d, bias), add_linear(s, at + "self_attn.v_proj", kv, d, bias);
  add_linear(s, at + "self_attn.o_proj", d, q, bias && !qwen2);
  for (const char* name : {"mlp.gate_proj", "mlp.up_proj"}) add_linear(s, at + name, ff, d, mlp);
  add_linear(s, at + "mlp.down_proj", d, ff, mlp);
}

Shapes shapes_of(const json& c) {
  const bool gpt2 = c["model_type"] == "gpt2", neox = c["model_type"] == "gpt_neox";
  const std::string root = gpt2 ? "transformer." : neox ? "gpt_neox." : "model.";
  const int64_t d = c[gpt2 ? "n_embd" : "hidden_size"];
  Shapes s;
  s[root + (gpt2 ? "wte" : neox ? "embed_in" : "embed_tokens") + ".weight"] = {kVocab, d};
  if (gpt2) s[root + "wpe.weight"] = {c["n_positions"], d};
  add_norm(s, root + (gpt2 ? "ln_f" : neox ? "final_layer_norm" : "norm"), d, gpt2 || neox);
  if (!c.value("tie_word_embeddings", gpt2)) s[neox ? "embed_out.weight" : "lm_head.weight"] = {kVocab, d};
  for (int layer = 0; layer < 3; ++layer) (gpt2 ? add_gpt2 : neox ? add_gpt_neox : add_llama)(s, c, root + (gpt2 ? "h." : "layers.") + std::to_string(layer) + ".");
  return s;
}

// A checkpoint of the variant in a folder, and the same numbers in double.
struct Sample {
  QTemporaryDir dir;
  ModelF64 truth;
  std::vector<int64_t> ids;
  std::string folder() const { return dir.path().toStdString(); }

  explicit Sample(const Variant& variant) {
    truth.config = config_of(variant), truth.windows = variant.windows, truth.yarn_positions = variant.yarn_positions;
    Rng rng(11);
    std::vector<adapter::TensorToWrite> out;
    for (const auto& [name, shape] : shapes_of(truth.config)) {
      const bool gain = name.find("norm.weight") != std::string::npos || name.find("layernorm.weight") != std::string::npos || name.find("ln_") != std::string::npos;
      std::vector<float> values(static_cast<size_t>(shape.size() == 2 ? shape[0] * shape[1] : shape[0]));
      for (float& value : values) value = static_cast<float>((gain && !name.ends_with(".bias") ? 1 : 0) + 0.25 * rng.normal());
      truth.weights[name] = ModelF64::Rows(values.begin(), values.end());
      out.push_back(adapter::float_tensor(variant.bare ? bare(name) : name, shape, values));
    }
    if (variant.bare) add_buffers(out);
    if (!write_file_atomic(folder() + "/model.safetensors", adapter::serialize_safetensors(std::move(out))).ok()) throw std::runtime_error("cannot write");
    if (!write_file_atomic(folder() + "/config.json", truth.config.dump()).ok()) throw std::runtime_error("cannot write");
    for (int64_t t = 0; t < kLength; ++t) ids.push_back(static_cast<int64_t>(rng.below(kVocab)));
  }
  train::ProbeInput input() const {
    auto labels = ids;
    std::fill_n(labels.begin(), 7, -100);
    return {.batch = 1, .length = kLength, .input_ids = ids, .attention_mask = {}, .labels = labels};
  }

 private:
  std::string bare(const std::string& name) const { return name == "lm_head.weight" || name == "embed_out.weight" ? name : name.substr(name.find('.') + 1); }
  void add_buffers(std::vector<adapter::TensorToWrite>& out) const {
    const std::vector<float> one(1, 1.0f);
    const std::string type = truth.config["model_type"], at = type == "gpt2" ? "h.0.attn." : type == "gpt_neox" ? "layers.0.attention." : "";
    if (!at.empty()) out.push_back(adapter::float_tensor(at + "bias", {1, 1, 1, 1}, one)), out.push_back(adapter::float_tensor(at + "masked_bias", {1}, one));
    if (type != "gpt2") out.push_back(adapter::float_tensor(type == "gpt_neox" ? at + "rotary_emb.inv_freq" : "layers.0.self_attn.rotary_emb.inv_freq", {1}, one));
  }
};

// Mean over the labels that are scored, in double.
double loss_of(const ModelF64::Rows& logits, const std::vector<int64_t>& labels) {
  double sum = 0;
  int count = 0;
  for (size_t t = 0; t + 1 < labels.size(); ++t) {
    if (labels[t + 1] < 0) continue;
    const auto row = logits.begin() + static_cast<long>(t) * kVocab;
    double total = 0;
    for (int i = 0; i < kVocab; ++i) total += std::exp(row[i]);
    sum += std::log(total) - row[labels[t + 1]], ++count;
  }
  return sum / count;
}

const Variant& find(const QString& name) {
  return *std::find_if(variants().begin(), variants().end(), [&](const Variant& v) { return name == v.name; });
}

void add_variants(const std::vector<const char*>& kinds) {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("kind");
  for (const Variant& variant : variants())
    for (const char* kind : kinds) QTest::newRow((std::string(variant.name) + ": " + kind).c_str()) << variant.name << kind;
}

}  // namespace

class TestModelVariants : public QObject {
  Q_OBJECT
 private slots:
  void logits_data() { add_variants({"plain", "engine"}); }
  void logits() {
    QFETCH(QString, name);
    QFETCH(QString, kind);
    Sample sample(find(name));
    std::string skipped;
    const auto way = open_way(kind.toStdString(), sample.folder(), skipped);
    if (!way) QSKIP(skipped.c_str());
    const auto got = way->probe(nullptr, sample.input()).logits;
    const auto expected = sample.truth.logits(sample.ids);
    WITHIN(worst(got, {expected.begin(), expected.end()}), 2e-5);
    // What the variant asks for shows: other numbers come out where it is taken away.
    const bool inert = name == "dynamic, within", scaled = sample.truth.config.contains("rope_scaling");
    if (inert || (sample.truth.windows.empty() && !scaled)) return;
    sample.truth.windows.clear(), sample.truth.config.erase("rope_scaling");
    const auto without = sample.truth.logits(sample.ids);
    QVERIFY(worst(got, {without.begin(), without.end()}) > 1e-3);
  }

  // A padded row is what the row alone is.
  void paddingChangesNothing_data() { add_variants({"plain", "engine"}); }
  void paddingChangesNothing() {
    QFETCH(QString, name);
    QFETCH(QString, kind);
    if (name.startsWith("dynamic")) QSKIP("the frequencies depend on the padded length");
    const Sample sample(find(name));
    std::string skipped;
    const auto way = open_way(kind.toStdString(), sample.folder(), skipped);
    if (!way) QSKIP(skipped.c_str());
    auto padded = sample.input();
    padded.attention_mask.assign(kLength, 1);
    std::fill(padded.attention_mask.begin() + 13, padded.attention_mask.end(), 0);
    auto alone = padded;
    alone.length = 13;
    for (auto* values : {&alone.input_ids, &alone.attention_mask, &alone.labels}) values->resize(13);
    auto got = way->probe(nullptr, padded).logits;
    got.resize(13 * kVocab);
    WITHIN(worst(got, way->probe(nullptr, alone).logits), 5e-6);
  }

  // Padding on the left and in between: positions are columns, masked keys are not seen. With labels behind padding their
  // losses count too, as Hugging Face's do.
  void masksAnywhere_data() { add_variants({"plain", "engine"}); }
  void masksAnywhere() {
    QFETCH(QString, name);
    QFETCH(QString, kind);
    Sample sample(find(name));
    std::string skipped;
    const auto way = open_way(kind.toStdString(), sample.folder(), skipped);
    if (!way) QSKIP(skipped.c_str());
    for (const bool gap : {false, true}) {
      auto input = sample.input();
      input.attention_mask.assign(kLength, 1);
      std::fill_n(input.attention_mask.begin(), 5, 0);
      if (gap) std::fill_n(input.attention_mask.begin() + 9, 3, 0), std::fill_n(input.labels.begin() + 10, 3, -100);
      sample.truth.mask = input.attention_mask;
      const auto expected = sample.truth.logits(sample.ids);
      const auto got = way->probe(nullptr, input);
      WITHIN(worst(got.logits, {expected.begin(), expected.end()}, input.attention_mask, kVocab), 2e-5);
      NEAR(got.loss, loss_of(expected, input.labels), 5e-6);
      input.labels = sample.ids;
      const auto whole = way->probe(nullptr, input);
      NEAR(whole.loss, loss_of(expected, input.labels), 5e-6);
      if (kind == "engine") QCOMPARE(whole.tokens, kLength - 1);
    }
  }

  // Rotary models know distances alone: a row pushed to the right by padding keeps its loss.
  void leftPaddingMovesNoRotaryLoss_data() { add_variants({"plain", "engine"}); }
  void leftPaddingMovesNoRotaryLoss() {
    QFETCH(QString, name);
    QFETCH(QString, kind);
    if (name.startsWith("dynamic") || name.startsWith("gpt2")) QSKIP("here positions matter by themselves");
    const Sample sample(find(name));
    std::string skipped;
    const auto way = open_way(kind.toStdString(), sample.folder(), skipped);
    if (!way) QSKIP(skipped.c_str());
    auto padded = sample.input();
    padded.length += 6;
    padded.attention_mask.assign(kLength, 1);
    for (auto* values : {&padded.input_ids, &padded.attention_mask}) values->insert(values->begin(), 6, 0);
    padded.labels.insert(padded.labels.begin(), 6, -100);
    NEAR(way->probe(nullptr, padded).loss, way->probe(nullptr, sample.input()).loss, 1e-6);
  }

  // LoRA on the head adds to the logits alone: the embedding of a tied head stays what it is. Gradients by differences.
  void headLora_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("kind");
    for (const char* name : {"llama, head_dim beside hidden", "mistral, window", "qwen3, window and biases", "gpt2", "gpt2, no scale, untied", "gpt_neox", "gpt_neox, all rotated, no attention bias, tied"})
      for (const char* kind : {"plain", "engine"}) QTest::newRow((std::string(name) + ": " + kind).c_str()) << name << kind;
  }
  void headLora() {
    QFETCH(QString, name);
    QFETCH(QString, kind);
    Sample sample(find(name));
    std::string skipped;
    const auto way = open_way(kind.toStdString(), sample.folder(), skipped);
    if (!way) QSKIP(skipped.c_str());
    const auto head = open_plain(sample.folder())->linears().back();
    QVERIFY(head.head);
    auto adapter = adapter::AdapterState::zeros(must(adapter::AdapterLayout::make({{head.name, head.in_features, head.out_features, 2}}, 3)));
    Rng rng(9);
    for (float& value : adapter.values) value = static_cast<float>(0.3 * rng.normal());
    const std::string root = std::string(name.startsWith("gpt2") ? "transformer.wte" : name.startsWith("gpt_neox") ? "gpt_neox.embed_in" : "model.embed_tokens") + ".weight", own = head.name + ".weight";
    ModelF64::Rows weight = sample.truth.weights.contains(own) ? sample.truth.weights[own] : sample.truth.weights[root];
    const auto a = adapter.a(0), b = adapter.b(0);
    for (int o = 0; o < head.out_features; ++o)
      for (int i = 0; i < head.in_features; ++i)
        for (int r = 0; r < 2; ++r) weight[o * head.in_features + i] += 1.5 * b[o * 2 + r] * a[r * head.in_features + i];
    sample.truth.weights[own] = weight;
    const auto expected = sample.truth.logits(sample.ids);
    const auto got = way->probe(&adapter, sample.input());
    WITHIN(worst(got.logits, {expected.begin(), expected.end()}), 5e-5);
    NEAR(got.loss, loss_of(expected, sample.input().labels), 1e-5);
    for (size_t i = 3; i < adapter.values.size(); i += 17) {
      auto more = adapter, less = adapter;
      more.values[i] += 0.01f, less.values[i] -= 0.01f;
      NEAR(got.gradients.values[i], (way->probe(&more, sample.input()).loss - way->probe(&less, sample.input()).loss) / 0.02, 2e-3 * std::max(1.0, got.grad_norm));
    }
    const auto trained = way->train(adapter, sample.input(), {.steps = 8});
    QVERIFY(trained.losses.back() < trained.losses.front());
  }

  void engineGradients_data() { add_variants({"engine"}); }
  void engineGradients() {
    QFETCH(QString, name);
    const Sample sample(find(name));
    std::string skipped;
    const auto way = open_way("engine", sample.folder(), skipped);
    if (!way) QSKIP(skipped.c_str());
    const auto plain = open_plain(sample.folder());
    std::vector<adapter::ModuleSlot> modules;
    for (const auto& linear : plain->linears())
      if (!linear.head) modules.push_back({linear.name, linear.in_features, linear.out_features, 3});
    auto adapter = adapter::initial_state(must(adapter::AdapterLayout::make(std::move(modules), 6)), 5);
    Rng rng(9);
    for (float& value : adapter.values) value += static_cast<float>(0.1 * rng.normal());
    auto padded = sample.input();
    padded.attention_mask.assign(kLength, 1);
    for (const size_t column : {0, 1, 2, 9, 10, 11}) padded.attention_mask[column] = 0, padded.labels[column + 1] = -100;
    for (const auto& input : {sample.input(), padded}) {
      const auto expected = must(plain->probe(&adapter, input)).probe, got = way->probe(&adapter, input);
      NEAR(got.loss, expected.loss, 5e-6);
      NEAR(got.grad_norm, expected.grad_norm, 2e-5 * std::max(1.0, expected.grad_norm));
      WITHIN(worst(got.gradients.values, expected.gradients.values), 1e-5 * std::max(1.0, expected.grad_norm));
    }
  }
};

QTEST_GUILESS_MAIN(TestModelVariants)
#include "tst_model_variants.moc"
