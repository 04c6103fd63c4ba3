// AggregationPlot: what a round's combination loses of the clients' mean change, e = ||T - G|| / ||T|| (fed/method.h), over
// all modules together and, as chosen, of the worst module, of all or of one; beside it what truncation discarded. The axis
// is logarithmic; below kRounding an error is the arithmetic's own, below kFloor it is drawn at the floor and marked.
// Objects: plot.aggregation, aggregation.modules.
#pragma once

#include <optional>

#include "ui/run/run_plot.h"

class QComboBox;

namespace fedllm::ui {

class AggregationPlot : public RunPlot {
  Q_OBJECT
 public:
  static constexpr double kRounding = 1e-6, kFloor = 1e-9;
  AggregationPlot(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  void mark() override;

 protected:
  PlotContent content(const PlotWindow& window) override;
  TableData tableData() const override;
  QString describe() const override;
  QString readout(int round) const override;

 private:
  void offerModules();
  void addModules(PlotContent& content, const PlotWindow& window) const;
  PlotLine moduleLine(const ModuleRecord& module, const PlotWindow& window) const;
  PlotLine worstLine() const;
  PlotLine wholeLine(const RunRecord& record) const;
  PlotLine discardedLine() const;
  QString emptySentence() const;
  QComboBox* modules_;
  std::optional<size_t> offered_;      // modules of this run that the chooser names
};

// "model.layers.0.self_attn.q_proj" -> "layers.0.self_attn.q_proj".
QString shortModule(const QString& name);

}  // namespace fedllm::ui
