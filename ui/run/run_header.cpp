#include "ui/run/run_header.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/run/run_text.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

void paint(QLabel* label, const QColor& color) {
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, color);
  label->setPalette(palette);
}

}  // namespace

RunHeader::RunHeader(RunFocus* focus, Theme* theme, QWidget* parent) : QWidget(parent), focus_(focus), theme_(theme) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  buildRow(row);
  difference_ = new ElidedLabel;
  difference_->setObjectName(QStringLiteral("run.difference"));
  notice_ = new ElidedLabel;
  notice_->setObjectName(QStringLiteral("run.notice"));
  column->addLayout(row);
  column->addWidget(difference_);
  column->addWidget(notice_);
  for (QWidget* widget : std::initializer_list<QWidget*>{difference_, notice_, pause_, stop_, live_, progress_, eta_}) widget->hide();
  connect(pause_, &QPushButton::clicked, this, &RunHeader::askPause);
  connect(stop_, &QPushButton::clicked, this, &RunHeader::askStop);
  connect(live_, &QPushButton::clicked, this, [this] { focus_->setRound(-1); });
  connect(focus, &RunFocus::roundMoved, this, &RunHeader::refresh);
  connect(focus, &RunFocus::recordsChanged, this, [this] {
    awaited_.clear();
    refresh();
  });
  connect(theme, &Theme::changed, this, &RunHeader::refresh);
}

void RunHeader::buildRow(QHBoxLayout* row) {
  name_ = new ElidedLabel;
  name_->setObjectName(QStringLiteral("run.name"));
  QFont big = name_->font();
  big.setBold(true);
  big.setPointSizeF(big.pointSizeF() * 1.2);
  name_->setFont(big);
  state_ = new QLabel;
  state_->setObjectName(QStringLiteral("run.state"));
  round_ = new QLabel;
  round_->setObjectName(QStringLiteral("run.round"));
  progress_ = new QProgressBar;
  progress_->setTextVisible(false);
  progress_->setFixedSize(90, 8);
  progress_->setAccessibleName(tr("Rounds done"));
  eta_ = new QLabel;
  eta_->setObjectName(QStringLiteral("run.eta"));
  age_ = new QLabel;
  age_->setObjectName(QStringLiteral("run.age"));
  age_->setToolTip(tr("Age of the newest figure on this page"));
  live_ = new QPushButton;
  live_->setObjectName(QStringLiteral("btn.live"));
  live_->setWhatsThis(tr("Canvas, clients and events show the round under the round cursor. This goes back to the newest (Escape on a plot)."));
  pause_ = new QPushButton(tr("Pause"));
  pause_->setObjectName(QStringLiteral("btn.pause"));
  pause_->setWhatsThis(tr("Pauses within one local step, or goes on after the last saved round."));
  stop_ = new QPushButton(tr("Stop and save…"));
  stop_->setObjectName(QStringLiteral("btn.stop"));
  stop_->setWhatsThis(tr("Ends the run. What was saved stays and can be resumed, unless the run is abandoned."));
  row->addWidget(name_, 1);
  for (QWidget* widget : std::initializer_list<QWidget*>{live_, state_, round_, progress_, eta_, age_, pause_, stop_}) row->addWidget(widget);
}

void RunHeader::refresh() {
  const RunRecord* record = focus_->current();
  if (!record) return;
  QString name = QString::fromStdString(record->info().name());
  if (name.isEmpty()) name = record->run();
  name_->setText(name);
  name_->setToolTip(tr("%1 (run %2)").arg(name, record->run()));
  refreshState(*record);
  refreshButtons(record->state());
  refreshNotice(*record);
  live_->setVisible(focus_->round() >= 0);
  live_->setText(tr("Round %1 shown: back to live").arg(focus_->round()));
  paint(difference_, theme_->mutedText());
  tick();
}

