#include "ui/shell/outline_style.h"

#include <QPainter>
#include <QStyleFactory>
#include <QStyleOption>

namespace fedllm::ui {
namespace {

constexpr int kBar = 4;                        // of what is chosen among its like

QColor lineColor(const QStyleOption* option) {
  const bool enabled = option->state & QStyle::State_Enabled;
  return option->palette.color(enabled ? QPalette::Active : QPalette::Disabled, QPalette::PlaceholderText);
}

enum class Shape { Rect, Round };

void outline(QPainter* painter, const QStyleOption* option, const QRect& rect, bool strong = false, Shape shape = Shape::Rect) {
  const bool focused = option->state & QStyle::State_HasFocus;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing, shape == Shape::Round);
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(focused ? option->palette.color(QPalette::Highlight) : lineColor(option), focused || strong ? 2 : 1));
  const int inset = focused || strong ? 1 : 0;
  const QRect line = rect.adjusted(inset, inset, -1 - inset, -1 - inset);
  if (shape == Shape::Round) painter->drawEllipse(QRectF(line).adjusted(0.5, 0.5, -0.5, -0.5));
  else painter->drawRect(line);
  painter->restore();
}

void bar(QPainter* painter, const QStyleOption* option, const QRect& rect) {
  painter->fillRect(rect, option->palette.color(QPalette::Highlight));
}

void outlineButton(QPainter* painter, const QStyleOption* option) {
  const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
  const QRect& rect = option->rect;
  if (option->state & QStyle::State_On) bar(painter, option, QRect(rect.left(), rect.bottom() - kBar + 1, rect.width(), kBar));
  outline(painter, option, rect, button && (button->features & QStyleOptionButton::DefaultButton));
}

}  // namespace

OutlineStyle::OutlineStyle(What what) : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))), what_(what) {}

void OutlineStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                 const QWidget* widget) const {
  QProxyStyle::drawPrimitive(element, option, painter, widget);
  if (element == PE_IndicatorCheckBox) return outline(painter, option, option->rect);
  if (element == PE_IndicatorRadioButton) return outline(painter, option, option->rect, false, Shape::Round);
  if (what_ == What::Indicators) return;
  switch (element) {
    case PE_PanelButtonCommand: outlineButton(painter, option); break;
    case PE_FrameLineEdit:
    case PE_Frame:
    case PE_FrameGroupBox: outline(painter, option, option->rect); break;
    default: break;
  }
}

// Which tab is shown is otherwise a matter of shades.
void OutlineStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
  QProxyStyle::drawControl(element, option, painter, widget);
  if (what_ == What::Indicators || element != CE_TabBarTabShape) return;
  outline(painter, option, option->rect);
  if (option->state & State_Selected) bar(painter, option, QRect(option->rect.topLeft(), QSize(option->rect.width(), kBar)));
}

void OutlineStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                      const QWidget* widget) const {
  QProxyStyle::drawComplexControl(control, option, painter, widget);
  if (what_ == What::Indicators) return;
  if (control == CC_SpinBox || control == CC_ComboBox) outline(painter, option, option->rect);
  if (control == CC_ScrollBar) outline(painter, option, subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget));
}

}  // namespace fedllm::ui
