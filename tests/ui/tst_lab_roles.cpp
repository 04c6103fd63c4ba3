// The Lab page in both roles: what a host and a member can do, and which button is the default.
#include "ui/lab_desk.h"

using namespace fedllm;
using namespace fedllm::ui;

class TestLabRoles : public QObject {
  Q_OBJECT
 private slots:
  // ---------------------------------------------------------------------------------------------------------- host

  void askersStandOnTopAndNotNowIsTheDefault() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(4, "gathering", 2)); });
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(4, "running")); });
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

  void givesSlotsByDraggingAndByMenu() {
    LabDesk desk([](test::FakeLab& lab) {
      wire::HostedRoom room = test::room(4);
      room.set_places(6);
      lab.set(room);
    });
    QTRY_VERIFY(desk.isHosting());
    auto* table = desk.find<QTableView>("table.lab.members");
    QTRY_COMPARE(table->model()->rowCount(), 4);
    const auto order = [&](size_t count, const std::string& member, int slot) {
      QTRY_COMPARE(desk.lab.roomCommands().size(), count);
      const wire::HostCommand last = desk.lab.roomCommands().back();
      QCOMPARE(last.kind(), wire::HostCommand::ASSIGN_SLOT);
      QCOMPARE(last.member(), member);
      QCOMPARE(last.slot(), slot);
    };
    // Onto another member: they change places.
    const auto let = [](QWidget* target, const QPoint& place, const std::string& member) {
      const std::unique_ptr<QMimeData> mime(memberMime(member));
      QDragEnterEvent enter(place, Qt::MoveAction, mime.get(), Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(target, &enter);
      QDropEvent drop(QPointF(place), Qt::MoveAction, mime.get(), Qt::LeftButton, Qt::NoModifier);
      if (enter.isAccepted()) QCoreApplication::sendEvent(target, &drop);
      return enter.isAccepted() && drop.isAccepted();
    };
    QVERIFY(table->dragEnabled() && table->viewport()->acceptDrops());
    QVERIFY(let(table->viewport(), table->visualRect(table->model()->index(2, 0)).center(), "m0"));
    order(1, "m0", 2);
    QTRY_COMPARE(table->model()->index(0, 0).data(Qt::UserRole).toString(), QString("m2"));
    QVERIFY(!let(table->viewport(), table->visualRect(table->model()->index(0, 0)).center(), "m2"));   // onto itself
    // Onto a slot that is free, in the strip that is there while one drags.
    auto* strip = desk.view()->findChild<SlotStrip*>();
    QVERIFY(!strip->isVisible());
    strip->show();
    QCOMPARE(strip->fields(), 6);
    desk.settle();
    desk.picture("host-slots");
    QVERIFY(let(strip, strip->field(5).center(), "m1"));
    order(2, "m1", 5);
    strip->hide();
    // And without a mouse.
    table->selectRow(0);
    QTRY_VERIFY(desk.find<QPushButton>("btn.lab.slot")->isVisible());
    auto* menu = desk.view()->findChild<QMenu*>("menu.lab.slot");
    emit menu->aboutToShow();
    QCOMPARE(menu->actions().size(), 6);
    QCOMPARE(menu->actions()[0]->text(), QString("Slot 0: Charlie"));
    QVERIFY(menu->actions()[0]->isChecked());
    QCOMPARE(menu->actions()[4]->text(), QString("Slot 4: free"));
    menu->actions()[4]->trigger();
    order(3, "m2", 4);
    // Not while they are fixed.
    desk.lab.change([](wire::LabState& state) { state.mutable_rooms(0)->set_slots_fixed("this room hands out its data by slot, so every member keeps its own"); });
    QTRY_VERIFY(!desk.find<QPushButton>("btn.lab.slot")->isEnabled());
    QVERIFY(desk.find<QPushButton>("btn.lab.slot")->toolTip().contains("hands out"));
    QVERIFY(!table->dragEnabled() && !table->viewport()->acceptDrops());
  }

  void whoLeftMayComeBackWithoutATicket() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("left")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_VERIFY(desk.shows("btn.lab.joinAgain"));
    desk.lab.failNext(14, "the room does not answer");
    desk.find<QPushButton>("btn.lab.joinAgain")->click();
    QTRY_VERIFY(desk.shows("label.lab.memberProblem"));
    QVERIFY(desk.find<QPushButton>("btn.lab.joinAgain")->isEnabled());
    desk.find<QPushButton>("btn.lab.joinAgain")->click();
    QTRY_VERIFY(desk.shows("label.lab.checkCode"));
    QVERIFY(!desk.shows("label.lab.memberProblem"));
    const wire::JoinRoomRequest last = desk.lab.joined().back();
    QCOMPARE(last.ticket(), std::string("part-1"));
    QCOMPARE(last.files_size(), 2);
    QCOMPARE(last.columns().at("instruction"), std::string("question"));
    QCOMPARE(last.slot(), -1);
  }

  void startsPausesAndStopsForAll() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(4)); });
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(0)); });
    QTRY_VERIFY(desk.isHosting());
    QTRY_VERIFY(desk.shows("label.lab.nobody"));
    QVERIFY(!desk.find<QPushButton>("btn.lab.start")->isEnabled());
    QVERIFY(desk.find<QrView>("qr.ticket")->modules() >= 21);
  }

  void invitesByCodeAndText() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(2)); });
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(4, "running")); });
    QTRY_VERIFY(desk.isHosting());
    QTRY_VERIFY(desk.shows("btn.lab.openRun"));
    desk.find<QPushButton>("btn.lab.openRun")->click();
    QCOMPARE(desk.window->currentPage()->pageId(), QString("run"));
    QTRY_VERIFY(desk.window->context().session->current());
    QCOMPARE(desk.window->context().session->current()->run(), QString(kRun));
  }

  void projectsThirtyMembers() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(30, "running")); });
    QTRY_VERIFY(desk.isHosting());
    desk.find<QPushButton>("btn.lab.projector")->click();
    auto* host = qobject_cast<HostView*>(desk.view());
    QTRY_VERIFY(host->projector() && host->projector()->isVisible());
    auto* projector = host->projector();
    projector->showNormal();
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("asking")); });
    QTRY_VERIFY(desk.isMember());
    QTRY_COMPARE(desk.text("label.lab.checkCode").remove(QChar(0x2009)), QString("K7QM2P9X"));
    QVERIFY(desk.find<QLabel>("label.lab.checkCode")->font().pointSizeF() > 2.5 * desk.page()->font().pointSizeF());
    desk.lab.set(test::membership("fetching"));
    QTRY_VERIFY(desk.shows("progress.lab.fetch"));
    QCOMPARE(desk.find<QProgressBar>("progress.lab.fetch")->value(), 1000 * 23 / 61);
  }

  void mapsColumnsAndSendsTheChoice() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("mapping")); });
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("mapping")); });
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("consenting")); });
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
      LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("consenting")); });
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("training")); });
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
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::membership("done")); });
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
      card->set_alone_trained(true);
      card->mutable_alone()->set_records(45);
      card->mutable_alone()->set_exact(0.5);
      card->mutable_alone()->set_low(0.36);
      card->mutable_alone()->set_high(0.64);
    });
    QTRY_VERIFY(desk.text("label.lab.scoreAlone").contains("50 % exact"));
  }
};

QTEST_MAIN(TestLabRoles)
#include "tst_lab_roles.moc"
