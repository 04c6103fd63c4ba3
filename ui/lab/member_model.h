// RoomMemberModel: the members of one room as a table: those that ask first, then by slot, those that left last. A state of
// the room replaces the last one and only what differs is told to the views. Thousands of cells cost nothing until drawn.
// UserRole: the member's id. GUI thread.
#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <QIcon>
#include <vector>

#include "wire/lab.pb.h"

namespace fedllm::ui {

class Theme;

class RoomMemberModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Check, State, Slot, Records, Sent, Received, RoundTrip, Uplink, Downlink, Cores, Memory, Clock, Version, Count };
  explicit RoomMemberModel(Theme* theme, QObject* parent = nullptr);
  void setRoom(const wire::HostedRoom& room, qint64 nowMs);
  void setNow(qint64 nowMs);                          // the ages move on
  const wire::RoomMemberInfo* at(int row) const;      // null: no such row
  int rowOf(const std::string& member) const;         // -1: none
  QString sentence(int row) const;                    // everything about one member

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString text(const wire::RoomMemberInfo& member, int column) const;
  QString tip(const wire::RoomMemberInfo& member, int column) const;
  QIcon icon(const std::string& state) const;
  void tellDifferences(std::vector<wire::RoomMemberInfo> now);

  Theme* theme_;
  std::vector<wire::RoomMemberInfo> members_;
  qint64 nowMs_ = 0;
  mutable QHash<QString, QIcon> icons_;
};

}  // namespace fedllm::ui
