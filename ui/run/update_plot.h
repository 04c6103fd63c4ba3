// UpdatePlot: how far every client moved in a round and how its change lies to the others': the norm of the change, its
// cosine to the mean change, its distance from it. Where the changes themselves are not known (a factor stays with the
// client, or the run is older), the norm is that of what was sent. Objects: plot.updates, updates.figure.
#pragma once

#include "ui/run/run_plot.h"

class QComboBox;

namespace fedllm::ui {

class UpdatePlot : public RunPlot {
  Q_OBJECT
 public:
  enum Figure { Norm, Cosine, Drift };
  UpdatePlot(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  Figure figure() const;

 protected:
  PlotContent content(const PlotWindow& window) override;
  TableData tableData() const override;
  QString describe() const override;
  QString readout(int round) const override;

 private:
  bool knowsChanges(const RunRecord& record) const;
  const Series& series(const RunRecord& record, int client) const;
  bool anyMeasured() const;
  QString axisTitle() const;
  QString emptySentence() const;
  QComboBox* figure_;
};

}  // namespace fedllm::ui
