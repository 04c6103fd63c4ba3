#include "ui/shell/big_button.h"

#include <QKeyEvent>
#include <QPainter>

#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kPad = 14;
constexpr int kIcon = 36;
constexpr int kGap = 14;
}  // namespace

BigButton::BigButton(Theme* theme, QString icon, const QString& title, QString detail, bool primary, QWidget* parent)
    : QAbstractButton(parent), theme_(theme), icon_(std::move(icon)), detail_(std::move(detail)), primary_(primary) {
  setText(title);
  setAccessibleName(title);
  setAccessibleDescription(detail_);
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setAttribute(Qt::WA_Hover);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  connect(theme, &Theme::changed, this, [this] { update(); });
}

QFont BigButton::titleFont() const {
  QFont bold = font();
  bold.setBold(true);
  bold.setPointSizeF(bold.pointSizeF() * 1.25);
  return bold;
}

int BigButton::textWidth(int width) const { return width - 2 * kPad - kIcon - kGap; }

int BigButton::heightForWidth(int width) const {
  const int detail = fontMetrics().boundingRect(QRect(0, 0, textWidth(width), 1000), Qt::TextWordWrap, detail_).height();
  return qMax(kIcon, QFontMetrics(titleFont()).height() + 4 + detail) + 2 * kPad;
}

QSize BigButton::sizeHint() const { return {420, heightForWidth(420)}; }
QSize BigButton::minimumSizeHint() const { return {280, heightForWidth(280)}; }

void BigButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF card = QRectF(rect()).adjusted(1, 1, -1, -1);
  QColor fill = primary_ ? theme_->accent() : theme_->surface();
  if (!isEnabled()) fill = theme_->grid();
  else if (isDown()) fill = fill.darker(112);
  else if (underMouse()) fill = primary_ ? fill.lighter(108) : theme_->background();
  const QColor ink = primary_ || !isEnabled() ? theme_->readableOn(fill) : theme_->text();
  painter.setPen(QPen(hasFocus() ? theme_->text() : primary_ ? fill : theme_->grid(), hasFocus() ? 2 : 1));
  painter.setBrush(fill);
  painter.drawRoundedRect(card, 8, 8);

  const bool rtl = isRightToLeft();
  const int iconX = rtl ? width() - kPad - kIcon : kPad;
  painter.drawPixmap(iconX, (height() - kIcon) / 2,
                     iconPixmap(icon_, kIcon, primary_ ? ink : theme_->accent(), devicePixelRatioF()));
  const int left = rtl ? kPad : kPad + kIcon + kGap;
  const QFontMetrics bold(titleFont());
  const int detailHeight = fontMetrics().boundingRect(QRect(0, 0, textWidth(width()), 1000), Qt::TextWordWrap, detail_).height();
  int top = (height() - bold.height() - 4 - detailHeight) / 2;
  painter.setPen(ink);
  painter.setFont(titleFont());
  painter.drawText(QRect(left, top, textWidth(width()), bold.height()), Qt::AlignVCenter | Qt::AlignLeading, text());
  top += bold.height() + 4;
  painter.setFont(font());
  painter.drawText(QRect(left, top, textWidth(width()), detailHeight), Qt::TextWordWrap | Qt::AlignLeading, detail_);
}

void BigButton::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) click();
  else QAbstractButton::keyPressEvent(event);
}

}  // namespace fedllm::ui
