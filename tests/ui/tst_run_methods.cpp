// What the Run page tells of aggregation methods: aggregation error per module, norms and cosines, reference lines, and the
// matrix client x adapter; what it says where a run has none of it.
#include <qcustomplot.h>

#include <QComboBox>
#include <QSignalSpy>
#include <QTabWidget>
#include <QToolButton>
#include <cmath>

#include "recorded_run.h"
#include "run_stage.h"
#include "ui/plot/plot_view.h"
#include "ui/plot/table_twin.h"
#include "ui/run/aggregation_plot.h"
#include "ui/run/client_matrix.h"
#include "ui/run/loss_plot.h"
#include "ui/run/references.h"
#include "ui/run/run_csv.h"
#include "ui/run/tile_grid.h"
#include "ui/run/update_plot.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::Stage;
using test::SyntheticRun;

namespace {

constexpr auto kHidden = "FedSA-LoRA leaves a factor with its client, so the server does not see what each learned";

// The panel in front and drawn.
template <class Panel>
Panel* front(const Stage& stage) {
  auto* panel = stage.view->findChild<Panel*>();
  if (auto* tabs = stage.view->findChild<QTabWidget*>("run.tabs"); tabs->indexOf(panel) >= 0) tabs->setCurrentWidget(panel);
  stage.settle();
  panel->view()->redraw();
  return panel;
}

QStringList drawn(const RunPlot* panel) {
  QStringList names;
  auto* plot = panel->view()->findChild<QCustomPlot*>();
  for (int i = 0; i < plot->graphCount(); ++i)
    if (plot->graph(i)->visible() && !plot->graph(i)->name().isEmpty() && plot->graph(i)->dataCount() > 0) names << plot->graph(i)->name();
  return names;
}

const QCPGraph* line(const RunPlot* panel, const QString& name) {
  auto* plot = panel->view()->findChild<QCustomPlot*>();
  for (int i = 0; i < plot->graphCount(); ++i)
    if (plot->graph(i)->visible() && plot->graph(i)->name() == name) return plot->graph(i);
  return nullptr;
}

QString emptyText(const RunPlot* panel) {
  auto* plot = panel->view()->findChild<QCustomPlot*>();
  for (int i = 0; i < plot->itemCount(); ++i)
    if (auto* text = qobject_cast<QCPItemText*>(plot->item(i)); text && text->visible() && text->positionAlignment() == Qt::AlignCenter)
      return text->text().replace(QLatin1Char('\n'), QLatin1Char(' '));
  return {};
}

QString note(const QWidget* panel) { return panel->findChild<QLabel*>("picture.note")->text(); }

QString cell(PicturePanel* panel, int row, const QString& column) {
  panel->table()->refresh();
  for (int i = 0; i < panel->table()->columnCount(); ++i)
    if (panel->table()->headerData(i, Qt::Horizontal, Qt::DisplayRole).toString() == column) return panel->table()->index(row, i).data().toString();
  return QStringLiteral("no column ") + column;
}

}  // namespace

