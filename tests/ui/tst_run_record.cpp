// RunRecord: built from events only; duplicates ignored, resumed supersedes, missing is NaN, intervals and ETA.
#include <QtTest>
#include <cmath>

#include "support/fake_core.h"
#include "ui/model/run_record.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {
wire::EventBatch batch(const std::vector<wire::Event>& events, size_t from = 0, size_t to = SIZE_MAX) {
  wire::EventBatch b;
  for (size_t i = from; i < std::min(to, events.size()); ++i) *b.add_events() = events[i];
  return b;
}
}  // namespace

class TestRunRecord : public QObject {
  Q_OBJECT
 private slots:
  void aWholeStory() {
    const auto events = test::story(4, 5, 3);
    RunRecord record("r");
    QSignalSpy changed(&record, &RunRecord::changed);
    record.apply(batch(events));
    QCOMPARE(changed.count(), 1);
    QCOMPARE(record.lastSeq(), quint64(events.size()));
    QCOMPARE(record.state(), QString("done"));
    QCOMPARE(record.rounds(), 5);
    QCOMPARE(record.round(), 5);
    QCOMPARE(record.clients().size(), size_t(4));
    QCOMPARE(record.clients()[2].name, QString("Client 3"));
    QCOMPARE(record.clients()[0].stepLoss.size(), size_t(15));
    QCOMPARE(record.clients()[0].roundLoss.size(), size_t(5));
    QCOMPARE(record.clients()[0].uplinkPayload, 5 * 131200.0);
    QCOMPARE(record.evalLoss().size(), size_t(6));
    QCOMPARE(record.topics(), QStringList({"plumber", "bakery", "garden"}));
    QCOMPARE(record.rounds_().size(), size_t(6));
    QVERIFY(record.rounds_()[5].committed);
    QCOMPARE(record.rounds_()[1].uplinkWire, 4 * 131300.0);
    QCOMPARE(record.tiles().size(), size_t(4 * (1 + 5 + 2 * 4)));
    for (const auto& row : record.events()) QVERIFY(row.kind != "client_step" && !row.text.isEmpty());
  }

  void whatWasSeenIsIgnored() {
    const auto events = test::story(2, 3, 4);
    RunRecord once("r"), twice("r");
    once.apply(batch(events));
    twice.apply(batch(events, 0, 20));
    twice.apply(batch(events, 5, 40));
    twice.apply(batch(events));
    twice.apply(batch(events));
    QCOMPARE(twice.clients()[1].uplinkPayload, once.clients()[1].uplinkPayload);
    QCOMPARE(twice.clients()[1].stepLoss.size(), once.clients()[1].stepLoss.size());
    QCOMPARE(twice.tiles().size(), once.tiles().size());
    QCOMPARE(twice.events().size(), once.events().size());
  }

  // Interrupted in the middle of round 3, resumed after round 2: in the end as if nothing had happened.
  void resumedSupersedesTheUncommittedRound() {
    const auto full = test::story(3, 5, 4);
    RunRecord straight("r"), broken("r");
    straight.apply(batch(full));
    size_t commit2 = 0, commit3 = 0;
    for (size_t i = 0; i < full.size(); ++i) {
      if (full[i].kind() == "round_committed" && full[i].round() == 2) commit2 = i;
      if (full[i].kind() == "round_committed" && full[i].round() == 3) commit3 = i;
    }
    std::vector<wire::Event> events(full.begin(), full.begin() + commit3 - 2);
    events.push_back(test::event(0, "resumed", -1, -1, {{"from_round", 2}}));
    events.insert(events.end(), full.begin() + commit2 + 1, full.end());
    for (size_t i = 0; i < events.size(); ++i) events[i].set_seq(i + 1);
    broken.apply(batch(events));
    for (int c = 0; c < 3; ++c) {
      const auto &a = straight.clients()[c], &b = broken.clients()[c];
      QCOMPARE(b.uplinkPayload, a.uplinkPayload);
      QCOMPARE(b.downlinkWire, a.downlinkWire);
      QCOMPARE(b.stepLoss.size(), a.stepLoss.size());
      for (size_t i = 0; i < a.stepLoss.size(); ++i)
        QVERIFY(a.stepLoss.x(i) == b.stepLoss.x(i) && a.stepLoss.y(i) == b.stepLoss.y(i));
      QCOMPARE(b.roundLoss.size(), a.roundLoss.size());
    }
    QCOMPARE(broken.tiles().size(), straight.tiles().size());
    QCOMPARE(broken.evalLoss().size(), straight.evalLoss().size());
    QCOMPARE(broken.state(), QString("done"));
    QCOMPARE(broken.finishedRoundSeconds().size(), size_t(3));   // of this session only
  }

