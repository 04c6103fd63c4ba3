// OutlineStyle: Fusion with visible outlines, around every control for the high-contrast theme, around check boxes and radio
// buttons for the dark one: Fusion's own outlines are a darker shade of the window, which black has not. In high contrast a
// bar says which tab or switch is on, and the default button has a double line. GUI thread.
#pragma once

#include <QProxyStyle>

namespace fedllm::ui {

class OutlineStyle : public QProxyStyle {
 public:
  enum class What { Everything, Indicators };
  explicit OutlineStyle(What what);
  What what() const { return what_; }
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;

 private:
  What what_;
};

}  // namespace fedllm::ui
