#include "ui/plot/legend_strip.h"

#include <QPainter>
#include <algorithm>

#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kGap = 12, kSwatchGap = 4;

void drawSwatch(QPainter& painter, const LegendEntry& entry, const QRectF& box) {
  painter.setPen(QPen(entry.color, entry.shape == LegendEntry::Shape::Line ? 2 : 1));
  painter.setBrush(entry.color);
  const QPointF c = box.center();
  const double r = box.height() / 2;
  switch (entry.shape) {
    case LegendEntry::Shape::Hollow: painter.setBrush(Qt::NoBrush); [[fallthrough]];
    case LegendEntry::Shape::Filled: painter.drawRect(box); break;
    case LegendEntry::Shape::Line: painter.drawLine(QPointF(box.left(), c.y()), QPointF(box.right(), c.y())); break;
    case LegendEntry::Shape::Disc: painter.drawEllipse(c, r * 0.8, r * 0.8); break;
    case LegendEntry::Shape::Diamond:
      painter.drawPolygon(QPolygonF({c + QPointF(0, -r), c + QPointF(r, 0), c + QPointF(0, r), c + QPointF(-r, 0)}));
      break;
  }
}

}  // namespace

LegendStrip::LegendStrip(Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  connect(theme, &Theme::changed, this, [this] { update(); });
}

void LegendStrip::setEntries(std::vector<LegendEntry> entries) {
  entries_ = std::move(entries);
  QStringList names;
  for (const LegendEntry& entry : entries_) names << entry.name;
  setAccessibleName(tr("Legend: %1").arg(names.join(QStringLiteral(", "))));
  updateGeometry();
  update();
}

int LegendStrip::entryWidth(const LegendEntry& entry) const {
  return fontMetrics().ascent() + kSwatchGap + fontMetrics().horizontalAdvance(entry.name);
}

template <class Draw>
int LegendStrip::lay(int width, Draw draw) const {
  int x = 0, y = 0;
  for (const LegendEntry& entry : entries_) {
    const int wide = entryWidth(entry);
    if (x > 0 && x + wide > width) x = 0, y += fontMetrics().height();
    draw(entry, x, y);
    x += wide + kGap;
  }
  return entries_.empty() ? 0 : y + fontMetrics().height() + 2;
}

int LegendStrip::heightForWidth(int width) const {
  return lay(width, [](const LegendEntry&, int, int) {});
}

QSize LegendStrip::sizeHint() const {
  int wide = 0;
  for (const LegendEntry& entry : entries_) wide += entryWidth(entry) + kGap;
  return {wide, fontMetrics().height() + 2};
}

QSize LegendStrip::minimumSizeHint() const { return {120, fontMetrics().height() + 2}; }

void LegendStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const int side = fontMetrics().ascent() - 3;
  lay(width(), [&](const LegendEntry& entry, int x, int y) {
    drawSwatch(painter, entry, QRectF(x + 1.5, y + (fontMetrics().height() - side) / 2.0, side, side));
    painter.setPen(theme_->text());
    painter.drawText(x + fontMetrics().ascent() + kSwatchGap, y + fontMetrics().ascent() + 1, entry.name);
  });
}

}  // namespace fedllm::ui
