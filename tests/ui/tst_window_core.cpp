// The window with the real core of a home of its own: closing it leaves the run going and opening it again misses no point,
// logging out pauses the run, and a home in which another process works is said and taken up when it is free.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <QtTest>
#include <QtWidgets>

#include "base/clock.h"
#include "spec/scenario_json.h"
#include "support/studio_desk.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/shell/banner.h"
#include "ui/shell/settings.h"

using namespace fedllm;
using namespace fedllm::ui;
using fedllm::tests::Json;

namespace {

constexpr int kLong = 30'000;

struct Desk : tests::StudioDesk {
  RunRecord* run() const { return window->context().session->current(); }
  // A run far from its end, known to the heartbeat; its id.
  QString startLongRun() {
    const QString file = cli.tiny({"rounds=4000"});
    const auto scenario = spec::load_scenario(file.toStdString());
    window->context().session->start(*scenario, QFileInfo(file).path());
    const bool going = QTest::qWaitFor(
        [this] { return run() && run()->round() >= 2 && link()->lastHeartbeat().running_size() > 0; }, 2 * kLong);
    return going ? run()->run() : QString();
  }
  Json told(const QString& id) const {
    for (const Json& row : cli.run({"runs", "--json"}).objects())
      if (tests::text_of(row, "run") == id.toStdString()) return row;
    return {};
  }
  std::string state(const QString& id) const { return tests::text_of(told(id), "state"); }
  int roundsDone(const QString& id) const { return told(id).value("rounds_done", -1); }
};

void press(QDialog* box, const QString& text) {
  for (auto* button : box->findChildren<QAbstractButton*>())
    if (button->text() == text) return button->click();
  qFatal("no button %s", qPrintable(text));
}

// quit() outside exec() would end every later event loop at once.
void forgetQuit() {
  QTimer::singleShot(0, [] { QCoreApplication::exit(); });
  (void)QCoreApplication::exec();
}

}  // namespace

