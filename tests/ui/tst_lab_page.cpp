// The Lab page: beginning as host or member, drops, nonsense, the doctor, a core that goes and comes back.
#include "ui/lab_desk.h"

#include "spec/scenario_json.h"
#include "ui/lab/host_form.h"

using namespace fedllm;
using namespace fedllm::ui;

class TestLabPage : public QObject {
  Q_OBJECT
 private slots:
  // ------------------------------------------------------------------------------------------------------- to begin

  void hostsTheOpenScenario() {
    LabDesk desk;
    auto* open = desk.find<QPushButton>("btn.lab.host");
    QTRY_VERIFY(open->isEnabled());
    desk.find<QLineEdit>("edit.lab.roomName")->setText("  Lab three ");
    desk.find<QRadioButton>("radio.lab.whenReady")->setChecked(true);
    desk.find<QSpinBox>("spin.lab.members")->setValue(6);
    desk.find<QCheckBox>("check.lab.ask")->setChecked(true);
    QTest::mouseClick(open, Qt::LeftButton);
    QTRY_COMPARE(desk.lab.hosted().size(), size_t(1));
    const wire::HostRoomRequest asked = desk.lab.hosted()[0];
    QCOMPARE(asked.name(), std::string("Lab three"));
    QCOMPARE(asked.min_members(), 6);
    QVERIFY(asked.ask() && asked.announce() && !asked.hand_out_data());
    QCOMPARE(asked.ticket_uses(), 64);
    QCOMPARE(asked.ticket_valid_s(), int64_t(12 * 3600));
    QVERIFY(asked.scenario_json().find("base_model") != std::string::npos);
    QTRY_VERIFY(desk.isHosting());
    QCOMPARE(desk.text("label.lab.room"), QString("Lab three"));
  }

  // To one program, not to whatever comes next.
  void asksBeforeAProgramOfTheScenarioRuns() {
    LabDesk desk;
    auto* program = desk.page()->findChild<QCheckBox*>("check.lab.program");
    auto* form = desk.page()->findChild<HostForm*>("form.lab.host");
    QVERIFY(program && form && !program->isVisible());
    const auto scenario = [&](const QString& name, const char* aggregator) {
      spec::Scenario s;
      s.strategy.aggregator = aggregator;
      const QString path = desk.home.filePath(name);
      QFile file(path);
      if (file.open(QIODevice::WriteOnly)) file.write(QByteArray::fromStdString(spec::to_json(s)));
      return path;
    };
    const QString mine = scenario("mine.json", "exec:./mine.py"), other = scenario("other.json", "exec:./other.py");
    form->chooseScenario(mine);
    QVERIFY(program->isVisible() && !program->isChecked());
    desk.picture("lab-program");
    QCOMPARE(program->toolTip(), QString("./mine.py"));
    program->click();
    form->refresh();
    QVERIFY(program->isChecked());
    form->chooseScenario(other);
    QVERIFY(!program->isChecked());
    program->click();
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.host")->isEnabled());
    desk.find<QPushButton>("btn.lab.host")->click();
    QTRY_COMPARE(desk.lab.hosted().size(), size_t(1));
    QVERIFY(desk.lab.hosted()[0].allow_program());
  }

  void saysWhyARoomDoesNotOpen() {
    LabDesk desk;
    desk.lab.failNext(9, "port 47110 is taken by another program");
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.host")->isEnabled());
    desk.find<QPushButton>("btn.lab.host")->click();
    QTRY_VERIFY(desk.shows("label.lab.hostProblem"));
    QCOMPARE(desk.text("label.lab.hostProblem"), QString("port 47110 is taken by another program"));
    QVERIFY(desk.find<QPushButton>("btn.lab.host")->isEnabled());
  }

  void refusesANonsenseBindAddress() {
    LabDesk desk;
    desk.find<QToolButton>("btn.lab.more")->setChecked(true);
    desk.find<QLineEdit>("edit.lab.bind")->setText("somewhere");
    desk.find<QPushButton>("btn.lab.host")->click();
    QVERIFY(desk.text("label.lab.hostProblem").contains("“somewhere”"));
    QVERIFY(desk.lab.hosted().empty());
  }

