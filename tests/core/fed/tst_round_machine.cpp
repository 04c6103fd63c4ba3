#include <QtTest>

#include <cmath>

#include "base/seed_tree.h"
#include "fed/round_machine.h"

using namespace fedllm;
using namespace fedllm::fed;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;
using adapter::Update;
using State = RoundMachine::State;

namespace {

LayoutPtr layout() {
  static const LayoutPtr shared = *AdapterLayout::make({{"m", 2, 1, 1}}, 1);
  return shared;
}

Update good(float value = 1) { return {6, 10, {layout(), {value, value, value}}}; }

RoundMachine machine(std::vector<int> cohort = {4, 1, 2}, double quorum = 1, double deadline_s = 0) {
  return RoundMachine(7, 6, std::move(cohort), quorum, deadline_s, 100, layout());
}

}  // namespace

class TestRoundMachine : public QObject {
  Q_OBJECT
 private slots:
  void closes_when_everybody_has_answered_sorted_by_client() {
    RoundMachine m = machine();
    QCOMPARE(m.cohort(), (std::vector<int>{1, 2, 4}));
    QCOMPARE(m.submit(4, 7, good(4)), Verdict::accepted);
    QCOMPARE(m.submit(1, 7, good(1)), Verdict::accepted);
    QVERIFY(m.state(1e9) == State::open);   // no deadline
    QCOMPARE(m.missing(), std::vector<int>{2});
    QCOMPARE(m.submit(2, 7, good(2)), Verdict::accepted);
    QVERIFY(m.state(100) == State::closed);
    const auto all = m.take_contributions();
    QCOMPARE(all.size(), size_t(3));
    QCOMPARE(all[0].client, 1);
    QCOMPARE(all[2].client, 4);
    QCOMPARE(all[2].update.delta.values[0], 4.0f);
  }

  void verdicts_data() {
    QTest::addColumn<int>("client");
    QTest::addColumn<int>("round");
    QTest::addColumn<int>("fault");
    QTest::addColumn<QString>("verdict");
    QTest::addColumn<bool>("answered");   // the round does not wait for the client any more
    QTest::newRow("another round") << 1 << 6 << 0 << "wrong_round" << false;
    QTest::newRow("a stranger") << 3 << 7 << 0 << "not_in_cohort" << false;
    QTest::newRow("a negative id") << -1 << 7 << 0 << "not_in_cohort" << false;
    QTest::newRow("an old version") << 1 << 7 << 1 << "stale" << true;
    QTest::newRow("NaN") << 1 << 7 << 2 << "non_finite" << true;
    QTest::newRow("infinity") << 1 << 7 << 3 << "non_finite" << true;
    QTest::newRow("another layout") << 1 << 7 << 4 << "wrong_shape" << true;
    QTest::newRow("too few values") << 1 << 7 << 5 << "wrong_shape" << true;
    QTest::newRow("no layout") << 1 << 7 << 6 << "wrong_shape" << true;
    QTest::newRow("no examples") << 1 << 7 << 7 << "no_examples" << true;
  }
  void verdicts() {
    QFETCH(int, client);
    QFETCH(int, round);
    QFETCH(int, fault);
    QFETCH(QString, verdict);
    QFETCH(bool, answered);
    Update update = good();
    if (fault == 1) update.base_version = 5;
    if (fault == 2) update.delta.values[1] = NAN;
    if (fault == 3) update.delta.values[2] = -INFINITY;
    if (fault == 4) update.delta = AdapterState::zeros(*AdapterLayout::make({{"n", 2, 1, 1}}, 1));
    if (fault == 5) update.delta.values.pop_back();
    if (fault == 6) update.delta.layout.reset();
    if (fault == 7) update.num_examples = -3;
    RoundMachine m = machine({1, 2});
    const Verdict got = m.submit(client, round, update);
    QCOMPARE(QString::fromUtf8(verdict_name(got).data()), verdict);
    const std::string sentence = verdict_sentence(got, client, round);
    QVERIFY(sentence.starts_with("the update of client " + std::to_string(client) + " in round " + std::to_string(round) +
                                 " was refused: "));
    QCOMPARE(m.submit(2, 7, good()), Verdict::accepted);
    QCOMPARE(m.state(100) == State::closed, answered);
    if (answered) QCOMPARE(m.submit(1, 7, good()), Verdict::duplicate);
    QVERIFY(std::ranges::count(m.missing(), 1) == 1);
    QCOMPARE(m.take_contributions().size(), size_t(1));
  }

  void the_first_answer_counts() {
    RoundMachine m = machine();
    QCOMPARE(m.submit(1, 7, good(1)), Verdict::accepted);
    QCOMPARE(m.submit(1, 7, good(9)), Verdict::duplicate);
    m.give_up(1);   // too late to take it back
    QCOMPARE(m.submit(1, 7, good(9)), Verdict::duplicate);
    QCOMPARE(m.take_contributions()[0].update.delta.values[0], 1.0f);
  }

