#include "ui/run/client_table.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QPixmap>
#include <algorithm>
#include <cmath>

#include "ui/plot/refresh_governor.h"
#include "ui/run/run_moment.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kMeasured = 100;         // names looked at for the width of their column
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Drawn at twice its size, and the same when its row is selected: a tinted swatch would be another client's.
QIcon swatch(const QColor& color, bool shown, int side) {
  QPixmap pixmap(2 * side, 2 * side);
  pixmap.setDevicePixelRatio(2);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setPen(QPen(color, 2));
  painter.setBrush(shown ? QBrush(color) : QBrush(Qt::NoBrush));
  painter.drawRect(1, 1, side - 3, side - 3);
  painter.end();
  QIcon icon(pixmap);
  icon.addPixmap(pixmap, QIcon::Selected);
  return icon;
}

}  // namespace

ClientTableModel::ClientTableModel(RunFocus* focus, Theme* theme, QObject* parent)
    : QAbstractTableModel(parent), focus_(focus), theme_(theme) {
  connect(focus, &RunFocus::recordsChanged, this, [this] {
    beginResetModel();
    rows_ = focus_->clients();
    best_.clear();
    endResetModel();
  });
}

void ClientTableModel::refresh() {
  if (rows_ != focus_->clients()) {
    beginResetModel();
    rows_ = focus_->clients();
    best_.clear();
    endResetModel();
  } else if (rows_ > 0) {
    emit dataChanged(index(0, 0), index(rows_ - 1, Count - 1));
  }
}

int ClientTableModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : std::min(rows_, focus_->clients()); }
int ClientTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(Count); }

// Of the local steps until now; with a round cursor, of the rounds' means up to it.
double ClientTableModel::best(int client) const {
  const ClientRecord& record = focus_->current()->clients()[client];
  if (isHistory(*focus_->current(), focus_->round())) {
    double low = kNan, high = kNan;
    return record.roundLoss.range(0, focus_->round(), &low, &high) ? low : kNan;
  }
  const Series& series = record.stepLoss;
  if (best_.size() < size_t(client) + 1) best_.resize(client + 1, {0, kNan});
  auto& [seen, best] = best_[client];
  if (seen > series.size()) seen = 0, best = kNan;
  for (; seen < series.size(); ++seen)
    if (const double y = series.y(seen); std::isfinite(y) && !(best <= y)) best = y;
  return best;
}

QString ClientTableModel::text(int client, int column) const {
  if (column == Name) return focus_->clientName(client);
  if (column == Best) return run_text::loss(best(client));
  const ClientMoment moment = clientMoment(*focus_->current(), client, focus_->round());
  if (column == Last) return run_text::loss(moment.loss);
  if (column == Up) return run_text::bytes(moment.uplinkSoFar);
  if (column != State) return {};
  if (moment.isBusy() && moment.steps > 0) return tr("training %1 %").arg(100 * moment.step / moment.steps);
  return run_text::clientState(moment.state);
}

QString ClientTableModel::toolTip(int client, int column) const {
  const ClientMoment moment = clientMoment(*focus_->current(), client, focus_->round());
  if (column == State) return run_text::clientState(moment.state);
  return tr("%1: %2 records, %3 up, %4 down")
      .arg(focus_->clientName(client), QLocale().toString(qint64(focus_->current()->clients()[client].examples)),
           run_text::bytes(moment.uplinkSoFar), run_text::bytes(moment.downlinkSoFar));
}

QVariant ClientTableModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= focus_->clients()) return {};
  const int client = index.row(), column = index.column();
  switch (role) {
    case Qt::DisplayRole: return text(client, column);
    case Qt::ToolTipRole: return toolTip(client, column);
    case Qt::TextAlignmentRole: return int((column == Name || column == State ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case Qt::DecorationRole: return column == Name ? QVariant(swatch(theme_->client(client), focus_->isShown(client), 12)) : QVariant();
    case Qt::CheckStateRole: return column == Name ? QVariant(focus_->isHidden(client) ? Qt::Unchecked : Qt::Checked) : QVariant();
    case Qt::ForegroundRole:
      if (column == State && clientMoment(*focus_->current(), client, focus_->round()).isRejected()) return theme_->bad();
      return focus_->isShown(client) ? QVariant() : QVariant(theme_->mutedText());
    case Qt::FontRole:
      if (focus_->solo() == client) {
        QFont bold;
        bold.setBold(true);
        return bold;
      }
      return {};
    default: return {};
  }
}

bool ClientTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::CheckStateRole || index.column() != Name) return false;
  focus_->setHidden(index.row(), value.toInt() == Qt::Unchecked);
  return true;
}

