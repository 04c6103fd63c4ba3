#include "ui/shell/activity_bar.h"

#include <QButtonGroup>
#include <QKeyEvent>
#include <QPainter>
#include <QStyleOptionFocusRect>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kIcon = 26, kMostShown = 9;

class ActivityButton : public QToolButton {
 public:
  ActivityButton(Theme* theme, QString icon) : theme_(theme), icon_(std::move(icon)) {
    setCheckable(true);
    setAutoExclusive(false);
    setFocusPolicy(Qt::StrongFocus);
    setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    connect(theme, &Theme::changed, this, [this] { update(); });
  }

  void setMarked(bool marked) {
    marked_ = marked;
    setAccessibleDescription(marked ? ActivityBar::tr("There are problems on this page") : QString());
    update();
  }

  void setWaiting(int count, const QString& sentence) {
    waiting_ = count;
    setAccessibleDescription(sentence);
    setToolTip(sentence.isEmpty() ? hint_ : sentence);
    update();
  }

  void setHint(const QString& hint) { setToolTip(hint_ = hint); }

  QSize sizeHint() const override {
    const QFontMetrics metrics(font());
    return {qMax(76, metrics.horizontalAdvance(text()) + 20), kIcon + metrics.height() + 24};
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    const QColor ink = isChecked() ? theme_->accent() : underMouse() ? theme_->text() : theme_->mutedText();
    if (isChecked() || underMouse())
      painter.fillRect(rect(), isChecked() ? theme_->surface() : theme_->background().lighter(103));
    if (isChecked()) painter.fillRect(QRect(isRightToLeft() ? width() - 3 : 0, 0, 3, height()), theme_->accent());
    const int top = (height() - kIcon - 4 - fontMetrics().height()) / 2;
    painter.drawPixmap(QPoint((width() - kIcon) / 2, top), iconPixmap(icon_, kIcon, ink, devicePixelRatioF()));
    if (marked_)
      painter.drawPixmap(QPoint((width() + kIcon) / 2 - 4, top - 4), iconPixmap(QStringLiteral("error"), 14, theme_->bad(), devicePixelRatioF()));
    if (waiting_ > 0) paintCount(painter, QPoint((width() + kIcon) / 2, top));
    painter.setPen(isChecked() ? theme_->text() : ink);
    painter.drawText(QRect(0, top + kIcon + 4, width(), fontMetrics().height()), Qt::AlignHCenter, text());
    if (!hasFocus()) return;
    painter.setPen(QPen(theme_->accent(), 2));
    painter.drawRect(rect().adjusted(2, 2, -2, -2));
  }

 private:
  void paintCount(QPainter& painter, const QPoint& corner) const {
    const QString text = waiting_ > kMostShown ? QStringLiteral("%1+").arg(kMostShown) : QString::number(waiting_);
    painter.save();
    QFont small = font();
    small.setBold(true);
    small.setPointSizeF(small.pointSizeF() * 0.85);
    painter.setFont(small);
    const QFontMetrics metrics(small);
    const int height = metrics.height() + 3, width = std::max(height, metrics.horizontalAdvance(text) + 9);
    const QRectF pill(corner.x() - width / 2, corner.y() - height / 2 + 3, width, height);
    const QRectF ring = pill.adjusted(-1.5, -1.5, 1.5, 1.5);   // keeps it apart from the icon
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(isChecked() ? theme_->surface() : theme_->background());
    painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2);
    painter.setBrush(theme_->warning());
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
    painter.setPen(theme_->readableOn(theme_->warning()));
    painter.drawText(pill, Qt::AlignCenter, text);
    painter.restore();
  }

  Theme* theme_;
  QString icon_, hint_;
  int waiting_ = 0;
  bool marked_ = false;
};

}  // namespace

ActivityBar::ActivityBar(Theme* theme, QWidget* parent)
    : QWidget(parent), theme_(theme), group_(new QButtonGroup(this)), column_(new QVBoxLayout(this)) {
  setObjectName(QStringLiteral("activity"));
  setAccessibleName(tr("Pages"));
  column_->setContentsMargins(0, 6, 1, 6);
  column_->setSpacing(2);
  column_->addStretch(1);
  group_->setExclusive(true);
  connect(theme, &Theme::changed, this, [this] { update(); });
}

void ActivityBar::addPage(const QString& id, const QString& title, const QString& hint) {
  auto* button = new ActivityButton(theme_, id);
  button->setObjectName(QStringLiteral("activity.") + id);
  button->setText(title);
  button->setAccessibleName(title);
  button->setHint(hint);
  group_->addButton(button);
  column_->insertWidget(column_->count() - 1, button);
  connect(button, &QToolButton::clicked, this, [this, id] { emit chosen(id); });
  fitWidths();
}

void ActivityBar::fitWidths() {
  int width = 0;
  for (auto* button : group_->buttons()) width = qMax(width, button->sizeHint().width());
  for (auto* button : group_->buttons()) button->setFixedWidth(width);
}

QToolButton* ActivityBar::button(const QString& id) const { return findChild<QToolButton*>(QStringLiteral("activity.") + id); }

void ActivityBar::setCurrent(const QString& id) {
  if (auto* wanted = button(id)) wanted->setChecked(true);
}

void ActivityBar::setMarked(const QString& id, bool marked) {
  if (auto* wanted = static_cast<ActivityButton*>(button(id))) wanted->setMarked(marked);
}

void ActivityBar::setWaiting(const QString& id, int count, const QString& sentence) {
  if (auto* wanted = static_cast<ActivityButton*>(button(id))) wanted->setWaiting(count, sentence);
}

void ActivityBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme_->background());
  painter.fillRect(QRect(isRightToLeft() ? 0 : width() - 1, 0, 1, height()), theme_->grid());
}

void ActivityBar::keyPressEvent(QKeyEvent* event) {
  const auto buttons = group_->buttons();
  const int step = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
  const int at = buttons.indexOf(qobject_cast<QAbstractButton*>(focusWidget()));
  if (step == 0 || at < 0) return QWidget::keyPressEvent(event);
  buttons[(at + step + buttons.size()) % buttons.size()]->setFocus(Qt::TabFocusReason);
}

}  // namespace fedllm::ui
