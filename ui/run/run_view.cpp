#include "ui/run/run_view.h"

#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QVBoxLayout>
#include <iterator>
#include <utility>

#include "ui/plot/refresh_governor.h"
#include "ui/run/aggregation_plot.h"
#include "ui/run/canvas_panel.h"
#include "ui/run/client_table.h"
#include "ui/run/duplicate_dialog.h"
#include "ui/run/event_list.h"
#include "ui/run/loss_plot.h"
#include "ui/run/round_plots.h"
#include "ui/run/run_csv.h"
#include "ui/run/run_header.h"
#include "ui/run/run_text.h"
#include "ui/run/summary_card.h"
#include "ui/run/tile_grid.h"
#include "ui/run/update_plot.h"

namespace fedllm::ui {
namespace {

constexpr int kRoomyWidth = 1250;      // from here the canvas stays beside the try-it box

QSplitter* splitter(Qt::Orientation orientation, std::initializer_list<QWidget*> parts) {
  auto* made = new QSplitter(orientation);
  made->setChildrenCollapsible(false);
  made->setHandleWidth(6);
  for (QWidget* part : parts) made->addWidget(part);
  return made;
}

}  // namespace

RunView::RunView(Theme* theme, TryItBox::Core core, QWidget* parent) : QWidget(parent), theme_(theme) {
  header_ = new RunHeader(&focus_, theme);
  summary_ = new SummaryCard(&focus_);
  loss_ = new LossPlot(&focus_, theme);
  loss_->view()->setCsv([this] { return focus_.current() ? runCsv(*focus_.current()) : QByteArray(); });
  tiles_ = new TilePanel(&focus_, theme);
  comm_ = new CommPlot(&focus_, theme);
  time_ = new TimePlot(&focus_, theme);
  aggregation_ = new AggregationPlot(&focus_, theme);
  updates_ = new UpdatePlot(&focus_, theme);
  events_ = new EventList(&focus_, theme);
  tryIt_ = new TryItBox(std::move(core), theme);
  canvas_ = new CanvasPanel(&focus_, theme);
  clients_ = new ClientTable(&focus_, theme);
  stack_ = new QStackedWidget;
  stack_->addWidget(buildEmpty());
  stack_->addWidget(buildBody());
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(stack_);
  refresher_ = new Refresher(stack_->widget(1), [this] { refresh(); });
  second_.setInterval(1000);
  connectParts();
}

void RunView::connectParts() {
  connect(header_, &RunHeader::pauseRequested, this, &RunView::pauseRequested);
  connect(header_, &RunHeader::resumeRequested, this, &RunView::resumeRequested);
  connect(header_, &RunHeader::stopRequested, this, &RunView::stopRequested);
  connect(summary_, &SummaryCard::tryRequested, this, &RunView::showTryIt);
  connect(summary_, &SummaryCard::duplicateRequested, this, &RunView::duplicate);
  connect(summary_, &SummaryCard::failed, this, &RunView::setNotice);
  connect(tabs_, &QTabWidget::currentChanged, this, &RunView::tabChanged);
  connect(&focus_, &RunFocus::changed, this, [this] { tryIt_->setClient(focus_.client()); });
  connect(&focus_, &RunFocus::roundMoved, this, [this] { tryIt_->setRound(focus_.round()); });
  connect(&focus_, &RunFocus::paceChanged, this, [this] { refresher_->governor()->setFast(focus_.isFast()); });
  connect(&second_, &QTimer::timeout, this, [this] {
    header_->tick();
    emit secondPassed();
  });
}

RunView::~RunView() { delete stack_; }   // the pictures go before the focus that they listen to

QWidget* RunView::buildEmpty() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  auto* sentence = new QLabel(tr("No run yet: a scenario that is started shows its curves here."));
  sentence->setObjectName(QStringLiteral("run.empty"));
  sentence->setAlignment(Qt::AlignCenter);
  sentence->setWordWrap(true);
  auto* go = new QPushButton(tr("Go to the scenario"));
  go->setObjectName(QStringLiteral("btn.scenario"));
  go->setDefault(true);
  go->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  column->addStretch();
  column->addWidget(sentence);
  column->addWidget(go, 0, Qt::AlignCenter);
  column->addStretch();
  connect(go, &QPushButton::clicked, this, &RunView::scenarioRequested);
  return page;
}