  void whoSatOutHasAGap() {
    RunRecord record("r");
    wire::EventBatch b;
    uint64_t seq = 0;
    const auto add = [&](const std::string& kind, int round, int client, std::vector<std::pair<std::string, double>> m = {},
                         const std::string& d = {}) { *b.add_events() = test::event(++seq, kind, round, client, m, d); };
    add("run_started", -1, -1, {{"clients", 2}, {"rounds", 3}});
    for (int r = 1; r <= 3; ++r) {
      add("round_started", r, -1, {}, r == 2 ? R"({"cohort":[0]})" : R"({"cohort":[0,1]})");
      for (int c = 0; c < (r == 2 ? 1 : 2); ++c) {
        add("client_step", r, c, {{"step", 30}, {"loss", 2}});
        add("client_update", r, c, {{"mean_loss", 2}});
      }
      add("round_committed", r, -1);
    }
    record.apply(b);
    const Series& loss = record.clients()[1].roundLoss;
    QCOMPARE(loss.size(), size_t(3));
    QVERIFY(!std::isnan(loss.y(0)) && std::isnan(loss.y(1)) && !std::isnan(loss.y(2)));
    bool gap = false;
    for (size_t i = 0; i < record.clients()[1].stepLoss.size(); ++i) gap |= std::isnan(record.clients()[1].stepLoss.y(i));
    QVERIFY(gap);
  }

  void rejectionIsAStateWithItsReason() {
    RunRecord record("r");
    wire::EventBatch b;
    *b.add_events() = test::event(1, "run_started", -1, -1, {{"clients", 2}, {"rounds", 2}});
    *b.add_events() = test::event(2, "client_rejected", 1, 1, {}, R"({"reason":"loss is not a number","verdict":"non_finite"})");
    record.apply(b);
    QCOMPARE(record.clients()[1].state, QString("rejected: loss is not a number"));
    QVERIFY(record.events().back().text.contains("loss is not a number"));
  }

  void wilsonInterval() {
    RunRecord record("r");
    wire::EventBatch b;
    *b.add_events() =
        test::event(1, "eval", 1, -1, {{"loss", 1}, {"exact", 0.5}, {"records", 100}}, R"({"adapter":"global","topic":""})");
    *b.add_events() =
        test::event(2, "eval", 1, -1, {{"loss", 1}, {"exact", 1}, {"records", 10}}, R"({"adapter":"global","topic":"x"})");
    record.apply(b);
    QVERIFY(qAbs(record.tiles()[0].low - 0.4038) < 1e-3 && qAbs(record.tiles()[0].high - 0.5962) < 1e-3);
    QVERIFY(qAbs(record.tiles()[1].low - 0.7225) < 1e-3);
    QCOMPARE(record.tiles()[1].high, 1.0);
  }

  void etaComesAfterTwoRoundsAsARange() {
    const auto events = test::story(2, 6, 2, 4);
    RunRecord record("r");
    size_t i = 0;
    int committed = 0;
    for (; i < events.size() && committed < 1; ++i) {
      record.apply(batch(events, i, i + 1));
      committed += events[i].kind() == "round_committed" && events[i].round() > 0;
    }
    QVERIFY(!record.eta());
    record.apply(batch(events));
    const auto eta = record.eta();
    QVERIFY(eta);
    QVERIFY(eta->first < 2 * 7.5 && eta->first > 12 && eta->second > 2 * 8.5 && eta->second < 20);
  }

  void theNewerWitnessTellsTheState() {
    RunRecord record("r");
    const auto events = test::story(2, 5, 2, 2);
    wire::RunInfo info;
    info.set_run("r");
    info.set_state("interrupted");
    info.set_last_seq(events.size());
    record.setInfo(info);
    record.apply(batch(events));
    QCOMPARE(record.state(), QString("interrupted"));
    wire::EventBatch b;
    *b.add_events() = test::event(events.size() + 1, "resumed", -1, -1, {{"from_round", 2}});
    record.apply(b);
    QCOMPARE(record.state(), QString("running"));
  }