QVariant ClientTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
  const QString titles[] = {tr("client"), tr("loss"), tr("best"), tr("up"), tr("state")};
  const QString tips[] = {tr("Tick to show the curve; S shows it alone, H hides it"), tr("Training loss of the last local step; with a round cursor, the round's mean"),
                          tr("Lowest training loss so far"), tr("Payload bytes sent so far"), tr("What the client is doing")};
  if (role == Qt::DisplayRole) return titles[section];
  if (role == Qt::ToolTipRole) return tips[section];
  if (role == Qt::TextAlignmentRole) return int((section == Name || section == State ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  return {};
}

Qt::ItemFlags ClientTableModel::flags(const QModelIndex& index) const {
  const Qt::ItemFlags base = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  return index.column() == Name ? base | Qt::ItemIsUserCheckable : base;
}

ClientTable::ClientTable(RunFocus* focus, Theme* theme, QWidget* parent) : QTableView(parent), focus_(focus) {
  setObjectName(QStringLiteral("table.clients"));
  setAccessibleName(tr("Clients"));
  setWhatsThis(tr("One row a client: the colour of its curve, its last and best loss, what it sent and what it does now. "
                  "Select a client to highlight it everywhere."));
  model_ = new ClientTableModel(focus, theme, this);
  setModel(model_);
  setSelectionBehavior(SelectRows);
  setSelectionMode(SingleSelection);
  setShowGrid(false);
  setTabKeyNavigation(false);
  setWordWrap(false);
  setTextElideMode(Qt::ElideMiddle);   // names differ at their ends
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollMode(ScrollPerPixel);
  verticalHeader()->setVisible(false);
  verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setMinimumSectionSize(20);
  refresher_ = new Refresher(this, [this] {
    model_->refresh();
    fitColumns();
    followFocus();
  });
  connect(focus, &RunFocus::changed, this, &ClientTable::mark);
  connect(focus, &RunFocus::roundMoved, this, [this] { model_->refresh(); });
  connect(theme, &Theme::changed, this, &ClientTable::mark);
  connect(focus, &RunFocus::changed, this, &ClientTable::followFocus);
  connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& now) {
    if (!following_ && now.isValid()) focus_->setClient(now.row());
  });
}

void ClientTable::mark() { refresher_->mark(); }

void ClientTable::followFocus() {
  const int client = focus_->client();
  if (client < 0 || client >= model_->rowCount() || currentIndex().row() == client) return;
  following_ = true;
  selectRow(client);
  following_ = false;
}

void ClientTable::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  fitColumns();
}

// The figures get the width that they need, name and state share the rest: no horizontal scroll bar at any width.
void ClientTable::fitColumns() {
  const QFontMetrics metrics = fontMetrics();
  const int pad = 9, marks = 44;      // check box and swatch
  int name = metrics.horizontalAdvance(QStringLiteral("Client 9"));
  for (int i = 0; i < std::min(model_->rowCount(), kMeasured); ++i)
    name = std::max(name, metrics.horizontalAdvance(focus_->clientName(i)));
  const int loss = metrics.horizontalAdvance(QStringLiteral("0.000")) + pad;
  const int up = metrics.horizontalAdvance(QStringLiteral("999.9 KiB")) + pad;
  const int state = metrics.horizontalAdvance(tr("training %1 %").arg(99)) + pad;
  const int words = name + marks + pad + state, figures = viewport()->width() - loss;
  const bool withUp = figures - up >= words, withBest = figures - up - loss >= words;
  setColumnHidden(ClientTableModel::Best, !withBest);
  setColumnHidden(ClientTableModel::Up, !withUp);
  const int share = figures - (withUp ? up : 0) - (withBest ? loss : 0);
  setColumnWidth(ClientTableModel::Last, loss);
  setColumnWidth(ClientTableModel::Best, loss);
  setColumnWidth(ClientTableModel::Up, up);
  const int named = std::clamp(name + marks + pad, share / 3, std::max(share / 3, share - state));
  setColumnWidth(ClientTableModel::Name, named);
  setColumnWidth(ClientTableModel::State, share - named);
}

void ClientTable::keyPressEvent(QKeyEvent* event) {
  if (event->modifiers() == Qt::NoModifier && event->key() == Qt::Key_S) return focus_->toggleSolo(focus_->client());
  if (event->modifiers() == Qt::NoModifier && event->key() == Qt::Key_H)
    return focus_->setHidden(focus_->client(), !focus_->isHidden(focus_->client()));
  QTableView::keyPressEvent(event);
}

}  // namespace fedllm::ui
