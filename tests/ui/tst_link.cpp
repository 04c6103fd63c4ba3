// CoreLink and RunSession against a scripted core: answers on the GUI thread, errors as the core's sentence, watches that
// survive lost connections with every event exactly once, handshake, silence.
#include <QtTest>

#include "support/fake_core.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::FakeCore;

namespace {
wire::RunInfo info(const std::string& run, const std::string& state = "running") {
  wire::RunInfo i;
  i.set_run(run);
  i.set_state(state);
  i.set_rounds(5);
  return i;
}
}  // namespace

class TestLink : public QObject {
  Q_OBJECT
 private slots:
  void becomesReadyAndBeats() {
    FakeCore core;
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    QSignalSpy beats(&link, &CoreLink::heartbeat);
    QCOMPARE(link.state(), CoreLink::State::Starting);
    link.start();
    QTRY_COMPARE(link.state(), CoreLink::State::Ready);
    QTRY_VERIFY(beats.count() >= 2);
    QCOMPARE(link.hello().cores(), 2);
    QVERIFY(link.secondsSinceHeartbeat() < 1);
    QVERIFY(link.lastHeartbeat().rss_bytes() > 0);
  }

  void launcherIsAskedOnceAndTheCallWaitsForTheCore() {
    FakeCore core;
    CoreLink link(QString::fromStdString(core.socket()));
    int asked = 0;
    link.setLauncher([&] {
      ++asked;
      QTimer::singleShot(300, [&] { core.start(); });
    });
    bool answered = false;
    link.listRuns(this, [&](Result<wire::ListRunsReply> reply) { answered = reply.ok(); });   // before start()
    link.start();
    QTRY_COMPARE(link.state(), CoreLink::State::Ready);
    QTRY_VERIFY(answered);
    QCOMPARE(asked, 1);
  }

  void errorsCarryTheCoresSentence() {
    FakeCore core;
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    core.failNext(9, "run x is done; only a paused run can be resumed");
    Status status;
    QThread* thread = nullptr;
    link.resume("x", this, [&](Result<wire::RunInfo> reply) {
      status = reply.status();
      thread = QThread::currentThread();
    });
    QTRY_VERIFY(!status.ok());
    QCOMPARE(status.code(), Code::failed_precondition);
    QCOMPARE(status.message(), std::string("run x is done; only a paused run can be resumed"));
    QCOMPARE(thread, QThread::currentThread());
  }

  void answersForADeadContextAreDropped() {
    FakeCore core;
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    auto context = std::make_unique<QObject>();
    bool called = false;
    link.listRuns(context.get(), [&](Result<wire::ListRunsReply>) { called = true; });
    context.reset();
    QTRY_VERIFY(core.calls("ListRuns") == 1);
    QTest::qWait(100);
    QVERIFY(!called);
  }

  void everyEventExactlyOnceAcrossCutsAndAKilledCore() {
    FakeCore core;
    auto events = test::story(4, 5, 20);
    const size_t half = events.size() / 2;
    core.addRun(info("r"), {events.begin(), events.begin() + half});
    core.setBatchSize(7);
    core.cutWatchAfter(5);
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    std::vector<quint64> seen;
    link.watch("r", 1, this, [&](const wire::EventBatch& batch) {
      for (const auto& e : batch.events()) seen.push_back(e.seq());
    });
    link.start();
    QTRY_COMPARE(seen.size(), half);
    core.stop();
    QTRY_COMPARE(link.state(), CoreLink::State::NotAnswering);
    core.append("r", {events.begin() + half, events.end()});
    core.start();
    QTRY_COMPARE_WITH_TIMEOUT(seen.size(), events.size(), 10000);
    for (size_t i = 0; i < seen.size(); ++i) QCOMPARE(seen[i], quint64(i + 1));
    QVERIFY(core.watchedFrom().size() >= 3);
  }

