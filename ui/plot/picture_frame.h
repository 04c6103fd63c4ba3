// The frame around every picture: a thin line, or the focus ring (2 px, accent) where the keyboard is.
#pragma once

#include <QPainter>

#include "ui/shell/theme.h"

namespace fedllm::ui {

inline void drawFrame(QPainter& painter, const QRect& rect, const Theme& theme, bool focused) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, false);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(focused ? QPen(theme.accent(), 2) : QPen(theme.grid(), 1));
  painter.drawRect(focused ? rect.adjusted(1, 1, -1, -1) : rect.adjusted(0, 0, -1, -1));
  painter.restore();
}

}  // namespace fedllm::ui
