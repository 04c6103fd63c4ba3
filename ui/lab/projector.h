// Projector: a room in a full screen window for a class: who is here and what each machine does, as tiles whose letters are
// as large as the number of members allows, the round, and the code to join with while the room gathers. The members' table
// is its accessible twin. Esc or F11 leaves. Objects: projector.lab.
#pragma once

#include <QWidget>
#include <vector>

#include "wire/lab.pb.h"

namespace fedllm::ui {

class QrView;
class Theme;

class Projector : public QWidget {
  Q_OBJECT
 public:
  Projector(Theme* theme, QWidget* parent);
  void setRoom(const wire::HostedRoom& room, qint64 nowMs);
  int tiles() const { return int(members_.size()); }
  QRect tile(int index) const;                 // where it is drawn
  // Columns for `count` tiles in `area` so that they are largest at a pleasant shape.
  static int columns(int count, const QSize& area);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void layOut();
  void paintHead(QPainter& painter) const;
  void paintTile(QPainter& painter, const QRect& rect, const wire::RoomMemberInfo& member) const;
  QString third(const wire::RoomMemberInfo& member) const;
  bool inviting() const;

  Theme* theme_;
  wire::HostedRoom room_;
  std::vector<wire::RoomMemberInfo> members_;
  qint64 nowMs_ = 0;
  QrView* qr_;
  QRect head_, grid_;
  int columns_ = 1;
};

}  // namespace fedllm::ui
