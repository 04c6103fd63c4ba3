// The lab from outside its page: the number on the activity bar's entry while somebody waits for an answer, and what closing the
// window says, keeps and ends.
#include "ui/lab_desk.h"
#include "ui/shell/activity_bar.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

QToolButton* entry(LabDesk& desk) { return desk.window->findChild<ActivityBar*>()->button("lab"); }

wire::Membership askingForConsent() { return test::membership("consenting"); }

}  // namespace

class TestLabPresence : public QObject {
  Q_OBJECT

  QMessageBox* askToClose(LabDesk& desk) {
    desk.window->setUnattended(false);
    desk.window->close();
    return desk.window->findChild<QMessageBox*>("dialog.running");
  }
  void noRun(LabDesk& desk) {
    desk.core.setRunState(kRun, "done");
    QTRY_COMPARE_WITH_TIMEOUT(desk.window->context().link->lastHeartbeat().running_size(), 0, 10'000);
  }
  // quit() outside exec() would end every later event loop at once.
  void forgetQuit() {
    QTimer::singleShot(0, [] { QCoreApplication::exit(); });
    (void)QCoreApplication::exec();
  }

 private slots:
  void whoAsksIsSeenFromEveryPage() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(3)); });
    QTRY_VERIFY(desk.isHosting());
    desk.window->showPage("welcome");
    const QString hint = entry(desk)->toolTip();
    QVERIFY(entry(desk)->accessibleDescription().isEmpty());
    const QImage plain = entry(desk)->grab().toImage();
    desk.lab.change([](wire::LabState& state) {
      *state.mutable_rooms(0) = test::room(3, "gathering", 2);
      *state.add_memberships() = askingForConsent();
    });
    QTRY_COMPARE(entry(desk)->accessibleDescription(), QString("2 machines ask to be let in; Lab three waits for your consent"));
    QCOMPARE(entry(desk)->toolTip(), entry(desk)->accessibleDescription());
    QVERIFY(entry(desk)->grab().toImage() != plain);
    desk.picture("badge-welcome");
    desk.window->showPage("lab");
    desk.settle();
    desk.picture("badge-lab");
    auto* tabs = desk.tabs();
    QVERIFY(tabs->tabText(1).contains("2 asking") && tabs->tabText(2).contains("asks you"));
    desk.window->showPage("welcome");
    desk.lab.change([](wire::LabState& state) {
      *state.mutable_rooms(0) = test::room(3);
      state.mutable_memberships(0)->set_state("training");
    });
    QTRY_VERIFY(entry(desk)->accessibleDescription().isEmpty());
    QCOMPARE(entry(desk)->toolTip(), hint);
    QCOMPARE(entry(desk)->grab().toImage(), plain);
    // Nobody can be answered while the core is away.
    desk.lab.change([](wire::LabState& state) { *state.mutable_rooms(0) = test::room(3, "gathering", 12); });
    QTRY_VERIFY(entry(desk)->accessibleDescription().startsWith("12 machines"));
    desk.core.stop();
    QTRY_VERIFY_WITH_TIMEOUT(entry(desk)->accessibleDescription().isEmpty(), 20'000);
  }

  void theMarkOutlivesAChangeOfLanguage() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(3, "gathering", 1)); });
    QTRY_VERIFY(!entry(desk)->accessibleDescription().isEmpty());
    desk.window->useWindowLanguage("zh_CN");
    QVERIFY(!entry(desk)->accessibleDescription().isEmpty());
    QVERIFY(!entry(desk)->accessibleDescription().contains("machine"));
    desk.window->useWindowLanguage("en");
  }

  void closingSaysThatARoomIsOpen() {
    LabDesk desk([](test::FakeLab& lab) {
      wire::HostedRoom room = test::room(3, "gathering", 1);
      lab.set(room);
    });
    QTRY_VERIFY(desk.isHosting());
    noRun(desk);
    QMessageBox* box = askToClose(desk);
    QVERIFY(box && desk.window->isVisible());
    QVERIFY2(box->text().contains("The room Lab three is open here, with 3 members."), qPrintable(box->text()));
    QVERIFY(box->informativeText().contains("stays open") && box->informativeText().contains("1 machine that asks"));
    QVERIFY(box->informativeText().contains("tells its members"));
    QCOMPARE(box->defaultButton()->text(), QString("Keep going in the background"));
    QVERIFY(!buttonOf(box, "Pause and quit"));
    desk.settle();
    desk.picture("closing-host", box);
    box->button(QMessageBox::Cancel)->click();
    QTest::qWait(50);
    QVERIFY(desk.window->isVisible() && desk.lab.roomCommands().empty());
    box = askToClose(desk);
    buttonOf(box, "Close the room and quit")->click();
    QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), 10'000);
    forgetQuit();
    QCOMPARE(desk.lab.roomCommands().size(), size_t(1));
    QCOMPARE(desk.lab.roomCommands()[0].kind(), wire::HostCommand::CLOSE);
  }

  void closingSaysThatThisMachineIsAMember() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(askingForConsent()); });
    QTRY_VERIFY(desk.isMember());
    noRun(desk);
    QMessageBox* box = askToClose(desk);
    QVERIFY(box);
    QCOMPARE(box->text(), QString("This machine is a member of Lab three.\nWhat should become of this when the window closes?"));
    QVERIFY(box->informativeText().contains("Nothing is trained for Lab three before you agree."));
    desk.settle();
    desk.picture("closing-member", box);
    buttonOf(box, "Leave and quit")->click();
    QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), 10'000);
    forgetQuit();
    QCOMPARE(desk.lab.memberCommands().size(), size_t(1));
    QCOMPARE(desk.lab.memberCommands()[0].kind(), wire::MembershipCommand::LEAVE);
  }

  void closingWithARunAndARoomKeepsOrEndsBoth() {
    for (const bool end : {false, true}) {
      LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(3, "running")); });
      QTRY_VERIFY(desk.isHosting());
      QTRY_VERIFY(desk.window->context().link->lastHeartbeat().running_size() > 0);
      QMessageBox* box = askToClose(desk);
      QVERIFY(box && box->text().startsWith("A run is going on.\nThe room Lab three"));
      QVERIFY(buttonOf(box, "Pause and quit"));
      desk.settle();
      if (end) desk.picture("closing-both", box);
      buttonOf(box, end ? "End everything and quit" : "Keep going in the background")->click();
      QTRY_VERIFY_WITH_TIMEOUT(!desk.window->isVisible(), 10'000);
      forgetQuit();
      QCOMPARE(desk.lab.roomCommands().size(), size_t(end));
      QCOMPARE(desk.core.calls("Stop"), int(end));
    }
  }

  void aRoomThatIsOverIsNotAskedAbout() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("left")); });
    QTRY_VERIFY(desk.isMember());
    noRun(desk);
    QVERIFY(!askToClose(desk));
    forgetQuit();
  }
};

QTEST_MAIN(TestLabPresence)
#include "tst_lab_presence.moc"