class TestRunMethods : public QObject {
  Q_OBJECT
 private slots:
  void theErrorIsDrawnPerModuleAsChosen() {
    Stage stage;
    SyntheticRun run;
    run.finish();
    stage.show(run);
    auto* panel = front<AggregationPlot>(stage);
    QCOMPARE(drawn(panel), QStringList({"worst module", "whole update"}));
    QCOMPARE(cell(panel, 2, "round"), QStringLiteral("3"));
    QCOMPARE(cell(panel, 2, "whole update"), QStringLiteral("0.4"));
    QCOMPARE(cell(panel, 2, "worst module"), QStringLiteral("0.6"));
    QCOMPARE(cell(panel, 2, "which"), QStringLiteral("layers.2.self_attn.v_proj"));
    QCOMPARE(cell(panel, 2, "layers.10.self_attn.q_proj"), QStringLiteral("0.2"));
    auto* modules = panel->findChild<QComboBox*>("aggregation.modules");
    QStringList offered;
    for (int i = 0; i < modules->count(); ++i) offered << modules->itemText(i);
    QCOMPARE(offered, QStringList({"whole update", "worst module", "all modules", "layers.2.self_attn.q_proj", "layers.2.self_attn.v_proj",
                                   "layers.10.self_attn.q_proj"}));
    modules->setCurrentIndex(0);
    panel->view()->redraw();
    QCOMPARE(drawn(panel), QStringList({"whole update"}));
    modules->setCurrentIndex(2);
    panel->view()->redraw();
    QCOMPARE(drawn(panel).size(), 5);
    modules->setCurrentIndex(5);
    panel->view()->redraw();
    QCOMPARE(drawn(panel), QStringList({"layers.10.self_attn.q_proj", "whole update"}));
    QVERIFY(std::abs(line(panel, "layers.10.self_attn.q_proj")->data()->begin()->value - 0.2) < 1e-6);
    QVERIFY2(panel->view()->accessibleDescription().contains("Worst module: layers.2.self_attn.v_proj"), qPrintable(panel->view()->accessibleDescription()));
    // Another run's modules are offered, and the choice of what there is no more falls back.
    SyntheticRun older;
    older.measured = false;
    older.finish();
    RunRecord record("old");
    older.applyTo(record);
    stage.view->setRecords(&record, nullptr, {});
    QCOMPARE(modules->count(), 3);
    stage.view->setRecords(nullptr, nullptr, {});
  }

  void roundingIsSaidAndMarked() {
    Stage stage;
    SyntheticRun run;
    run.error = 3e-8;
    run.finish();
    stage.show(run);
    auto* panel = front<AggregationPlot>(stage);
    QCOMPARE(note(panel), QStringLiteral("exact up to rounding"));
    const QCPGraph* edge = line(panel, "rounding");
    QVERIFY(edge && edge->data()->begin()->value == AggregationPlot::kRounding);
    QVERIFY(std::abs(line(panel, "whole update")->data()->begin()->value - 3e-8) < 1e-12);   // as it is, not raised to the edge
    Stage nothing;
    SyntheticRun zero;
    zero.error = 0;
    zero.finish();
    nothing.show(zero);
    panel = front<AggregationPlot>(nothing);
    QCOMPARE(line(panel, "whole update")->data()->begin()->value, double(AggregationPlot::kFloor));
    QVERIFY2(note(panel).contains("floor"), qPrintable(note(panel)));
    QCOMPARE(cell(panel, 0, "whole update"), QStringLiteral("0"));
  }

  void discardedEnergyIsASecondLine() {
    Stage stage;
    SyntheticRun run;
    run.discarded = 0.16;
    run.finish();
    stage.show(run);
    auto* panel = front<AggregationPlot>(stage);
    QCOMPARE(line(panel, "discarded energy")->pen().style(), Qt::DashLine);
    QCOMPARE(cell(panel, 0, "discarded energy"), QStringLiteral("0.16"));
    QVERIFY(runCsv(*stage.record).contains(",3,,discarded_energy,0.16"));
    QVERIFY(runCsv(*stage.record).contains(",3,,aggregation_error/model.layers.10.self_attn.q_proj,0.2"));
  }

  void whatIsHiddenSaysWhy() {
    Stage stage;
    SyntheticRun run;
    run.hidden = kHidden;
    run.aggregator = "fedsa-lora";
    run.finish();
    stage.show(run);
    auto* aggregation = front<AggregationPlot>(stage);
    QVERIFY2(emptyText(aggregation).contains("FedSA-LoRA") && emptyText(aggregation).contains("factor"), qPrintable(emptyText(aggregation)));
    QVERIFY(!emptyText(aggregation).contains("server"));     // the window's word is coordinator
    QCOMPARE(drawn(aggregation), QStringList());
    auto* updates = front<UpdatePlot>(stage);
    QCOMPARE(updates->view()->yTitle(), QStringLiteral("norm of what was sent"));
    QCOMPARE(cell(updates, 0, "Client 1"), QStringLiteral("0.8"));
    updates->findChild<QComboBox*>("updates.figure")->setCurrentIndex(UpdatePlot::Cosine);
    updates->view()->redraw();
    QCOMPARE(emptyText(updates), emptyText(aggregation));
  }

