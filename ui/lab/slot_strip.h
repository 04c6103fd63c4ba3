// SlotStrip: the scenario's slots as fields to drop a member on, each with who has it. Shown while a member is dragged; the
// same is done without a mouse by the menu "Slot". Objects: strip.lab.slots.
#pragma once

#include <QWidget>
#include <optional>

#include "wire/lab.pb.h"

class QMimeData;

namespace fedllm::ui {

class Theme;

inline constexpr const char* kTakesMembers = "takesMembers";   // property of what members are dropped on
// A member on its way to a slot.
QMimeData* memberMime(const std::string& member);
std::optional<std::string> memberIn(const QMimeData* mime);

class SlotStrip : public QWidget {
  Q_OBJECT
 public:
  explicit SlotStrip(Theme* theme, QWidget* parent = nullptr);
  void setRoom(const wire::HostedRoom& room);
  QRect field(int slot) const;
  int fields() const { return int(names_.size()); }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override { return {200, heightForWidth(200)}; }

 signals:
  void slotWanted(const QString& member, int slot);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragMoveEvent(QDragMoveEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  int columns(int width) const;
  int fieldHeight() const;
  int slotAt(const QPoint& place) const;

  Theme* theme_;
  QStringList names_;
  int over_ = -1;
};

}  // namespace fedllm::ui