void RunHeader::refreshState(const RunRecord& record) {
  const QString state = record.state();
  state_->setText(run_text::stateIcon(state) + QLatin1Char(' ') + run_text::state(state));
  paint(state_, state == QLatin1String("failed") ? theme_->bad() : state == QLatin1String("done") ? theme_->good()
                : state == QLatin1String("running") ? theme_->accent() : theme_->warning());
  round_->setText(tr("Round %1/%2").arg(record.round()).arg(record.rounds()));
  progress_->setRange(0, std::max(1, record.rounds()));
  progress_->setValue(record.round());
  const QString eta = state == QLatin1String("running") ? run_text::eta(record.eta()) : QString();
  eta_->setText(eta);
  eta_->setVisible(!eta.isEmpty());
}

void RunHeader::refreshButtons(const QString& state) {
  const bool running = state == QLatin1String("running"), paused = state == QLatin1String("paused");
  const bool resumable = paused || state == QLatin1String("interrupted");
  if (state != askedIn_) awaited_.clear();
  pause_->setText(!awaited_.isEmpty() ? awaited_ : resumable ? tr("Resume") : tr("Pause"));
  pause_->setAccessibleName(resumable ? tr("Resume the run") : tr("Pause the run"));
  pause_->setVisible(running || resumable);
  stop_->setAccessibleName(tr("Stop and save the run"));
  stop_->setVisible(running || paused);
  pause_->setEnabled(awaited_.isEmpty());
  // Whoever waits for a pause may still want to stop.
  stop_->setEnabled(awaited_.isEmpty() || !stopAsked_);
  progress_->setVisible(running || resumable);
}

void RunHeader::refreshNotice(const RunRecord& record) {
  QString notice = commandNotice_;
  if (record.state() == QLatin1String("failed") && !record.info().error().empty()) notice = QString::fromStdString(record.info().error());
  if (notice.isEmpty()) notice = trouble_;
  notice_->setText(notice.isEmpty() ? QString() : QStringLiteral("⚠ ") + notice);
  notice_->setVisible(!notice.isEmpty());
  paint(notice_, theme_->bad());
}

void RunHeader::tick() {
  const RunRecord* record = focus_->current();
  if (!record || record->lastEventMs() <= 0) return age_->clear();
  const QDateTime last = QDateTime::fromMSecsSinceEpoch(record->lastEventMs());
  if (record->state() == QLatin1String("running")) return age_->setText(run_text::age(last.msecsTo(QDateTime::currentDateTime())));
  age_->setText(QLocale().toString(last, last.date() == QDate::currentDate() ? QStringLiteral("HH:mm") : QStringLiteral("yyyy-MM-dd HH:mm")));
}

void RunHeader::await(const QString& text, bool stop) {
  awaited_ = text;
  stopAsked_ = stop;
  askedIn_ = focus_->current()->state();
  refreshButtons(askedIn_);
}

void RunHeader::askPause() {
  if (!focus_->current()) return;
  const bool running = focus_->current()->state() == QLatin1String("running");
  await(running ? tr("Pausing…") : tr("Resuming…"));
  if (running) emit pauseRequested();
  else emit resumeRequested();
}

void RunHeader::setDifference(const QString& sentence) {
  difference_->setText(sentence.isEmpty() ? QString() : tr("Against the previous run (drawn faintly): %1").arg(sentence));
  difference_->setVisible(!sentence.isEmpty());
}

void RunHeader::setNotice(const QString& sentence) {
  commandNotice_ = sentence;
  if (!sentence.isEmpty()) awaited_.clear();   // refused
  refresh();
}

void RunHeader::setLink(const QString& trouble) {
  if (trouble_ == trouble) return;
  trouble_ = trouble;
  refresh();
}

void RunHeader::askStop() {
  auto* box = new QMessageBox(QMessageBox::Question, tr("Stop the run"),
                              tr("Every saved round stays. A stopped run can be resumed later; an abandoned one cannot."),
                              QMessageBox::Cancel, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setObjectName(QStringLiteral("dialog.stop"));
  QPushButton* save = box->addButton(tr("Stop and save"), QMessageBox::AcceptRole);
  QPushButton* abandon = box->addButton(tr("Abandon"), QMessageBox::DestructiveRole);
  box->setDefaultButton(save);
  connect(box, &QMessageBox::buttonClicked, this, [this, save, abandon](QAbstractButton* button) {
    if (button != save && button != abandon) return;
    await(tr("Stopping…"), true);
    emit stopRequested(button == abandon);
  });
  box->open();
}

}  // namespace fedllm::ui
