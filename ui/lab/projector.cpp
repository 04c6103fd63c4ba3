#include "ui/lab/projector.h"

#include <QKeyEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/lab/lab_text.h"
#include "ui/lab/qr_view.h"
#include "ui/lab/room_text.h"
#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kGap = 12, kPad = 12;
constexpr double kShape = 1.9;                 // width of a pleasant tile over its height
constexpr int kSmallest = 11;                  // pixels of the smallest letters

// The largest font that keeps `text` within `width` x `height`.
QFont fitted(QFont font, const QString& text, double width, double height) {
  int pixels = std::max(kSmallest, int(height));
  font.setPixelSize(pixels);
  const int advance = QFontMetrics(font).horizontalAdvance(text);
  if (advance > width) pixels = std::max(kSmallest, int(pixels * width / advance));
  font.setPixelSize(pixels);
  return font;
}

void drawLine(QPainter& painter, const QRect& rect, const QString& text, const QFont& font, const QColor& color) {
  painter.setFont(font);
  painter.setPen(color);
  painter.drawText(rect, int(Qt::AlignLeft | Qt::AlignVCenter), QFontMetrics(font).elidedText(text, Qt::ElideRight, rect.width()));
}

}  // namespace

Projector::Projector(Theme* theme, QWidget* parent) : QWidget(parent, Qt::Window), theme_(theme) {
  setObjectName(QStringLiteral("projector.lab"));
  setAttribute(Qt::WA_DeleteOnClose);
  setAccessibleName(tr("Projector"));
  setWindowTitle(tr("Room"));
  setMinimumSize(480, 320);
  setFocusPolicy(Qt::StrongFocus);
  qr_ = new QrView(this);
  connect(theme, &Theme::changed, this, [this] { update(); });
}

bool Projector::inviting() const {
  return !room_text::isRunning(room_) && !room_.ticket().empty() && room_.ticket_uses_left() > 0 && room_.ticket_expires_ms() > nowMs_;
}

void Projector::setRoom(const wire::HostedRoom& room, qint64 nowMs) {
  room_ = room;
  nowMs_ = nowMs;
  members_.clear();
  for (const auto& member : room.members())
    if (member.state() != "left" && member.state() != "revoked" && member.state() != "refused") members_.push_back(member);
  std::stable_sort(members_.begin(), members_.end(), [](const auto& a, const auto& b) {
    const auto key = [](const wire::RoomMemberInfo& m) { return m.slot() < 0 ? 1 << 30 : m.slot(); };
    return key(a) < key(b);
  });
  setWindowTitle(lab_text::from(room.name()));
  setAccessibleDescription(room_text::headline(room) + QStringLiteral(". ") + room_text::who(room));
  qr_->setText(QString::fromStdString(room.ticket()));
  layOut();
  update();
}

int Projector::columns(int count, const QSize& area) {
  int best = 1;
  double largest = 0;
  for (int columns = 1; columns <= std::max(1, count); ++columns) {
    const int rows = (count + columns - 1) / columns;
    const double width = double(area.width()) / columns - kGap, height = double(area.height()) / rows - kGap;
    const double usable = std::min(width, height * kShape);
    if (usable > largest) largest = usable, best = columns;
  }
  return best;
}

void Projector::layOut() {
  const int margin = std::max(16, width() / 60);
  const QRect inside = rect().adjusted(margin, margin, -margin, -margin);
  const int head = std::clamp(height() / 7, 72, 170);
  head_ = QRect(inside.topLeft(), QSize(inside.width(), head));
  grid_ = inside.adjusted(0, head + kGap, 0, 0);
  qr_->setVisible(inviting());
  if (inviting() && members_.empty()) {
    qr_->setGeometry(grid_);
  } else if (inviting()) {
    const int side = std::min(grid_.width() / 4, grid_.height());
    qr_->setGeometry(grid_.right() - side, grid_.top(), side, side);
    grid_.setRight(grid_.right() - side - 2 * kGap);
  }
  columns_ = columns(int(members_.size()), grid_.size());
}

