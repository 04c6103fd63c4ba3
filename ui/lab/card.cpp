#include "ui/lab/card.h"

#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/shell/icons.h"

namespace fedllm::ui {
namespace {

constexpr int kRadius = 6, kMargin = 14, kEdge = 4;

}  // namespace

Card::Card(const QString& title, QWidget* parent) : QFrame(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(kMargin, kMargin - 4, kMargin, kMargin - 2);
  column->setSpacing(8);
  title_ = new QLabel;
  enlarge(title_, 1.15, true);
  column->addWidget(title_);
  body_ = new QVBoxLayout;
  body_->setSpacing(8);
  column->addLayout(body_);
  setTitle(title);
}

void Card::setTitle(const QString& title) {
  title_->setText(title);
  title_->setVisible(!title.isEmpty());
  setAccessibleName(title);
}

void Card::setEdge(const QColor& color) {
  edge_ = color;
  update();
}

void Card::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(palette().color(QPalette::Mid), 1));
  painter.setBrush(palette().color(QPalette::AlternateBase));
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
  if (!edge_.isValid()) return;
  painter.setPen(Qt::NoPen);
  painter.setBrush(edge_);
  painter.drawRoundedRect(QRectF(isRightToLeft() ? width() - kEdge : 0, 0, kEdge, height()), 2, 2);
}

void paintText(QLabel* label, const QColor& color) {
  QPalette palette = label->palette();
  if (palette.color(QPalette::WindowText) == color) return;
  palette.setColor(QPalette::WindowText, color);
  label->setPalette(palette);
}

void enlarge(QWidget* widget, double factor, bool bold) {
  QFont font = widget->font();
  font.setPointSizeF(font.pointSizeF() * factor);
  font.setBold(bold);
  widget->setFont(font);
}

QLabel* figure(const QString& text, const char* name) {
  auto* label = new QLabel(text);
  label->setTextFormat(Qt::PlainText);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  if (name) label->setObjectName(QLatin1String(name));
  return label;
}

QLabel* paragraph(const QString& text, const char* name) {
  QLabel* label = figure(text, name);
  label->setWordWrap(true);
  return label;
}

QPushButton* button(const QString& text, const char* name, const QString& help, const char* icon) {
  auto* made = new QPushButton(text);
  made->setObjectName(QLatin1String(name));
  made->setWhatsThis(help);
  made->setToolTip(help);
  if (icon) made->setIcon(themedIcon(QLatin1String(icon)));
  return made;
}

}  // namespace fedllm::ui