  void aWatchFromTheMiddle() {
    FakeCore core;
    core.addRun(info("r"), test::story(2, 2, 3));
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    quint64 first = 0;
    const quint64 token = link.watch("r", 10, this, [&](const wire::EventBatch& batch) {
      if (!first && batch.events_size()) first = batch.events(0).seq();
    });
    QTRY_COMPARE(first, quint64(10));
    link.cancel(token);
    core.append("r", {test::event(1000, "warning")});
    QTest::qWait(150);
  }

  void anotherProtocolIsSaidAndNotUsed() {
    FakeCore core;
    wire::HelloReply hello;
    hello.set_protocol(99);
    hello.set_program_version("9.9");
    core.setHello(hello);
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    QTRY_COMPARE(link.state(), CoreLink::State::VersionMismatch);
    QVERIFY(link.stateSentence().contains("9.9"));
    QCOMPARE(core.calls("Beat"), 0);
  }

  void destroyedWithCallsInFlight() {
    for (int i = 0; i < 6; ++i) {
      FakeCore core;
      core.addRun(info("r"), test::story(4, 5, 200));
      core.setBatchSize(3);
      core.start();
      auto link = std::make_unique<CoreLink>(QString::fromStdString(core.socket()));
      link->start();
      link->watch("r", 1, this, [](const wire::EventBatch&) {});
      for (int k = 0; k < 5; ++k) link->listRuns(this, [](Result<wire::ListRunsReply>) {});
      QTest::qWait(i * 10);
      QElapsedTimer leaving;
      leaving.start();
      link.reset();
      QVERIFY2(leaving.elapsed() < 2000, qPrintable(QString::number(leaving.elapsed())));
    }
  }

  void importTellsProgressThenEnds() {
    FakeCore core;
    std::vector<wire::ImportReply> replies(3);
    for (int i = 0; i < 3; ++i) replies[i].set_bytes_done(i * 100);
    replies[2].mutable_dataset()->set_records(42);
    core.setImportReplies(replies);
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    qint64 records = 0;
    int messages = 0, done = 0;
    link.importDataset(
        wire::ImportRequest(), this, [&](const wire::ImportReply& r) { ++messages, records = r.dataset().records(); },
        [&](Status s) { done += s.ok(); });
    QTRY_COMPARE(done, 1);
    QCOMPARE(messages, 3);
    QCOMPARE(records, qint64(42));
  }

  void answersComeWordByWordAndThenWhole() {
    FakeCore core;
    wire::TryReply reply;
    reply.set_answer("one two three");
    reply.set_tokens_per_s(9);
    core.setTryReply(reply);
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    std::string text;
    QList<int> tokens;
    std::optional<Result<wire::TryReply>> whole;
    link.answer(
        wire::TryRequest(), this,
        [&](const wire::TryPart& part) {
          QVERIFY(!whole);
          text += part.text();
          tokens << part.tokens();
        },
        [&](Result<wire::TryReply> end) { whole = std::move(end); });
    QTRY_VERIFY(whole);
    QVERIFY(whole->ok());
    QCOMPARE(text, std::string("one two three"));
    QCOMPARE(tokens, QList<int>({4, 8, 13}));
    QCOMPARE((*whole)->answer(), text);
    QCOMPARE((*whole)->tokens_per_s(), 9.0);
    core.failNext(3, "the prompt is empty");
    whole.reset();
    link.answer(wire::TryRequest(), this, [](const wire::TryPart&) {}, [&](Result<wire::TryReply> end) { whole = std::move(end); });
    QTRY_VERIFY(whole);
    QCOMPARE(whole->status().code(), Code::invalid_argument);
    QCOMPARE(whole->status().message(), std::string("the prompt is empty"));
  }

