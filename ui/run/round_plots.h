// CommPlot: bytes up and down per round or cumulative: payload (what the codec wrote) as a solid bar, wire (each message as
// serialised plus framing) as the hollow bar around it, the modelled figure as a mark. TimePlot: seconds a round, stacked:
// compute, transfer, wait (means over the clients) and evaluation, with the wall time as a mark. The previous run's totals
// lie faintly behind. Objects: plot.comm, plot.time.
#pragma once

#include "ui/run/run_plot.h"

class QComboBox;

namespace fedllm::ui {

class LegendStrip;

class CommPlot : public RunPlot {
  Q_OBJECT
 public:
  CommPlot(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  bool cumulative() const;

 protected:
  PlotContent content(const PlotWindow& window) override;
  TableData tableData() const override;
  QString describe() const override;
  QString readout(int round) const override;

 private:
  std::vector<RoundRecord> figures(const RunRecord& record) const;   // per round or running sums
  QString wireNote() const;
  QComboBox* mode_;
};

class TimePlot : public RunPlot {
  Q_OBJECT
 public:
  TimePlot(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);

 protected:
  PlotContent content(const PlotWindow& window) override;
  TableData tableData() const override;
  QString describe() const override;
  QString readout(int round) const override;
};

}  // namespace fedllm::ui