class TestWindowCore : public QObject {
  Q_OBJECT
 private slots:
  void aHeldHomeIsSaidAndTakenUpWhenItIsFree() {
    Desk desk;
    const int lock = ::open(desk.paths.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    QVERIFY(lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0);
    const std::string text = serialize_holder({4711, "run", SystemClock().unix_ms()});
    QCOMPARE(::pwrite(lock, text.data(), text.size(), 0), ssize_t(text.size()));
    desk.open();
    QTRY_COMPARE(desk.link()->state(), CoreLink::State::HomeHeld);
    const QString said = desk.window->banners()->text("core");
    QVERIFY2(said.startsWith("fedllm run works in this home (process 4711, since ") && said.contains("connects by itself"),
             qPrintable(said));
    QVERIFY(desk.link()->stateSentence().contains("fedllm run") && desk.link()->stateSentence().contains("4711"));
    QCOMPARE(desk.launches, 0);
    ::close(lock);
    QVERIFY(desk.isReady());
    QVERIFY(!desk.window->banners()->isShown("core"));
    QVERIFY(desk.launches >= 1);
  }

  void aNetworkHomeIsSaid() {
    qputenv("FEDLLM_ASSUME_NETWORK_HOME", "1");
    Desk desk;
    desk.cli.environment().insert("FEDLLM_ASSUME_NETWORK_HOME", "1");
    qunsetenv("FEDLLM_ASSUME_NETWORK_HOME");
    desk.open();
    const QString said = desk.window->banners()->text("network");
    QVERIFY2(said.contains(QString::fromStdString(desk.paths.ledger_dir)), qPrintable(said));
    QVERIFY(desk.isReady());
    QVERIFY(desk.link()->hello().home_on_network());
    QCOMPARE(desk.link()->hello().ledger_dir(), desk.paths.ledger_dir);
  }

  void loggingOutPausesTheRunUnlessItWasToKeepRunning() {
    SKIP_WITHOUT_TRAINING();
    Desk desk;
    desk.open();
    QVERIFY(desk.isReady());
    const QString id = desk.startLongRun();
    QVERIFY(!id.isEmpty());
    auto* session = qApp->findChild<QSessionManager*>();
    QVERIFY(session);
    desk.window->settings()->setKeepRunning(true);
    emit qApp->commitDataRequest(*session);
    QCOMPARE(desk.state(id), std::string("running"));
    desk.window->settings()->setKeepRunning(false);
    emit qApp->commitDataRequest(*session);
    QCOMPARE(desk.state(id), std::string("paused"));  // before the handler gave the session back its turn
    QTRY_COMPARE_WITH_TIMEOUT(desk.run()->state(), QString("paused"), kLong);
    const int done = desk.roundsDone(id);
    QTest::qWait(300);
    QCOMPARE(desk.roundsDone(id), done);
    desk.window->setUnattended();
  }

  void aRunThatWasToKeepRunningIsThereAfterTheNextLogIn() {
    SKIP_WITHOUT_TRAINING();
    Desk desk;
    desk.open();
    desk.window->settings()->setKeepRunning(true);
    QVERIFY(desk.isReady());
    const QString id = desk.startLongRun();
    QVERIFY(!id.isEmpty());
    const int core = desk.link()->hello().pid();
    desk.window->setUnattended();
    desk.window.reset();
    QVERIFY(QDir(desk.cli.path("/run")).removeRecursively());  // the session ends …
    QTest::qWait(1500);
    QCOMPARE(desk.state(id), std::string("running"));
    QVERIFY(QDir().mkpath(desk.cli.path("/run")));  // … and the next one begins
    desk.paths = *resolve_home(desk.cli.home().toStdString());
    desk.open();
    QVERIFY(desk.isReady());
    QCOMPARE(desk.link()->hello().pid(), core);
    QTRY_VERIFY_WITH_TIMEOUT(desk.run() && desk.run()->run() == id && desk.run()->round() >= 2, kLong);
    desk.window->setUnattended();
  }

  void aClosedWindowLeavesTheRunGoingAndTheNextOneShowsAllOfIt() {
    SKIP_WITHOUT_TRAINING();
    Desk desk;
    desk.open();
    QVERIFY(desk.isReady());
    const QString id = desk.startLongRun();
    QVERIFY(!id.isEmpty());
    desk.window->close();
    auto* box = desk.window->findChild<QDialog*>("dialog.running");
    QVERIFY(box && desk.window->isVisible());
    press(box, "Keep training in the background");
    QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), kLong);
    desk.window.reset();
    forgetQuit();

    QCOMPARE(desk.state(id), std::string("running"));
    const int done = desk.roundsDone(id);
    QVERIFY(QTest::qWaitFor([&] { return desk.roundsDone(id) >= done + 2; }, kLong));

    desk.open();
    QTRY_VERIFY_WITH_TIMEOUT(desk.run() && desk.run()->run() == id, kLong);
    QCOMPARE(desk.window->currentPage()->pageId(), QString("run"));
    QTRY_VERIFY_WITH_TIMEOUT(desk.run()->round() >= done + 2, kLong);
    desk.window->context().session->stop(false);
    QTRY_COMPARE_WITH_TIMEOUT(desk.run()->state(), QString("paused"), kLong);
    const auto lines = desk.cli.run({"show", id, "--json"}).objects();
    QTRY_COMPARE_WITH_TIMEOUT(desk.run()->lastSeq(), quint64(lines.size() - 1), kLong);  // the last line is the summary
    size_t steps = 0, drawn = 0;
    for (const Json& line : lines) steps += tests::text_of(line, "event") == "client_step";
    for (const ClientRecord& client : desk.run()->clients()) drawn += client.stepLoss.size();
    QCOMPARE(drawn, steps);
    QVERIFY(steps > 20);
    desk.window->setUnattended();
  }
};

QTEST_MAIN(TestWindowCore)
#include "tst_window_core.moc"
