// The strategy picker on the Scenario page, by object names and keys: what it edits, what it says of a method, what it
// disables and why.
#include <QtTest>
#include <QtWidgets>

#include "spec/round_bytes.h"
#include "spec/scenario_json.h"
#include "support/fake_core.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/scenario/method_exclusions.h"
#include "ui/scenario/method_popup.h"
#include "ui/scenario/method_words.h"
#include "ui/scenario/scenario_edits.h"
#include "ui/scenario/scenario_page.h"
#include "ui/scenario/strategy_section.h"
#include "ui/shell/languages.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

spec::ModelFacts model() {
  spec::ModelFacts m;
  m.linears = {{"model.layers.0.self_attn.q_proj", 640, 640}, {"model.layers.0.self_attn.v_proj", 640, 320}};
  return m;
}

spec::Scenario small() {
  spec::Scenario s;
  s.dataset.files = {"a.jsonl"};
  s.partition.clients = 4;
  s.lora.target_modules = {"q_proj", "v_proj"};
  return s;
}

void addBytes(const spec::Scenario& s, std::string_view aggregator, wire::ForecastInfo& out) {
  auto& bytes = *out.add_methods();
  bytes.set_aggregator(std::string(aggregator));
  for (const auto& round : spec::first_rounds(s, aggregator, model(), {})) {
    bytes.add_up(round.up);
    bytes.add_down(round.down);
  }
}

QString sizeText(int64_t bytes) { return QLocale().formattedDataSize(bytes, 1); }

}  // namespace