  void listsRoomsAndAlwaysTakesATicket() {
    LabDesk desk([](test::FakeLab& lab) { lab.setFound(test::foundRooms()); });
    auto* table = desk.find<QTableView>("table.lab.rooms");
    QTRY_COMPARE(table->model()->rowCount(), 3);
    QVERIFY(desk.find<QPlainTextEdit>("edit.lab.ticket")->isVisible());
    // Known: no ticket needed. Unknown: asks for one. Of another protocol: not to be chosen.
    table->selectRow(0);
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.join")->isEnabled());
    QVERIFY(!(table->model()->index(2, 0).flags() & Qt::ItemIsEnabled));
    table->selectRow(1);
    desk.find<QPushButton>("btn.lab.join")->click();
    QVERIFY(desk.text("label.lab.joinProblem").contains("lovelace"));
    QVERIFY(desk.lab.joined().empty());
    table->selectRow(0);
    desk.find<QPushButton>("btn.lab.join")->click();
    QTRY_COMPARE(desk.lab.joined().size(), size_t(1));
    QCOMPARE(desk.lab.joined()[0].ticket(), std::string("room-2"));
    QCOMPARE(desk.lab.joined()[0].slot(), -1);
    QVERIFY(!desk.lab.joined()[0].consent());
    QTRY_VERIFY(desk.isMember());
  }

  void saysThatThereIsNoDiscovery() {
    LabDesk desk([](test::FakeLab& lab) {
      wire::FoundRooms none;
      none.set_problem("no Avahi daemon runs");
      lab.setFound(none);
    });
    QTRY_VERIFY(desk.text("label.lab.rooms").contains("no Avahi daemon runs"));
    QVERIFY(desk.text("label.lab.rooms").contains("Everything else works"));
    desk.find<QPlainTextEdit>("edit.lab.ticket")->setPlainText("fedllm1AbC_d-\n  efGh");
    QVERIFY(desk.find<QPushButton>("btn.lab.join")->isEnabled());
    desk.find<QPushButton>("btn.lab.join")->click();
    QTRY_COMPARE(desk.lab.joined().size(), size_t(1));
    QCOMPARE(desk.lab.joined()[0].ticket(), std::string("fedllm1AbC_d-efGh"));
  }

  void nonsenseIsOneSentence() {
    LabDesk desk;
    desk.find<QPlainTextEdit>("edit.lab.ticket")->setPlainText("let me in please");
    desk.find<QPushButton>("btn.lab.join")->click();
    QVERIFY(desk.text("label.lab.joinProblem").startsWith("This is neither a ticket"));
    QVERIFY(desk.lab.joined().empty());
    desk.find<QPlainTextEdit>("edit.lab.ticket")->setPlainText("fedllm1zzzz");
    QVERIFY(!desk.shows("label.lab.joinProblem"));
    desk.lab.failNext(3, "the ticket is mistyped: its check sum is wrong");
    desk.find<QPushButton>("btn.lab.join")->click();
    QTRY_COMPARE(desk.text("label.lab.joinProblem"), QString("the ticket is mistyped: its check sum is wrong"));
    QVERIFY(!desk.isMember());
  }

  void takesADroppedTicketAndDroppedData() {
    LabDesk desk;
    QTemporaryDir folder;
    const auto write = [&](const QString& name, const QByteArray& bytes) {
      QFile file(folder.filePath(name));
      (void)file.open(QIODevice::WriteOnly);
      file.write(bytes);
      return QUrl::fromLocalFile(file.fileName());
    };
    const QByteArray ticket = "fedllm1" + QByteArray(90, 'x');
    drop(desk.page(), {write("room.fedticket", "\n" + ticket + "\n")});
    QCOMPARE(desk.find<QPlainTextEdit>("edit.lab.ticket")->toPlainText(), QString(ticket));
    drop(desk.page(), {write("mine.csv", "question,answer\na,b\n")});
    QVERIFY(desk.text("label.lab.joinFiles").contains("mine.csv"));
    desk.find<QPushButton>("btn.lab.join")->click();
    QTRY_COMPARE(desk.lab.joined().size(), size_t(1));
    QVERIFY(QString::fromStdString(desk.lab.joined()[0].files(0)).endsWith("mine.csv"));
  }

