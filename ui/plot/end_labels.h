// EndLabels: the names of lines where they end, pushed apart so that none overlaps another. Identity without colour.
// Room-private; QCustomPlot stays in the implementation.
#pragma once

#include <vector>

#include "ui/plot/plot_content.h"

class QCustomPlot;
class QCPItemText;

namespace fedllm::ui {

class EndLabels {
 public:
  explicit EndLabels(QCustomPlot* plot) : plot_(plot) {}
  int room(const PlotContent& content) const;    // px that the widest label needs at the right border
  void place(const PlotContent& content);        // after the layout is known, before drawing

 private:
  struct Wanted { double y; const PlotLine* line; };
  std::vector<Wanted> wanted(const PlotContent& content, double* end) const;
  QCPItemText* label(size_t index);

  QCustomPlot* plot_;
  std::vector<QCPItemText*> labels_;
};

}  // namespace fedllm::ui
