// choose_modules against what PEFT 0.13 chooses (names written down from its LoraModel on the same module names).
#include <QTest>

#include "base/text.h"
#include "spec/lora_selection.h"
#include "spec/scenario_json.h"
#include "spec/validate.h"

using namespace fedllm;
using namespace fedllm::spec;

namespace {

std::vector<LinearFacts> llama(int layers) {
  std::vector<LinearFacts> linears;
  for (int l = 0; l < layers; ++l)
    for (const char* name : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
                             "mlp.up_proj", "mlp.down_proj"})
      linears.push_back({"model.layers." + std::to_string(l) + "." + name, 8, 8});
  return linears;
}

std::vector<LinearFacts> gpt2(int layers) {
  std::vector<LinearFacts> linears;
  for (int l = 0; l < layers; ++l)
    for (const char* name : {"attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"})
      linears.push_back({"transformer.h." + std::to_string(l) + "." + name, 8, 8});
  return linears;
}

LoraSpec lora(const std::string& json) {
  const auto scenario = parse_scenario("{\"lora\": " + json + "}");
  if (!scenario.ok()) qFatal("%s", scenario.status().message().c_str());
  return scenario->lora;
}

// "0.q_proj 1.q_proj": layer and last part.
std::string chosen(const std::vector<LinearFacts>& linears, const LoraSpec& spec) {
  const auto modules = choose_modules(linears, spec);
  if (!modules.ok()) return modules.status().message();
  std::vector<std::string> names;
  for (const ChosenModule& m : *modules) {
    const std::string& name = linears[m.linear].name;
    const size_t layer = name.find_first_of("0123456789");
    names.push_back(name.substr(layer, name.find('.', layer) - layer) + name.substr(name.rfind('.')));
  }
  return join(names, " ");
}

}  // namespace

