// MembersTable: the host's view of its members. Shows as many columns as its width takes, the most telling ones first;
// everything about the selected member stands below it in the host's view. Objects: table.lab.members.
#pragma once

#include <QTableView>

#include "ui/lab/member_model.h"

namespace fedllm::ui {

class MembersTable : public QTableView {
  Q_OBJECT
 public:
  MembersTable(RoomMemberModel* model, QWidget* parent = nullptr);
  std::string selected() const;              // the member's id; empty: none
  QSize minimumSizeHint() const override { return {240, 120}; }

 signals:
  void selectedChanged();

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void fitColumns();
  void restoreSelection();

  RoomMemberModel* model_;
  std::string selected_;
};

}  // namespace fedllm::ui
