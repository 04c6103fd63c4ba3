#include "ui/lab/slot_strip.h"

#include <QDragEnterEvent>
#include <QMimeData>
#include <QPainter>
#include <algorithm>

#include "ui/lab/room_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

const QString kMime = QStringLiteral("application/x-fedllm-member");
constexpr int kGap = 6, kWidest = 150, kPad = 8;

}  // namespace

QMimeData* memberMime(const std::string& member) {
  auto* mime = new QMimeData;
  mime->setData(kMime, QByteArray::fromStdString(member));
  return mime;
}

std::optional<std::string> memberIn(const QMimeData* mime) {
  if (!mime->hasFormat(kMime)) return std::nullopt;
  return mime->data(kMime).toStdString();
}

SlotStrip::SlotStrip(Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("strip.lab.slots"));
  setAccessibleName(tr("Slots of the scenario"));
  setAcceptDrops(true);
  setProperty(kTakesMembers, true);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  connect(theme, &Theme::changed, this, [this] { update(); });
}

void SlotStrip::setRoom(const wire::HostedRoom& room) {
  QStringList names;
  for (int slot = 0; slot < room_text::shownSlots(room); ++slot) names << room_text::slotName(room, slot);
  if (names == names_) return;
  names_ = names;
  setAccessibleDescription(names_.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

int SlotStrip::columns(int width) const { return std::max(1, (width + kGap) / (kWidest + kGap)); }
int SlotStrip::fieldHeight() const { return fontMetrics().height() + 2 * kPad; }

int SlotStrip::heightForWidth(int width) const {
  const int rows = (fields() + columns(width) - 1) / columns(width);
  return std::max(1, rows) * (fieldHeight() + kGap) - kGap;
}

QRect SlotStrip::field(int slot) const {
  const int across = std::min(columns(width()), std::max(1, fields()));
  const int wide = std::min(kWidest * 2, (width() + kGap) / across - kGap);
  const int column = isRightToLeft() ? across - 1 - slot % across : slot % across;
  return {column * (wide + kGap), slot / across * (fieldHeight() + kGap), wide, fieldHeight()};
}

int SlotStrip::slotAt(const QPoint& place) const {
  for (int slot = 0; slot < fields(); ++slot)
    if (field(slot).contains(place)) return slot;
  return -1;
}

void SlotStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  for (int slot = 0; slot < fields(); ++slot) {
    const bool over = slot == over_;
    painter.setPen(QPen(over ? theme_->accent() : theme_->mutedText(), over ? 2 : 1, over ? Qt::SolidLine : Qt::DashLine));
    painter.setBrush(over ? theme_->accent() : theme_->surface());
    painter.drawRoundedRect(QRectF(field(slot)).adjusted(1, 1, -1, -1), 5, 5);
    painter.setPen(over ? theme_->readableOn(theme_->accent()) : theme_->text());
    const QRect inside = field(slot).adjusted(kPad, 0, -kPad, 0);
    painter.drawText(inside, Qt::AlignCenter, fontMetrics().elidedText(names_[slot], Qt::ElideRight, inside.width()));
  }
}

void SlotStrip::dragEnterEvent(QDragEnterEvent* event) {
  if (memberIn(event->mimeData())) event->acceptProposedAction();
}

void SlotStrip::dragMoveEvent(QDragMoveEvent* event) {
  over_ = slotAt(event->position().toPoint());
  event->setAccepted(over_ >= 0);
  update();
}

void SlotStrip::dragLeaveEvent(QDragLeaveEvent*) {
  over_ = -1;
  update();
}

void SlotStrip::dropEvent(QDropEvent* event) {
  const int slot = slotAt(event->position().toPoint());
  const auto member = memberIn(event->mimeData());
  over_ = -1;
  update();
  if (slot < 0 || !member) return event->ignore();
  event->acceptProposedAction();
  emit slotWanted(QString::fromStdString(*member), slot);
}

}  // namespace fedllm::ui
