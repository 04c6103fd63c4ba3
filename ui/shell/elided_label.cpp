#include "ui/shell/elided_label.h"

#include <QPainter>

namespace fedllm::ui {

void ElidedLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width());
  if (toolTip() == tip_) {
    const QString whole = shown != text() ? text() : QString();
    if (whole != tip_) setToolTip(tip_ = whole);
  }
  painter.setPen(palette().color(foregroundRole()));
  painter.drawText(contentsRect(), Qt::AlignVCenter | Qt::AlignLeading | Qt::TextSingleLine, shown);
}

}  // namespace fedllm::ui
