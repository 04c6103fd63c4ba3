// FoundRoomModel: the rooms that the network shows, as a table: name, host, members, address. Rooms that this machine
// belonged to need no ticket. GUI thread.
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "wire/lab.pb.h"

namespace fedllm::ui {

class FoundRoomModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Host, Members, Address, Count };
  static constexpr quint32 kProtocol = 1;            // of rooms that this program can join
  using QAbstractTableModel::QAbstractTableModel;
  void setRooms(const wire::FoundRooms& found);
  const wire::FoundRoom* at(int row) const;          // null: no such row
  static bool speaks(const wire::FoundRoom& room) { return room.protocol() == kProtocol; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  std::vector<wire::FoundRoom> rooms_;
};

}  // namespace fedllm::ui
