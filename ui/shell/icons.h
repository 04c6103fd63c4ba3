// Icons: own SVG drawings (:/icons/NAME.svg) in currentColor, tinted with a palette colour when painted, so that they
// follow the theme and stay sharp at any scale.
#pragma once

#include <QColor>
#include <QIcon>
#include <QString>

namespace fedllm::ui {

QIcon themedIcon(const QString& name);                      // in the palette's button text colour, muted when disabled
QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal ratio = 1);

}  // namespace fedllm::ui
