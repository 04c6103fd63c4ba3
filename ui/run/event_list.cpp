#include "ui/run/event_list.h"

#include <QDateTime>
#include <QHeaderView>
#include <QLineEdit>
#include <QLocale>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/plot/refresh_governor.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

enum class Tone { Plain, Good, Warning, Bad };

Tone tone(const QString& kind) {
  if (kind == QLatin1String("client_rejected") || kind == QLatin1String("failed")) return Tone::Bad;
  if (kind == QLatin1String("warning")) return Tone::Warning;
  return kind == QLatin1String("done") ? Tone::Good : Tone::Plain;
}

QString sign(Tone tone) {
  switch (tone) {
    case Tone::Bad: return QStringLiteral("✖ ");
    case Tone::Warning: return QStringLiteral("⚠ ");
    case Tone::Good: return QStringLiteral("✔ ");
    case Tone::Plain: break;
  }
  return {};
}

}  // namespace

EventModel::EventModel(RunFocus* focus, Theme* theme, QObject* parent) : QAbstractTableModel(parent), focus_(focus), theme_(theme) {
  connect(focus, &RunFocus::recordsChanged, this, [this] {
    beginResetModel();
    rows_ = focus_->current() ? int(focus_->current()->events().size()) : 0;
    endResetModel();
  });
  connect(focus, &RunFocus::roundMoved, this, [this] {
    if (rows_ > 0) emit dataChanged(index(0, 0), index(rows_ - 1, Count - 1), {Qt::BackgroundRole});
  });
}

int EventModel::firstOf(int round) const {
  for (int row = 0; row < rows_; ++row)
    if (focus_->current()->events()[row].round == round) return row;
  return -1;
}

void EventModel::refresh() {
  const int now = focus_->current() ? int(focus_->current()->events().size()) : 0;
  if (now > rows_) {
    beginInsertRows({}, rows_, now - 1);
    rows_ = now;
    endInsertRows();
  } else if (now < rows_) {
    beginResetModel();
    rows_ = now;
    endResetModel();
  }
}

int EventModel::rowCount(const QModelIndex& parent) const { return parent.isValid() || !focus_->current() ? 0 : rows_; }
int EventModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(Count); }

QVariant EventModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !focus_->current() || index.row() >= int(focus_->current()->events().size())) return {};
  const EventRow& row = focus_->current()->events()[index.row()];
  if (role == Qt::ForegroundRole) {
    switch (tone(row.kind)) {
      case Tone::Bad: return theme_->bad();
      case Tone::Warning: return theme_->warning();
      case Tone::Good: return theme_->good();
      case Tone::Plain: return {};
    }
  }
  if (role == Qt::BackgroundRole) return row.round >= 0 && row.round == focus_->round() ? QVariant(theme_->band()) : QVariant();
  if (role == Qt::ToolTipRole && index.column() == Time)
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(row.timeMs), QLocale::ShortFormat);
  if (role == Qt::ToolTipRole && index.column() == Text) return row.text;
  if (role == Qt::TextAlignmentRole) return int((index.column() == Round ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case Time: return QLocale().toString(QDateTime::fromMSecsSinceEpoch(row.timeMs).time(), QStringLiteral("HH:mm:ss"));
    case Round: return row.round >= 0 ? QVariant(row.round) : QVariant();
    case Client: return focus_->clientName(row.client);
    case Text: return sign(tone(row.kind)) + row.text;
    default: return {};
  }
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical || role != Qt::DisplayRole) return {};
  const QString titles[] = {tr("time"), tr("round"), tr("client"), tr("event")};
  return titles[section];
}

EventList::EventList(RunFocus* focus, Theme* theme, QWidget* parent) : QWidget(parent), focus_(focus) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 2, 0, 0);
  layout->setSpacing(2);
  filter_ = new QLineEdit;
  filter_->setObjectName(QStringLiteral("events.filter"));
  filter_->setPlaceholderText(tr("Filter events"));
  filter_->setAccessibleName(tr("Filter events"));
  filter_->setWhatsThis(tr("Shows only events that contain this text."));
  filter_->setClearButtonEnabled(true);
  model_ = new EventModel(focus, theme, this);
  filtered_ = new QSortFilterProxyModel(this);
  filtered_->setSourceModel(model_);
  filtered_->setFilterKeyColumn(-1);
  filtered_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  view_ = new QTableView;
  view_->setObjectName(QStringLiteral("list.events"));
  view_->setAccessibleName(tr("Events"));
  view_->setModel(filtered_);
  view_->setSelectionBehavior(QAbstractItemView::SelectRows);
  view_->setShowGrid(false);
  view_->setTabKeyNavigation(false);
  view_->setWordWrap(false);
  view_->verticalHeader()->setVisible(false);
  view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 4);
  view_->horizontalHeader()->setStretchLastSection(true);
  view_->horizontalHeader()->setHighlightSections(false);
  view_->setColumnWidth(EventModel::Time, fontMetrics().horizontalAdvance(QStringLiteral("00:00:00")) + 14);
  view_->setColumnWidth(EventModel::Round, fontMetrics().horizontalAdvance(tr("round")) + 18);
  view_->setColumnWidth(EventModel::Client, fontMetrics().horizontalAdvance(QStringLiteral("Client 99")) + 14);
  layout->addWidget(filter_);
  layout->addWidget(view_, 1);
  connect(filter_, &QLineEdit::textChanged, filtered_, &QSortFilterProxyModel::setFilterFixedString);
  connect(view_, &QTableView::clicked, this, &EventList::choose);
  connect(view_, &QTableView::activated, this, &EventList::choose);
  connect(focus, &RunFocus::roundMoved, this, &EventList::showRound);
  const QScrollBar* bar = view_->verticalScrollBar();
  connect(bar, &QScrollBar::valueChanged, this, [this, bar](int value) { following_ = value >= bar->maximum() - 1; });
  connect(focus, &RunFocus::recordsChanged, this, [this] { following_ = true; });
  refresher_ = new Refresher(view_, [this] { refresh(); });
}

void EventList::mark() { refresher_->mark(); }

void EventList::refresh() {
  model_->refresh();
  if (following_ && focus_->round() < 0) QTimer::singleShot(0, view_, &QTableView::scrollToBottom);
}

void EventList::choose(const QModelIndex& index) {
  const int row = filtered_->mapToSource(index).row();
  if (!focus_->current() || row < 0 || row >= int(focus_->current()->events().size())) return;
  const EventRow event = focus_->current()->events()[row];
  if (event.client >= 0) focus_->setClient(event.client);
  if (event.round >= 0) focus_->setRound(event.round);
}

// To the round's first event, unless the reader stands on one of that round already.
void EventList::showRound() {
  const RunRecord* record = focus_->current();
  following_ = focus_->round() < 0;
  if (!record) return;
  if (following_) return view_->scrollToBottom();
  model_->refresh();
  const int at = filtered_->mapToSource(view_->currentIndex()).row();
  if (at >= 0 && at < int(record->events().size()) && record->events()[at].round == focus_->round()) return;
  for (int row = std::max(0, model_->firstOf(focus_->round())); row < model_->rowCount(); ++row)
    if (const QModelIndex shown = filtered_->mapFromSource(model_->index(row, 0)); shown.isValid())
      return view_->scrollTo(shown, QAbstractItemView::PositionAtTop);
}

}  // namespace fedllm::ui
