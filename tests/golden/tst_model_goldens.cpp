// Every case folder of the golden data (any with config.json, inputs.json and expected.json: a new one is picked up by itself)
// through both ways to compute a model: the plain network of one LibTorch operation at a time, and the backend's engine.
// An architecture that the engine does not compute is skipped there by name.
#include "golden/model_ways.h"

using namespace fedllm;
using namespace golden;

namespace {

constexpr double kLogits = 2e-5, kLoss = 5e-6, kGradient = 1e-5, kSteps = 2e-5;

std::vector<std::string> cases() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data_dir() + "/golden", error)) {
    const auto has = [&](const char* file) { return std::filesystem::exists(entry.path() / file); };
    if (has("config.json") && has("inputs.json") && has("expected.json")) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

struct Case {
  std::string folder;
  nlohmann::json inputs, expected;
  std::unique_ptr<Way> way;
  std::string skipped;                 // why this way cannot run it

  Case(const std::string& name, const std::string& kind) : folder(data_dir() + "/golden/" + name), inputs(read_json(folder + "/inputs.json")), expected(read_json(folder + "/expected.json")) {
    way = open_way(kind, folder, skipped);
  }
  bool has(const std::string& file) const { return std::filesystem::exists(folder + "/" + file); }
};

void add_rows(const std::vector<const char*>& kinds) {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("kind");
  for (const std::string& name : cases())
    for (const char* kind : kinds) QTest::newRow((name + ", " + kind).c_str()) << QString::fromStdString(name) << kind;
  if (cases().empty()) QTest::newRow("none") << "" << "";
}

}  // namespace

#define GOLDEN_CASE(c)                                                                               \
  QFETCH(QString, name);                                                                             \
  QFETCH(QString, kind);                                                                             \
  if (name.isEmpty()) QSKIP("shared/data/golden is not there");                                      \
  const Case c(name.toStdString(), kind.toStdString());                                              \
  if (!c.way) QSKIP(c.skipped.c_str())

class TestModelGoldens : public QObject {
  Q_OBJECT
 private slots:
  void logitsAndLoss_data() { add_rows({"plain", "engine"}); }
  void logitsAndLoss() {
    GOLDEN_CASE(c);
    const std::string path = c.folder + "/expected.safetensors";
    const auto input = read_input(c.inputs, true);
    const auto masked = c.way->probe(nullptr, input);
    WITHIN(worst(masked.logits, read_tensor(path, "logits"), input.attention_mask, static_cast<size_t>(c.way->vocab())), kLogits);
    NEAR(masked.loss, c.expected["loss"].get<double>(), kLoss);
    const auto whole = c.way->probe(nullptr, read_input(c.inputs, false));
    WITHIN(worst(whole.logits, read_tensor(path, "logits_nomask")), kLogits);
    // Each label's share of the loss, from the logits.
    const auto expected = read_tensor(path, "per_token_nll");
    const auto vocab = static_cast<size_t>(c.way->vocab()), length = static_cast<size_t>(input.length);
    double sum = 0;
    int64_t tokens = 0;
    for (size_t row = 0; row < masked.logits.size() / vocab; ++row) {
      if (row % length + 1 == length || input.labels[row + 1] < 0) continue;
      const float* logits = masked.logits.data() + row * vocab;
      double total = 0;
      for (size_t i = 0; i < vocab; ++i) total += std::exp(static_cast<double>(logits[i]));
      const double nll = std::log(total) - logits[input.labels[row + 1]];
      NEAR(nll, expected[row / length * (length - 1) + row % length], kLogits);
      sum += nll, ++tokens;
    }
    QCOMPARE(tokens, c.expected["label_tokens"].get<int64_t>());
    NEAR(sum / static_cast<double>(tokens), c.expected["nll_sum"].get<double>() / static_cast<double>(tokens), kLoss);
  }

  void hiddenStates_data() { add_rows({"plain"}); }
  void hiddenStates() {
    GOLDEN_CASE(c);
    const auto input = read_input(c.inputs, true);
    const auto got = must(open_plain(c.folder)->probe(nullptr, input, {.hidden_states = true})).hidden_states;
    QVERIFY(got.size() >= 2);
    for (size_t i = 0; i < got.size(); ++i)
      WITHIN(worst(got[i], read_tensor(c.folder + "/expected.safetensors", "hidden_states." + std::to_string(i)), input.attention_mask, got[i].size() / input.input_ids.size()), kLogits);
  }

  void baseGradients_data() { add_rows({"plain"}); }
  void baseGradients() {
    GOLDEN_CASE(c);
    if (!c.has("base_grads.safetensors")) QSKIP("this case has no base_grads.safetensors");
    const auto got = must(open_plain(c.folder)->probe(nullptr, read_input(c.inputs, true), {.base_gradients = true})).base_gradients;
    const auto file = must(adapter::SafetensorsFile::open(c.folder + "/base_grads.safetensors"));
    QVERIFY(!file.tensors().empty());
    for (const auto& [name, view] : file.tensors()) {
      const auto it = got.find(name);
      QVERIFY2(it != got.end(), name.c_str());
      WITHIN(worst(it->second, must(adapter::to_float(view))), kGradient);
    }
  }

