// first_rounds() against forecast(): the first round is the forecast's payload, rounds add up to the run.
#include <QtTest>

#include "spec/method_facts.h"
#include "spec/round_bytes.h"

using namespace fedllm;
using namespace fedllm::spec;

namespace {

ModelFacts two_layers() {
  ModelFacts m;
  for (int layer = 0; layer < 2; ++layer) {
    const std::string at = "model.layers." + std::to_string(layer) + ".";
    m.linears.push_back({at + "self_attn.q_proj", 64, 64});
    m.linears.push_back({at + "self_attn.v_proj", 64, 32});
  }
  return m;
}

Scenario small() {
  Scenario s;
  s.dataset.files = {"a"};
  s.partition.clients = 4;
  s.lora.rank = 8;
  s.lora.target_modules = {"q_proj", "v_proj"};
  s.rounds = 3;
  return s;
}

}  // namespace

class TestRoundBytes : public QObject {
  Q_OBJECT
 private slots:
  void add_up_to_the_forecast_of_every_method() {
    for (const MethodFacts& method : methods()) {
      const auto rounds = first_rounds(small(), method.name, two_layers(), {});
      Scenario own = small();
      own.strategy.aggregator = method.name;
      const Forecast f = forecast(own, two_layers(), {}, 1);
      QCOMPARE(rounds.size(), size_t(3));
      QCOMPARE(rounds[0].up, f.update_payload_bytes);
      QCOMPARE(rounds[0].down, f.version_payload_bytes);
      QCOMPARE(4 * (rounds[0].up + rounds[1].up + rounds[2].up), f.uplink_bytes);
      QCOMPARE(4 * (rounds[0].down + rounds[1].down + rounds[2].down), f.downlink_bytes);
    }
  }

  void alternating_rounds_differ() {
    const auto rounds = first_rounds(small(), "rolora", two_layers(), {});
    QCOMPARE(rounds[0].up, payload_bytes("f32", 8 * 2 * (64 + 32)));   // B, then A
    QCOMPARE(rounds[1].up, payload_bytes("f32", 8 * 2 * (64 + 64)));
    QCOMPARE(rounds[2].up, rounds[0].up);
  }

  void a_cohort_shares() {
    Scenario s = small();
    s.cohort.size = 2;
    QCOMPARE(first_rounds(s, "fedavg", two_layers(), {})[2], first_rounds(small(), "fedavg", two_layers(), {})[2]);
  }

  void parameters_and_ranks_are_the_scenarios_own() {
    Scenario s = small();
    s.strategy.aggregator = "ravan";
    const int64_t four = first_rounds(s, "ravan", two_layers(), {})[0].up;
    s.strategy.parameters["heads"] = 8;
    QVERIFY(first_rounds(s, "ravan", two_layers(), {})[0].up < four);
    Scenario other = small();
    other.strategy.parameters["heads"] = 8;   // of fedavg's, which has none
    QCOMPARE(first_rounds(other, "ravan", two_layers(), {})[0].up, four);
    ClientOverride narrow;
    narrow.rank = 2;
    s.strategy = {}, s.clients = {narrow};
    QCOMPARE(first_rounds(s, "fedavg", two_layers(), {}), first_rounds(small(), "fedavg", two_layers(), {}));
  }

  void nothing_where_the_clients_are_unknown_and_no_more_than_the_rounds() {
    Scenario s = small();
    s.partition.method = "by_column";
    s.partition.clients.reset();
    QCOMPARE(first_rounds(s, "fedavg", two_layers(), {})[0], RoundBytes{});
    s = small();
    s.rounds = 1;
    QCOMPARE(first_rounds(s, "fedavg", two_layers(), {}).size(), size_t(1));
    s.rounds = 0;
    QVERIFY(first_rounds(s, "fedavg", two_layers(), {}).empty());
  }
};

QTEST_APPLESS_MAIN(TestRoundBytes)
#include "tst_round_bytes.moc"