  void olderRunsSaySo() {
    Stage stage;
    SyntheticRun run;
    run.measured = false;
    run.finish();
    stage.show(run);
    auto* aggregation = front<AggregationPlot>(stage);
    QCOMPARE(emptyText(aggregation), QStringLiteral("The aggregation error was not measured in this run."));
    QCOMPARE(aggregation->view()->accessibleDescription(), emptyText(aggregation));
    auto* updates = front<UpdatePlot>(stage);
    updates->findChild<QComboBox*>("updates.figure")->setCurrentIndex(UpdatePlot::Drift);
    updates->view()->redraw();
    QVERIFY2(emptyText(updates).contains("not measured"), qPrintable(emptyText(updates)));
    Stage fresh;
    SyntheticRun start;
    start.start();
    fresh.show(start);
    QCOMPARE(emptyText(front<AggregationPlot>(fresh)), QStringLiteral("No round saved yet"));
  }

  void updatesAreDrawnPerClient() {
    Stage stage;
    SyntheticRun run, earlier;
    run.finish();
    earlier.finish();
    stage.show(run, &earlier);
    auto* panel = front<UpdatePlot>(stage);
    QCOMPARE(panel->view()->yTitle(), QStringLiteral("norm of the change"));
    QCOMPARE(cell(panel, 1, "Client 1"), QStringLiteral("0.5"));
    QCOMPARE(cell(panel, 1, "Client 2"), QString());         // rejected in round 2: a gap
    QVERIFY(drawn(panel).contains("Client 4") && drawn(panel).contains("Client 4, previous run"));
    QVERIFY(std::isnan(line(panel, "Client 2")->data()->at(1)->value));
    panel->findChild<QComboBox*>("updates.figure")->setCurrentIndex(UpdatePlot::Drift);
    QCOMPARE(cell(panel, 0, "Client 3"), QStringLiteral("0.8"));
    panel->findChild<QComboBox*>("updates.figure")->setCurrentIndex(UpdatePlot::Cosine);
    panel->view()->redraw();
    auto* plot = panel->view()->findChild<QCustomPlot*>();
    QVERIFY(plot->yAxis->range().contains(0) && plot->yAxis->range().contains(1));
    stage.view->focus()->setHidden(0, true);
    panel->view()->redraw();
    QVERIFY(!drawn(panel).contains("Client 1"));
    QVERIFY(runCsv(*stage.record).contains("Client 3,1,,drift,0.8"));
  }

  void updatesOfManyAreABand() {
    Stage stage;
    SyntheticRun run;
    run.clients = 24;
    run.finish();
    stage.show(run);
    QVERIFY(drawn(front<UpdatePlot>(stage)).contains("median of 24 clients") || drawn(front<UpdatePlot>(stage)).contains("median of 24 client(s)"));
  }

  void referencesAreLinesWithOneSwitch() {
    Stage stage;
    SyntheticRun run;
    run.references = true;
    run.finish();
    stage.show(run);
    auto* panel = front<LossPlot>(stage);
    for (const char* name : {"base", "local-only", "centralised"}) {
      const QCPGraph* reference = line(panel, name);
      QVERIFY2(reference, name);
      QCOMPARE(reference->data()->begin()->value, (reference->data()->end() - 1)->value);
    }
    const auto measured = references(*stage.record);
    QCOMPARE(measured.size(), size_t{3});
    QVERIFY(std::abs(measured[0].loss - 3.2) < 1e-6);
    const double last = 0.4 + 2.8 * std::exp(-0.6 * run.rounds);
    QVERIFY(std::abs(measured[1].loss - 1.2 * last) < 1e-6 && std::abs(measured[2].loss - 0.8 * last) < 1e-6);
    QVERIFY(std::abs(stage.record->evalLoss().lastY() - last) < 1e-6);   // the run's own, not a reference's
    QCOMPARE(cell(panel, 1, "centralised"), QLocale().toString(0.8 * last, 'g', 4));
    auto* button = panel->findChild<QToolButton*>("loss.references");
    QVERIFY(button->isChecked());
    QTest::keyClick(panel->view(), Qt::Key_R);
    panel->view()->redraw();
    QVERIFY(!line(panel, "centralised") && !button->isChecked());
    // Remembered while another run is opened.
    RunRecord other("r2");
    SyntheticRun again;
    again.finish();
    again.applyTo(other);
    stage.view->setRecords(&other, nullptr, {});
    QVERIFY(!stage.view->focus()->showsReferences());
    button->click();
    panel->view()->redraw();
    QVERIFY(line(panel, "base") && !line(panel, "centralised"));         // what this run has
    stage.view->setRecords(nullptr, nullptr, {});
  }