QWidget* RunView::buildBody() {
  tabs_ = new QTabWidget;
  tabs_->setObjectName(QStringLiteral("run.tabs"));
  tabs_->setAccessibleName(tr("Details of the run"));
  tabs_->setDocumentMode(true);
  tabs_->setUsesScrollButtons(false);    // each stays in sight
  tabs_->setElideMode(Qt::ElideRight);
  tabs_->addTab(comm_, tr("Bytes"));
  tabs_->addTab(time_, tr("Time"));
  tabs_->addTab(aggregation_, tr("Error"));
  tabs_->addTab(updates_, tr("Updates"));
  tabs_->addTab(events_, tr("Events"));
  tabs_->addTab(tryIt_, tr("Try it"));
  const QString titles[] = {tr("Communication"), tr("Time per round"), tr("Aggregation error"), tr("Update norm, cosine and drift of every client")};
  for (int i = 0; i < int(std::size(titles)); ++i) tabs_->setTabToolTip(i, titles[i]);
  top_ = splitter(Qt::Horizontal, {loss_, tiles_});
  bottom_ = splitter(Qt::Horizontal, {tabs_, canvas_, clients_});
  rows_ = splitter(Qt::Vertical, {top_, bottom_});
  top_->setStretchFactor(0, 11);
  top_->setStretchFactor(1, 9);
  bottom_->setStretchFactor(0, 12);
  bottom_->setStretchFactor(1, 6);
  bottom_->setStretchFactor(2, 5);
  rows_->setStretchFactor(0, 11);
  rows_->setStretchFactor(1, 9);
  top_->setSizes({550, 450});
  bottom_->setSizes({400, 156, 356});
  rows_->setSizes({320, 260});
  auto* body = new QWidget;
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(8, 6, 8, 6);
  column->setSpacing(4);
  column->addWidget(header_);
  column->addWidget(summary_);
  column->addWidget(rows_, 1);
  return body;
}

void RunView::setRecords(RunRecord* current, RunRecord* previous, const QString& difference) {
  for (RunRecord* old : {focus_.current(), focus_.previous()})
    if (old) disconnect(old, nullptr, this, nullptr);
  triedRound_ = -1;
  focus_.setRecords(current, previous);
  header_->setDifference(difference);
  stack_->setCurrentIndex(current ? 1 : 0);
  for (RunRecord* record : {current, previous})
    if (record) connect(record, &RunRecord::changed, this, &RunView::recordChanged);
  recordChanged();
}

// Only marks; the window's governor decides when to draw.
void RunView::recordChanged() {
  if (!focus_.current()) return;
  refresher_->mark();
  loss_->mark();
  tiles_->mark();
  comm_->mark();
  time_->mark();
  aggregation_->mark();
  updates_->mark();
  events_->mark();
  canvas_->mark();
  clients_->mark();
}

void RunView::refresh() {
  header_->refresh();
  summary_->refresh();
  const RunRecord* record = focus_.current();
  if (!record) return;
  QStringList names;
  for (const ClientRecord& client : record->clients()) names << client.name;
  tryIt_->setRun(record->run(), names);
  int committed = -1;
  for (const RoundRecord& round : record->rounds_())
    if (round.committed) committed = round.round;
  if (committed > triedRound_) tryIt_->reload();
  triedRound_ = committed;
}

void RunView::setDifference(const QString& sentence) { header_->setDifference(sentence); }
void RunView::setNotice(const QString& sentence) { header_->setNotice(sentence); }
void RunView::setLinkTrouble(const QString& sentence) { header_->setLink(sentence); }

void RunView::showTryIt() {
  tabs_->setCurrentWidget(tryIt_);
  tryIt_->setFocus();
}

// The try-it box takes the canvas's place where there is no room for both; afterwards everything is as it was.
void RunView::tabChanged() {
  const bool trying = tabs_->currentWidget() == tryIt_;
  if (trying && usualSizes_.isEmpty()) {
    usualSizes_ = bottom_->sizes();
    canvas_->setVisible(width() >= kRoomyWidth);
    if (!canvas_->isHidden()) return;
    const int table = std::max(clients_->minimumSizeHint().width(), usualSizes_[2] * 4 / 5);
    bottom_->setSizes({bottom_->width() - table, 0, table});
  } else if (!trying && !usualSizes_.isEmpty()) {
    canvas_->setVisible(true);
    bottom_->setSizes(std::exchange(usualSizes_, {}));
  }
}

void RunView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_F9 && focus_.current()) {
    if (focus_.current()->state() == QLatin1String("running")) emit pauseRequested();
    else if (!run_text::isOver(focus_.current()->state())) emit resumeRequested();
    return;
  }
  QWidget::keyPressEvent(event);
}

void RunView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  header_->tick();
  second_.start();
}

void RunView::hideEvent(QHideEvent* event) {
  second_.stop();
  QWidget::hideEvent(event);
}

void RunView::duplicate() {
  if (!focus_.current()) return;
  auto* dialog = new DuplicateDialog(focus_.current()->scenario(), theme_, this);
  dialog->setObjectName(QStringLiteral("dialog.duplicate"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this, [this, dialog] { emit startRequested(dialog->changed()); });
  dialog->open();
}

bool RunView::readyForScreenshot() const {
  return !focus_.current() || (focus_.current()->lastSeq() > 0 && !loss_->view()->refresher()->dirty() && !refresher_->dirty());
}

}  // namespace fedllm::ui