class TestStrategyPicker : public QObject {
  Q_OBJECT
 private:
  template <class T = QWidget>
  T* part(const char* name) { return page->findChild<T*>(QString::fromLatin1(name)); }
  const spec::StrategySpec& strategy() { return document->scenario().strategy; }
  QString said(const char* line) { return part<QLabel>(line)->accessibleName(); }
  QListWidget* list() { return part<QListWidget>("methods.list"); }
  MethodPopup* popup() { return part<MethodPopup>("popup.methods"); }
  int rowOf(QListWidget* of, const QString& aggregator) {
    for (int i = 0; i < of->count(); ++i)
      if (of->item(i)->data(Qt::UserRole).toString() == aggregator) return i;
    return -1;
  }
  void open() { part<QToolButton>("field.strategy.aggregator")->click(); }
  void choose(const char* aggregator) {
    open();
    list()->setCurrentRow(rowOf(list(), aggregator));
    part<QPushButton>("btn.useMethod")->click();
  }
  void type(QLineEdit* edit, const QString& text) {
    edit->setFocus();
    edit->selectAll();
    QTest::keyClick(edit, Qt::Key_Delete);
    QTest::keyClicks(edit, text);
    QTest::keyClick(edit, Qt::Key_Return);
  }

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
    forecast->set_update_payload_bytes(1);
    forecast->set_clients(4);
    for (const auto& method : spec::methods()) addBytes(small(), method.name, *forecast);
    core->setCheckReply(reply);
    core->start();
    theme = std::make_unique<Theme>();
    theme->apply("light");
    link = std::make_unique<CoreLink>(QString::fromStdString(core->socket()));
    document = std::make_unique<ScenarioDocument>();
    session = std::make_unique<RunSession>(link.get());
    document->reset(small(), {});
    StudioContext context;
    context.link = link.get();
    context.document = document.get();
    context.session = session.get();
    context.theme = theme.get();
    page.reset(makeScenarioPage(context));
    page->resize(1200, 760);
    page->show();
    QVERIFY(QTest::qWaitForWindowExposed(page.get()));
    page->activateWindow();
    link->start();
    QTRY_VERIFY(page->readyForScreenshot());
  }
  void cleanup() {
    page.reset();
    session.reset();
    document.reset();
    link.reset();
    theme.reset();
    core.reset();
  }

  void everyMethodIsChosenAndTakenBack() {
    for (const auto& method : spec::methods()) {
      if (method.name == "fedavg") continue;
      const spec::Scenario before = document->scenario();
      choose(std::string(method.name).c_str());
      QVERIFY(!popup()->isVisible());
      QCOMPARE(strategy().aggregator, std::string(method.name));
      QCOMPARE(part<QToolButton>("field.strategy.aggregator")->text(), methodTitle(method));
      QCOMPARE(document->undoStack()->undoText(), "Choose " + methodTitle(method));
      QVERIFY(part<QLabel>("problem.strategy.aggregator")->isHidden());
      for (const auto& parameter : method.parameters)
        QVERIFY(part(("field.strategy.parameters." + std::string(parameter.name)).c_str()));
      document->undoStack()->undo();
      QVERIFY(document->scenario() == before);
      QCOMPARE(part<QToolButton>("field.strategy.aggregator")->text(), QString("FedIT"));
    }
  }

  void theCardTellsTheForecastsBytes() {
    for (const auto& method : spec::methods()) {
      document->edit("x", [&](spec::Scenario& s) { s = withMethod(s, std::string(method.name)); });
      const QString bytes = said("card.bytes");
      for (const auto& round : spec::first_rounds(small(), method.name, model(), {})) {
        QVERIFY2(bytes.contains(QString("%1 up, %2 down").arg(sizeText(round.up), sizeText(round.down))), qPrintable(bytes));
      }
      const auto means = consequencesOf(method, document->scenario());
      QCOMPARE(said("card.aggregation"), "Aggregation: " + means.aggregation);
      QCOMPARE(said("card.coordinator"), "The coordinator sees: " + means.coordinatorSees);
      QCOMPARE(said("card.others"), "Other clients see: " + means.othersSee);
      QCOMPARE(said("card.keeps"), "A client keeps: " + means.clientKeeps);
    }
    document->edit("x", [](spec::Scenario& s) { s = withMethod(s, "rolora"); });
    QVERIFY2(said("card.bytes").contains("round 1: ") && said("card.bytes").endsWith("and so on."), qPrintable(said("card.bytes")));
  }

  void bytesAreUnknownUntilTheCoreSaysThem() {
    wire::CheckReply nothing;
    core->setCheckReply(nothing);
    document->edit("x", [](spec::Scenario& s) { s.rounds = 7; });
    QTRY_VERIFY(said("card.bytes").startsWith("Bytes: Known when the core"));
  }

  void theListGroupsByFamilyAndSaysConsequencesInALine() {
    open();
    QVERIFY(popup()->isVisible());
    QStringList headings, methods;
    for (int i = 0; i < list()->count(); ++i) {
      const auto* item = list()->item(i);
      const bool heading = !item->data(Qt::UserRole).isValid();
      (heading ? headings : methods) << (heading ? item->text() : item->data(Qt::UserRole).toString());
      QCOMPARE(bool(item->flags() & Qt::ItemIsEnabled), !heading);
    }
    QCOMPARE(headings, QStringList({"Average the factors", "Exact by freezing or alternating", "Aggregate the product", "Mixed ranks", "Personal", "Your own"}));
    QCOMPARE(size_t(methods.size()), spec::methods().size() + 1);
    const QString line = list()->item(rowOf(list(), "flora"))->data(Qt::AccessibleDescriptionRole).toString();
    QVERIFY2(line.startsWith("exact") && line.contains(" up, ") && line.contains("shows adapters"), qPrintable(line));
    QVERIFY(list()->item(rowOf(list(), "fedavg"))->data(Qt::AccessibleDescriptionRole).toString().startsWith("inexact"));
  }

  void byKeyboardAlone() {
    auto* chooser = part<QToolButton>("field.strategy.aggregator");
    chooser->setFocus();
    QTest::keyClick(chooser, Qt::Key_Space);
    QVERIFY(popup()->isVisible());
    QVERIFY(list()->hasFocus());
    QCOMPARE(list()->currentItem()->data(Qt::UserRole).toString(), QString("fedavg"));
    QTest::keyClick(list(), Qt::Key_Down);     // over the heading
    QCOMPARE(list()->currentItem()->data(Qt::UserRole).toString(), QString("ffa-lora"));
    QCOMPARE(part<QLabel>("preview.title")->text(), QString("FFA-LoRA"));
    QVERIFY(said("preview.aggregation").startsWith("Aggregation: Exact"));
    QTest::keyClick(list(), Qt::Key_Escape);
    QVERIFY(!popup()->isVisible());
    QCOMPARE(strategy().aggregator, std::string("fedavg"));
    QCOMPARE(document->undoStack()->count(), 0);
    QTest::keyClick(chooser, Qt::Key_Space);
    QTest::keyClick(list(), Qt::Key_Down);
    QTest::keyClick(list(), Qt::Key_Return);
    QCOMPARE(strategy().aggregator, std::string("ffa-lora"));
    QVERIFY(chooser->hasFocus());
  }

  void excludedOptionsAreDisabledAndSayWhy() {
    auto* optimizer = part<QComboBox>("field.strategy.server_optimizer");
    auto* control = part<QCheckBox>("field.strategy.control_variates");
    QVERIFY(optimizer->isEnabled() && control->isEnabled());
    choose("rolora");
    QVERIFY(!optimizer->isEnabled() && !control->isEnabled());
    const QString reason = "RoLoRA sets the next adapter itself.";
    QCOMPARE(optimizer->toolTip(), reason);
    QCOMPARE(part<QLabel>("note.strategy.server_optimizer")->text(), reason);
    QVERIFY(part<QLabel>("note.strategy.server_optimizer")->isVisible());
    QVERIFY(said("card.excludes").contains("coordinator's optimizer"));
    QVERIFY(part<QLabel>("card.excludes")->toolTip().contains(reason));
    document->undoStack()->undo();
    QVERIFY(optimizer->isEnabled());
    QVERIFY(part<QLabel>("note.strategy.server_optimizer")->isHidden());
    // What was set before stays open to repair, with the error.
    document->edit("x", [](spec::Scenario& s) { s.strategy.server_optimizer = "fedadam"; });
    choose("rolora");
    QVERIFY(optimizer->isEnabled());
    QVERIFY(part<QLabel>("problem.strategy.server_optimizer")->isVisible());
    part<QToolButton>("reset.strategy.server_optimizer")->click();
    QVERIFY(!optimizer->isEnabled());
    QVERIFY(part<QLabel>("problem.strategy.server_optimizer")->isHidden());
  }

  void aClientsRankIsForMethodsThatMixThem() {
    auto* rank = part<QDoubleSpinBox>("field.clients.rank");
    QTreeView* outline = part<QTreeView>("canvas.outline");
    outline->setCurrentIndex(outline->model()->index(1, 0, outline->model()->index(0, 0)));
    QVERIFY(rank->isVisible() && !rank->isEnabled());
    QVERIFY(part<QLabel>("note.clients.rank")->text().contains("needs the same rank of every client"));
    document->edit("x", [](spec::Scenario& s) { s = withMethod(s, "hetlora"); });
    QVERIFY(rank->isEnabled());
    rank->setValue(4);
    QCOMPARE(*edits::overrideOf(document->scenario(), 1)->rank, 4);
    rank->setValue(40);
    QVERIFY(part<QLabel>("problem.clients.rank")->isHidden());   // several may be selected: the list names the client
    QVERIFY(part<QListWidget>("list.problems")->item(0)->text().startsWith("Client 2"));
    rank->setValue(0);
    QVERIFY(!edits::overrideOf(document->scenario(), 1));
  }

  void fieldsOfTheOptimizerShowWhereTheyMatter() {
    const auto shown = [&](const char* name) { return part(name)->isVisible(); };
    QVERIFY(shown("field.strategy.server_learning_rate") && !shown("field.strategy.server_momentum") && !shown("field.strategy.server_tau"));
    document->edit("x", [](spec::Scenario& s) { s.strategy.server_optimizer = "fedavgm"; });
    QVERIFY(shown("field.strategy.server_momentum") && !shown("field.strategy.server_beta1"));
    document->edit("x", [](spec::Scenario& s) { s.strategy.server_optimizer = "fedyogi"; });
    QVERIFY(!shown("field.strategy.server_momentum") && shown("field.strategy.server_beta1") && shown("field.strategy.server_beta2") && shown("field.strategy.server_tau"));
    part<QDoubleSpinBox>("field.strategy.server_tau")->setValue(0.01);
    QCOMPARE(strategy().server_tau, 0.01);
    document->undoStack()->undo();
    QCOMPARE(strategy().server_tau, 1e-3);
    document->edit("x", [](spec::Scenario& s) { s.strategy.server_optimizer = "fedadagrad"; });
    QVERIFY(!shown("field.strategy.server_beta1") && shown("field.strategy.server_tau"));
    // What is wrong is never hidden.
    document->edit("x", [](spec::Scenario& s) { s.strategy.server_optimizer = "none", s.strategy.server_tau = -1; });
    QVERIFY(shown("field.strategy.server_tau") && shown("problem.strategy.server_tau"));
  }

  void switchesAndTheClientsOptimizer() {
    part<QCheckBox>("field.strategy.control_variates")->click();
    QVERIFY(strategy().control_variates);
    QVERIFY(said("card.coordinator").contains("control variates") && said("card.keeps").contains("control variate"));
    document->undoStack()->undo();
    QVERIFY(!strategy().control_variates);
    part<QToolButton>("btn.more")->click();
    part<QCheckBox>("field.evaluation.references")->click();
    QVERIFY(document->scenario().evaluation.references);
    auto* optimizer = part<QComboBox>("field.training.optimizer");
    QVERIFY(!part("field.training.momentum")->isVisible());
    optimizer->setCurrentIndex(optimizer->findData("sgd"));
    emit optimizer->activated(optimizer->currentIndex());
    QCOMPARE(document->scenario().training.optimizer, std::string("sgd"));
    QVERIFY(part("field.training.momentum")->isVisible());
    part<QDoubleSpinBox>("field.training.momentum")->setValue(0.5);
    QCOMPARE(document->scenario().training.momentum, 0.5);
    document->undoStack()->undo();
    document->undoStack()->undo();
    QCOMPARE(document->scenario().training.optimizer, std::string("adamw"));
  }

  void parametersRoundTrip() {
    choose("hetlora");
    const spec::MethodFacts& facts = *spec::find_method("hetlora");
    auto* lambda = part<QLineEdit>("field.strategy.parameters.lambda");
    QVERIFY(lambda->text().isEmpty());
    QCOMPARE(lambda->placeholderText(), QString("0.001"));
    for (const auto& parameter : facts.parameters) {
      const QString all = QString::fromUtf8(parameter.explanation.data(), qsizetype(parameter.explanation.size()));
      auto* field = part(("field.strategy.parameters." + std::string(parameter.name)).c_str());
      QCOMPARE(field->toolTip(), all.section("\n\n", 0, 0));
      QVERIFY(field->whatsThis().startsWith(all));
    }
    type(lambda, "0.25");
    QCOMPARE(strategy().parameters.at("lambda"), 0.25);
    QCOMPARE(spec::parse_scenario(spec::to_json(document->scenario()))->strategy.parameters.at("lambda"), 0.25);
    QCOMPARE(lambda->text(), QString("0.25"));
    document->undoStack()->undo();
    QVERIFY(strategy().parameters.empty());
    QVERIFY(lambda->text().isEmpty());
    document->undoStack()->redo();
    part<QToolButton>("reset.strategy.parameters.lambda")->click();
    QVERIFY(strategy().parameters.empty());
    part<QCheckBox>("field.strategy.parameters.per_module")->click();
    QCOMPARE(strategy().parameters.at("per_module"), 1.0);
    part<QCheckBox>("field.strategy.parameters.per_module")->click();
    QVERIFY(strategy().parameters.empty());
    type(lambda, "much");
    QVERIFY(strategy().parameters.empty());
    QVERIFY(lambda->text().isEmpty());
    choose("fedavg");
    QVERIFY(!part("field.strategy.parameters.lambda"));
  }

  void aWrongParameterIsMarkedAtItsField() {
    choose("hetlora");
    type(part<QLineEdit>("field.strategy.parameters.decay"), "3");
    QVERIFY(part<QLabel>("problem.strategy.parameters.decay")->isVisible());
    QVERIFY(part<QLabel>("problem.strategy.parameters.lambda")->isHidden());
    auto* problems = part<QListWidget>("list.problems");
    QCOMPARE(problems->count(), 1);
    part("canvas")->setFocus();
    emit problems->itemActivated(problems->item(0));
    QVERIFY(part<QLineEdit>("field.strategy.parameters.decay")->hasFocus());
    document->edit("x", [](spec::Scenario& s) { s.strategy.parameters = {{"odd", 1}}; });
    QVERIFY(part<QLabel>("problem.strategy.aggregator")->isVisible());
    choose("hetlora");                           // the same again: what it does not know goes
    QVERIFY(strategy().parameters.empty());
    document->edit("x", [](spec::Scenario& s) { s = withMethod(s, "ravan"), s.strategy.parameters["heads"] = 3; });
    QVERIFY(part<QLabel>("problem.strategy.parameters.heads")->isVisible());
  }

  void aProgramOfMine() {
    QTemporaryDir folder;
    const QString program = folder.filePath("mine.py");
    QFile file(program);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    document->reset(small(), folder.filePath("s.json"));
    QVERIFY(!part("script.path")->isVisible());
    const auto answer = [&](bool accept) {
      choose("exec:");
      auto* dialog = part<QFileDialog>("dialog.script");
      QVERIFY(dialog);
      dialog->selectFile(program);
      if (accept) QTRY_VERIFY(dialog->selectedFiles() == QStringList{program});
      accept ? emit dialog->fileSelected(program) : dialog->reject();
      dialog->close();
    };
    answer(false);
    QCOMPARE(strategy().aggregator, std::string("fedavg"));
    QTRY_VERIFY(!part<QFileDialog>("dialog.script"));
    answer(true);
    QCOMPARE(strategy().aggregator, std::string("exec:mine.py"));
    QVERIFY(part("script.path")->isVisible());
    QCOMPARE(part<QLineEdit>("script.path")->text(), QString("mine.py"));
    QVERIFY(part("field.strategy.parameters.time_limit_s"));
    type(part<QLineEdit>("field.strategy.parameters.time_limit_s"), "5");
    type(part<QLineEdit>("script.path"), "other.py");
    QCOMPARE(strategy().aggregator, std::string("exec:other.py"));
    QCOMPARE(strategy().parameters.at("time_limit_s"), 5.0);
    QVERIFY(said("card.aggregation").contains("your program"));
    type(part<QLineEdit>("script.path"), "");
    QVERIFY(part<QLabel>("problem.strategy.aggregator")->isVisible());
    while (document->undoStack()->canUndo()) document->undoStack()->undo();
    QCOMPARE(strategy().aggregator, std::string("fedavg"));
    QVERIFY(!part("script.path")->isVisible());
  }

  void tabGoesFromTheMethodToItsParametersAndOn() {
    choose("hetlora");
    part("field.strategy.aggregator")->setFocus();
    QStringList visited;
    for (int i = 0; i < 12; ++i) {
      QTest::keyClick(page->focusWidget(), Qt::Key_Tab);
      visited << page->focusWidget()->objectName();
    }
    visited.removeAll("reset.strategy.aggregator");
    QCOMPARE(visited.mid(0, 5), QStringList({"field.strategy.parameters.per_module", "field.strategy.parameters.decay", "field.strategy.parameters.lambda",
                                             "field.strategy.parameters.min_rank", "field.strategy.proximal_mu"}));
  }

  void screenshots() {
    const QString folder = qEnvironmentVariable("FEDLLM_SHOTS");
    if (folder.isEmpty()) QSKIP("FEDLLM_SHOTS names no folder for screenshots");
    for (const char* language : {"en", "zh_CN"})
      for (const char* colours : {"light", "dark"}) {
        useLanguage(QString::fromLatin1(language));
        cleanup();
        init();
        theme->apply(colours);
        page->resize(1024, 700);
        for (const char* method : {"hetlora", "rolora", "flora", "fed-sb", "lora-a2"}) {
          choose(method);
          QTest::qWait(100);
          part<QScrollArea>("inspector")->ensureWidgetVisible(part("card"), 0, 300);
          QTest::qWait(50);
          page->grab().save(QString("%1/%2-%3-%4.png").arg(folder, method, language, colours));
          part<QScrollArea>("inspector")->ensureWidgetVisible(part("btn.more"), 0, 10);
          QTest::qWait(50);
          page->grab().save(QString("%1/%2-%3-%4-below.png").arg(folder, method, language, colours));
        }
        open();
        QTest::qWait(50);
        popup()->grab().save(QString("%1/popup-%2-%3.png").arg(folder, language, colours));
        popup()->close();
      }
    useLanguage("en");
  }
};

QTEST_MAIN(TestStrategyPicker)
#include "tst_strategy_picker.moc"