  void loraGradients_data() { add_rows({"plain", "engine"}); }
  void loraGradients() {
    GOLDEN_CASE(c);
    const auto input = read_input(c.inputs, true);
    for (const std::string start : {"init", "warm"}) {
      if (!c.has("adapter_" + start)) continue;
      const auto adapter = must(adapter::load_peft(c.folder + "/adapter_" + start));
      const auto probe = c.way->probe(&adapter, input);
      const std::string path = c.folder + "/lora_" + start + ".safetensors";
      NEAR(probe.loss, c.expected["lora"][start]["loss"].get<double>(), kLoss);
      NEAR(probe.grad_norm, c.expected["lora"][start]["grad_norm"].get<double>(), kGradient);
      WITHIN(worst(probe.logits, read_tensor(path, "logits"), input.attention_mask, static_cast<size_t>(c.way->vocab())), kLogits);
      WITHIN(worst_against(probe.gradients, path, "grad."), kGradient);
    }
  }

  void fiveSteps_data() { add_rows({"plain", "engine"}); }
  void fiveSteps() {
    GOLDEN_CASE(c);
    const auto input = read_input(c.inputs, true);
    for (const std::string start : {"init", "warm"})
      for (const std::string clip : {"noclip", "clip0.25"}) {
        if (!c.has("adapter_" + start)) continue;
        const auto adapter = must(adapter::load_peft(c.folder + "/adapter_" + start));
        const auto got = c.way->train(adapter, input, {.clip_norm = clip == "noclip" ? 0 : 0.25});
        const auto& expected = c.expected["lora"][start][clip];
        const auto losses = expected["losses_before_each_step_then_after"].get<std::vector<double>>();
        const auto norms = expected["grad_norms_before_clip"].get<std::vector<double>>();
        QCOMPARE(got.losses.size(), losses.size());
        QCOMPARE(got.grad_norms.size(), norms.size());
        for (size_t i = 0; i < losses.size(); ++i) NEAR(got.losses[i], losses[i], kSteps);
        for (size_t i = 0; i < norms.size(); ++i) NEAR(got.grad_norms[i], norms[i], 5e-5);
        if (clip == "noclip") WITHIN(worst_against(got.adapter, c.folder + "/adapter_" + start + "_after5/adapter_model.safetensors", ""), 1e-4);
      }
  }

  // Half the digits: the loss is what a bfloat16 machine finds.
  void bfloat16Loss_data() { add_rows({"plain"}); }
  void bfloat16Loss() {
    GOLDEN_CASE(c);
    const auto input = read_input(c.inputs, true);
    const auto model = open_plain(c.folder, {.bf16 = true});
    const double base = must(model->probe(nullptr, input)).probe.loss;
    NEAR(base, c.expected["loss"].get<double>(), 2e-2);
    QVERIFY(base != must(open_plain(c.folder)->probe(nullptr, input)).probe.loss);
    const auto start = must(adapter::load_peft(c.folder + "/adapter_warm"));
    const auto losses = must(model->probe_train(start, input, {})).losses;
    const auto expected = c.expected["lora"]["warm"]["noclip"]["losses_before_each_step_then_after"].get<std::vector<double>>();
    NEAR(losses[0], expected[0], 2e-2);
    for (size_t i = 1; i < losses.size(); ++i) NEAR(losses[i], expected[i], 5e-2);   // steps of 1e-2 carry the rounding on
  }

  void merged_data() { add_rows({"plain", "engine"}); }
  void merged() {
    GOLDEN_CASE(c);
    const std::string path = c.folder + "/lora_warm_after5_logits.safetensors";
    if (!c.has("lora_warm_after5_logits.safetensors")) QSKIP("this case has no merged logits");
    const auto input = read_input(c.inputs, true);
    const auto vocab = static_cast<size_t>(c.way->vocab());
    const auto adapter = must(adapter::load_peft(c.folder + "/adapter_warm_after5"));
    WITHIN(worst(c.way->probe(&adapter, input).logits, read_tensor(path, "logits_unmerged"), input.attention_mask, vocab), kLogits);
    if (kind != "plain") return;
    const auto merged = must(open_plain(c.folder)->probe(&adapter, input, {.merged = true})).probe;
    WITHIN(worst(merged.logits, read_tensor(path, "logits_merged"), input.attention_mask, vocab), kLogits);
  }

  void greedy_data() { add_rows({"plain", "engine"}); }
  void greedy() {
    GOLDEN_CASE(c);
    const auto prompt = c.expected["greedy"]["prompt"].get<std::vector<int32_t>>();
    auto expected = c.expected["greedy"]["output"].get<std::vector<int32_t>>();
    expected.erase(expected.begin(), expected.begin() + static_cast<long>(prompt.size()));
    QVERIFY(!expected.empty());
    QCOMPARE(c.way->greedy(prompt, expected.size()), expected);
  }
};

QTEST_GUILESS_MAIN(TestModelGoldens)
#include "tst_model_goldens.moc"
