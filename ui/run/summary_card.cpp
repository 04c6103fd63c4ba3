#include "ui/run/summary_card.h"

#include <QDesktopServices>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QUrl>
#include <cmath>

#include "ui/run/run_text.h"

namespace fedllm::ui {
namespace {

// Exact match over all topics of one adapter: the tile without a topic, or the topics' mean weighted by n.
double exactOf(const RunRecord& record, const QString& adapter, int round) {
  double hits = 0, n = 0;
  for (const Tile& tile : record.tiles()) {
    if (tile.adapter != adapter || tile.round != round || std::isnan(tile.exact)) continue;
    if (tile.topic.isEmpty()) return tile.exact;
    hits += tile.exact * tile.n;
    n += tile.n;
  }
  return n > 0 ? hits / n : std::nan("");
}

double wallSeconds(const RunRecord& record) {
  const QJsonObject summary = QJsonDocument::fromJson(QByteArray::fromStdString(record.info().summary_json())).object();
  if (summary.contains(QLatin1String("wall_s"))) return summary[QLatin1String("wall_s")].toDouble();
  double wall = 0;
  for (const RoundRecord& round : record.rounds_()) wall += round.wall;
  return wall;
}

QPushButton* button(const QString& text, const char* name, const QString& help) {
  auto* made = new QPushButton(text);
  made->setObjectName(QLatin1String(name));
  made->setWhatsThis(help);
  return made;
}

}  // namespace

SummaryCard::SummaryCard(RunFocus* focus, QWidget* parent) : QWidget(parent), focus_(focus) {
  setObjectName(QStringLiteral("run.summary"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  text_ = new QLabel;
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  folder_ = button(tr("Adapter folder"), "btn.folder", tr("Opens the folder with adapter_config.json and adapter_model.safetensors."));
  try_ = button(tr("Try it"), "btn.try", tr("Asks the base model, a client's own adapter and the global adapter the same question."));
  duplicate_ = button(tr("Duplicate and change one thing…"), "btn.duplicate",
                      tr("Starts the next run with one field changed and this run drawn faintly behind it."));
  row->addWidget(text_, 1);
  for (QPushButton* one : {folder_, try_, duplicate_}) row->addWidget(one);
  hide();                              // until a run is over
  connect(folder_, &QPushButton::clicked, this, &SummaryCard::openFolder);
  connect(try_, &QPushButton::clicked, this, &SummaryCard::tryRequested);
  connect(duplicate_, &QPushButton::clicked, this, &SummaryCard::duplicateRequested);
}

void SummaryCard::openFolder() {
  if (!focus_->current()) return;
  const QString dir = QString::fromStdString(focus_->current()->info().adapter_dir());
  if (!QFileInfo::exists(dir)) return emit failed(tr("The folder %1 is gone.").arg(dir));
  if (!QDesktopServices::openUrl(QUrl::fromLocalFile(dir))) emit failed(tr("No program shows folders here; the adapter is in %1.").arg(dir));
}

QString SummaryCard::sentence(const RunRecord& record) {
  QStringList parts;
  const Series& loss = record.evalLoss();
  if (loss.size() > 0)
    parts << tr("held-out loss %1 → %2").arg(run_text::loss(loss.y(0)), run_text::loss(loss.y(loss.size() - 1)));
  int last = 0;
  for (const Tile& tile : record.tiles())
    if (tile.adapter == QLatin1String("global")) last = std::max(last, tile.round);
  const double before = exactOf(record, QStringLiteral("base"), 0), after = exactOf(record, QStringLiteral("global"), last);
  if (std::isfinite(after)) parts << tr("exact %1 → %2").arg(run_text::percent(before), run_text::percent(after));
  double up = 0, down = 0;
  for (const RoundRecord& round : record.rounds_()) up += round.uplinkPayload, down += round.downlinkPayload;
  parts << tr("%1 up, %2 down").arg(run_text::bytes(up), run_text::bytes(down));
  parts << run_text::seconds(wallSeconds(record));
  return parts.join(QStringLiteral(" · "));
}

void SummaryCard::refresh() {
  const RunRecord* record = focus_->current();
  const bool over = record && run_text::isOver(record->state());
  setVisible(over);
  if (!over) return;
  text_->setText(sentence(*record));
  const QString dir = QString::fromStdString(record->info().adapter_dir());
  folder_->setVisible(!dir.isEmpty());
  folder_->setToolTip(dir);
  duplicate_->setEnabled(!record->info().scenario_json().empty());   // the scenario comes after the first events
  try_->setVisible(record->rounds_().size() > 1);
}

}  // namespace fedllm::ui
