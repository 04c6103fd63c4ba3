// ContrastStyle: Fusion with a visible outline around every control, for the high-contrast theme: Fusion's own outlines are a
// darker shade of the window, which black has not. GUI thread.
#pragma once

#include <QProxyStyle>

namespace fedllm::ui {

class ContrastStyle : public QProxyStyle {
 public:
  ContrastStyle();
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const override;
};

}  // namespace fedllm::ui
