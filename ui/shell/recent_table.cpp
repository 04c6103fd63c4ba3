#include "ui/shell/recent_table.h"

#include <QDateTime>
#include <QFileInfo>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <algorithm>

#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

QString whenText(qint64 ms) {
  const QDateTime then = QDateTime::fromMSecsSinceEpoch(ms), now = QDateTime::currentDateTime();
  const QString time = QLocale().toString(then.time(), QLocale::ShortFormat);
  const qint64 days = then.date().daysTo(now.date());
  if (days == 0) return RecentTable::tr("today, %1").arg(time);
  if (days == 1) return RecentTable::tr("yesterday, %1").arg(time);
  return QLocale().toString(then.date(), QLocale::ShortFormat);
}

QString stateText(const std::string& state) {
  if (state == "running") return RecentTable::tr("running");
  if (state == "paused") return RecentTable::tr("paused");
  if (state == "interrupted") return RecentTable::tr("interrupted");
  if (state == "done") return RecentTable::tr("done");
  if (state == "failed") return RecentTable::tr("failed");
  return QString::fromStdString(state);
}

QString resultText(const wire::RunInfo& run) {
  QString text = RecentTable::tr("%1, %2 of %3 rounds").arg(stateText(run.state())).arg(run.rounds_done()).arg(run.rounds());
  const QJsonObject summary = QJsonDocument::fromJson(QByteArray::fromStdString(run.summary_json())).object();
  if (summary.contains("initial_eval_loss") && summary.contains("final_eval_loss"))
    text += RecentTable::tr(", loss %1 → %2")
                .arg(QLocale().toString(summary["initial_eval_loss"].toDouble(), 'f', 2),
                     QLocale().toString(summary["final_eval_loss"].toDouble(), 'f', 2));
  return text;
}

}  // namespace

RecentTable::RecentTable(Theme* theme, QWidget* parent) : QTableWidget(0, 4, parent), theme_(theme) {
  setHorizontalHeaderLabels({tr("Kind"), tr("Name"), tr("When"), tr("Result")});
  verticalHeader()->hide();
  setShowGrid(false);
  setEditTriggers(NoEditTriggers);
  setSelectionBehavior(SelectRows);
  setSelectionMode(SingleSelection);
  setTabKeyNavigation(false);
  setWordWrap(false);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setDefaultAlignment(Qt::AlignLeading | Qt::AlignVCenter);
  horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
  horizontalHeader()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
  horizontalHeader()->setSectionResizeMode(3, QHeaderView::ResizeToContents);
  horizontalHeader()->setMaximumSectionSize(420);
  connect(this, &QTableWidget::cellDoubleClicked, this, [this](int row) { choose(row); });
}

void RecentTable::setFiles(const QStringList& paths) {
  files_.clear();
  for (const QString& path : paths) {
    const QFileInfo info(path);
    Row row{tr("Scenario"), info.completeBaseName(), {}, path, {}, path, info.lastModified().toMSecsSinceEpoch(), !info.exists()};
    row.when = row.missing ? tr("not there any more") : whenText(row.timeMs);
    files_.push_back(row);
  }
  fill();
}

void RecentTable::setRuns(const wire::ListRunsReply& runs, int limit) {
  runs_.clear();
  for (const auto& run : runs.runs()) {
    if (int(runs_.size()) >= limit) break;
    const qint64 time = run.updated_ms() ? run.updated_ms() : run.created_ms();
    runs_.push_back({tr("Run"),
                     QString::fromStdString(run.name().empty() ? run.run() : run.name()),
                     whenText(time),
                     resultText(run),
                     QString::fromStdString(run.run()),
                     {},
                     time,
                     false});
  }
  fill();
}

void RecentTable::fill() {
  const QString kept =
      currentRow() >= 0 && currentRow() < int(rows_.size()) ? rows_[currentRow()].run + rows_[currentRow()].path : QString();
  rows_ = files_;
  rows_.insert(rows_.end(), runs_.begin(), runs_.end());
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.timeMs > b.timeMs; });
  setRowCount(int(rows_.size()));
  for (int i = 0; i < int(rows_.size()); ++i) {
    const QStringList cells{rows_[i].kind, rows_[i].name, rows_[i].when, rows_[i].result};
    for (int k = 0; k < cells.size(); ++k) {
      auto* item = new QTableWidgetItem(cells[k]);
      item->setToolTip(rows_[i].path.isEmpty() ? rows_[i].run : rows_[i].path);
      if (rows_[i].missing) item->setFlags(Qt::NoItemFlags);
      setItem(i, k, item);
    }
    if (!kept.isEmpty() && kept == rows_[i].run + rows_[i].path) setCurrentCell(i, 0);
  }
}

void RecentTable::choose(int row) {
  if (row < 0 || row >= int(rows_.size()) || rows_[row].missing) return;
  if (rows_[row].run.isEmpty()) emit fileChosen(rows_[row].path);
  else emit runChosen(rows_[row].run);
}

void RecentTable::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (enter && currentRow() >= 0) return choose(currentRow());
  if (enter) return event->ignore();         // nothing chosen here: the page's default button gets it
  QTableWidget::keyPressEvent(event);
}

void RecentTable::paintEvent(QPaintEvent* event) {
  QTableWidget::paintEvent(event);
  if (!rows_.empty()) return;
  QPainter painter(viewport());
  painter.setPen(theme_->mutedText());
  painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap, tr("Nothing yet: run the sample above."));
}

}  // namespace fedllm::ui
