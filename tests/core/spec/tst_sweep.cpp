// Sweep files: what they say, in which order it runs, and every way they may be wrong.
#include <QtTest>

#include "spec/scenario_json.h"
#include "spec/sweep.h"

using namespace fedllm::spec;

namespace {

const char* kFull = R"({
  "name": "all", "scenario": "builtin:desk-iid", "set": {"rounds": 2, "name": "x"},
  "axes": {"method": {"FedIT": {}, "FLoRA": {"strategy.aggregator": "flora", "codec": "f16"}}, "training.local_steps": [10, 20]},
  "seeds": [3, 4], "learning_rates": [0.001, 0.01], "choose_by": "exact", "match": {"by": "bytes", "at": 1000}, "target": 0.5})";

}  // namespace

class TestSweep : public QObject {
  Q_OBJECT
 private slots:
  void says_it_all() {
    const auto sweep = parse_sweep(kFull);
    QVERIFY2(sweep.ok(), sweep.status().to_string().c_str());
    QCOMPARE(sweep->name, std::string("all"));
    QCOMPARE(sweep->seeds, (std::vector<uint64_t>{3, 4}));
    QCOMPARE(sweep->learning_rates, (std::vector<double>{0.001, 0.01}));
    QCOMPARE(sweep->choose_by, std::string("exact"));
    QCOMPARE(sweep->match_by, std::string("bytes"));
    QCOMPARE(*sweep->match_at, 1000.0);
    QCOMPARE(sweep->target, 0.5);
    QCOMPARE(sweep->axes.size(), size_t{2});
    const auto least = parse_sweep(R"({"name": "n", "scenario": "s.json"})");
    QVERIFY(least.ok());
    QCOMPARE(least->seeds, (std::vector<uint64_t>{1}));
    QVERIFY(!least->match_at && least->learning_rates.empty());
    QCOMPARE(sweep_points(*least).size(), size_t{1});
  }

  void every_combination_once_the_last_axis_fastest() {
    const auto points = sweep_points(*parse_sweep(kFull));
    std::vector<std::vector<std::string>> names;
    for (const SweepPoint& point : points) names.push_back(point.values);
    QVERIFY((names == std::vector<std::vector<std::string>>{{"FedIT", "10"}, {"FedIT", "20"}, {"FLoRA", "10"}, {"FLoRA", "20"}}));
  }

  void a_point_is_a_scenario() {
    const Sweep sweep = *parse_sweep(kFull);
    Scenario base;
    const auto made = sweep_scenario(sweep, base, sweep_points(sweep)[3], 4, 0.01);
    QVERIFY2(made.ok(), made.status().to_string().c_str());
    QCOMPARE(made->rounds, 2);
    QCOMPARE(made->strategy.aggregator, std::string("flora"));
    QCOMPARE(made->codec, std::string("f16"));
    QCOMPARE(*made->training.local_steps, 20);
    QCOMPARE(made->training.learning_rate, 0.01);
    QCOMPARE(made->seed, uint64_t{4});
    QCOMPARE(made->name, std::string("all: FLoRA, 20"));
    // Another seed, point or rate is another scenario: runs are known by it.
    QVERIFY(scenario_sha256(*made) != scenario_sha256(*sweep_scenario(sweep, base, sweep_points(sweep)[3], 3, 0.01)));
    const Sweep wrong = *parse_sweep(R"({"name": "n", "scenario": "s", "axes": {"lora.rnk": [1]}})");
    const auto refused = sweep_scenario(wrong, base, sweep_points(wrong)[0], 1, {});
    QVERIFY(!refused.ok());
    QVERIFY2(refused.status().message().starts_with("1: lora.rnk: unknown key, did you mean \"rank\"?"), refused.status().message().c_str());
  }

  void what_is_wrong_is_said_data() {
    QTest::addColumn<QString>("json");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* json, const char* message) { QTest::newRow(json) << json << message; };
    row("[]", "expected a sweep as an object, got an empty list");
    row("{", "not valid JSON at line 1");
    row(R"({"scenario": "s"})", "name: expected a text, got nothing");
    row(R"({"name": "n"})", "scenario: expected a text, got nothing");
    row(R"({"name": "n", "scenario": 1})", "scenario: expected a text, got 1");
    row(R"({"name": "n", "scenario": "s", "axis": {}})", "axis: unknown key, did you mean \"axes\"?");
    row(R"({"name": "n", "scenario": "s", "set": []})", "set: expected an object of scenario paths and values, got an empty list");
    row(R"({"name": "n", "scenario": "s", "axes": []})", "axes: expected an object of axes");
    row(R"({"name": "n", "scenario": "s", "axes": {"a": 1}})", "axes.a: expected a list of values, or an object of named values, got 1");
    row(R"({"name": "n", "scenario": "s", "axes": {"a": []}})", "axes.a: expected at least one value, got none");
    row(R"({"name": "n", "scenario": "s", "axes": {"a": [1, 1]}})", "axes.a: \"1\" is given twice");
    row(R"({"name": "n", "scenario": "s", "axes": {"a": {"x": 3}}})", "axes.a.x: expected an object of scenario paths");
    row(R"({"name": "n", "scenario": "s", "seeds": []})", "seeds: expected a list of whole numbers");
    row(R"({"name": "n", "scenario": "s", "seeds": [-1]})", "seeds: expected whole numbers from 0, got -1");
    row(R"({"name": "n", "scenario": "s", "seeds": [2, 2]})", "seeds: one is given twice");
    row(R"({"name": "n", "scenario": "s", "learning_rates": [0]})", "learning_rates: expected numbers above 0, got 0");
    row(R"({"name": "n", "scenario": "s", "choose_by": "luck"})", "choose_by: expected one of loss, exact, got \"luck\"");
    row(R"({"name": "n", "scenario": "s", "match": {"by": "luck"}})", "match.by: expected one of rounds, steps, tokens, bytes, got \"luck\"");
    row(R"({"name": "n", "scenario": "s", "match": {"at": 0}})", "match.at: expected a number above 0, got 0");
    row(R"({"name": "n", "scenario": "s", "match": {"to": 1}})", "match.to: unknown key");
    row(R"({"name": "n", "scenario": "s", "target": 2})", "target: expected an exact match above 0 and at most 1, got 2");
  }
  void what_is_wrong_is_said() {
    QFETCH(QString, json);
    QFETCH(QString, message);
    const auto sweep = parse_sweep(json.toStdString());
    QVERIFY(!sweep.ok());
    QVERIFY2(QString::fromStdString(sweep.status().message()).startsWith(message), sweep.status().message().c_str());
  }
};

QTEST_GUILESS_MAIN(TestSweep)
#include "tst_sweep.moc"
