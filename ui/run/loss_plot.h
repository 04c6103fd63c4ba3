// LossPlot: training loss of every client (a line each, or a band with median above 20 clients) and the held-out loss of the
// global adapter, over rounds, with what it is measured against (base, local-only, centralised) as horizontal lines. The
// previous run lies faintly behind. Objects: plot.loss, loss.references.
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
  void addPrevious(PlotContent& content, const PlotWindow& window) const;
  void addReferences(PlotContent& content) const;
  QString axisTitle() const;
  void updateButtons();

  std::vector<SmoothedSeries> smoothed_;
  QToolButton *band_, *log_, *smooth_, *references_;
};

}  // namespace fedllm::ui
