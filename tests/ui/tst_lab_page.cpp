// The Lab page in the window against a scripted core: both roles, every state, default buttons, drops, nonsense, a core that
// goes and comes back. With FEDLLM_PICTURES=DIR every state is also drawn into DIR (FEDLLM_PICTURES_THEME, _LANGUAGE, _SIZE).
#include <QtTest>
#include <QtWidgets>

#include "support/fake_core.h"
#include "support/fake_lab.h"
#include "ui/lab/asking_cards.h"
#include "ui/lab/host_view.h"
#include "ui/lab/member_view.h"
#include "ui/lab/projector.h"
#include "ui/lab/qr_view.h"
#include "ui/lab/stepper.h"
#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/shell/main_window.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

constexpr const char* kRun = "20261122-120011-fake";

QString asked(const char* variable, const char* otherwise) { return qEnvironmentVariable(variable, QString::fromLatin1(otherwise)); }

struct Desk {
  QTemporaryDir home;
  test::FakeLab lab;
  test::FakeCore core;
  std::unique_ptr<MainWindow> window;

  explicit Desk(std::function<void(test::FakeLab&)> prepare = {}) {
    if (prepare) prepare(lab);
    wire::RunInfo info;
    info.set_run(kRun);
    info.set_name("Front desk");
    info.set_state("running");
    info.set_rounds(5);
    core.addRun(info, test::story(4, 5, 3, 2));
    core.serveAlso(lab.service());
    core.start();
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core.socket();
    StudioOptions options;
    options.theme = asked("FEDLLM_PICTURES_THEME", "light").toStdString();
    options.language = asked("FEDLLM_PICTURES_LANGUAGE", "en").toStdString();
    options.page = "lab";
    const QStringList size = asked("FEDLLM_PICTURES_SIZE", "1024x700").split('x');
    options.width = size[0].toInt();
    options.height = size[1].toInt();
    window = std::make_unique<MainWindow>(paths, options, [] {});
    window->setUnattended();
    window->show();
    (void)QTest::qWaitForWindowExposed(window.get());
    window->activateWindow();
    window->showPage("lab");
  }

  Page* page() { return window->page("lab"); }
  QTabBar* tabs() { return page()->findChild<QTabBar*>("tabs.lab"); }
  QWidget* view() { return page()->findChild<QStackedWidget*>(QString(), Qt::FindDirectChildrenOnly)->currentWidget(); }
  // In the view that is shown.
  template <class T>
  T* find(const char* name) {
    for (T* one : view()->findChildren<T*>(name))
      if (one->isVisible()) return one;
    return view()->findChild<T*>(name);
  }
  bool shows(const char* name) {
    for (auto* one : view()->findChildren<QWidget*>(name))
      if (one->isVisible()) return true;
    return false;
  }
  QString text(const char* name) { return find<QLabel>(name)->text(); }
  bool isHosting() { return qobject_cast<HostView*>(view()); }
  bool isMember() { return qobject_cast<MemberView*>(view()); }
  void settle() { QTest::qWait(350); }
  void picture(const QString& name, QWidget* what = nullptr) {
    const QString folder = qEnvironmentVariable("FEDLLM_PICTURES");
    if (folder.isEmpty()) return;
    settle();
    QDir().mkpath(folder);
    QVERIFY((what ? what : window.get())->grab().save(folder + "/" + name + ".png"));
  }
};

// What no label and no button may do: show less than they say.
QStringList cutTexts(QWidget* page) {
  QStringList cut;
  for (auto* button : page->findChildren<QAbstractButton*>())
    if (button->isVisible() && !button->text().isEmpty() && button->width() < button->minimumSizeHint().width()) cut << button->text();
  for (auto* label : page->findChildren<QLabel*>())
    if (label->isVisible() && !label->wordWrap() && label->pixmap().isNull() && label->width() < label->minimumSizeHint().width()) cut << label->text();
  for (auto* label : page->findChildren<QLabel*>())
    if (label->isVisible() && label->wordWrap() && label->height() < label->heightForWidth(label->width())) cut << label->text();
  return cut;
}

QAbstractButton* buttonOf(QMessageBox* box, const QString& text) {
  for (auto* button : box->buttons())
    if (button->text().remove('&') == text) return button;
  return nullptr;
}

bool isPressedByEnter(QPushButton* button) { return button->isDefault(); }