class tst_lora_selection : public QObject {
  Q_OBJECT
 private slots:
  void chooses_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* json, const char* expected) { QTest::newRow(name) << json << expected; };
    row("suffixes", R"({"target_modules": ["q_proj", "down_proj"]})", "0.q_proj 0.down_proj 1.q_proj 1.down_proj");
    row("longer suffix", R"({"target_modules": ["mlp.up_proj", "1.self_attn.v_proj"]})", "0.up_proj 1.v_proj 1.up_proj");
    row("whole name", R"({"target_modules": ["model.layers.1.mlp.up_proj"]})", "1.up_proj");
    row("all linear", R"({"target_modules": "all-linear"})",
        "0.q_proj 0.k_proj 0.v_proj 0.o_proj 0.gate_proj 0.up_proj 0.down_proj "
        "1.q_proj 1.k_proj 1.v_proj 1.o_proj 1.gate_proj 1.up_proj 1.down_proj");
    row("pattern", R"({"target_modules": ".*\\.(q|v)_proj"})", "0.q_proj 0.v_proj 1.q_proj 1.v_proj");
    row("pattern of one layer", R"({"target_modules": "model\\.layers\\.1\\..*(up|down)_proj"})", "1.up_proj 1.down_proj");
    row("a pattern is whole", R"({"target_modules": "q_proj"})",
        "no LoRA target module is left of target_modules \"q_proj\"; the base model has q_proj, k_proj, v_proj, o_proj, "
        "gate_proj, up_proj, down_proj");
    row("layers", R"({"target_modules": ["q_proj", "v_proj"], "layers_to_transform": [1]})", "1.q_proj 1.v_proj");
    row("layers of a list", R"({"target_modules": ["q_proj"], "layers_to_transform": [0], "layers_pattern": ["layers"]})", "0.q_proj");
    row("layers of another list", R"({"target_modules": ["q_proj"], "layers_to_transform": [0], "layers_pattern": ["h"]})",
        "no LoRA target module is left of target_modules [q_proj]; the base model has q_proj, k_proj, v_proj, o_proj, "
        "gate_proj, up_proj, down_proj");
    row("a whole name needs no layer", R"({"target_modules": ["model.layers.0.mlp.up_proj", "q_proj"], "layers_to_transform": [1]})",
        "0.up_proj 1.q_proj");
    row("without some", R"({"target_modules": ["q_proj", "v_proj"], "exclude_modules": ["0.self_attn.v_proj"]})",
        "0.q_proj 1.q_proj 1.v_proj");
    row("without a pattern", R"({"target_modules": "all-linear", "exclude_modules": ".*mlp.*|.*(k|o)_proj"})",
        "0.q_proj 0.v_proj 1.q_proj 1.v_proj");
    row("saved whole", R"({"target_modules": ["q_proj", "v_proj"], "modules_to_save": ["v_proj"]})", "0.q_proj 1.q_proj");
    row("unknown", R"({"target_modules": ["q_proj", "c_attn"]})",
        "the base model has no module \"c_attn\"; it has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj");
    row("part of a name", R"({"target_modules": ["proj"]})",
        "the base model has no module \"proj\"; it has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj");
  }
  void chooses() {
    QFETCH(QString, json);
    QTEST(QString::fromStdString(chosen(llama(2), lora(json.toStdString()))), "expected");
  }

  void chooses_in_gpt2() {
    QCOMPARE(chosen(gpt2(2), lora(R"({"target_modules": ["c_attn", "mlp.c_proj"]})")), std::string("0.c_attn 0.c_proj 1.c_attn 1.c_proj"));
    QCOMPARE(chosen(gpt2(3), lora(R"({"target_modules": ["c_fc"], "layers_to_transform": [2], "layers_pattern": ["h"]})")),
             std::string("2.c_fc"));
  }

  void ranks_and_alphas() {
    const auto modules = choose_modules(llama(12), lora(R"({"rank": 4, "alpha": 8, "target_modules": ["q_proj", "v_proj"],
        "rank_pattern": {"layers.1.self_attn.q_proj": 2, "v_proj": 16, "q_proj": 3}, "alpha_pattern": {"^model.*v_proj": 5}})"));
    QVERIFY2(modules.ok(), modules.status().message().c_str());
    QCOMPARE((*modules)[0].rank, 3);      // 0.q_proj
    QCOMPARE((*modules)[2].rank, 2);      // 1.q_proj: the first pattern that matches
    QCOMPARE((*modules)[22].rank, 3);     // 11.q_proj: layers.1 is not layers.11
    QCOMPARE((*modules)[1].rank, 16);
    QCOMPARE((*modules)[0].alpha, 8.0);
    QCOMPARE((*modules)[1].alpha, 5.0);
  }

  void tensors_kept_whole() {
    const std::vector<TensorFacts> tensors = {{"model.embed_tokens.weight", {10, 8}}, {"model.norm.weight", {8}},
                                              {"lm_head.weight", {10, 8}}};
    const auto head = tensors_to_save(tensors, lora(R"({"modules_to_save": ["lm_head", "norm"]})"));
    QCOMPARE(head->size(), size_t(2));
    QCOMPARE((*head)[0].name, std::string("model.norm.weight"));
    QCOMPARE((*head)[1].name, std::string("lm_head.weight"));
    QVERIFY(tensors_to_save(tensors, lora(R"({"modules_to_save": ["score"]})")).status().message().find("no module \"score\"") !=
            std::string::npos);
  }

  // As in PEFT: the output layer by its name, never by all-linear.
  void the_head_is_chosen_by_name_alone() {
    const std::vector<LinearFacts> linears = {{"model.layers.0.q_proj", 8, 8}, {"lm_head", 8, 10, true}};
    const auto chosen = [&](const char* json) {
      const auto modules = choose_modules(linears, lora(json));
      return modules.ok() ? modules->size() : size_t{99};
    };
    QCOMPARE(chosen(R"({"target_modules": "all-linear"})"), size_t{1});
    QCOMPARE(chosen(R"({"target_modules": ["all-linear"]})"), size_t{1});
    QCOMPARE(chosen(R"({"target_modules": ["q_proj", "lm_head"]})"), size_t{2});
    QCOMPARE(chosen(R"({"target_modules": ".*q_proj|lm_head"})"), size_t{2});
    QCOMPARE(chosen(R"({"target_modules": ["q_proj", "lm_head"], "modules_to_save": ["lm_head"]})"), size_t{1});
    QVERIFY(choose_modules(linears, lora(R"({"target_modules": ["x"]})")).status().message().ends_with("it has q_proj"));
    QCOMPARE(chosen(R"({"target_modules": ["q_proj"], "dropout": 0.1})"), size_t{1});
    QVERIFY(choose_modules(linears, lora(R"({"target_modules": ["lm_head"], "dropout": 0.1})")).status().message().ends_with("expected lora.dropout 0, got 0.1"));
  }

  void json_round_trip() {
    Scenario s;
    s.lora.target_modules = {};
    s.lora.target_pattern = ".*q_proj";
    s.lora.exclude_modules = {"a"};
    s.lora.layers_to_transform = {3, 1};
    s.lora.layers_pattern = {"h"};
    s.lora.rank_pattern = {{"z", 2}, {"a", 3}};
    s.lora.alpha_pattern = {{"z", 2.5}};
    s.lora.use_rslora = true;
    s.lora.modules_to_save = {"lm_head"};
    const auto back = parse_scenario(to_json(s));
    QVERIFY2(back.ok(), back.status().message().c_str());
    QVERIFY(back->lora == s.lora);
    QVERIFY(to_json(Scenario()).find("rank_pattern") == std::string::npos);
    QVERIFY(to_json(Scenario()).find("use_rslora") == std::string::npos);
    QVERIFY(lora(R"({"target_modules": "all-linear"})").target_modules == std::vector<std::string>{"all-linear"});
    QVERIFY(parse_scenario(R"({"lora": {"target_modules": 3}})").status().message() ==
            "lora.target_modules: expected a list of names, or a pattern as text, got 3");
    QVERIFY(parse_scenario(R"({"lora": {"rank_pattern": {"q": "x"}}})").status().message() ==
            "lora.rank_pattern.q: expected a whole number, got \"x\"");
  }

  void set_by_hand() {
    Scenario s;
    QVERIFY(apply_set(s, "lora.target_modules=.*(q|v)_proj").ok());
    QCOMPARE(s.lora.target_pattern, std::string(".*(q|v)_proj"));
    QVERIFY(apply_set(s, "lora.target_modules=all-linear").ok());
    QVERIFY(s.lora.target_pattern.empty());
    QVERIFY(apply_set(s, "lora.layers_to_transform=1").ok());
    QVERIFY(s.lora.layers_to_transform == std::vector<int>{1});
    QVERIFY(apply_set(s, R"(lora.rank_pattern={"q_proj": 2})").ok());
    QCOMPARE(difference_sentence(Scenario(), s),
             std::string("lora.target_modules [q_proj, k_proj, v_proj, o_proj] -> [all-linear], lora.layers_to_transform none -> [1], "
                         "lora.rank_pattern.q_proj none -> 2"));
  }

  void invalid_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("problem");
    const auto row = [](const char* json, const char* problem) { QTest::newRow(json) << json << problem; };
    row(R"({"target_modules": "(q"})", "lora.target_modules: the pattern \"(q\" has a ( without its )");
    row(R"x({"rank_pattern": {"q)": 2}})x", "lora.rank_pattern: the pattern \"(q))\" has a ) without its (");
    row(R"({"rank_pattern": {"q": 0}})", "lora.rank_pattern: expected a whole number from 1 to 4096, got 0");
    row(R"({"alpha_pattern": {"q": -1}})", "lora.alpha_pattern: expected a number more than 0, got -1");
    row(R"({"layers_pattern": ["h"]})", "lora.layers_pattern: expected layers_to_transform beside layers_pattern, got none");
    row(R"({"target_modules": ".*q", "layers_to_transform": [1]})",
        "lora.layers_to_transform: layers_to_transform chooses among modules given as a list; say the layers in the pattern of target_modules");
    row(R"({"layers_to_transform": [-1]})", "lora.layers_to_transform.0: expected a whole number from 0 to 100000, got -1");
  }
  void invalid() {
    QFETCH(QString, json);
    QFETCH(QString, problem);
    Scenario s;
    s.dataset.files = {"a"};
    s.partition.clients = 2;
    s.lora = lora(json.toStdString());
    QString all;
    for (const Problem& p : validate(s))
      if (p.severity == Problem::Severity::error) all += QString::fromStdString(p.path + ": " + p.message);
    QCOMPARE(all, problem);
  }

  void forecast_counts_exactly() {
    Scenario s;
    s.dataset.files = {"a"};
    s.partition.clients = 2;
    s.lora = lora(R"({"rank": 4, "target_modules": ["q_proj", "up_proj"], "rank_pattern": {"up_proj": 2}, "modules_to_save": ["lm_head"]})");
    ModelFacts model;
    model.linears = llama(3);
    model.tensors = {{"lm_head.weight", {10, 8}}};
    QCOMPARE(forecast(s, model, {}, 1).adapter_parameters, int64_t(3 * (4 + 2) * 16 + 80));
  }
};

QTEST_APPLESS_MAIN(tst_lora_selection)
#include "tst_lora_selection.moc"
