#include "ui/scenario/sweep_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QSaveFile>
#include <QSplitter>
#include <QTableWidget>
#include <QTabWidget>
#include <QVBoxLayout>
#include <cmath>

#include "spec/method_facts.h"
#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/scenario/method_words.h"
#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/status_line.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

enum RunColumn { Combination, Seed, Rate, State, Loss, Exact, Bytes, Seconds, RunColumns };
enum ResultColumn { What, BestRate, ResultLoss, ResultExact, ResultBytes, ResultSeconds, ResultColumns };

// Fields that are worth a second axis; any other can be typed.
const char* const kPaths[] = {"lora.rank", "training.local_steps", "partition.alpha", "partition.clients", "codec", "cohort.fraction", "rounds"};

QString lossText(double x) { return std::isfinite(x) ? QLocale().toString(x, 'f', 3) : QStringLiteral("–"); }
QString percent(double x) { return std::isfinite(x) ? QLocale().toString(100 * x, 'f', 1) + QStringLiteral(" %") : QStringLiteral("–"); }
QString bytesText(double x) { return QLocale().formattedDataSize(qint64(x), 1); }
QString secondsText(double x) { return std::isfinite(x) ? QLocale().toString(x, 'f', 1) + QStringLiteral(" s") : QStringLiteral("–"); }
QString rateText(const std::optional<double>& rate, const spec::Scenario& scenario) {
  return QLocale().toString(rate.value_or(scenario.training.learning_rate), 'g', 4);
}

template <class Text>
QString spreadText(const SweepSpread& spread, Text&& text) {
  if (spread.count == 0) return QStringLiteral("–");
  if (text(spread.low) == text(spread.high)) return text(spread.median);
  return QStringLiteral("%1 (%2 – %3)").arg(text(spread.median), text(spread.low), text(spread.high));
}

QTableWidget* table(const char* name, const QString& accessible, const QStringList& headers) {
  auto* made = new QTableWidget(0, int(headers.size()));
  made->setObjectName(QString::fromLatin1(name));
  made->setAccessibleName(accessible);
  made->setHorizontalHeaderLabels(headers);
  made->setEditTriggers(QAbstractItemView::NoEditTriggers);
  made->setSelectionBehavior(QAbstractItemView::SelectRows);
  made->setTabKeyNavigation(false);
  made->verticalHeader()->hide();
  made->verticalHeader()->setDefaultSectionSize(made->fontMetrics().height() + 8);
  made->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  return made;
}