QRect Projector::tile(int index) const {
  const int rows = std::max(1, (tiles() + columns_ - 1) / columns_);
  const int width = (grid_.width() + kGap) / columns_ - kGap;
  const int height = std::min((grid_.height() + kGap) / rows - kGap, int(width / 1.25));
  return {grid_.left() + (index % columns_) * (width + kGap), grid_.top() + (index / columns_) * (height + kGap), width, height};
}

void Projector::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  layOut();
}

void Projector::paintHead(QPainter& painter) const {
  const int line = head_.height() / 2;
  const QRect top(head_.topLeft(), QSize(head_.width(), line)), below = top.translated(0, line);
  QFont bold = font();
  bold.setBold(true);
  const QString name = lab_text::from(room_.name()), headline = room_text::headline(room_);
  const QFont title = fitted(bold, name + headline + QStringLiteral("     "), head_.width(), line * 0.72);
  const int width = QFontMetrics(title).horizontalAdvance(name + QStringLiteral("   "));
  drawLine(painter, top, name, title, theme_->text());
  drawLine(painter, top.adjusted(width, 0, 0, 0), headline, title, theme_->accent());
  drawLine(painter, below.adjusted(0, 0, 0, -8), room_text::who(room_), fitted(font(), room_text::who(room_), head_.width(), line * 0.5), theme_->mutedText());
  if (!room_text::isRunning(room_) || room_.rounds() <= 0) return;
  const QRect bar(head_.left(), head_.bottom() - 5, head_.width(), 6);
  painter.fillRect(bar, theme_->grid());
  painter.fillRect(QRect(bar.topLeft(), QSize(bar.width() * room_.round() / room_.rounds(), bar.height())), theme_->accent());
}

void Projector::paintTile(QPainter& painter, const QRect& rect, const wire::RoomMemberInfo& member) const {
  const QColor color = lab_text::stateColor(member.state(), *theme_);
  painter.setPen(QPen(color, 2));
  painter.setBrush(theme_->surface());
  painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 8, 8);
  const int band = std::max(6, rect.width() / 40);
  painter.fillRect(QRect(rect.left() + 2, rect.top() + 6, band, rect.height() - 12), color);
  const QRect inside = rect.adjusted(band + kPad, kPad / 2, -kPad, -kPad / 2);
  const bool asks = lab_text::isAsking(member), here = asks || lab_text::isHere(member);
  const int line = inside.height() / 3, icon = int(line * 0.6);
  QFont bold = font();
  bold.setBold(true);
  // One size for all, whatever a member is called: names that are longer end in an ellipsis.
  const QFont name = fitted(bold, QStringLiteral("MMMMMMMMM"), inside.width(), line * 0.62);
  const QFont word = fitted(font(), QStringLiteral("reconnecting"), inside.width() - icon - 8, line * 0.58);
  const QFont small = fitted(asks ? bold : font(), QStringLiteral("WMWM WMWM"), inside.width(), line * (asks ? 0.62 : 0.5));
  const QRect first(inside.left(), inside.top(), inside.width(), line), second = first.translated(0, line);
  drawLine(painter, first, lab_text::from(member.name()), name, here ? theme_->text() : theme_->mutedText());
  painter.drawPixmap(second.left(), second.top() + (line - icon) / 2, iconPixmap(lab_text::stateIcon(member.state()), icon, color, devicePixelRatioF()));
  drawLine(painter, second.adjusted(icon + 8, 0, 0, 0), lab_text::memberState(member.state()), word, color);
  drawLine(painter, second.translated(0, line), third(member), small, asks ? theme_->text() : theme_->mutedText());
}

// The code of those who ask, how long ago those who are gone were heard of, the round of the others.
QString Projector::third(const wire::RoomMemberInfo& member) const {
  if (lab_text::isAsking(member)) return lab_text::code(member.check_code());
  if (!lab_text::isHere(member)) return lab_text::age(nowMs_, member.seen_ms());
  return member.round() > 0 ? tr("round %1").arg(member.round()) : QString();
}

void Projector::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme_->background());
  paintHead(painter);
  for (int i = 0; i < tiles(); ++i) paintTile(painter, tile(i), members_[size_t(i)]);
}

void Projector::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape || event->key() == Qt::Key_F11) return void(close());
  QWidget::keyPressEvent(event);
}

}  // namespace fedllm::ui