  void referencesHaveRowsOfTheirOwn() {
    RunRecord record("r");
    SyntheticRun run;
    run.clients = 2;
    run.rounds = 2;
    run.references = true;
    run.finish();
    run.applyTo(record);
    QStringList labels;
    for (const TileRow& row : layOutTiles({&record, nullptr, -1, 100}).rows) labels << row.label;
    QCOMPARE(labels, QStringList({"base", "global r1", "global r2", "Client 1 r1", "Client 1 r2", "Client 2 r1", "Client 2 r2", "Client 1 alone",
                                  "Client 2 alone", "centralised"}));
    QVERIFY(runCsv(record).contains("Client 2,2,,held_out_loss/local,"));
    QVERIFY(std::any_of(record.events().begin(), record.events().end(), [](const EventRow& row) { return row.text.startsWith("Adapter of Client 2, trained alone"); }));
  }

  void theMatrixMixesTopicsAsTheClientDoes() {
    RunRecord record("r");
    SyntheticRun run;
    run.everyRound = run.references = true;
    run.aggregator = "fedsa-lora";
    run.hidden = kHidden;
    run.finish();
    run.applyTo(record);
    const TileLayout matrix = layOutMatrix(&record, -1, true);
    QCOMPARE(matrix.topics, QStringList({"base", "Client 1", "Client 2", "Client 3", "Client 4", "alone", "centralised"}));
    QCOMPARE(matrix.rows.size(), size_t{4});
    // Client 1 holds 90 of its topic, which its adapter knows, and 10 of the next, which it does not.
    const double last = 0.4 + 2.8 * std::exp(-0.6 * run.rounds);
    QCOMPARE(matrix.rows[0].own, 1);
    QVERIFY(std::abs(matrix.rows[0].cells[1]->loss - last * (0.9 + 0.1 * 1.5)) < 1e-9);
    QVERIFY(std::abs(matrix.rows[0].cells[2]->loss - last * (0.1 + 0.9 * 1.5)) < 1e-9);   // Client 2's, on Client 1's topics
    QVERIFY(std::abs(matrix.rows[0].cells[5]->loss - last * 1.2) < 1e-9);
    QVERIFY(matrix.rows[0].cells[1]->exact > matrix.rows[0].cells[2]->exact);
    QVERIFY(matrix.worstLoss < matrix.rows[0].cells[0]->loss);   // the base model is beyond the scale
    // The scale holds all rounds; the round chooses the cells.
    const TileLayout early = layOutMatrix(&record, 1, true);
    QCOMPARE(early.worstLoss, matrix.worstLoss);
    QCOMPARE(early.rows[0].cells[1]->round, 1);
    QVERIFY(early.rows[0].cells[1]->loss > matrix.rows[0].cells[1]->loss);
    QVERIFY(early.rows[0].cells[6].has_value());             // a reference stands beside every round
    QVERIFY(!layOutMatrix(&record, 0, true).rows[0].cells[1].has_value());   // not measured yet
    QVERIFY2(matrixSentence(record, matrix.rows[0], *matrix.rows[0].cells[2]).startsWith("Adapter of Client 2, round 5, on the topics of Client 1: held-out loss 0."),
             qPrintable(matrixSentence(record, matrix.rows[0], *matrix.rows[0].cells[2])));
    // With one global adapter there is a column of it.
    RunRecord plain("p");
    SyntheticRun usual;
    usual.finish();
    usual.applyTo(plain);
    QVERIFY(layOutMatrix(&plain, -1, false).topics.contains("global"));
  }

