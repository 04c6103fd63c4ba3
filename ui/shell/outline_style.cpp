#include "ui/shell/outline_style.h"

#include <QPainter>
#include <QStyleFactory>
#include <QStyleOption>

namespace fedllm::ui {
namespace {

void outline(QPainter* painter, const QStyleOption* option) {
  const bool enabled = option->state & QStyle::State_Enabled;
  const bool focused = option->state & QStyle::State_HasFocus;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing, false);
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(focused
                           ? option->palette.color(QPalette::Highlight)
                           : option->palette.color(enabled ? QPalette::Active : QPalette::Disabled, QPalette::PlaceholderText),
                       focused ? 2 : 1));
  const int inset = focused ? 1 : 0;
  painter->drawRect(option->rect.adjusted(inset, inset, -1 - inset, -1 - inset));
  painter->restore();
}

}  // namespace

OutlineStyle::OutlineStyle(What what) : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))), what_(what) {}

void OutlineStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                 const QWidget* widget) const {
  QProxyStyle::drawPrimitive(element, option, painter, widget);
  if (what_ == What::CheckBoxes && element != PE_IndicatorCheckBox) return;
  switch (element) {
    case PE_PanelButtonCommand:
    case PE_FrameLineEdit:
    case PE_IndicatorCheckBox:
    case PE_Frame:
    case PE_FrameGroupBox:
      outline(painter, option);
      break;
    default: break;
  }
}

void OutlineStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                      const QWidget* widget) const {
  QProxyStyle::drawComplexControl(control, option, painter, widget);
  if (what_ == What::CheckBoxes) return;
  if (control == CC_SpinBox || control == CC_ComboBox) outline(painter, option);
}

}  // namespace fedllm::ui
