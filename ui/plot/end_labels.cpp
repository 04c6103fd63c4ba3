#include "ui/plot/end_labels.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace fedllm::ui {
namespace {

constexpr int kRoom = 12;              // px around a label

}  // namespace

int EndLabels::room(const PlotContent& content) const {
  const QFontMetrics metrics(plot_->xAxis->tickLabelFont());
  int widest = 0;
  for (const PlotLine& line : content.lines)
    if (!line.endLabel.isEmpty()) widest = std::max(widest, metrics.horizontalAdvance(line.endLabel) + kRoom);
  return widest;
}

std::vector<EndLabels::Wanted> EndLabels::wanted(const PlotContent& content, double* end) const {
  std::vector<Wanted> wanted;
  for (const PlotLine& line : content.lines) {
    if (line.endLabel.isEmpty()) continue;
    const auto last = std::find_if(line.points.rbegin(), line.points.rend(), [](const SeriesPoint& p) { return std::isfinite(p.y); });
    if (last == line.points.rend()) continue;
    wanted.push_back({plot_->yAxis->coordToPixel(last->y), &line});
    *end = std::max(*end, plot_->xAxis->coordToPixel(last->x));
  }
  std::stable_sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.y < b.y; });
  return wanted;
}

QCPItemText* EndLabels::label(size_t index) {
  while (labels_.size() <= index) {
    auto* made = new QCPItemText(plot_);
    made->setClipToAxisRect(false);
    made->setSelectable(false);
    made->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    made->setPadding(QMargins(4, 0, 0, 0));
    made->position->setType(QCPItemPosition::ptAbsolute);
    labels_.push_back(made);
  }
  return labels_[index];
}

void EndLabels::place(const PlotContent& content) {
  const QCPAxisRect* area = plot_->axisRect();
  const QFontMetrics metrics(plot_->xAxis->tickLabelFont());
  double end = area->left();
  std::vector<Wanted> names = wanted(content, &end);
  const double step = metrics.height() - 2, top = area->top() + step / 2;
  for (size_t i = 0; i < names.size(); ++i) names[i].y = std::max(names[i].y, i ? names[i - 1].y + step : top);
  double limit = area->bottom() - step / 2;
  for (size_t i = names.size(); i-- > 0; limit -= step) {
    names[i].y = std::min(names[i].y, limit);
    limit = names[i].y;
  }
  const double x = std::min<double>(end + 2, area->right());
  for (size_t i = 0; i < std::max(names.size(), labels_.size()); ++i) {
    QCPItemText* text = label(i);
    text->setVisible(i < names.size() && names[i].y >= top - step);
    if (i >= names.size()) continue;
    text->setText(metrics.elidedText(names[i].line->endLabel, Qt::ElideMiddle, int(plot_->width() - x - 6)));
    text->setColor(names[i].line->color);
    text->setFont(plot_->xAxis->tickLabelFont());
    text->position->setCoords(x, names[i].y);
  }
}

}  // namespace fedllm::ui
