// The Data page against a scripted core: import, split, slider, table twin, undo, bad files.
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QDropEvent>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBlock>
#include <QTextEdit>
#include <memory>

#include "support/fake_core.h"
#include "ui/dataset/client_bars.h"
#include "ui/dataset/dataset_page.h"
#include "ui/dataset/heat_map.h"
#include "ui/dataset/import_panel.h"
#include "ui/dataset/partition_model.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/scenario/scenario_edits.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

wire::ImportReply imported() {
  wire::ImportReply reply;
  auto* dataset = reply.mutable_dataset();
  dataset->set_hash("0123456789abcdef");
  dataset->set_records(30);
  for (const char* field : {"instruction", "response", "desk"}) dataset->add_fields(field);
  for (const char* label : {"garden", "kitchen", "office"}) dataset->add_labels(label);
  dataset->set_resolved_prompt("{instruction}");
  dataset->set_resolved_response(" {response}");
  return reply;
}

// Two clients, three labels: 9+1+0 and 1+9+10 records, three held out of each label.
wire::PartitionReply split() {
  wire::PartitionReply reply;
  for (const char* label : {"garden", "kitchen", "office"}) reply.add_labels(label);
  for (const char* client : {"north", "south"}) reply.add_clients(client);
  for (int n : {9, 1, 0, 1, 9, 10}) reply.add_counts(n);
  for (int n : {10, 20}) reply.add_client_records(n);
  for (int n : {3, 3, 3}) reply.add_test_by_label(n);
  reply.set_test_records(9);
  reply.set_jensen_shannon(0.41);
  reply.set_size_gini(0.17);
  reply.set_effective_labels(1.9);
  return reply;
}

struct Bench {
  test::FakeCore core;
  std::unique_ptr<CoreLink> link;
  ScenarioDocument document;
  std::unique_ptr<RunSession> session;
  Theme theme;
  std::unique_ptr<Page> page;

  explicit Bench(std::vector<wire::ImportReply> replies = {imported()}) {
    core.setImportReplies(std::move(replies));
    core.setPartitionReply(split());
    wire::PreviewReply preview;
    auto* record = preview.add_records();
    record->set_text("Which desk: leak tap? plumbing");
    record->set_response_start(21);
    record->set_tokens(8);
    record->set_label("kitchen");
    core.setPreviewReply(preview);
    core.start();
    link = std::make_unique<CoreLink>(QString::fromStdString(core.socket()));
    session = std::make_unique<RunSession>(link.get());
    theme.apply("light");
    spec::Scenario scenario;
    scenario.dataset.files = {"records.jsonl"};
    scenario.dataset.label = "desk";
    scenario.partition.method = "dirichlet";
    scenario.partition.clients = 2;
    document.reset(scenario, "");
    page.reset(makeDatasetPage({link.get(), nullptr, &document, session.get(), &theme, nullptr}));
    page->resize(1024, 640);
    page->show();
    link->start();
  }
  template <class T>
  T* find(const char* name) { return page->findChild<T*>(name); }
  PartitionModel* model() { return page->findChild<PartitionModel*>(); }
};

}  // namespace

