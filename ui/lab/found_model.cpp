#include "ui/lab/found_model.h"

#include <QLocale>
#include <algorithm>

#include "ui/lab/lab_text.h"
#include "ui/shell/icons.h"

namespace fedllm::ui {

void FoundRoomModel::setRooms(const wire::FoundRooms& found) {
  std::vector<wire::FoundRoom> rooms(found.rooms().begin(), found.rooms().end());
  std::sort(rooms.begin(), rooms.end(), [](const auto& a, const auto& b) { return std::tie(a.name(), a.room()) < std::tie(b.name(), b.room()); });
  const bool same = std::equal(rooms.begin(), rooms.end(), rooms_.begin(), rooms_.end(), [](const auto& a, const auto& b) { return a.room() == b.room(); });
  if (!same) beginResetModel();
  rooms_ = std::move(rooms);
  if (!same) endResetModel();
  else if (!rooms_.empty()) emit dataChanged(index(0, 0), index(int(rooms_.size()) - 1, Count - 1));
}

const wire::FoundRoom* FoundRoomModel::at(int row) const { return row >= 0 && row < int(rooms_.size()) ? &rooms_[size_t(row)] : nullptr; }
int FoundRoomModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(rooms_.size()); }
int FoundRoomModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(Count); }

QVariant FoundRoomModel::data(const QModelIndex& index, int role) const {
  const wire::FoundRoom* room = index.isValid() ? at(index.row()) : nullptr;
  if (!room) return {};
  if (role == Qt::DecorationRole && index.column() == Name) return themedIcon(QString::fromLatin1(room->known() ? "ok" : "lab"));
  if (role == Qt::ToolTipRole || role == Qt::AccessibleDescriptionRole) {
    if (!speaks(*room)) return tr("This room speaks version %1 of the protocol, this program version %2.").arg(room->protocol()).arg(kProtocol);
    return room->known() ? tr("You belong to this room: no ticket needed.") : tr("Ask its host for a ticket.");
  }
  if (role == Qt::TextAlignmentRole) return int((index.column() == Members ? Qt::AlignHCenter : Qt::AlignLeft) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case Name: return lab_text::from(room->name());
    case Host: return lab_text::from(room->host_name());
    case Members: return room->members() < 0 ? QStringLiteral("–") : QLocale().toString(room->members());
    case Address: return room->addresses().empty() ? QString() : lab_text::from(room->addresses(0));
    default: return {};
  }
}

QVariant FoundRoomModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical || section < 0 || section >= Count) return {};
  const QString titles[] = {tr("Room"), tr("Host"), tr("Members"), tr("Address")};
  if (role == Qt::TextAlignmentRole) return int((section == Members ? Qt::AlignHCenter : Qt::AlignLeft) | Qt::AlignVCenter);
  return role == Qt::DisplayRole ? QVariant(titles[section]) : QVariant();
}

Qt::ItemFlags FoundRoomModel::flags(const QModelIndex& index) const {
  const wire::FoundRoom* room = at(index.row());
  return room && speaks(*room) ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

}  // namespace fedllm::ui