  void theMatrixSaysWhatItLacks() {
    RunRecord older("o"), plain("p"), young("y");
    SyntheticRun run;
    run.measured = false;
    run.finish();
    run.applyTo(older);
    QVERIFY(layOutMatrix(&older, -1, true).rows.empty() && layOutMatrix(&older, -1, true).emptyText.contains("did not record"));
    SyntheticRun unlabelled;
    unlabelled.topics = {};
    unlabelled.finish();
    unlabelled.applyTo(plain);
    QVERIFY(layOutMatrix(&plain, -1, true).emptyText.contains("no topics"));
    SyntheticRun begun;
    begun.start();
    begun.applyTo(young);
    QVERIFY(layOutMatrix(&young, -1, true).emptyText.contains("appears when"));
    QVERIFY(layOutMatrix(nullptr, -1, true).rows.empty());
  }

  // A room measures a round only where nobody waits for it; a resumed run tells its rounds again.
  void whatARoundDidNotMeasureIsAGap() {
    RunRecord record("r");
    SyntheticRun run;
    run.start();
    run.round(1);
    run.measured = false;
    run.round(2);
    run.measured = true;
    run.round(3);
    run.applyTo(record);
    const auto isGap = [](const Series& series, size_t at) { return series.size() > at && std::isnan(series.y(at)); };
    QVERIFY(isGap(record.modules()[0].error, 1) && !isGap(record.modules()[0].error, 2));
    for (const Series* series : {&record.clients()[0].cosine, &record.clients()[0].changeNorm, &record.clients()[0].drift})
      QVERIFY(isGap(*series, 1) && !isGap(*series, 0) && !isGap(*series, 2));
    QCOMPARE(record.rounds_()[2].worstModule, -1);
    QCOMPARE(record.modules()[size_t(record.rounds_()[3].worstModule)].name, QStringLiteral("model.layers.2.self_attn.v_proj"));
    SyntheticRun::put(run.add("resumed"), "from_round", 2);
    run.applyTo(record);
    QCOMPARE(record.modules()[0].error.lastX(), 2.0f);
    QCOMPARE(record.clients()[0].drift.lastX(), 2.0f);
    run.error = 0.2;
    run.round(3);
    run.applyTo(record);
    QVERIFY(std::abs(record.modules()[2].error.lastY() - 0.3f) < 1e-6 && record.modules()[2].error.size() == 3);
  }

