// The Scenario page by keyboard and mouse against a scripted core: canvas and outline show one document and one selection,
// fields edit and mark problems, file pane is two-way, forecast follows edits.
#include <QtWidgets>
#include <QtTest>

#include "spec/scenario_json.h"
#include "support/fake_core.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/scenario/canvas.h"
#include "ui/scenario/file_pane.h"
#include "ui/scenario/scenario_edits.h"
#include "ui/scenario/scenario_page.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

class TestScenarioPage : public QObject {
  Q_OBJECT
 private:
  template <class T = QWidget>
  T* part(const char* name) { return page->findChild<T*>(QString::fromLatin1(name)); }
  Canvas* canvas() { return part<Canvas>("canvas"); }
  QTreeView* outline() { return part<QTreeView>("canvas.outline"); }
  int clients() { return edits::clientCount(document->scenario()); }
  std::string text(const char* field) { return part<QAbstractSpinBox>(field)->text().toStdString(); }

  std::unique_ptr<test::FakeCore> core;
  std::unique_ptr<Theme> theme;
  std::unique_ptr<CoreLink> link;
  std::unique_ptr<ScenarioDocument> document;
  std::unique_ptr<RunSession> session;
  std::unique_ptr<Page> page;

 private slots:
  void init() {
    core = std::make_unique<test::FakeCore>();
    wire::CheckReply reply;
    auto* forecast = reply.mutable_forecast();
    forecast->set_update_payload_bytes(131092);
    forecast->set_uplink_bytes(2621840);
    forecast->set_downlink_bytes(2621840);
    forecast->set_low_s(30);
    forecast->set_high_s(50);
    forecast->set_clients(4);
    forecast->add_linear_modules("q_proj");
    forecast->add_linear_modules("w_in");
    core->setCheckReply(reply);
    core->start();
    theme = std::make_unique<Theme>();
    theme->apply("light");
    link = std::make_unique<CoreLink>(QString::fromStdString(core->socket()));
    document = std::make_unique<ScenarioDocument>();
    session = std::make_unique<RunSession>(link.get());
    spec::Scenario s;
    s.dataset.files = {"a.jsonl"};
    s.partition.clients = 4;
    document->reset(s, {});
    StudioContext context;
    context.link = link.get();
    context.document = document.get();
    context.session = session.get();
    context.theme = theme.get();
    page.reset(makeScenarioPage(context));
    page->resize(1100, 700);
    page->show();
    QVERIFY(QTest::qWaitForWindowExposed(page.get()));
    page->activateWindow();
    canvas()->setFocus();
    link->start();
  }
  void cleanup() {
    page.reset();
    session.reset();
    document.reset();
    link.reset();
    theme.reset();
    core.reset();
  }

