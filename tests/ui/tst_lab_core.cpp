// Two studios on one machine, each with a real core and a home of its own: one hosts a room, the other joins it with the
// ticket, looks at what it consents to, trains, and learns whether it was worth it. All through the page's own widgets.
#include <QtTest>
#include <QtWidgets>

#include "support/studio_desk.h"
#include "ui/lab/host_view.h"
#include "ui/lab/member_view.h"
#include "ui/lab_pictures.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"

using namespace fedllm;
using namespace fedllm::ui;
using fedllm::tests::Cli;

namespace {

constexpr int kLong = tests::StudioDesk::kPatience;

struct Studio : tests::StudioDesk {
  Studio() {
    StudioOptions options = plain();
    options.theme = qEnvironmentVariable("FEDLLM_PICTURES_THEME", QStringLiteral("light")).toStdString();
    options.language = qEnvironmentVariable("FEDLLM_PICTURES_LANGUAGE", QStringLiteral("en")).toStdString();
    options.page = "lab";
    const QStringList size = qEnvironmentVariable("FEDLLM_PICTURES_SIZE", QStringLiteral("1024x700")).split('x');
    options.width = size[0].toInt();
    options.height = size[1].toInt();
    open(options);
    window->setUnattended();
  }
  QWidget* page() { return window->page("lab"); }
  QWidget* view() { return page()->findChild<QStackedWidget*>(QString(), Qt::FindDirectChildrenOnly)->currentWidget(); }
  template <class T>
  T* find(const char* name) {
    for (T* one : view()->findChildren<T*>(name))
      if (one->isVisible()) return one;
    return view()->findChild<T*>(name);
  }
  bool shows(const char* name) {
    auto* one = view()->findChild<QWidget*>(name);
    return one && find<QWidget>(name)->isVisible();
  }
  QString text(const char* name) {
    auto* label = find<QLabel>(name);
    return label ? label->text() : QString();
  }
  void press(const char* name) { find<QPushButton>(name)->click(); }
};

}  // namespace

class TestLabCore : public QObject {
  Q_OBJECT
 private slots:
  void twoStudiosTrainTogether() {
    SKIP_WITHOUT_TRAINING();
    Studio host;
    QVERIFY(host.isReady());
    host.window->openScenario(host.cli.tiny({"dataset.test_files=[]", "dataset.test_fraction=0.3"}));
    host.window->showPage("lab");

    // The room opens on this machine only and asks before it admits.
    host.find<QLineEdit>("edit.lab.roomName")->setText("Lab three");
    host.find<QToolButton>("btn.lab.more")->setChecked(true);
    host.find<QLineEdit>("edit.lab.bind")->setText("127.0.0.1:0");
    host.find<QCheckBox>("check.lab.ask")->setChecked(true);
    host.find<QCheckBox>("check.lab.announce")->setChecked(false);
    host.press("btn.lab.host");
    QTRY_VERIFY_WITH_TIMEOUT(qobject_cast<HostView*>(host.view()) || host.shows("label.lab.hostProblem"), kLong);
    QVERIFY2(qobject_cast<HostView*>(host.view()), qPrintable(host.text("label.lab.hostProblem")));
    const QString ticket = host.find<QPlainTextEdit>("text.lab.ticket")->toPlainText();
    QVERIFY(ticket.startsWith("fedllm1"));

    Studio member;
    QVERIFY(member.isReady());
    member.find<QPlainTextEdit>("edit.lab.ticket")->setPlainText(ticket);
    member.find<QLineEdit>("edit.lab.memberName")->setText("Ada");
    member.press("btn.lab.join");
    QTRY_VERIFY_WITH_TIMEOUT(qobject_cast<MemberView*>(member.view()) || member.shows("label.lab.joinProblem"), kLong);
    QVERIFY2(qobject_cast<MemberView*>(member.view()), qPrintable(member.text("label.lab.joinProblem")));

    // Both screens show the same code.
    QTRY_VERIFY_WITH_TIMEOUT(host.shows("btn.lab.admit"), kLong);
    QTRY_VERIFY_WITH_TIMEOUT(member.shows("label.lab.checkCode"), kLong);
    QCOMPARE(host.text("label.lab.code"), member.text("label.lab.checkCode"));
    takePicture("real-host-asking", host.window.get());
    takePicture("real-member-asking", member.window.get());
    host.press("btn.lab.admit");

    // Data of this machine, then the question, then the run.
    QTRY_VERIFY_WITH_TIMEOUT(member.shows("list.lab.files"), kLong);
    takePicture("real-member-data", member.window.get());
    qobject_cast<MemberView*>(member.view())->addFiles({Cli::assets() + "/data/desk_test.jsonl"});
    QTRY_VERIFY_WITH_TIMEOUT(member.shows("btn.lab.consent"), kLong);
    QVERIFY(member.text("label.lab.consentBase").contains("microworld"));
    takePicture("real-member-consent", member.window.get());
    member.press("btn.lab.consent");
    QTRY_VERIFY_WITH_TIMEOUT(host.find<QPushButton>("btn.lab.start")->isEnabled(), kLong);
    takePicture("real-host-ready", host.window.get());
    host.press("btn.lab.start");
    // Three rounds may be over before the window hears of the first.
    const auto begun = [&] {
      const QString now = member.text("label.lab.now");
      return now.contains("round") || now.startsWith("done");
    };
    QTRY_VERIFY_WITH_TIMEOUT(begun(), kLong);
    QTRY_VERIFY_WITH_TIMEOUT(host.shows("btn.lab.openRun"), kLong);
    takePicture("real-host-running", host.window.get());
    takePicture("real-member-training", member.window.get());

    // The Run page works as for any run, on both sides.
    QTRY_VERIFY_WITH_TIMEOUT(member.shows("btn.lab.memberRun"), kLong);
    member.press("btn.lab.memberRun");
    QTRY_VERIFY_WITH_TIMEOUT(member.window->context().session->current() && member.window->context().session->current()->state() == "done", 2 * kLong);
    QTRY_COMPARE_WITH_TIMEOUT(member.window->context().session->current()->round(), 3, kLong);
    takePicture("real-member-run", member.window.get());
    host.press("btn.lab.openRun");
    QTRY_VERIFY_WITH_TIMEOUT(host.window->context().session->current() && host.window->context().session->current()->state() == "done", 2 * kLong);
    takePicture("real-host-run", host.window.get());
    member.window->showPage("lab");
    host.window->showPage("lab");
    QTRY_COMPARE_WITH_TIMEOUT(host.text("label.lab.phase"), QString("The run has ended"), kLong);
    QTRY_VERIFY_WITH_TIMEOUT(member.text("label.lab.now").startsWith("done"), kLong);
    QTRY_VERIFY_WITH_TIMEOUT(member.text("label.lab.scoreTogether").contains("exact"), kLong);
    QVERIFY(member.text("label.lab.left").contains("0 bytes of text"));
    takePicture("real-host-ended", host.window.get());
    takePicture("real-member-done", member.window.get());
    member.press("btn.lab.alone");
    QTRY_VERIFY_WITH_TIMEOUT(member.text("label.lab.scoreAlone").contains("exact"), kLong);
    takePicture("real-member-alone", member.window.get());
  }
};

QTEST_MAIN(TestLabCore)
#include "tst_lab_core.moc"
