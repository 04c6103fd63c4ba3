// ElidedLabel: one line of text that gives way instead of pushing the window wider; the whole text is in its tool tip.
#pragma once

#include <QLabel>
#include <QPainter>

namespace fedllm::ui {

class ElidedLabel : public QLabel {
 public:
  using QLabel::QLabel;
  QSize minimumSizeHint() const override { return {30, fontMetrics().height()}; }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setPen(palette().color(foregroundRole()));
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width());
    painter.drawText(contentsRect(), int(alignment()) | Qt::TextSingleLine, shown);
    if (toolTip() != text()) setToolTip(text());
  }
};

}  // namespace fedllm::ui
