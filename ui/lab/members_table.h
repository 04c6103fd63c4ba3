// MembersTable: the host's view of its members. Shows as many columns as its width takes, the most telling ones first;
// everything about the selected member stands below it in the host's view. A row dropped on another takes its slot. Objects: table.lab.members.
#pragma once

#include <QTableView>

#include "ui/lab/member_model.h"

namespace fedllm::ui {

class MembersTable : public QTableView {
  Q_OBJECT
 public:
  MembersTable(RoomMemberModel* model, QWidget* parent = nullptr);
  std::string selected() const;              // the member's id; empty: none
  void setMovable(bool movable);             // rows can be dragged onto slots and onto each other
  QSize minimumSizeHint() const override { return {240, 120}; }

 signals:
  void selectedChanged();
  void dragged(bool now);                    // a member is on its way
  void slotWanted(const QString& member, int slot);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void startDrag(Qt::DropActions actions) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragMoveEvent(QDragMoveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void fitColumns();
  void restoreSelection();
  const wire::RoomMemberInfo* underneath(const QDropEvent* event) const;   // who gives its slot

  RoomMemberModel* model_;
  std::string selected_;
};

}  // namespace fedllm::ui
