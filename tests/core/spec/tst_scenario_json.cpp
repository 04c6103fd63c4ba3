#include <QtTest>

#include <cstdlib>

#include "base/file.h"
#include "spec/scenario_json.h"

using namespace fedllm;
using namespace fedllm::spec;

namespace {

std::string message_of(std::string_view json) {
  const auto result = parse_scenario(json);
  return result.ok() ? "" : result.status().message();
}

// Every field away from its default, so that a lost one shows.
Scenario full_scenario() {
  Scenario s;
  s.name = "snow \"and\" 雪\n";
  s.seed = 18446744073709551615ull;
  s.base_model = "../models/tiny";
  s.dataset = {{"a.jsonl", "b.jsonl"}, "jsonl", {"custom", "Q: {q}\n", "{a}"}, "topic", 0.25, {"t.jsonl"}, "skip"};
  s.partition = {"dirichlet", 7, 0.1, "col", 2, 3};
  s.lora = {4, 12.5, 0.05, {"q_proj", "v_proj"}};
  s.training = {std::nullopt, 2, 4, "sgd", 0.25, 1e-5, 128, 0.01, 0.5, 0.1};
  s.strategy = {"lora-fair", {{"lambda", 0.5}, {"cosine", 1}}, "fedadam", 0.7, 0.8, 0.5, 0.9, 1e-4, 0.01, true};
  s.rounds = 9;
  s.cohort.fraction = 1.0 / 3;
  s.codec = "f16";
  s.base_precision = "int8";
  ClientOverride c;
  c.client = 3, c.name = "ward", c.group = "north", c.local_steps = 5, c.learning_rate = 1e-4, c.rank = 2, c.speed = 0.5;
  c.uplink_mbit_s = 1, c.downlink_mbit_s = 2, c.latency_ms = 3.5, c.x = -10.25, c.y = 1e6;
  s.clients = {c};
  s.network = {1.5, 2.5, 3.5, 0.75, 60, 1.0, -2.0};
  s.evaluation = {64, false, {"c.jsonl"}, {"rouge_l", "f1"}, 8, 16, false, true};
  return s;
}

}  // namespace

class TestScenarioJson : public QObject {
  Q_OBJECT
 private slots:
  void round_trips() {
    Scenario neither;
    neither.training.local_steps.reset();
    Scenario both;
    both.training.local_epochs = 3;
    Scenario resolved;
    resolved.dataset.text_template = {"instruction", "{instruction}", "{output}"};
    for (const Scenario& s : {Scenario(), full_scenario(), neither, both, resolved}) {
      const auto back = parse_scenario(to_json(s));
      QVERIFY2(back.ok(), back.status().to_string().c_str());
      QVERIFY(*back == s);
      QCOMPARE(to_json(*back), to_json(s));
    }
  }

  void text_is_canonical() {
    const std::string text = to_json(Scenario());
    QVERIFY(text.starts_with("{\n  \"format_version\": 1,\n  \"name\": \"untitled\",\n  \"seed\": 1,\n"));
    QVERIFY(text.ends_with("}\n"));
    QVERIFY(text.find("\"alpha\": 16,") != std::string::npos);        // not 16.0
    QVERIFY(text.find("\"learning_rate\": 0.003,") != std::string::npos);
    QVERIFY(text.find("local_epochs") == std::string::npos);
    QCOMPARE(scenario_sha256(Scenario()).size(), size_t(64));
    QVERIFY(scenario_sha256(Scenario()) != scenario_sha256(full_scenario()));
  }

  void absent_keys_are_defaults() {
    QVERIFY(*parse_scenario("{}") == Scenario());
    const auto epochs = parse_scenario(R"({"training": {"local_epochs": 2}})");
    QVERIFY(!epochs->training.local_steps);
    QCOMPARE(*epochs->training.local_epochs, 2);
    const auto whole = parse_scenario(R"({"lora": {"rank": 8.0, "alpha": 3}})");
    QCOMPARE(whole->lora.rank, 8);
    QCOMPARE(whole->lora.alpha, 3.0);
  }

  void template_forms() {
    QCOMPARE(parse_scenario(R"({"dataset":{"template":"question"}})")->dataset.text_template.name, std::string("question"));
    const auto custom = parse_scenario(R"({"dataset":{"template":{"prompt":"{a}","response":"{b}"}}})")->dataset.text_template;
    QCOMPARE(custom.name, std::string("custom"));
    QCOMPARE(custom.response, std::string("{b}"));
    QCOMPARE(message_of(R"({"dataset":{"template":{"promt":"x"}}})"),
             std::string("dataset.template.promt: unknown key, did you mean \"prompt\"?"));
  }