  void aCancelledAnswerIsSilentAndEndsInTheCore() {
    FakeCore core;
    wire::TryReply reply;
    reply.set_answer("one two three four five six seven eight nine ten");
    core.setTryReply(reply);
    core.setWordPause(100);
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    int parts = 0, ends = 0;
    const quint64 call = link.answer(wire::TryRequest(), this, [&](const wire::TryPart&) { ++parts; }, [&](Result<wire::TryReply>) { ++ends; });
    QTRY_VERIFY(parts > 0);
    link.cancel(call);
    const int heard = parts;
    QTRY_COMPARE(core.calls("Answer cancelled"), 1);
    QTest::qWait(150);
    QCOMPARE(parts, heard);
    QCOMPARE(ends, 0);
    link.cancel(call);   // a second time, too
  }

  // ---------------------------------------------------------------------------------------------------- session

  void sessionStartsAndFollowsARun() {
    FakeCore core;
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    RunSession session(&link);
    QSignalSpy changed(&session, &RunSession::currentChanged);
    session.start(spec::Scenario(), "/tmp");
    QVERIFY(session.starting());
    QTRY_VERIFY(session.current());
    QTRY_COMPARE(session.current()->state(), QString("done"));
    QCOMPARE(session.current()->clients().size(), size_t(4));
    QCOMPARE(changed.count(), 1);
    QVERIFY(!session.previous());
    QCOMPARE(core.started().size(), size_t(1));
    QVERIFY(!core.started()[0].request_id().empty());
  }

  void duplicateAndChangeOneThingKeepsTheFirstRunBehind() {
    FakeCore core;
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    RunSession session(&link);
    spec::Scenario scenario;
    session.start(scenario, "/tmp");
    QTRY_VERIFY(session.current() && session.current()->state() == "done");
    const QString first = session.current()->run();
    scenario.lora.rank = 4;
    session.start(scenario, "/tmp", first);
    QTRY_VERIFY(session.previous());
    QCOMPARE(session.previous()->run(), first);
    QVERIFY(session.current()->run() != first);
    QVERIFY2(session.differenceSentence().contains("rank"), qPrintable(session.differenceSentence()));
    QCOMPARE(core.started()[1].previous_run(), first.toStdString());
  }

  void openingARunBringsThePreviousOneAlong() {
    FakeCore core;
    core.addRun(info("a", "done"), test::story(2, 2, 2));
    auto b = info("b", "done");
    b.set_previous_run("a");
    core.addRun(b, test::story(2, 2, 2));
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    RunSession session(&link);
    session.open("b");
    QTRY_VERIFY(session.previous() && session.previous()->state() == "done");
    QCOMPARE(session.previous()->run(), QString("a"));
  }

  void refusalsAreSaid() {
    FakeCore core;
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    RunSession session(&link);
    QSignalSpy failed(&session, &RunSession::startFailed);
    core.failNext(3, "lora.rank must be at least 1, got 0");
    session.start(spec::Scenario(), "/tmp");
    QTRY_COMPARE(failed.count(), 1);
    QCOMPARE(failed[0][0].toString(), QString("lora.rank must be at least 1, got 0"));
    QVERIFY(!session.starting());
    QSignalSpy commands(&session, &RunSession::commandFailed);
    session.open("nobody");
    QTRY_COMPARE(commands.count(), 1);
    QCOMPARE(commands[0][0].toString(), QString("no run nobody"));
  }

  void aRunInterruptedByTheCoresDeathIsSeenAsSuch() {
    FakeCore core;
    core.addRun(info("r"), test::story(2, 5, 3, 2));
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    RunSession session(&link);
    session.open("r");
    QTRY_COMPARE(session.current() ? session.current()->round() : 0, 2);
    core.stop();
    QTRY_COMPARE(link.state(), CoreLink::State::NotAnswering);
    core.setRunState("r", "interrupted");
    core.start();
    QTRY_COMPARE_WITH_TIMEOUT(session.current()->state(), QString("interrupted"), 10000);
    session.resume();
    QTRY_COMPARE(session.current()->state(), QString("running"));
  }
};

QTEST_GUILESS_MAIN(TestLink)
#include "tst_link.moc"
