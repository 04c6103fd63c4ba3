#include "ui/lab/members_table.h"

#include <QDrag>
#include <QDropEvent>
#include <QEvent>
#include <QHeaderView>
#include <QMimeData>
#include <QPointer>
#include <algorithm>

#include "ui/lab/lab_text.h"
#include "ui/lab/slot_strip.h"

namespace fedllm::ui {
namespace {

using M = RoomMemberModel;
constexpr int kPad = 18;
constexpr int kIconPad = 24;

// What a cell of this column may have to hold.
QString widest(int column) {
  switch (column) {
    case M::Name: return QStringLiteral("Bakery laptop 12");
    case M::Check: return QStringLiteral("WMWM WMWM");
    case M::State: return lab_text::memberState("mapping") + QStringLiteral(" · 59 min");
    case M::Sent:
    case M::Received: return QStringLiteral("999.9 MiB");
    case M::Memory: return QStringLiteral("15.6 GiB");
    case M::Clock: return QStringLiteral("+23 h 59 min");
    case M::RoundTrip: return QStringLiteral("999 ms");
    case M::Version: return QStringLiteral("0.1.10");
    default: return QStringLiteral("9999");
  }
}

}  // namespace

MembersTable::MembersTable(RoomMemberModel* model, QWidget* parent) : QTableView(parent), model_(model) {
  setObjectName(QStringLiteral("table.lab.members"));
  setAccessibleName(tr("Members of the room"));
  setWhatsThis(tr("One row a member. Whoever asks to join stands on top with the check code that is also on its own screen."));
  setModel(model);
  setSelectionBehavior(SelectRows);
  setSelectionMode(SingleSelection);
  setShowGrid(false);
  setAlternatingRowColors(true);
  setTabKeyNavigation(false);
  setWordWrap(false);
  setVerticalScrollMode(ScrollPerPixel);
  setHorizontalScrollMode(ScrollPerPixel);
  setIconSize({16, 16});
  verticalHeader()->hide();
  verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 10);
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setMinimumSectionSize(20);
  connect(model, &QAbstractItemModel::modelReset, this, &MembersTable::restoreSelection);
  connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& now) {
    if (const auto* member = model_->at(now.row())) selected_ = member->member();
    emit selectedChanged();
  });
  setDropIndicatorShown(false);
  fitColumns();
}

std::string MembersTable::selected() const {
  const auto* member = model_->at(currentIndex().row());
  return member ? member->member() : std::string();
}

void MembersTable::restoreSelection() {
  const int row = model_->rowOf(selected_);
  if (row >= 0) selectRow(row);
  emit selectedChanged();
}

void MembersTable::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  fitColumns();
}

void MembersTable::changeEvent(QEvent* event) {
  QTableView::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) fitColumns();
}

void MembersTable::setMovable(bool movable) {
  setDragEnabled(movable);
  viewport()->setAcceptDrops(movable);
  viewport()->setProperty(kTakesMembers, movable);
}

void MembersTable::startDrag(Qt::DropActions) {
  const wire::RoomMemberInfo* member = model_->at(currentIndex().row());
  if (!member || !lab_text::canHaveSlot(*member)) return;
  auto* drag = new QDrag(this);
  drag->setMimeData(memberMime(member->member()));
  const QPointer<MembersTable> still(this);      // the room may be closed meanwhile
  emit dragged(true);
  drag->exec(Qt::MoveAction);
  if (still) emit dragged(false);
}

const wire::RoomMemberInfo* MembersTable::underneath(const QDropEvent* event) const {
  const wire::RoomMemberInfo* member = model_->at(rowAt(event->position().toPoint().y()));
  const auto moved = memberIn(event->mimeData());
  return moved && member && member->slot() >= 0 && member->member() != *moved ? member : nullptr;
}

void MembersTable::dragEnterEvent(QDragEnterEvent* event) { event->setAccepted(memberIn(event->mimeData()).has_value()); }
void MembersTable::dragMoveEvent(QDragMoveEvent* event) { event->setAccepted(underneath(event)); }

void MembersTable::dropEvent(QDropEvent* event) {
  const wire::RoomMemberInfo* member = underneath(event);
  event->setAccepted(member);
  if (member) emit slotWanted(QString::fromStdString(*memberIn(event->mimeData())), member->slot());
}

// Columns stand in the order of what they tell; from the first that does not fit on they are left out.
void MembersTable::fitColumns() {
  const QFontMetrics cells = fontMetrics(), heads = horizontalHeader()->fontMetrics();
  int room = viewport()->width();
  bool fits = true;
  for (int column = 0; column < M::Count; ++column) {
    const QString title = model_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    int width = std::max(cells.horizontalAdvance(widest(column)), heads.horizontalAdvance(title)) + kPad;
    if (column == M::State) width += kIconPad;
    fits = fits && (width <= room || column <= M::State);
    setColumnHidden(column, !fits);
    if (!fits) continue;
    setColumnWidth(column, width);
    room -= width;
  }
  if (room > 0) setColumnWidth(M::Name, columnWidth(M::Name) + room);
}

}  // namespace fedllm::ui