void put(QTableWidget* table, int row, int column, const QString& text, const QString& tip = {}, bool words = false) {
  QTableWidgetItem* item = table->item(row, column);
  if (!item) table->setItem(row, column, item = new QTableWidgetItem);
  item->setText(text);
  item->setToolTip(tip);
  item->setTextAlignment((words ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
}

bool write(const QString& file, const QByteArray& bytes) {
  QSaveFile out(file);
  return out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit();
}

}  // namespace

SweepDialog::SweepDialog(CoreLink* link, const Theme* theme, QWidget* parent)
    : QDialog(parent), link_(link), theme_(theme), queue_(new SweepQueue(link, this)) {
  setObjectName(QStringLiteral("sweep"));
  setWindowTitle(tr("Sweep"));
  resize(1000, 620);
  auto* splitter = new QSplitter;
  splitter->setChildrenCollapsible(false);
  splitter->addWidget(buildChoice());
  splitter->addWidget(buildTables());
  splitter->setStretchFactor(1, 1);
  splitter->setSizes({250, 740});
  auto* column = new QVBoxLayout(this);
  column->addWidget(splitter, 1);
  auto* row = new QHBoxLayout;
  const auto button = [&](const char* name, const QString& text, auto run) {
    auto* made = new QPushButton(text);
    made->setObjectName(QString::fromLatin1(name));
    made->setAutoDefault(false);
    connect(made, &QPushButton::clicked, this, run);
    row->addWidget(made);
    return made;
  };
  file_ = button("btn.sweepFile", tr("Save as &file…"), [this] { saveFile(); });
  file_->setToolTip(tr("Writes the experiment for the command line: fedllm sweep FILE goes on with the same runs"));
  csv_ = button("btn.sweepCsv", tr("Save &CSV…"), [this] { saveCsv(); });
  row->addStretch(1);
  stop_ = button("btn.sweepStop", tr("Stop after &this run"), [this] { queue_->stopAfterThis(); });
  start_ = button("btn.sweepStart", tr("&Start"), [this] { start(); });
  start_->setIcon(themedIcon(QStringLiteral("play")));
  column->addLayout(row);
  connect(queue_, &SweepQueue::changed, this, [this](int entry) {
    if (entry < 0) showRuns();
    else showRun(entry);
    showResults();
    refresh();
  });
  connect(queue_, &SweepQueue::finished, this, &SweepDialog::refresh);
  connect(theme, &Theme::changed, this, &SweepDialog::refresh);
}

QWidget* SweepDialog::buildChoice() {
  auto* box = new QWidget;
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  auto* heading = new QLabel(tr("&Methods"));
  methods_ = new QListWidget;
  methods_->setObjectName(QStringLiteral("sweep.methods"));
  methods_->setAccessibleName(tr("Methods"));
  methods_->setWhatsThis(tr("Each ticked method is a combination; its own parameters have their usual values."));
  heading->setBuddy(methods_);
  for (const spec::MethodFacts& method : spec::methods()) {
    auto* item = new QListWidgetItem(methodTitle(method), methods_);
    item->setData(Qt::UserRole, QString::fromUtf8(method.name.data(), qsizetype(method.name.size())));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setCheckState(Qt::Unchecked);
  }
  auto* form = new QFormLayout;
  form->setRowWrapPolicy(QFormLayout::WrapLongRows);
  const auto line = [&](const char* name, const QString& label, const QString& help) {
    auto* edit = new QLineEdit;
    edit->setObjectName(QString::fromLatin1(name));
    edit->setAccessibleName(QString(label).remove(QLatin1Char('&')));
    edit->setToolTip(help);
    edit->setWhatsThis(help);
    form->addRow(label, edit);
    return edit;
  };
  seeds_ = line("sweep.seeds", tr("S&eeds"), tr("Whole numbers, parted by commas. Results show the median and the range over them."));
  rates_ = line("sweep.rates", tr("&Learning rates"), tr("Each combination tries all of them on the first seed and takes its best for the others. Empty: the scenario's."));
  rates_->setPlaceholderText(tr("the scenario's"));
  path_ = new QComboBox;
  path_->setObjectName(QStringLiteral("sweep.path"));
  path_->setAccessibleName(tr("One more field"));
  path_->setWhatsThis(tr("A field of the scenario that takes several values, each with each method."));
  path_->setEditable(true);
  path_->setMinimumContentsLength(10);
  path_->addItem(QString());
  for (const char* path : kPaths) path_->addItem(QString::fromLatin1(path));
  form->addRow(tr("&One more field"), path_);
  values_ = line("sweep.values", tr("its &values"), tr("Parted by commas, as in the scenario file."));
  faultLabel_ = new QLabel;
  faultLabel_->setObjectName(QStringLiteral("sweep.fault"));
  faultLabel_->setWordWrap(true);
  column->addWidget(heading);
  column->addWidget(methods_, 1);
  column->addLayout(form);
  column->addWidget(faultLabel_);
  seeds_->setText(QStringLiteral("1, 2, 3"));
  for (QLineEdit* edit : {seeds_, rates_, values_}) connect(edit, &QLineEdit::textChanged, this, &SweepDialog::chosen);
  connect(methods_, &QListWidget::itemChanged, this, &SweepDialog::chosen);
  connect(path_, &QComboBox::currentTextChanged, this, &SweepDialog::chosen);
  return box;
}

QWidget* SweepDialog::buildTables() {
  auto* box = new QWidget;
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  costLabel_ = new QLabel;
  costLabel_->setObjectName(QStringLiteral("sweep.cost"));
  costLabel_->setWordWrap(true);
  leaveOut_ = new QCheckBox;
  leaveOut_->setObjectName(QStringLiteral("sweep.leaveOut"));
  leaveOut_->hide();
  runs_ = table("sweep.runs", tr("Runs of the sweep"), {tr("combination"), tr("seed"), tr("rate"), tr("state"), tr("held-out loss"), tr("exact match"), tr("bytes"), tr("time")});
  results_ = table("sweep.results", tr("Results by combination"), {tr("combination"), tr("rate"), tr("held-out loss"), tr("exact match"), tr("bytes"), tr("time")});
  results_->setToolTip(tr("Median (lowest – highest) over the seeds, at the end of the runs"));
  runs_->setToolTip(tr("Double-click looks at the run"));
  runs_->horizontalHeader()->setSectionResizeMode(State, QHeaderView::Stretch);
  results_->horizontalHeader()->setSectionResizeMode(What, QHeaderView::Stretch);
  tabs_ = new QTabWidget;
  tabs_->addTab(runs_, tr("Runs"));
  tabs_->addTab(results_, tr("Results"));
  column->addWidget(costLabel_);
  column->addWidget(leaveOut_);
  column->addWidget(tabs_, 1);
  connect(leaveOut_, &QCheckBox::toggled, this, &SweepDialog::refresh);
  connect(runs_, &QTableWidget::cellActivated, this, [this](int row, int) {
    if (row < int(queue_->entries().size()) && !queue_->entries()[size_t(row)].run.isEmpty()) emit runAsked(queue_->entries()[size_t(row)].run);
  });
  return box;
}

void SweepDialog::setScenario(const spec::Scenario& scenario, const QString& baseDir) {
  scenario_ = scenario, baseDir_ = baseDir;
  bool any = false;
  for (int i = 0; i < methods_->count(); ++i) any |= methods_->item(i)->checkState() == Qt::Checked;
  const QSignalBlocker quiet(methods_);
  for (int i = 0; i < methods_->count() && !any; ++i)
    if (methods_->item(i)->data(Qt::UserRole).toString().toStdString() == scenario.strategy.aggregator) methods_->item(i)->setCheckState(Qt::Checked);
  chosen();
}

SweepChoice SweepDialog::choice() const {
  SweepChoice choice;
  for (int i = 0; i < methods_->count(); ++i)
    if (methods_->item(i)->checkState() == Qt::Checked) choice.methods << methods_->item(i)->data(Qt::UserRole).toString();
  choice.seeds = seeds_->text(), choice.rates = rates_->text(), choice.path = path_->currentText().trimmed(), choice.values = values_->text();
  return choice;
}

void SweepDialog::chosen() {
  if (queue_->running()) return;
  sweep_ = {};
  fault_ = makeSweep(choice(), scenario_, sweep_);
  points_ = fault_.sentence.isEmpty() ? spec::sweep_points(sweep_) : std::vector<spec::SweepPoint>();
  values_->setEnabled(!path_->currentText().trimmed().isEmpty());
  askCost();
  refresh();
}

// One combination after the other; an edit meanwhile begins anew.
void SweepDialog::askCost() {
  bad_.clear(), cost_ = {}, asked_ = 0;
  if (asking_) return void(stale_ = true);
  askNext();
}

void SweepDialog::askNext() {
  if (asked_ >= points_.size() || link_->state() != CoreLink::State::Ready) return refresh();
  const std::optional<double> rate = sweep_.learning_rates.empty() ? std::nullopt : std::optional(sweep_.learning_rates[0]);
  const auto scenario = spec::sweep_scenario(sweep_, scenario_, points_[asked_], sweep_.seeds[0], rate);
  if (!scenario.ok()) {
    bad_[asked_++] = statusText(scenario.status());
    return askNext();
  }
  wire::CheckRequest request;
  request.set_scenario_json(spec::to_json(*scenario));
  request.set_base_dir(baseDir_.toStdString());
  request.set_open_files(true);
  asking_ = true;
  link_->check(request, this, [this](Result<wire::CheckReply> reply) {
    asking_ = false;
    if (std::exchange(stale_, false)) return askNext();
    if (!reply.ok()) bad_[asked_] = statusText(reply.status());
    else {
      for (const wire::Problem& problem : reply->problems())
        if (problem.severity() == "error" && !bad_.contains(asked_))
          bad_[asked_] = fieldTitle(QString::fromStdString(problem.path())) + QStringLiteral(": ") + sentenceText(QString::fromStdString(problem.message()));
      if (!bad_.contains(asked_)) {
        const double runs = double(runsOf(sweep_, 1));
        const wire::ForecastInfo& f = reply->forecast();
        cost_.up += runs * double(f.uplink_bytes()), cost_.down += runs * double(f.downlink_bytes());
        cost_.low += runs * f.low_s(), cost_.high += runs * f.high_s();
      }
    }
    ++asked_;
    askNext();
  });
}

std::set<size_t> SweepDialog::impossible() const {
  std::set<size_t> points;
  for (const auto& [point, why] : bad_) points.insert(point);
  return points;
}

QString SweepDialog::costText() const {
  if (!fault_.sentence.isEmpty()) return {};
  const qsizetype can = qsizetype(points_.size() - bad_.size());
  QString text = tr("%1 of %n combination(s)", nullptr, int(points_.size())).arg(can) + tr(", %n run(s)", nullptr, int(runsOf(sweep_, can)));
  if (asked_ < points_.size()) return text + tr("; counting what they cost…");
  text += tr("; %1 up, %2 down").arg(bytesText(cost_.up), bytesText(cost_.down));
  text += cost_.high > 0 ? tr("; %1").arg(durationRangeText(cost_.low, cost_.high)) : tr("; how long is known after the first run");
  return text;
}

void SweepDialog::refresh() {
  const bool running = queue_->running();
  for (QWidget* part : std::initializer_list<QWidget*>{methods_, seeds_, rates_, path_}) part->setEnabled(!running);
  values_->setEnabled(!running && !path_->currentText().trimmed().isEmpty());
  QPalette palette = faultLabel_->palette();
  palette.setColor(QPalette::WindowText, theme_->bad());
  faultLabel_->setPalette(palette);
  const QMap<QString, QString> names{{QStringLiteral("methods"), tr("Methods")}, {QStringLiteral("seeds"), tr("Seeds")}, {QStringLiteral("rates"), tr("Learning rates")}, {QStringLiteral("values"), tr("Values")}};
  faultLabel_->setText(fault_.sentence.isEmpty() ? QString() : names.value(fault_.field) + QStringLiteral(": ") + fault_.sentence);
  leaveOut_->setVisible(!bad_.empty() && !running);
  if (!bad_.empty()) {
    QStringList reasons;
    for (const auto& [point, why] : bad_) reasons << combinationText(points_[point]) + QStringLiteral(": ") + why;
    leaveOut_->setText(tr("Leave out %n combination(s) that cannot run", nullptr, int(bad_.size())) + QStringLiteral(" (") + reasons.first() + (reasons.size() > 1 ? QStringLiteral(" …)") : QStringLiteral(")")));
    leaveOut_->setToolTip(reasons.join(QLatin1Char('\n')));
  }
  if (running) {
    int done = 0, failed = 0;
    for (const SweepEntry& entry : queue_->entries()) {
      done += entry.state >= SweepEntry::State::Done;
      failed += entry.state == SweepEntry::State::Failed;
    }
    QString text = tr("%1 of %2 runs done").arg(done).arg(queue_->entries().size());
    if (failed) text += tr(", %1 of them failed").arg(failed);
    if (queue_->stopping()) text += tr("; stops after this run");
    costLabel_->setText(text);
  } else {
    costLabel_->setText(costText());
  }
  const bool known = fault_.sentence.isEmpty() && asked_ >= points_.size() && !points_.empty();
  const bool can = known && bad_.size() < points_.size() && (bad_.empty() || leaveOut_->isChecked());
  start_->setEnabled(!running && can && link_->state() == CoreLink::State::Ready);
  stop_->setEnabled(running && !queue_->stopping());
  csv_->setEnabled(!queue_->entries().empty());
  file_->setEnabled(fault_.sentence.isEmpty());
}

void SweepDialog::start() { queue_->start(sweep_, scenario_, baseDir_, impossible()); }

void SweepDialog::showRuns() {
  runs_->setRowCount(int(queue_->entries().size()));
  for (int entry = 0; entry < runs_->rowCount(); ++entry) showRun(entry);
}

void SweepDialog::showRun(int row) {
  const SweepEntry& entry = queue_->entries()[size_t(row)];
  const bool openRate = !entry.rate && !sweep_.learning_rates.empty();
  QString state = tr("waiting");
  if (entry.state == SweepEntry::State::Running) state = entry.rounds ? tr("round %1 of %2").arg(entry.roundsDone).arg(entry.rounds) : tr("starting");
  if (entry.state == SweepEntry::State::Done) state = entry.tuning ? tr("done, another rate was better") : tr("done");
  if (entry.state == SweepEntry::State::Failed) state = tr("failed: %1").arg(entry.error);
  const bool done = entry.state == SweepEntry::State::Done;
  put(runs_, row, Combination, combinationText(queue_->points()[entry.point]), {}, true);
  put(runs_, row, Seed, QString::number(entry.seed));
  put(runs_, row, Rate, openRate ? tr("the best") : rateText(entry.rate, scenario_));
  put(runs_, row, State, state, entry.error, true);
  put(runs_, row, Loss, lossText(entry.loss));
  put(runs_, row, Exact, percent(entry.exact));
  put(runs_, row, Bytes, done ? bytesText(double(entry.bytes)) : QStringLiteral("–"));
  put(runs_, row, Seconds, secondsText(entry.seconds));
  if (entry.state == SweepEntry::State::Running) runs_->scrollToItem(runs_->item(row, 0));
}

void SweepDialog::showResults() {
  const std::vector<SweepResult> results = queue_->results();
  results_->setRowCount(int(results.size()));
  for (int row = 0; row < results_->rowCount(); ++row) {
    const SweepResult& one = results[size_t(row)];
    put(results_, row, What, combinationText(queue_->points()[one.point]) + (one.failed ? tr(" (%1 failed)").arg(one.failed) : QString()), {}, true);
    put(results_, row, BestRate, one.loss.count ? rateText(one.rate, scenario_) : QStringLiteral("–"));
    put(results_, row, ResultLoss, spreadText(one.loss, lossText));
    put(results_, row, ResultExact, spreadText(one.exact, percent));
    put(results_, row, ResultBytes, spreadText(one.bytes, bytesText));
    put(results_, row, ResultSeconds, spreadText(one.seconds, secondsText));
  }
}

void SweepDialog::saveCsv() {
  const QString file = QFileDialog::getSaveFileName(this, tr("Save the runs"), QStringLiteral("sweep.csv"), tr("CSV (*.csv)"));
  if (!file.isEmpty() && !write(file, queue_->csv())) costLabel_->setText(tr("%1 cannot be written").arg(file));
}

// The scenario goes beside it, with its data files named in full, so that both mean the same anywhere.
void SweepDialog::saveFile() {
  const QString file = QFileDialog::getSaveFileName(this, tr("Save the experiment"), QStringLiteral("sweep.json"), tr("JSON (*.json)"));
  if (file.isEmpty()) return;
  const QFileInfo info(file);
  const QString beside = info.completeBaseName() + QStringLiteral("-scenario.json");
  spec::Scenario scenario = scenario_;
  for (auto* files : {&scenario.dataset.files, &scenario.dataset.test_files, &scenario.evaluation.control_files})
    for (std::string& one : *files) one = QDir(baseDir_).absoluteFilePath(QString::fromStdString(one)).toStdString();
  const bool written = write(info.dir().filePath(beside), QByteArray::fromStdString(spec::to_json(scenario))) && write(file, sweepJson(sweep_, beside));
  if (!written) costLabel_->setText(tr("%1 cannot be written").arg(file));
}

void SweepDialog::reject() {
  if (queue_->running()) queue_->stopAfterThis();
  QDialog::reject();
}

}  // namespace fedllm::ui