  void everythingByKeyboard() {
    QTest::keyClick(canvas(), Qt::Key_Insert);
    QCOMPARE(clients(), 5);
    QTest::keyClick(canvas(), Qt::Key_F2);
    auto* edit = part<QLineEdit>("canvas.rename");
    QVERIFY(edit);
    edit->setText("Nord");
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(edits::clientName(document->scenario(), 4), QString("Nord"));
    QTest::keyClick(canvas(), Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(clients(), 6);
    QTest::keyClick(canvas(), Qt::Key_G, Qt::ControlModifier);
    QCOMPARE(edits::groupOf(document->scenario(), 5), QString("Group 1"));
    const QPointF before = edits::clientPosition(document->scenario(), 5, 6);
    QTest::keyClick(canvas(), Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(edits::clientPosition(document->scenario(), 5, 6), before + QPointF(20, 0));
    QTest::keyClick(canvas(), Qt::Key_Delete);
    QCOMPARE(clients(), 5);
    while (document->undoStack()->canUndo()) document->undoStack()->undo();
    QCOMPARE(clients(), 4);
  }

  void tabVisitsEveryNodeAndThenLeaves() {
    QSet<QString> seen;
    int presses = 0;
    while (canvas()->hasFocus() && presses < 20) {
      QTest::keyClick(canvas(), Qt::Key_Tab);
      if (canvas()->hasFocus()) seen << outline()->currentIndex().data().toString();
      ++presses;
    }
    QCOMPARE(seen.size(), 4);
    QVERIFY(!canvas()->hasFocus());
  }

  void arrowsGoToTheNeighbour() {
    QTest::keyClick(canvas(), Qt::Key_Tab);
    QCOMPARE(outline()->currentIndex().data().toString(), QString("Client 1"));
    QTest::keyClick(canvas(), Qt::Key_Right);
    QCOMPARE(outline()->currentIndex().data().toString(), QString("Client 2"));
    QTest::keyClick(canvas(), Qt::Key_Up);
    QVERIFY(outline()->currentIndex().data().toString() != "Client 2");
  }

  void outlineEqualsTheDocumentAndRenames() {
    auto* model = outline()->model();
    const QModelIndex coordinator = model->index(0, 0);
    QCOMPARE(model->rowCount(coordinator), 4);
    const QModelIndex second = model->index(1, 0, coordinator);
    QVERIFY(model->setData(second, "Süd"));
    QCOMPARE(edits::clientName(document->scenario(), 1), QString("Süd"));
    QCOMPARE(document->undoStack()->undoText(), QString("Rename Client 2"));
    QAccessibleInterface* accessible = QAccessible::queryAccessibleInterface(outline());
    QVERIFY(accessible && accessible->childCount() > 0);
    outline()->setCurrentIndex(model->index(2, 0, coordinator));
    QCOMPARE(part<QLabel>("inspector.head")->text(), QString("Client 3"));
    outline()->setFocus();
    QTest::keyClick(outline(), Qt::Key_Delete);
    QCOMPARE(clients(), 3);
  }

  void aDragIsOneUndoStep() {
    QTest::keyClick(canvas(), Qt::Key_Tab);
    const QPointF at = edits::clientPosition(document->scenario(), 0, 4);
    const QPoint from = canvas()->mapFromScene(at);
    QTest::mousePress(canvas()->viewport(), Qt::LeftButton, {}, from);
    for (int i = 1; i <= 40; ++i) {
      QMouseEvent move(QEvent::MouseMove, from + QPoint(i, i), canvas()->viewport()->mapToGlobal(from + QPoint(i, i)),
                       Qt::NoButton, Qt::LeftButton, {});
      QCoreApplication::sendEvent(canvas()->viewport(), &move);
    }
    QTest::mouseRelease(canvas()->viewport(), Qt::LeftButton, {}, from + QPoint(40, 40));
    QVERIFY(edits::clientPosition(document->scenario(), 0, 4) != at);
    QCOMPARE(document->undoStack()->count(), 1);
    QCOMPARE(document->undoStack()->undoText(), QString("Move Client 1"));
    document->undoStack()->undo();
    QCOMPARE(edits::clientPosition(document->scenario(), 0, 4), at);
  }

  void everyPressOfAnArrowIsAStepAndAHeldOneToo() {
    QTest::keyClick(canvas(), Qt::Key_Tab);
    QTest::keyClick(canvas(), Qt::Key_Right, Qt::ControlModifier);
    QTest::keyClick(canvas(), Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(document->undoStack()->count(), 2);
    const QPointF at = edits::clientPosition(document->scenario(), 0, 4);
    for (int i = 0; i < 5; ++i) QTest::keyPress(canvas(), Qt::Key_Down, Qt::ControlModifier);   // held: no release between
    QTest::keyRelease(canvas(), Qt::Key_Down, Qt::ControlModifier);
    QCOMPARE(document->undoStack()->count(), 3);
    QCOMPARE(edits::clientPosition(document->scenario(), 0, 4), at + QPointF(0, 100));
    document->undoStack()->undo();
    QCOMPARE(edits::clientPosition(document->scenario(), 0, 4), at);
  }

  void aTextFieldShowsWhatWasUndone() {
    part<QToolButton>("btn.more")->click();
    auto* name = part<QLineEdit>("field.name");
    name->setFocus();
    name->selectAll();
    QTest::keyClicks(name, " Mine ");
    QTest::keyClick(name, Qt::Key_Return);
    QCOMPARE(document->scenario().name, std::string("Mine"));
    QCOMPARE(name->text(), QString("Mine"));
    document->undoStack()->undo();
    QCOMPARE(name->text(), QString::fromStdString(document->scenario().name));
    canvas()->setFocus();                        // leaving the field does not bring it back
    QVERIFY(document->scenario().name != "Mine");
  }

  void fewerClientsKeepTheOthersAndTheCohort() {
    document->edit("x", [](spec::Scenario& s) {
      s.cohort.size = 4;
      edits::rename(s, 0, "first");
    });
    part<QDoubleSpinBox>("field.partition.clients")->setValue(2);
    QCOMPARE(clients(), 2);
    QCOMPARE(edits::clientName(document->scenario(), 0), QString("first"));
    QVERIFY(!document->scenario().cohort.size);
    QVERIFY(!spec::has_errors(document->problems()));
    document->undoStack()->undo();
    QCOMPARE(*document->scenario().cohort.size, 4);
  }

  void enterInTheOutlineGoesToTheSettings() {
    outline()->setFocus();
    outline()->setCurrentIndex(outline()->model()->index(1, 0, outline()->model()->index(0, 0)));
    QTest::keyClick(outline(), Qt::Key_Return);
    QVERIFY(part("inspector")->isAncestorOf(page->window()->focusWidget()));
  }

  void aModuleThatTheModelLacksCanBeUnticked() {
    QTRY_VERIFY(part<QCheckBox>("target.w_in"));
    document->edit("x", [](spec::Scenario& s) { s.lora.target_modules.push_back("odd"); });
    part<QToolButton>("btn.more")->click();
    auto* box = part<QCheckBox>("target.odd");
    QVERIFY(box && box->isChecked());
    QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(8, box->height() / 2));   // goes away with its own click
    QCOMPARE(std::count(document->scenario().lora.target_modules.begin(), document->scenario().lora.target_modules.end(), "odd"), 0);
    QVERIFY(!part<QCheckBox>("target.odd"));
  }

  void whatIsTypedIntoTheFileSurvivesHidingAndSaving() {
    QTemporaryDir dir;
    QAction* show = page->findChild<QAction*>("tool.file");
    show->trigger();
    auto* text = part<QPlainTextEdit>("file.text");
    text->setPlainText("{ \"half\": ");
    show->trigger();
    document->edit("rounds", [](spec::Scenario& s) { s.rounds = 12; });
    QVERIFY(document->save(dir.filePath("s.json")).ok());
    show->trigger();
    QCOMPARE(text->toPlainText(), QString("{ \"half\": "));
    QVERIFY(part<QLabel>("file.note")->isVisible());
  }

  void fieldsEditAndFollow() {
    auto* rank = part<QDoubleSpinBox>("field.lora.rank");
    rank->setValue(4);
    QCOMPARE(document->scenario().lora.rank, 4);
    QCOMPARE(document->undoStack()->undoText(), QString("Change LoRA rank"));
    document->undoStack()->undo();
    QCOMPARE(rank->value(), 8.0);
    auto* unit = part<QComboBox>("field.training.unit");
    unit->setCurrentIndex(1);
    emit unit->activated(1);
    QVERIFY(document->scenario().training.local_epochs && !document->scenario().training.local_steps);
    auto* more = part<QToolButton>("btn.more");
    more->click();
    part<QDoubleSpinBox>("field.lora.alpha")->setValue(32);
    QVERIFY(more->text().contains("1"));
    auto* reset = part<QToolButton>("reset.lora.alpha");
    QVERIFY(reset->isVisible());
    reset->click();
    QCOMPARE(document->scenario().lora.alpha, 16.0);
  }

  void aFieldForSeveralClientsAtOnce() {
    QTest::keyClick(canvas(), Qt::Key_A, Qt::ControlModifier);
    canvas()->setFocus();
    QTest::keyClick(canvas(), Qt::Key_Tab);
    QTest::keyClick(canvas(), Qt::Key_A, Qt::ControlModifier);
    part<QDoubleSpinBox>("field.clients.speed")->setValue(0.5);
    for (int i = 0; i < 4; ++i) QCOMPARE(*edits::overrideOf(document->scenario(), i)->speed, 0.5);
    QCOMPARE(document->undoStack()->count(), 1);
  }

  void problemsAreMarkedAsTheyArise() {
    auto* list = part<QListWidget>("list.problems");
    QCOMPARE(list->count(), 0);
    part<QDoubleSpinBox>("field.lora.rank")->setValue(0);
    QCOMPARE(list->count(), 1);
    QVERIFY2(list->item(0)->text().startsWith("LoRA rank: expected"), qPrintable(list->item(0)->text()));
    QVERIFY(part<QLabel>("problem.lora.rank")->isVisible());
    QVERIFY(!part<QPushButton>("btn.run")->isEnabled());
    canvas()->setFocus();
    emit list->itemActivated(list->item(0));
    QVERIFY(part<QDoubleSpinBox>("field.lora.rank")->hasFocus());
    document->edit("x", [](spec::Scenario& s) { s.lora.rank = 8; edits::needOverride(s, 2).speed = -1; });
    QVERIFY(list->item(0)->text().startsWith("Client 3"));
    emit list->itemActivated(list->item(0));
    QCOMPARE(part<QLabel>("inspector.head")->text(), QString("Client 3"));
  }

  void theFilePaneIsTwoWay() {
    part<QToolBar>("tools")->findChild<QAction*>("tool.file");
    page->findChild<QAction*>("tool.file")->trigger();
    auto* text = part<QPlainTextEdit>("file.text");
    QVERIFY(text->isVisible());
    QCOMPARE(text->toPlainText().toStdString(), spec::to_json(document->scenario()));
    document->edit("rounds", [](spec::Scenario& s) { s.rounds = 12; });
    QCOMPARE(text->toPlainText().toStdString(), spec::to_json(document->scenario()));
    text->setPlainText(text->toPlainText().replace("\"rounds\": 12", "\"rounds\": 3"));
    part<QPushButton>("file.apply")->click();
    QCOMPARE(document->scenario().rounds, 3);
    QCOMPARE(document->undoStack()->undoText(), QString("Edit the file"));
    text->setPlainText("{\"rnds\": 3}");
    QVERIFY(!part<QPushButton>("file.apply")->isEnabled());
    QVERIFY(part<QLabel>("file.note")->text().contains("rnds"));
    part<QPushButton>("file.revert")->click();
    QCOMPARE(text->toPlainText().toStdString(), spec::to_json(document->scenario()));
    QVERIFY(part<QLineEdit>("file.command")->text().startsWith("fedllm run "));
  }

  void theForecastFollowsEdits() {
    QTRY_VERIFY(part<QLabel>("forecast.bytes")->isVisible());
    QVERIFY2(part<QLabel>("forecast.bytes")->text().contains("5.0 MiB"), qPrintable(part<QLabel>("forecast.bytes")->text()));
    QVERIFY(part<QLabel>("forecast.time")->text().contains("30 s to 50 s"));
    QVERIFY(part<QCheckBox>("target.w_in"));
    const int asked = core->calls("Check");
    document->edit("rounds", [](spec::Scenario& s) { s.rounds = 6; });
    QTRY_VERIFY(core->calls("Check") > asked);
    QTRY_VERIFY(page->readyForScreenshot());
  }

  void problemsOfTheCoreAreShownToo() {
    wire::CheckReply reply;
    auto* problem = reply.add_problems();
    problem->set_severity("error");
    problem->set_path("dataset.files.0");
    problem->set_message("cannot open a.jsonl");
    core->setCheckReply(reply);
    document->edit("x", [](spec::Scenario& s) { s.rounds = 6; });
    auto* list = part<QListWidget>("list.problems");
    QTRY_COMPARE(list->count(), 1);
    QVERIFY(list->item(0)->text().contains("cannot open a.jsonl"));
    QVERIFY(!part<QPushButton>("btn.run")->isEnabled());
  }

  void runStartsTheScenario() {
    QTRY_VERIFY(page->readyForScreenshot());
    QSignalSpy shown(page.get(), &Page::showPage);
    part<QPushButton>("btn.run")->click();
    QTRY_COMPARE(core->started().size(), size_t(1));
    QCOMPARE(core->started()[0].scenario_json(), spec::to_json(document->scenario()));
    QCOMPARE(shown.count(), 1);
  }
};

QTEST_MAIN(TestScenarioPage)
#include "tst_scenario_page.moc"