class TstDatasetPage : public QObject {
  Q_OBJECT
 private slots:
  void importsAndShowsTheSplit() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    QVERIFY(bench.find<QLabel>("label.importSummary")->text().contains("30"));
    QVERIFY(bench.find<QLabel>("label.skew")->text().contains(QLocale().toString(0.41, 'f', 2)));
    QVERIFY(bench.find<HeatMap>("heatmap")->accessibleDescription().contains("3 labels"));
    QTRY_VERIFY(bench.find<QTextEdit>("text.preview")->toPlainText().contains("plumbing"));
    QTRY_VERIFY(bench.page->readyForScreenshot());
  }

  void tableIsTheTwinOfThePicture() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    bench.find<QPushButton>("btn.partitionTable")->click();
    auto* table = bench.find<QTableView>("table.partition");
    QVERIFY(table->isVisible());
    QCOMPARE(table->model()->rowCount(), 3);
    QCOMPARE(table->model()->columnCount(), 5);
    QCOMPARE(table->model()->index(0, 0).data().toString(), QString("9"));
    QCOMPARE(table->model()->index(1, 3).data().toString(), QString("20"));
    QCOMPARE(table->model()->headerData(2, Qt::Vertical, Qt::DisplayRole).toString(), QString("held out"));
  }

  void keyboardReadsACell() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    auto* heat = bench.find<HeatMap>("heatmap");
    heat->setFocus();
    QTest::keyClick(heat, Qt::Key_Home);
    QTest::keyClick(heat, Qt::Key_Right);
    QTest::keyClick(heat, Qt::Key_Down);
    QCOMPARE(heat->selectedClient(), 1);
    QVERIFY(heat->accessibleDescription().contains("south"));
    QVERIFY(heat->accessibleDescription().contains("9"));
    QTest::keyClick(heat, Qt::Key_End);
    QVERIFY(heat->accessibleDescription().contains("held out"));
  }

  void aSliderDragIsOneUndoStepAndAsksForEveryRestingValue() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    const double before = bench.document.scenario().partition.alpha;
    const int asked = bench.core.calls("PartitionPreview");
    auto* slider = bench.find<QSlider>("slider.alpha");
    for (int step = 0; step < 40; ++step) slider->setValue(step * 10);
    QCOMPARE(bench.document.undoStack()->count(), 1);
    QVERIFY(bench.document.scenario().partition.alpha != before);
    QTRY_VERIFY(bench.core.calls("PartitionPreview") > asked);
    bench.document.undoStack()->undo();
    QCOMPARE(bench.document.scenario().partition.alpha, before);
  }

  void aTypedNumberIsOneEditAndLosesNobody() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    bench.document.edit("x", [](spec::Scenario& s) {
      s.partition.clients = 4;
      for (int i = 0; i < 4; ++i) edits::rename(s, i, QString("n%1").arg(i));
    });
    const int steps = bench.document.undoStack()->count();
    auto* clients = bench.find<QSpinBox>("spin.clients");
    clients->setFocus();
    clients->selectAll();
    QTest::keyClicks(clients, "12");
    QTest::keyClick(clients, Qt::Key_Return);
    QCOMPARE(bench.document.scenario().partition.clients.value_or(0), 12);
    QCOMPARE(edits::clientName(bench.document.scenario(), 3), QString("n3"));
    QCOMPARE(bench.document.undoStack()->count(), steps + 1);
  }

  void twoDragsAreTwoSteps() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    auto* slider = bench.find<QSlider>("slider.alpha");
    for (int drag = 0; drag < 2; ++drag) {
      slider->setSliderDown(true);
      for (int step = 0; step < 20; ++step) slider->setSliderPosition(drag * 100 + step);
      slider->setSliderDown(false);
    }
    QCOMPARE(bench.document.undoStack()->count(), 2);
  }

  void tokensOfAnotherSplitAreNotShown() {
    PartitionModel model;
    wire::PartitionReply now = split(), old = split();
    now.set_hash("now");
    old.set_hash("old");
    for (int n : {100, 200}) old.add_client_tokens(n);
    model.setReply(now);
    model.setTokens(old);
    QVERIFY(model.tokens(0) < 0);
    old.set_hash("now");
    model.setTokens(old);
    QCOMPARE(model.tokens(1), 200);
  }

  void typingATemplateReadsTheFilesOnce() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    QTRY_VERIFY(bench.page->readyForScreenshot());
    const int read = bench.core.calls("ImportDataset");
    for (int i = 0; i < 8; ++i)
      bench.document.edit("t", [i](spec::Scenario& s) { s.dataset.text_template = {"custom", "{instruction}", std::string(i, 'x') + "{response}"}; }, "t");
    QTRY_COMPARE(bench.core.calls("ImportDataset"), read + 1);
    QTRY_VERIFY(bench.page->readyForScreenshot());
    QCOMPARE(bench.core.calls("ImportDataset"), read + 1);
  }

  void aPromptFormatIsNamedChosenAndShown() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    QTRY_VERIFY(bench.page->readyForScreenshot());
    auto* formats = bench.find<QComboBox>("combo.template");
    auto* own = bench.find<QLabel>("label.modelFormat");
    auto* system = bench.find<QPlainTextEdit>("edit.system");
    QVERIFY(own->isHidden() && system->isHidden());   // a model that names none, and no format chosen

    wire::PreviewReply preview;
    preview.mutable_text()->set_template_name("zephyr");
    preview.mutable_text()->set_model_format("zephyr");
    preview.mutable_text()->set_model_format_reason("its chat template writes <|user|> and eos_token");
    preview.mutable_text()->add_warnings("the format zephyr ends with the end-of-text token, which the tokenizer lacks: left out");
    auto* record = preview.add_records();
    record->set_text("<|user|>\nä?\n<|assistant|>\nTwo.\n<|user|>\nb?\n<|assistant|>\nFour.\n");
    for (const auto& [word, length] : {std::pair("Two.", 4), std::pair("Four.", 5)}) {
      auto* span = record->add_scored();
      span->set_begin(int(record->text().find(word)));
      span->set_end(span->begin() + length);
    }
    record->set_tokens(40);
    record->set_scored_tokens(9);
    record->set_turns(4);
    bench.core.setPreviewReply(preview);
    const int steps = bench.document.undoStack()->count();
    formats->setCurrentIndex(formats->findData("zephyr"));
    emit formats->activated(formats->currentIndex());
    QCOMPARE(bench.document.scenario().dataset.text_template.name, std::string("zephyr"));
    QCOMPARE(bench.document.undoStack()->count(), steps + 1);
    QTRY_VERIFY(!own->isHidden());
    QVERIFY(own->text().contains("Zephyr; its chat template writes <|user|> and eos_token"));
    QVERIFY(own->text().contains("Careful: the format zephyr ends"));
    QCOMPARE(formats->currentText(), QString("Zephyr (this base model's)"));

    // Answers are underlined, everything else is not.
    auto* text = bench.find<QTextEdit>("text.preview");
    QTRY_VERIFY(text->toPlainText().contains("Four."));
    QString learned;
    for (QTextBlock block = text->document()->begin(); block.isValid(); block = block.next())
      for (auto it = block.begin(); !it.atEnd(); ++it)
        if (it.fragment().charFormat().fontUnderline()) learned += it.fragment().text();
    QCOMPARE(learned, QString("Two.Four."));
    QCOMPARE(bench.find<QLabel>("label.previewFacts")->text(), QString("40 tokens, loss on 9 of them, the underlined part; 4 turn(s)"));
    QVERIFY(text->accessibleDescription().contains("Response: Two.Four."));

    QTRY_VERIFY(!system->isHidden());
    system->setPlainText("Be brief.");
    QCOMPARE(bench.document.scenario().dataset.text_template.system, std::string("Be brief."));
    QCOMPARE(bench.document.scenario().dataset.text_template.name, std::string("zephyr"));
    formats->setCurrentIndex(formats->findData("instruction"));
    emit formats->activated(formats->currentIndex());
    QVERIFY(bench.document.scenario().dataset.text_template.system.empty());
    QTRY_VERIFY(system->isHidden());
  }

  void onlyDataIsTakenFromADrop() {
    Bench bench;
    QTemporaryDir dir;
    for (const char* name : {"d.jsonl", "n.png"}) QVERIFY(QFile(dir.filePath(name)).open(QIODevice::WriteOnly));
    const auto drop = [&](const QString& name) {
      QMimeData mime;
      mime.setUrls({QUrl::fromLocalFile(dir.filePath(name))});
      QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, {});
      enter.ignore();
      QCoreApplication::sendEvent(bench.page.get(), &enter);
      if (!enter.isAccepted()) return false;
      QDropEvent event(QPointF(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, {});
      QCoreApplication::sendEvent(bench.page.get(), &event);
      return event.isAccepted();
    };
    const auto before = bench.document.scenario();
    QVERIFY(!drop("n.png"));
    QVERIFY(bench.document.scenario() == before);
    QVERIFY(drop("d.jsonl"));
    QCOMPARE(bench.document.scenario().dataset.files.back(), dir.filePath("d.jsonl").toStdString());
  }

  void theMethodDecidesWhatCanBeSet() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    auto* method = bench.find<QComboBox>("combo.method");
    method->setCurrentIndex(method->findData("by_file"));
    emit method->activated(method->currentIndex());
    QVERIFY(!bench.document.scenario().partition.clients.has_value());
    QVERIFY(!bench.find<QSpinBox>("spin.clients")->isEnabled());
    QVERIFY(!bench.find<QSpinBox>("spin.clients")->toolTip().isEmpty());
    QVERIFY(!bench.find<QSlider>("slider.alpha")->isVisible());
    bench.document.undoStack()->undo();
    QCOMPARE(bench.document.scenario().partition.clients.value_or(0), 2);
  }

  void ownFilesReplaceTheSample() {
    Bench bench;
    spec::Scenario sample;
    sample.dataset.files = {"builtin:desk_train.jsonl"};
    sample.dataset.test_files = {"builtin:desk_test.jsonl"};
    bench.document.reset(sample, "");
    bench.page->findChild<ImportPanel*>("panel.import")->addFiles({"/data/mine.csv"});
    QCOMPARE(bench.document.scenario().dataset.files, std::vector<std::string>{"/data/mine.csv"});
    QVERIFY(bench.document.scenario().dataset.test_files.empty());
    bench.document.undoStack()->undo();
    QCOMPARE(bench.document.scenario(), sample);
  }

  void nothingYetSaysWhatToDo() {
    Bench bench;
    QTRY_COMPARE(bench.model()->clients(), 2);
    bench.document.edit("clear", [](spec::Scenario& s) { s.dataset.files.clear(); });
    QTRY_VERIFY(bench.find<QLabel>("label.importSummary")->text().contains("Add"));
  }

  void everyInputHasANameAndAnExplanation() {
    Bench bench;
    for (auto* box : bench.page->findChildren<QAbstractSpinBox*>()) {
      if (qobject_cast<QScrollBar*>(box->parent())) continue;
      QVERIFY2(!box->whatsThis().isEmpty(), qPrintable(box->objectName()));
    }
    for (auto* box : bench.page->findChildren<QComboBox*>()) QVERIFY2(!box->whatsThis().isEmpty(), qPrintable(box->objectName()));
  }
};

QTEST_MAIN(TstDatasetPage)
#include "tst_dataset_page.moc"
