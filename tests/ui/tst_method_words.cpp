// The sentences that the studio makes from the table of methods, without a widget: they follow the flags, exclusions are what
// validate() refuses, and the catalogue knows every text of the table.
#include <QtTest>
#include <QtWidgets>

#include "ui/scenario/method_bytes.h"
#include "ui/scenario/method_exclusions.h"
#include "ui/scenario/method_words.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

spec::Scenario small() {
  spec::Scenario s;
  s.dataset.files = {"a.jsonl"};
  s.partition.clients = 4;
  return s;
}

}  // namespace

class TestMethodWords : public QObject {
  Q_OBJECT
 private slots:
  void sentencesFollowTheFlags() {
    const auto of = [](const char* name) {
      spec::Scenario s = small();
      s.strategy.aggregator = name;
      return consequencesOf(*spec::find_method(name), s);
    };
    for (const auto& method : spec::methods()) {
      const auto means = of(std::string(method.name).c_str());
      QVERIFY2(means.aggregation.startsWith(method.exact ? "Exact" : "Inexact"), method.name.data());
      QCOMPARE(means.coordinatorSees.contains("only their weighted sum"), method.sum_only);
      QCOMPARE(means.othersSee.startsWith("Every adapter"), method.shows_adapters);
      QCOMPARE(means.clientKeeps.contains("Its own B"), method.personal);
      QCOMPARE(means.clientKeeps.contains("adapter of its own"), method.own_adapter);
      QCOMPARE(means.clientKeeps.contains("beside the base"), method.adds_to_base);
    }
    QVERIFY(of("flexlora").aggregation.contains("before the cut"));
    QVERIFY(of("rolora").coordinatorSees.contains("by turns") && of("rolora").clientKeeps.contains("not trained"));
    QVERIFY(of("fed-sb").coordinatorSees.contains("cores") && of("ravan").othersSee.contains("cores"));
    QVERIFY(of("lora-a2").aggregation.contains("does not choose"));
    QVERIFY(of("fed-sb").coordinatorSees.contains("first round") && of("fed-sb").clientKeeps.contains("around the cores"));
    QVERIFY(of("fedsa-lora").coordinatorSees.contains("never a B"));
    QCOMPARE(of("fedavg").clientKeeps, QString("Nothing: each round starts from what comes down."));
    spec::Scenario coded = small();
    coded.codec = "int8";
    QVERIFY(consequencesOf(spec::methods().front(), coded).clientKeeps.contains("codec lost"));
  }

  void exclusionsAreWhatValidationRefuses() {
    for (const auto& method : spec::methods()) {
      const spec::Scenario s = withMethod(small(), std::string(method.name));
      QCOMPARE(whyNot(s, StrategyOption::ServerOptimizer).isEmpty(), method.server_optimizer);
      QCOMPARE(whyNot(s, StrategyOption::ClientRanks).isEmpty(), method.mixed_ranks);
      QCOMPARE(whyNot(s, StrategyOption::ControlVariates).isEmpty(), method.name == "fedavg");
    }
    QVERIFY(whyNot(small(), StrategyOption::Rooms).isEmpty());
    spec::Scenario odd = small();                // what else is set or wrong is not the method's doing
    odd.lora.dropout = 0.1, odd.base_precision = "int8", odd.rounds = -1, odd.strategy.control_variates = true;
    QVERIFY(whyNot(odd, StrategyOption::WholeModules).isEmpty());
    QVERIFY(whyNot(odd, StrategyOption::SparseDownlink).isEmpty());
    spec::Scenario script = withMethod(small(), "exec:");
    QVERIFY(whyNot(script, StrategyOption::ServerOptimizer).isEmpty());
    QVERIFY(whyNot(script, StrategyOption::Rooms).contains("host's machine"));
  }

  void theCatalogueHasEveryTextOfTheTable() {
    std::vector<QString> texts = catalogued();
    const auto has = [&](std::string_view text) {
      return std::find(texts.begin(), texts.end(), QString::fromUtf8(text.data(), qsizetype(text.size()))) != texts.end();
    };
    std::vector<const spec::MethodFacts*> all{spec::find_method("exec:x")};
    for (const auto& method : spec::methods()) all.push_back(&method);
    for (const auto* method : all)
      for (const auto& parameter : method->parameters) {
        QVERIFY2(has(parameter.explanation), parameter.explanation.data());
        QVERIFY2(parameterTitle(parameter) != QString::fromUtf8(parameter.name.data(), qsizetype(parameter.name.size())), parameter.name.data());
      }
    for (const auto* method : all) QVERIFY2(has(method->title), method->title.data());
  }

  void bytesAreSaidRoundByRoundWhereTheyDiffer() {
    QVERIFY(bytesText({}, 5).startsWith("Known when"));
    QVERIFY(bytesText({{0, 0}}, 5).startsWith("Known when"));
    QCOMPARE(bytesText({{1024, 2048}, {1024, 2048}}, 2), QString("1.0 KiB up, 2.0 KiB down for each client and round."));
    QCOMPARE(bytesText({{1024, 20}, {1024, 2048}, {1024, 2048}}, 9),
             QString("For each client, round 1: 1.0 KiB up, 20 bytes down; later rounds: 1.0 KiB up, 2.0 KiB down."));
    QCOMPARE(bytesText({{1024, 20}, {2048, 20}}, 2), QString("For each client, round 1: 1.0 KiB up, 20 bytes down; later rounds: 2.0 KiB up, 20 bytes down."));
    QVERIFY(bytesText({{1, 1}, {2, 2}, {3, 3}}, 4).endsWith("round 3: 3 bytes up, 3 bytes down; and so on."));
    QCOMPARE(shortBytesText({{1024, 20}, {2048, 20}}), QString("1.0 KiB to 2.0 KiB up, 20 bytes down"));
    QCOMPARE(shortBytesText({}), QString());
  }

  void aCanvasNamesTheStrategyInAWord() {
    spec::StrategySpec strategy;
    QCOMPARE(strategyTitle(strategy), QString("FedAvg"));
    strategy.proximal_mu = 0.1;
    QCOMPARE(strategyTitle(strategy), QString("FedProx"));
    strategy.control_variates = true;
    QCOMPARE(strategyTitle(strategy), QString("SCAFFOLD"));
    strategy.server_optimizer = "fedyogi";
    QCOMPARE(strategyTitle(strategy), QString("FedYogi"));
    strategy.aggregator = "flora";
    QCOMPARE(strategyTitle(strategy), QString("FLoRA"));
    strategy.aggregator = "of nobody";
    QCOMPARE(strategyTitle(strategy), QString("of nobody"));
  }
};

QTEST_MAIN(TestMethodWords)
#include "tst_method_words.moc"