  // What the program told of real runs, against the figures on the page.
  void recordedRunsAreShownAsTold_data() {
    QTest::addColumn<bool>("hidden");
    QTest::newRow("fedavg") << false;
    QTest::newRow("flexlora") << false;
    QTest::newRow("fedsa-lora") << true;
  }
  void recordedRunsAreShownAsTold() {
    QFETCH(bool, hidden);
    const QString name = QString::fromLatin1(QTest::currentDataTag());
    Stage stage;
    stage.record = std::make_unique<RunRecord>(name);
    test::applyRecorded(name, *stage.record);
    stage.view->setRecords(stage.record.get(), nullptr, {});
    auto* aggregation = front<AggregationPlot>(stage);
    auto* updates = front<UpdatePlot>(stage);
    auto* loss = front<LossPlot>(stage);
    updates->findChild<QComboBox*>("updates.figure")->setCurrentIndex(UpdatePlot::Cosine);
    int rounds = 0;
    double localLoss = 0, localTokens = 0;
    std::map<QString, QJsonObject> southOnTopics;            // its own adapter's, at the last round
    QJsonObject held;
    for (const QJsonObject& line : test::recordedLines(name)) {
      const QString event = line["event"].toString();
      if (event == "run_started") held = line["client_topics"].toObject();
      if (event == "eval" && line["adapter"] == "local" && line["topic"] == "") localLoss += line["loss"].toDouble() * line["tokens"].toDouble(), localTokens += line["tokens"].toDouble();
      if (event == "eval" && line["adapter"] == "client" && line["client"] == 1 && line["round"] == 2) southOnTopics[line["topic"].toString()] = line;
      if (event != "round_committed" || line["round"] == 0) continue;
      ++rounds;
      if (hidden) {
        QVERIFY(line["hidden"].isString() && !line.contains("aggregation_error"));
        continue;
      }
      const auto at = line["round"].toInt() - 1;
      QCOMPARE(cell(aggregation, at, "whole update"), QLocale().toString(line["aggregation_error"].toDouble(), 'g', 4));
      QCOMPARE(cell(aggregation, at, "layers.0.self_attn.q_proj"), QLocale().toString(line["module_errors"]["model.layers.0.self_attn.q_proj"].toDouble(), 'g', 4));
      QCOMPARE(cell(updates, at, "South office"), QLocale().toString(line["cosines"]["1"].toDouble(), 'g', 4));
      QCOMPARE(line.contains("discarded_energy"), name == "flexlora");
      QCOMPARE(cell(aggregation, at, "discarded energy").isEmpty(), name != "flexlora");
    }
    QCOMPARE(rounds, 2);
    QCOMPARE(emptyText(aggregation).isEmpty(), !hidden);
    QVERIFY(std::abs(line(loss, "local-only")->data()->begin()->value - localLoss / localTokens) < 1e-9);
    double sum = 0, tokens = 0;
    for (auto it = held.begin(); it != held.end(); ++it) {
      const QJsonObject& topic = southOnTopics[it.key()];
      const double weight = it.value().toArray()[1].toDouble() / topic["records"].toDouble();
      sum += weight * topic["loss"].toDouble() * topic["tokens"].toDouble();
      tokens += weight * topic["tokens"].toDouble();
    }
    const TileLayout matrix = layOutMatrix(stage.record.get(), -1, true);
    QCOMPARE(matrix.rows.size(), size_t{4});
    QVERIFY(std::abs(matrix.rows[1].cells[size_t(matrix.rows[1].own)]->loss - sum / tokens) < 1e-6);
    QCOMPARE(matrix.topics.contains("global"), !hidden);
  }

  void thePanelOpensWithWhatTheMethodIsAbout() {
    Stage stage;
    SyntheticRun run;
    run.everyRound = true;
    run.aggregator = "fedsa-lora";
    run.hidden = kHidden;
    run.finish();
    stage.show(run);
    auto* panel = stage.view->findChild<TilePanel*>();
    auto* view = panel->findChild<QComboBox*>("tiles.view");
    QCOMPARE(panel->grid()->view(), TileView::MatrixLoss);
    QCOMPARE(view->currentIndex(), int(TileView::MatrixLoss));
    QSignalSpy told(panel->grid(), &TileGrid::cellTold);
    QTest::keyClick(panel->grid(), Qt::Key_Right);
    QTest::keyClick(panel->grid(), Qt::Key_Right);
    QVERIFY2(told.takeLast().at(0).toString().startsWith("Adapter of Client 1, round 5, on the topics of Client 1"), "the cell under the cursor is told");
    QVERIFY2(panel->grid()->accessibleDescription().startsWith("Adapter of Client 1"), qPrintable(panel->grid()->accessibleDescription()));
    stage.view->focus()->setRound(2);
    QTRY_COMPARE(panel->grid()->tiles().rows[0].cells[1]->round, 2);
    QCOMPARE(cell(panel, 1, "round"), QStringLiteral("2"));
    QCOMPARE(cell(panel, 1, "own"), QStringLiteral("yes"));
    // What a person chose stays.
    view->setCurrentIndex(int(TileView::Topics));
    emit view->activated(int(TileView::Topics));
    run.add("warning", 5)->set_detail("{\"message\":\"w\"}");
    run.applyTo(*stage.record);
    stage.settle();
    QCOMPARE(panel->grid()->view(), TileView::Topics);
    QCOMPARE(panel->grid()->accessibleName(), QStringLiteral("Exact match, adapter by topic"));
  }
};

QTEST_MAIN(TestRunMethods)
#include "tst_run_methods.moc"
