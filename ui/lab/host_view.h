// HostView: one room from its host's side: phase, start, pause and stop for all, those who ask, the members, everything
// about the selected one, the invitation, the projector. Objects: page parts "host.*", btn.lab.start, btn.lab.pauseAll,
// btn.lab.stopAll, btn.lab.openRun, btn.lab.projector, btn.lab.closeRoom, btn.lab.revoke, btn.lab.slot, table.lab.members.
#pragma once

#include <QPointer>
#include <QTimer>
#include <QWidget>

#include "wire/lab.pb.h"

class QLabel;
class QMenu;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace fedllm::ui {

class AskingCards;
class InvitePanel;
class LabLink;
class MembersTable;
class Projector;
class Refresher;
class RoomMemberModel;
class SlotStrip;
class Theme;

class HostView : public QWidget {
  Q_OBJECT
 public:
  HostView(std::string room, LabLink* lab, Theme* theme, QWidget* parent = nullptr);
  const std::string& room() const { return room_; }
  Projector* projector() const;               // null: not shown
  void showProjector();

 signals:
  void runWanted(const QString& run);
  void doctorWanted(const wire::DoctorRequest& about);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void buildHead(class QVBoxLayout* column);
  QWidget* buildMembers();
  void refresh();
  void refreshButtons(const wire::HostedRoom& room);
  void showSelected();
  void command(wire::HostCommand::Kind kind, const std::string& member = {}, int slot = 0);
  void confirm(const char* name, const QString& title, const QString& text, const QString& yes, std::function<void()> then);
  void revoke();
  void assign(const QString& member, int slot);
  void fillSlots();
  void askOtherSlot(const QString& member, int at, int places);
  void showMemberMenu(const QPoint& place);

  const std::string room_;
  LabLink* lab_;
  Theme* theme_;
  RoomMemberModel* model_;
  MembersTable* table_;
  AskingCards* asking_;
  InvitePanel* invite_;
  QWidget* inviteArea_;
  SlotStrip* strip_;
  QMenu* slotMenu_;
  QPointer<Projector> projector_;
  Refresher* refresher_;
  QLabel *name_, *headline_, *who_, *sentence_, *problem_, *empty_, *selected_;
  QProgressBar* rounds_;
  QPushButton *start_, *pause_, *stop_, *openRun_, *tiles_, *close_, *revoke_, *slot_, *inviteButton_;
  QTimer second_;
};

}  // namespace fedllm::ui