  void errors_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* json, const char* message) {
      QTest::newRow(name) << QString::fromUtf8(json) << QString::fromUtf8(message);
    };
    row("unknown top", R"({"rouds": 3})", "rouds: unknown key, did you mean \"rounds\"?");
    row("unknown nested", R"({"lora": {"rnak": 3}})", "lora.rnak: unknown key, did you mean \"rank\"?");
    row("key of another section", R"({"local_steps": 3})", "local_steps: unknown key, did you mean \"training.local_steps\"?");
    row("in an override", R"({"clients": [{"client": 0, "sped": 3}]})", "clients.0.sped: unknown key, did you mean \"speed\"?");
    row("text for whole", R"({"lora": {"rank": "eight"}})", "lora.rank: expected a whole number, got \"eight\"");
    row("fraction for whole", R"({"rounds": 2.5})", "rounds: expected a whole number, got 2.5");
    row("beyond int", R"({"rounds": 3000000000})", "rounds: expected a whole number of at most 2147483647, got 3000000000");
    row("negative seed", R"({"seed": -1})", "seed: expected a whole number from 0 to 18446744073709551615, got -1");
    row("list for object", R"({"lora": [1]})", "lora: expected an object, got a list");
    row("text for list", R"({"dataset": {"files": "a"}})", "dataset.files: expected a list of texts, got \"a\"");
    row("number in list", R"({"dataset": {"files": ["a", 2]}})", "dataset.files.1: expected text, got 2");
    row("null for text", R"({"name": null})", "name: expected text, got null");
    row("number for bool", R"({"evaluation": {"exact_match": 1}})", "evaluation.exact_match: expected true or false, got 1");
    row("text for number", R"({"lora": {"alpha": "x"}})", "lora.alpha: expected a number, got \"x\"");
    row("object for clients", R"({"clients": {}})", "clients: expected a list of objects, got an object");
    row("override without index", R"({"clients": [{"speed": 1}]})",
        "clients.0: expected the key \"client\" (the 0-based index), got none");
    row("template type", R"({"dataset": {"template": 1}})",
        "dataset.template: expected a name or an object with prompt and response, got 1");
    row("not an object", "[]", "a scenario: expected an object, got an empty list");
    row("twice", R"({"lora": {"rank": 1, "rank": 2}})", "the key \"rank\" is given twice");
    row("newer", R"({"format_version": 7, "unheard_of": 1})",
        "format_version: this scenario has version 7, this program reads up to version 1: open it with a newer FedLLM Studio");
    row("version zero", R"({"format_version": 0})", "format_version: expected 1 or more, got 0");
  }
  void errors() {
    QFETCH(QString, json);
    QFETCH(QString, message);
    QCOMPARE(QString::fromStdString(message_of(json.toStdString())), message);
  }

  void syntax_errors_name_line_and_column() {
    const std::string message = message_of("{\n  \"name\": \"x\",\n  \"rounds\": }\n");
    QVERIFY2(message.starts_with("not valid JSON at line 3, column 13: "), message.c_str());
    QVERIFY(message_of("").starts_with("not valid JSON at line 1, column 1: "));
    QVERIFY(message_of("{\"name\": \"\xff\"}").starts_with("not valid JSON at line 1"));
    QVERIFY(!message_of("{\"seed\": 1e999}").empty());
    QVERIFY(!message_of(std::string(200000, '[')).empty());
    QVERIFY(!message_of("{} {}").empty());
  }

  void every_truncation_is_refused() {
    const std::string text = to_json(full_scenario());
    for (size_t n = 0; n + 2 < text.size(); ++n) QVERIFY2(!parse_scenario(text.substr(0, n)).ok(), std::to_string(n).c_str());
  }

  void loads_files_and_shipped_ones() {
    QTemporaryDir dir;
    QVERIFY(make_dirs(dir.path().toStdString() + "/scenarios").ok());
    const std::string file = dir.path().toStdString() + "/scenarios/demo.json";
    QVERIFY(write_file_atomic(file, to_json(full_scenario())).ok());
    QVERIFY(*load_scenario(file) == full_scenario());
    qputenv("FEDLLM_ASSETS", dir.path().toUtf8());
    QVERIFY(*load_scenario("builtin:demo") == full_scenario());
    const Status missing = load_scenario("builtin:nope").status();
    QVERIFY(missing.code() == Code::not_found);
    QCOMPARE(missing.message(), std::string("there is no shipped scenario \"nope\"; there are: demo"));
    QVERIFY(load_scenario("builtin:../scenarios/demo").status().code() == Code::not_found);
    QVERIFY(write_file_atomic(file, "{\"rouds\": 1}").ok());
    QCOMPARE(load_scenario(file).status().message(), file + ": rouds: unknown key, did you mean \"rounds\"?");
    QVERIFY(load_scenario(file + "x").status().code() == Code::not_found);
  }
};

QTEST_GUILESS_MAIN(TestScenarioJson)
#include "tst_scenario_json.moc"