  void goingOnInPlaceIsRunning() {
    RunRecord record("r");
    wire::EventBatch b;
    *b.add_events() = test::event(1, "run_started", -1, -1, {{"clients", 2}, {"rounds", 3}});
    *b.add_events() = test::event(2, "round_started", 1);
    *b.add_events() = test::event(3, "paused");
    *b.add_events() = test::event(4, "round_started", 2);   // was already on its way
    record.apply(b);
    QCOMPARE(record.state(), QString("paused"));
    *b.add_events() = test::event(5, "unpaused");
    *b.add_events() = test::event(6, "client_step", 1, 0, {{"step", 1}, {"loss", 2}});
    record.apply(b);
    QCOMPARE(record.state(), QString("running"));
    QCOMPARE(record.events().back().text, QString("Going on"));
  }

  void cosinesComeWithTheSavedRound() {
    RunRecord record("r");
    wire::EventBatch b;
    *b.add_events() = test::event(1, "run_started", -1, -1, {{"clients", 2}, {"rounds", 3}});
    *b.add_events() = test::event(2, "round_committed", 1, -1, {}, R"({"cosines":{"1":0.25,"7":1}})");
    record.apply(b);
    QVERIFY(record.clients()[0].cosine.empty());
    QCOMPARE(record.clients()[1].cosine.lastY(), 0.25f);
  }

  // Rejected late in a round: the gap comes after the last step, never before it.
  void gapsKeepTheOrderOfSteps() {
    RunRecord record("r");
    wire::EventBatch b;
    *b.add_events() = test::event(1, "run_started", -1, -1, {{"clients", 1}, {"rounds", 3}});
    *b.add_events() = test::event(2, "client_started", 1, 0, {{"examples", 120}});
    for (int step : {10, 20, 28}) *b.add_events() = test::event(1 + step, "client_step", 1, 0, {{"step", step}, {"loss", 2}});
    *b.add_events() = test::event(40, "client_rejected", 1, 0, {}, R"({"reason":"late"})");
    record.apply(b);
    const Series& steps = record.clients()[0].stepLoss;
    QCOMPARE(steps.size(), size_t(4));
    for (size_t i = 1; i < steps.size(); ++i) QVERIFY(steps.x(i) >= steps.x(i - 1));
    QVERIFY(std::isnan(steps.y(steps.size() - 1)));
  }

  void etaCountsDownWithinARoundAndEnds() {
    RunRecord record("r");
    wire::EventBatch b;
    uint64_t seq = 0;
    const auto add = [&](const std::string& kind, int round, qint64 ms, double wall) {
      auto* event = b.add_events();
      *event = test::event(++seq, kind, round, -1, {{"wall_s", wall}, {"clients", 1}, {"rounds", 3}});
      event->set_time_ms(ms);
    };
    add("run_started", -1, 1000, 0);
    for (int r = 1; r <= 2; ++r) add("round_started", r, 1000 * r, 0), add("round_committed", r, 1000 * r, 10);
    add("round_started", 3, 10000, 0);
    record.apply(b);
    QVERIFY(record.eta() && record.eta()->first > 9);
    add("warning", 3, 14000, 0);
    record.apply(b);
    QVERIFY(record.eta() && record.eta()->second < 6.5 && record.eta()->first > 5.5);
    add("round_committed", 3, 20000, 10);
    record.apply(b);
    QVERIFY(!record.eta());            // no round is left
  }

  void nonsenseDoesNoHarm() {
    RunRecord record("r");
    wire::EventBatch b;
    *b.add_events() = test::event(1, "client_step");
    *b.add_events() = test::event(2, "eval", 1, 3, {}, "not json");
    *b.add_events() = test::event(3, "client_update", 7, 2);
    *b.add_events() = test::event(4, "round_started", 1, -1, {}, R"({"cohort":[99,"x"]})");
    *b.add_events() = test::event(5, "a kind of tomorrow");
    record.apply(b);
    QCOMPARE(record.lastSeq(), quint64(5));
  }
};

QTEST_GUILESS_MAIN(TestRunRecord)
#include "tst_run_record.moc"
