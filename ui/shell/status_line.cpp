#include "ui/shell/status_line.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <cmath>

#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/shell/elided_label.h"
#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {

QString durationText(double seconds) {
  const QLocale locale;
  if (seconds < 90) return QCoreApplication::translate("Duration", "%1 s").arg(locale.toString(int(std::lround(seconds))));
  const int minutes = int(std::lround(seconds / 60));
  if (minutes < 90) return QCoreApplication::translate("Duration", "%1 min").arg(locale.toString(minutes));
  return QCoreApplication::translate("Duration", "%1 h %2 min").arg(locale.toString(minutes / 60)).arg(minutes % 60);
}

QString durationRangeText(double low, double high) {
  const QString a = durationText(low), b = durationText(high);
  return a == b ? a : QCoreApplication::translate("Duration", "%1 to %2").arg(a, b);
}

StatusLine::StatusLine(CoreLink* link, RunSession* session, Theme* theme, QWidget* parent)
    : QWidget(parent), link_(link), session_(session), theme_(theme) {
  setObjectName(QStringLiteral("status"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 1, 8, 1);
  row->setSpacing(8);
  const auto add = [&](QLabel*& label, const char* name, int stretch) {
    label = stretch ? new ElidedLabel : new QLabel;
    label->setObjectName(QString::fromLatin1(name));
    row->addWidget(label, stretch);
  };
  add(dot_, "status.dot", 0);
  add(core_, "status.core", 0);
  row->addSpacing(16);
  add(run_, "status.run", 1);
  add(load_, "status.load", 0);
  connect(link, &CoreLink::stateChanged, this, &StatusLine::refresh);
  connect(link, &CoreLink::heartbeat, this, &StatusLine::takeBeat);
  connect(session, &RunSession::currentChanged, this, [this] {
    // A run tells much at a time; ten looks a second are enough.
    if (const RunRecord* run = session_->current())
      connect(run, &RunRecord::changed, this, [this] {
        if (!soon_.isActive()) soon_.start();
      });
    refresh();
  });
  soon_.setSingleShot(true);
  soon_.setInterval(100);
  connect(&soon_, &QTimer::timeout, this, &StatusLine::refresh);
  connect(theme, &Theme::changed, this, &StatusLine::refresh);
  timer_.setInterval(1000);
  connect(&timer_, &QTimer::timeout, this, &StatusLine::refresh);
  timer_.start();
  refresh();
}

void StatusLine::takeBeat() {
  const auto& beat = link_->lastHeartbeat();
  if (lastCpu_ >= 0 && beat.time_ms() > lastBeatMs_)
    cpuShare_ = (beat.cpu_seconds() - lastCpu_) * 1000.0 / double(beat.time_ms() - lastBeatMs_);
  lastCpu_ = beat.cpu_seconds();
  lastBeatMs_ = beat.time_ms();
  refresh();
}

QString StatusLine::runText() const {
  const RunRecord* run = session_->current();
  if (session_->starting()) return tr("Starting the run…");
  if (!run || run->rounds() == 0) return {};
  const QString round = tr("Round %1 of %2").arg(run->round()).arg(run->rounds());
  const QString state = run->state();
  if (state == QLatin1String("paused")) return tr("%1 · paused").arg(round);
  if (state == QLatin1String("interrupted")) return tr("%1 · interrupted").arg(round);
  if (state == QLatin1String("failed")) return tr("%1 · failed").arg(round);
  if (state == QLatin1String("done")) return tr("%1 · done").arg(round);
  const auto left = run->eta();
  return left ? tr("%1 · %2 left").arg(round, durationRangeText(left->first, left->second)) : round;
}

void StatusLine::refresh() {
  const bool ready = link_->state() == CoreLink::State::Ready;
  const bool late = link_->newsIsLate();
  const QColor colour = ready ? (late ? theme_->warning() : theme_->good())
                        : link_->state() == CoreLink::State::Starting ? theme_->mutedText() : theme_->bad();
  const QString icon = ready && !late                                ? QStringLiteral("ok")
                       : link_->state() == CoreLink::State::Starting ? QStringLiteral("info")
                                                                     : QStringLiteral("warning");
  dot_->setPixmap(iconPixmap(icon, fontMetrics().height(), colour, devicePixelRatioF()));
  core_->setText(link_->stateSentence());
  run_->setText(runText());
  if (!ready || link_->lastHeartbeat().time_ms() == 0) return load_->clear();
  const QString memory = QLocale().formattedDataSize(qint64(link_->lastHeartbeat().rss_bytes()));
  load_->setText(cpuShare_ < 0 ? tr("Core: %1").arg(memory)
                               : tr("Core: CPU %1 %, %2").arg(int(std::lround(cpuShare_ * 100))).arg(memory));
}

}  // namespace fedllm::ui
