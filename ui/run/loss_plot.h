// LossPlot: training loss of every client (a line each, or a band with median above 20 clients) and the held-out loss of the
// global adapter, over rounds. The previous run lies faintly behind. Objects: plot.loss.
#pragma once

#include <vector>

#include "ui/plot/smoothing.h"
#include "ui/run/run_plot.h"

class QToolButton;

namespace fedllm::ui {

class LossPlot : public RunPlot {
  Q_OBJECT
 public:
  LossPlot(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);

 protected:
  PlotContent content(const PlotWindow& window) override;
  TableData tableData() const override;
  QString describe() const override;
  QString readout(int round) const override;

 private:
  const Series& smoothed(int client);
  void addLines(PlotContent& content, const PlotWindow& window);
  void addBand(PlotContent& content, const PlotWindow& window);
  void addPrevious(PlotContent& content, const PlotWindow& window) const;
  PlotLine clientLine(int client, const PlotWindow& window, bool strong);
  QString axisTitle() const;
  void updateButtons();

  std::vector<SmoothedSeries> smoothed_;
  QToolButton *band_, *log_, *smooth_;
};

}  // namespace fedllm::ui