  void anotherFileIsNoTicket() {
    LabDesk desk;
    QTemporaryDir folder;
    QFile file(folder.filePath("holiday.png"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(100'000, '\x89'));
    file.close();
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(file.fileName())});
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(desk.page(), &enter);
    QVERIFY(!enter.isAccepted());
  }

  // ------------------------------------------------------------------------------------------------------- the core

  void keepsTheRoomWhileTheCoreIsAway() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(4, "running")); });
    QTRY_VERIFY(desk.isHosting());
    QTRY_COMPARE(desk.find<QTableView>("table.lab.members")->model()->rowCount(), 4);
    desk.core.stop();
    QTRY_VERIFY(desk.page()->findChild<QLabel*>("label.lab.stale")->isVisible());
    QCOMPARE(desk.find<QTableView>("table.lab.members")->model()->rowCount(), 4);
    QTRY_VERIFY(!desk.find<QPushButton>("btn.lab.pauseAll")->isEnabled());
    desk.lab.set(test::room(5, "running"));
    desk.core.start();
    QTRY_COMPARE_WITH_TIMEOUT(desk.find<QTableView>("table.lab.members")->model()->rowCount(), 5, 15000);
    QTRY_VERIFY(!desk.page()->findChild<QLabel*>("label.lab.stale")->isVisible());
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.pauseAll")->isEnabled());
    QCOMPARE(desk.tabs()->count(), 2);
  }

  void aCoreWithoutALabSaysSo() {
    QTemporaryDir home;
    test::FakeCore core;
    core.start();
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core.socket();
    StudioOptions options;
    options.theme = "light";
    options.language = "en";
    options.page = "lab";
    MainWindow window(paths, options, [] {});
    window.setUnattended();
    window.show();
    auto* stale = window.page("lab")->findChild<QLabel*>("label.lab.stale");
    QTRY_VERIFY(stale->isVisible());
    QVERIFY(stale->text().contains("without the lab"));
    QVERIFY(!window.page("lab")->findChild<QPushButton*>("btn.lab.host")->isEnabled());
  }

  void examinesTheConnection() {
    LabDesk desk;
    desk.find<QPlainTextEdit>("edit.lab.ticket")->setPlainText("192.168.1.20:47110");
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.doctor")->isEnabled());
    desk.find<QPushButton>("btn.lab.doctor")->click();
    auto* dialog = desk.page()->findChild<QDialog*>("dialog.lab.doctor");
    QVERIFY(dialog);
    QTRY_COMPARE(dialog->findChildren<QFrame*>("line.lab.doctor").size(), 8);
    QCOMPARE(desk.lab.examined()[0].ticket_or_address(), std::string("192.168.1.20:47110"));
    QCOMPARE(dialog->findChild<QLabel*>("label.lab.doctorSummary")->text(), QString("1 problem found"));
    dialog->findChild<QPushButton*>("btn.lab.copyCommand")->click();
    QVERIFY(QApplication::clipboard()->text().startsWith("ping -c 3 192.168.1.20"));
    dialog->findChild<QPushButton*>("btn.lab.copyDoctor")->click();
    QVERIFY(QApplication::clipboard()->text().contains("problem: Reach"));
    QTRY_VERIFY(cutTexts(dialog).isEmpty());
    desk.picture("doctor", dialog);
  }

  void aMembersDoctorComparesItsClockWithTheHosts() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("training")); });
    QTRY_VERIFY(desk.isMember());
    desk.find<QPushButton>("btn.lab.memberDoctor")->click();
    QTRY_COMPARE(desk.lab.examined().size(), size_t(1));
    QCOMPARE(desk.lab.examined()[0].membership(), std::string("part-1"));
    QCOMPARE(desk.lab.examined()[0].ticket_or_address(), std::string("192.168.1.20:47110"));
  }
};

QTEST_MAIN(TestLabPage)
#include "tst_lab_page.moc"
