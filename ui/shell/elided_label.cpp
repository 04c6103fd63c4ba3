#include "ui/shell/elided_label.h"

#include <QPainter>

namespace fedllm::ui {

void ElidedLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, width());
  if (shown != text() && toolTip().isEmpty()) setToolTip(text());
  painter.setPen(palette().color(foregroundRole()));
  painter.drawText(rect(), Qt::AlignVCenter | Qt::AlignLeading, shown);
}

}  // namespace fedllm::ui