void drop(QWidget* page, const QList<QUrl>& urls, const QString& text = {}) {
  QMimeData mime;
  if (!urls.isEmpty()) mime.setUrls(urls);
  if (!text.isEmpty()) mime.setText(text);
  QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(page, &enter);
  QDropEvent event(QPointF(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
  if (enter.isAccepted()) QCoreApplication::sendEvent(page, &event);
}

}  // namespace

class TestLabPage : public QObject {
  Q_OBJECT
 private slots:

  // ------------------------------------------------------------------------------------------------------- to begin

  void hostsTheOpenScenario() {
    Desk desk;
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

  void saysWhyARoomDoesNotOpen() {
    Desk desk;
    desk.lab.failNext(9, "port 47110 is taken by another program");
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.host")->isEnabled());
    desk.find<QPushButton>("btn.lab.host")->click();
    QTRY_VERIFY(desk.shows("label.lab.hostProblem"));
    QCOMPARE(desk.text("label.lab.hostProblem"), QString("port 47110 is taken by another program"));
    QVERIFY(desk.find<QPushButton>("btn.lab.host")->isEnabled());
  }

  void refusesANonsenseBindAddress() {
    Desk desk;
    desk.find<QToolButton>("btn.lab.more")->setChecked(true);
    desk.find<QLineEdit>("edit.lab.bind")->setText("somewhere");
    desk.find<QPushButton>("btn.lab.host")->click();
    QVERIFY(desk.text("label.lab.hostProblem").contains("“somewhere”"));
    QVERIFY(desk.lab.hosted().empty());
  }

  void listsRoomsAndAlwaysTakesATicket() {
    Desk desk([](test::FakeLab& lab) { lab.setFound(test::foundRooms()); });
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
    Desk desk([](test::FakeLab& lab) {
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
    Desk desk;
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
    Desk desk;
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
    Desk desk;
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

  // ---------------------------------------------------------------------------------------------------------- host

  void askersStandOnTopAndNotNowIsTheDefault() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(4, "gathering", 2)); });
    QTRY_VERIFY(desk.isHosting());
    auto* table = desk.find<QTableView>("table.lab.members");
    QTRY_COMPARE(table->model()->rowCount(), 6);
    QVERIFY(table->model()->index(0, 2).data().toString().contains("asks to join"));
    QVERIFY(!table->model()->index(2, 2).data().toString().contains("asks to join"));
    auto cards = desk.view()->findChildren<AskingCard*>();
    QCOMPARE(cards.size(), 2);
    QCOMPARE(cards[0]->findChild<QLabel*>("label.lab.code")->text().remove(QChar(0x2009)).size(), 8);
    auto* notNow = cards[0]->findChild<QPushButton*>("btn.lab.notNow");
    QVERIFY(isPressedByEnter(notNow));
    QVERIFY(!isPressedByEnter(cards[0]->findChild<QPushButton*>("btn.lab.admit")));
    QTest::keyClick(cards[0], Qt::Key_Return);
    QTRY_COMPARE(desk.lab.roomCommands().size(), size_t(1));
    QCOMPARE(desk.lab.roomCommands()[0].kind(), wire::HostCommand::REFUSE);
    QCOMPARE(desk.lab.roomCommands()[0].member(), std::string("m4"));
    QTRY_COMPARE(desk.view()->findChild<AskingCards*>()->count(), 1);
    for (auto* card : desk.view()->findChildren<AskingCard*>())
      if (card->isVisible()) card->findChild<QPushButton*>("btn.lab.admit")->click();
    QTRY_COMPARE(desk.lab.roomCommands().size(), size_t(2));
    QCOMPARE(desk.lab.roomCommands()[1].kind(), wire::HostCommand::ADMIT);
    QCOMPARE(desk.lab.roomCommands()[1].member(), std::string("m5"));
    QTRY_VERIFY(!desk.shows("scroll.lab.asking"));
  }

  void removesAMemberOnlyWhenAsked() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(4, "running")); });
    QTRY_VERIFY(desk.isHosting());
    auto* table = desk.find<QTableView>("table.lab.members");
    QTRY_COMPARE(table->model()->rowCount(), 4);
    QVERIFY(!desk.shows("btn.lab.revoke"));
    table->selectRow(1);
    QTRY_VERIFY(desk.shows("btn.lab.revoke"));
    QVERIFY(desk.text("label.lab.selected").contains("bakery-2"));
    desk.find<QPushButton>("btn.lab.revoke")->click();
    auto* box = desk.page()->findChild<QMessageBox*>("dialog.lab.revoke");
    QVERIFY(box);
    QCOMPARE(box->standardButton(box->defaultButton()), QMessageBox::Cancel);
    box->button(QMessageBox::Cancel)->click();
    QTest::qWait(50);
    QVERIFY(desk.lab.roomCommands().empty());
    desk.find<QPushButton>("btn.lab.revoke")->click();
    QTest::qWait(20);
    for (auto* again : desk.page()->findChildren<QMessageBox*>("dialog.lab.revoke"))
      if (again->isVisible()) buttonOf(again, "Remove")->click();
    QTRY_COMPARE(desk.lab.roomCommands().size(), size_t(1));
    QCOMPARE(desk.lab.roomCommands()[0].kind(), wire::HostCommand::REVOKE);
    QCOMPARE(desk.lab.roomCommands()[0].member(), std::string("m1"));
    QTRY_VERIFY(table->model()->index(3, 2).data().toString().startsWith("removed"));
    QTRY_VERIFY(!desk.find<QPushButton>("btn.lab.revoke")->isEnabled());
    QVERIFY(desk.text("label.lab.selected").contains("bakery-2"));   // the selection follows the member, not the row
  }

  void startsPausesAndStopsForAll() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(4)); });
    QTRY_VERIFY(desk.isHosting());
    QTRY_COMPARE(desk.text("label.lab.phase"), QString("Gathering: 4 of 4 ready"));
    QVERIFY(!desk.shows("btn.lab.pauseAll") && !desk.shows("btn.lab.stopAll") && !desk.shows("btn.lab.openRun"));
    desk.find<QPushButton>("btn.lab.start")->click();
    QTRY_VERIFY(desk.shows("btn.lab.pauseAll"));
    desk.find<QPushButton>("btn.lab.pauseAll")->click();
    QTRY_VERIFY(desk.text("label.lab.phase").startsWith("Paused"));
    desk.find<QPushButton>("btn.lab.pauseAll")->click();
    QTRY_COMPARE(desk.lab.roomCommands().size(), size_t(3));
    QCOMPARE(desk.lab.roomCommands()[2].kind(), wire::HostCommand::UNPAUSE);
    desk.find<QPushButton>("btn.lab.stopAll")->click();
    auto* box = desk.page()->findChild<QMessageBox*>("dialog.lab.stop");
    QVERIFY(box && box->standardButton(box->defaultButton()) == QMessageBox::Cancel);
    buttonOf(box, "Stop and save")->click();
    QTRY_COMPARE(desk.lab.roomCommands().size(), size_t(4));
    QTRY_COMPARE(desk.text("label.lab.phase"), QString("The run has ended"));
  }

  void nobodyReadyCannotStart() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(0)); });
    QTRY_VERIFY(desk.isHosting());
    QTRY_VERIFY(desk.shows("label.lab.nobody"));
    QVERIFY(!desk.find<QPushButton>("btn.lab.start")->isEnabled());
    QVERIFY(desk.find<QrView>("qr.ticket")->modules() >= 21);
  }

  void invitesByCodeAndText() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(2)); });
    QTRY_VERIFY(desk.isHosting());
    auto* ticket = desk.find<QPlainTextEdit>("text.lab.ticket");
    QTRY_VERIFY(ticket->toPlainText().startsWith("fedllm1"));
    QVERIFY(desk.text("label.lab.validity").contains("62 more machines"));
    desk.find<QPushButton>("btn.lab.copyTicket")->click();
    QCOMPARE(QApplication::clipboard()->text(), ticket->toPlainText());
    const QString first = ticket->toPlainText();
    desk.find<QPushButton>("btn.lab.newTicket")->click();
    QTRY_VERIFY(ticket->toPlainText() != first);
    desk.lab.change([](wire::LabState& state) { state.mutable_rooms(0)->set_ticket_uses_left(0); });
    QTRY_VERIFY(desk.text("label.lab.validity").contains("used up"));
    QVERIFY(!desk.shows("qr.ticket"));
  }

  void opensTheRun() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(4, "running")); });
    QTRY_VERIFY(desk.isHosting());
    QTRY_VERIFY(desk.shows("btn.lab.openRun"));
    desk.find<QPushButton>("btn.lab.openRun")->click();
    QCOMPARE(desk.window->currentPage()->pageId(), QString("run"));
    QTRY_VERIFY(desk.window->context().session->current());
    QCOMPARE(desk.window->context().session->current()->run(), QString(kRun));
  }

  void projectsThirtyMembers() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(30, "running")); });
    QTRY_VERIFY(desk.isHosting());
    desk.find<QPushButton>("btn.lab.projector")->click();
    auto* host = qobject_cast<HostView*>(desk.view());
    QTRY_VERIFY(host->projector() && host->projector()->isVisible());
    auto* projector = host->projector();
    projector->resize(1600, 1000);
    QCOMPARE(projector->tiles(), 30);
    QRegion covered;
    for (int i = 0; i < 30; ++i) {
      QVERIFY(projector->rect().contains(projector->tile(i)));
      QVERIFY(!covered.intersects(projector->tile(i)));
      QVERIFY(projector->tile(i).height() >= 90);
      covered += projector->tile(i);
    }
    desk.picture("projector-running", projector);
    QTest::keyClick(projector, Qt::Key_Escape);
    QTRY_VERIFY(!host->projector());
  }

  // -------------------------------------------------------------------------------------------------------- member

  void showsTheCheckCodeWhileAsking() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::membership("asking")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_COMPARE(desk.text("label.lab.checkCode").remove(QChar(0x2009)), QString("K7QM2P9X"));
    QVERIFY(desk.find<QLabel>("label.lab.checkCode")->font().pointSizeF() > 2.5 * desk.page()->font().pointSizeF());
    desk.lab.set(test::membership("fetching"));
    QTRY_VERIFY(desk.shows("progress.lab.fetch"));
    QCOMPARE(desk.find<QProgressBar>("progress.lab.fetch")->value(), 1000 * 23 / 61);
  }

  void mapsColumnsAndSendsTheChoice() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::membership("mapping")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_VERIFY(desk.shows("combo.lab.column.instruction"));
    auto* instruction = desk.find<QComboBox>("combo.lab.column.instruction");
    QCOMPARE(instruction->currentText(), QString("question"));
    QVERIFY(desk.text("label.lab.contract").contains("instruction, response"));
    bool said = false;
    for (auto* label : desk.view()->findChildren<QLabel*>("label.lab.finding")) said = said || label->text().contains("attic");
    QVERIFY(said);
    QVERIFY(desk.find<QPlainTextEdit>("text.lab.samples")->toPlainText().contains("greenhouse"));
    auto* use = desk.find<QPushButton>("btn.lab.useData");
    instruction->setCurrentIndex(0);
    emit instruction->activated(0);
    QVERIFY(!use->isEnabled());
    instruction->setCurrentIndex(instruction->findData("topic"));
    emit instruction->activated(instruction->currentIndex());
    QVERIFY(use->isEnabled());
    use->click();
    QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(1));
    const wire::MembershipCommand sent = desk.lab.memberCommands()[0];
    QCOMPARE(sent.kind(), wire::MembershipCommand::SET_DATA);
    QCOMPARE(sent.files_size(), 2);
    QCOMPARE(sent.columns().at("instruction"), std::string("topic"));
    QCOMPARE(sent.columns().at("response"), std::string("answer"));
  }

  void droppedDataGoesToTheMembership() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::membership("mapping")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_VERIFY(desk.shows("list.lab.files"));
    QTemporaryDir folder;
    QFile file(folder.filePath("more.jsonl"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"question\":\"a\",\"answer\":\"b\"}\n");
    file.close();
    drop(desk.page(), {QUrl::fromLocalFile(file.fileName())});
    QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(1));
    QCOMPARE(desk.lab.memberCommands()[0].files_size(), 3);
  }

  void consentIsNotNowByDefault() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::membership("consenting")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_VERIFY(desk.shows("btn.lab.consent"));
    QVERIFY(isPressedByEnter(desk.find<QPushButton>("btn.lab.decline")));
    QVERIFY(!isPressedByEnter(desk.find<QPushButton>("btn.lab.consent")));
    QVERIFY(!desk.find<QCheckBox>("check.lab.tellLabels")->isChecked());
    QVERIFY(desk.text("label.lab.consentBase").contains("4f1c09ab77e2"));
    QVERIFY(desk.text("label.lab.consentBase").contains("61.0 MiB"));
    QVERIFY(desk.text("label.lab.consentLeaves").contains("mean loss"));
    QVERIFY(desk.text("label.lab.consentWho").contains("Prof. Lovelace"));
    QTest::keyClick(desk.page()->findChild<QWidget*>("card.lab.consent"), Qt::Key_Return);
    QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(1));
    QCOMPARE(desk.lab.memberCommands()[0].kind(), wire::MembershipCommand::DECLINE);
    QTRY_VERIFY(desk.shows("label.lab.end"));
    desk.find<QPushButton>("btn.lab.forget")->click();
    QTRY_VERIFY(!desk.isMember());
  }

  void consentsWithLabelCountsOnlyIfTicked() {
    for (const bool tell : {false, true}) {
      Desk desk([](test::FakeLab& lab) { lab.set(test::membership("consenting")); });
      QTRY_VERIFY(desk.isMember());
      QTRY_VERIFY(desk.shows("btn.lab.consent"));
      desk.find<QCheckBox>("check.lab.tellLabels")->setChecked(tell);
      desk.find<QPushButton>("btn.lab.consent")->click();
      QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(1));
      QCOMPARE(desk.lab.memberCommands()[0].kind(), wire::MembershipCommand::CONSENT);
      QCOMPARE(desk.lab.memberCommands()[0].tell_labels(), tell);
      QTRY_VERIFY(desk.shows("label.lab.now"));
    }
  }

  void pausesLimitsAndLeaves() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::membership("training")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_VERIFY(desk.shows("btn.lab.pause"));
    QVERIFY(desk.text("label.lab.left").contains("3.1 MiB of updates, 40 numbers, 0 bytes of text"));
    desk.find<QPushButton>("btn.lab.pause")->click();
    QTRY_VERIFY(desk.text("label.lab.now").startsWith("paused"));
    desk.find<QPushButton>("btn.lab.pause")->click();
    QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(2));
    QCOMPARE(desk.lab.memberCommands()[1].kind(), wire::MembershipCommand::UNPAUSE);
    desk.find<QDoubleSpinBox>("spin.lab.upload")->setValue(2.5);
    desk.find<QCheckBox>("check.lab.gentle")->setChecked(true);
    QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(3));      // both in one
    QCOMPARE(desk.lab.memberCommands()[2].upload_cap_mbit_s(), 2.5);
    QVERIFY(desk.lab.memberCommands()[2].gentle());
    desk.find<QPushButton>("btn.lab.leave")->click();
    auto* box = desk.page()->findChild<QMessageBox*>("dialog.lab.leave");
    QVERIFY(box && box->standardButton(box->defaultButton()) == QMessageBox::Cancel);
    buttonOf(box, "Leave")->click();
    QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(4));
    QTRY_VERIFY(desk.shows("label.lab.end"));
  }

  void tellsWhetherItWasWorthIt() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::membership("done")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_VERIFY(desk.shows("btn.lab.alone"));
    QVERIFY(desk.text("label.lab.scoreTogether").contains("78 % exact (64 % to 87 %)"));
    QVERIFY(desk.text("label.lab.scoreAlone").contains("not trained yet"));
    desk.find<QPushButton>("btn.lab.alone")->click();
    QTRY_COMPARE(desk.lab.memberCommands().size(), size_t(1));
    QCOMPARE(desk.lab.memberCommands()[0].kind(), wire::MembershipCommand::RUN_ALONE);
    QTRY_VERIFY(!desk.shows("btn.lab.alone"));
    desk.lab.change([](wire::LabState& state) {
      auto* card = state.mutable_memberships(0)->mutable_card();
      card->mutable_alone()->set_records(45);
      card->mutable_alone()->set_exact(0.5);
      card->mutable_alone()->set_low(0.36);
      card->mutable_alone()->set_high(0.64);
    });
    QTRY_VERIFY(desk.text("label.lab.scoreAlone").contains("50 % exact"));
  }

  // ------------------------------------------------------------------------------------------------------- the core

  void keepsTheRoomWhileTheCoreIsAway() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(4, "running")); });
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
    Desk desk;
    desk.find<QPlainTextEdit>("edit.lab.ticket")->setPlainText("192.168.1.20:47110");
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.doctor")->isEnabled());
    desk.find<QPushButton>("btn.lab.doctor")->click();
    auto* dialog = desk.page()->findChild<QDialog*>("dialog.lab.doctor");
    QVERIFY(dialog);
    QTRY_COMPARE(dialog->findChildren<QFrame*>("line.lab.doctor").size(), 5);
    QCOMPARE(desk.lab.examined()[0].ticket_or_address(), std::string("192.168.1.20:47110"));
    QCOMPARE(dialog->findChild<QLabel*>("label.lab.doctorSummary")->text(), QString("1 problem found"));
    dialog->findChild<QPushButton*>("btn.lab.copyCommand")->click();
    QVERIFY(QApplication::clipboard()->text().startsWith("sudo firewall-cmd"));
    dialog->findChild<QPushButton*>("btn.lab.copyDoctor")->click();
    QVERIFY(QApplication::clipboard()->text().contains("problem: Far port"));
    QVERIFY(cutTexts(dialog).isEmpty());
    desk.picture("doctor", dialog);
  }

  // ------------------------------------------------------------------------------------------------------ every state

  void everyStateIsWhole_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("state");
    QTest::addColumn<int>("step");
    QTest::addRow("start") << "start" << "" << 0;
    QTest::addRow("start-rooms") << "start" << "rooms" << 0;
    QTest::addRow("start-problem") << "start" << "problem" << 0;
    QTest::addRow("start-more") << "start" << "more" << 0;
    for (const char* phase : {"gathering", "asking", "empty", "running", "paused", "ended", "thirty"}) QTest::addRow("host-%s", phase) << "host" << phase << 0;
    const std::pair<const char*, int> states[] = {{"connecting", 0}, {"asking", 0},  {"fetching", 1}, {"mapping", 2},      {"consenting", 3}, {"ready", 4}, {"training", 4}, {"evaluating", 4},
                                                  {"waiting", 4},    {"paused", 4},  {"reconnecting", 4}, {"done", 5}, {"refused", 0},    {"left", 0}};
    for (const auto& [state, step] : states) QTest::addRow("member-%s", state) << "member" << state << step;
  }

  void everyStateIsWhole() {
    QFETCH(QString, kind);
    QFETCH(QString, state);
    QFETCH(int, step);
    Desk desk([&](test::FakeLab& lab) {
      const std::string s = state.toStdString();
      if (state == "rooms") lab.setFound(test::foundRooms());
      if (state == "problem") {
        wire::FoundRooms none;
        none.set_problem("no Avahi daemon runs on this machine");
        lab.setFound(none);
      }
      if (kind == "member") lab.set(test::membership(s));
      if (kind != "host") return;
      const bool plain = state == "asking" || state == "empty" || state == "thirty";
      lab.set(test::room(state == "empty" ? 0 : state == "thirty" ? 30 : 6, plain ? (state == "thirty" ? "running" : "gathering") : s, state == "asking" ? 4 : 0));
    });
    QTRY_VERIFY(desk.page()->readyForScreenshot());
    QTRY_VERIFY(kind == "start" || (kind == "host" ? desk.isHosting() : desk.isMember()));
    if (state == "more") desk.find<QToolButton>("btn.lab.more")->setChecked(true);
    if (kind == "host" && state != "empty") {
      auto* table = desk.find<QTableView>("table.lab.members");
      QTRY_VERIFY(table->model()->rowCount() > 0);
      table->selectRow(1);
    }
    desk.settle();
    desk.picture(QTest::currentDataTag());
    if (kind == "member") QTRY_COMPARE(desk.find<Stepper>("stepper.lab")->step(), step);
    const QStringList cut = cutTexts(desk.window.get());
    QVERIFY2(cut.isEmpty(), qPrintable(cut.join("\n")));
    QVERIFY2(desk.window->width() <= asked("FEDLLM_PICTURES_SIZE", "1024x700").section('x', 0, 0).toInt(), qPrintable(QString::number(desk.window->width())));
  }

  void projectorInvitesWhileTheRoomGathers() {
    Desk desk([](test::FakeLab& lab) { lab.set(test::room(7, "gathering", 2)); });
    QTRY_VERIFY(desk.isHosting());
    desk.find<QPushButton>("btn.lab.projector")->click();
    auto* projector = qobject_cast<HostView*>(desk.view())->projector();
    projector->resize(1600, 1000);
    QVERIFY(projector->findChild<QrView*>()->isVisible());
    for (int i = 0; i < projector->tiles(); ++i) QVERIFY(!projector->tile(i).intersects(projector->findChild<QrView*>()->geometry()));
    desk.picture("projector-gathering", projector);
  }
};

QTEST_MAIN(TestLabPage)
#include "tst_lab_page.moc"