  void an_equal_layout_need_not_be_the_same_object() {
    RoundMachine m = machine();
    Update update = good();
    update.delta.layout = *AdapterLayout::make({{"m", 2, 1, 1}}, 1);
    QCOMPARE(m.submit(1, 7, update), Verdict::accepted);
  }

  void facts_are_judged_as_the_update_itself() {
    RoundMachine m = machine();
    const UpdateFacts fine{6, 10, layout(), layout()->size(), true};
    const auto with = [&](auto change) {
      UpdateFacts facts = fine;
      change(facts);
      return facts;
    };
    QCOMPARE(m.submit(3, 7, fine), Verdict::not_in_cohort);
    QCOMPARE(m.submit(1, 6, fine), Verdict::wrong_round);
    QCOMPARE(m.submit(1, 7, with([](UpdateFacts& f) { f.finite = false; })), Verdict::non_finite);
    QCOMPARE(m.submit(1, 7, fine), Verdict::duplicate);
    QCOMPARE(m.submit(2, 7, with([](UpdateFacts& f) { f.values += 1; })), Verdict::wrong_shape);
    QCOMPARE(m.submit(4, 7, fine), Verdict::accepted);
    QVERIFY(m.state(100) == State::closed);
    QVERIFY(m.missing() == (std::vector<int>{1, 2}));
    QCOMPARE(m.take_contributions()[0].update.num_examples, 10);
  }

  void quorum_closes_early_data() {
    QTest::addColumn<double>("quorum");
    QTest::addColumn<int>("needed");
    QTest::newRow("all") << 1.0 << 5;
    QTest::newRow("0.6 of 5") << 0.6 << 3;
    QTest::newRow("rounded up") << 0.5 << 3;
    QTest::newRow("at least one") << 0.01 << 1;
    QTest::newRow("a fifth") << 0.2 << 1;
    QTest::newRow("nearly all") << 0.81 << 5;
  }
  void quorum_closes_early() {
    QFETCH(double, quorum);
    QFETCH(int, needed);
    RoundMachine m = machine({0, 1, 2, 3, 4}, quorum);
    for (int client = 0; client < needed; ++client) {
      QVERIFY(m.state(100) == State::open);
      QCOMPARE(m.submit(client, 7, good()), Verdict::accepted);
    }
    QVERIFY(m.state(100) == State::closed);
  }

  void deadline_closes_with_what_there_is() {
    RoundMachine m = machine({1, 2, 4}, 1, 30);
    QVERIFY(m.state(131) == State::open);   // nothing accepted yet: wait for the first
    QCOMPARE(m.submit(2, 7, good()), Verdict::accepted);
    QVERIFY(m.state(129.9) == State::open);
    QVERIFY(m.state(130) == State::closed);
    QCOMPARE(m.missing(), (std::vector<int>{1, 4}));
  }

  void giving_up() {
    RoundMachine m = machine({1, 2});
    m.give_up(1);
    m.give_up(9);   // a stranger: nothing
    QVERIFY(m.state(100) == State::open);
    QCOMPARE(m.submit(2, 7, good()), Verdict::accepted);
    QVERIFY(m.state(100) == State::closed);
    RoundMachine back = machine({1, 2});
    back.give_up(1);
    QCOMPARE(back.submit(1, 7, good()), Verdict::accepted);   // it came back
    back.give_up(2);
    QVERIFY(back.state(100) == State::closed);
  }

  void nobody_left_is_failure_not_hanging() {
    RoundMachine m = machine({1, 2});
    Update bad = good();
    bad.delta.values[0] = NAN;
    QCOMPARE(m.submit(1, 7, bad), Verdict::non_finite);
    QVERIFY(m.state(100) == State::open);
    m.give_up(2);
    QVERIFY(m.state(100) == State::failed);
    QVERIFY(m.take_contributions().empty());
    QVERIFY(machine({}).state(100) == State::failed);
  }

  void random_days_never_hang_nor_lose_a_client() {
    Rng rng(5);
    for (int day = 0; day < 500; ++day) {
      const int clients = 1 + static_cast<int>(rng.below(6));
      std::vector<int> cohort;
      for (int k = 0; k < clients; ++k) cohort.push_back(k);
      RoundMachine m = machine(cohort);
      size_t accepted = 0;
      for (int act = 0; act < 20; ++act) {
        const int client = static_cast<int>(rng.below(8));
        Update update = good();
        if (rng.below(3) == 0) update.delta.values[0] = NAN;
        if (rng.below(5) == 0) m.give_up(client);
        else accepted += m.submit(client, 7, update) == Verdict::accepted;
      }
      for (int client : cohort) m.give_up(client);
      QVERIFY(m.state(100) == (accepted ? State::closed : State::failed));
      QCOMPARE(m.missing().size() + accepted, cohort.size());
      QCOMPARE(m.take_contributions().size(), accepted);
    }
  }
};

QTEST_GUILESS_MAIN(TestRoundMachine)
#include "tst_round_machine.moc"
