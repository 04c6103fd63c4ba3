// RunPlot: a panel with one plot over rounds and its table twin, wired to the shared RunFocus: keys, round cursor, client in
// focus. Subclasses say what is drawn, tabulated, described and read out at a round.
#pragma once

#include "ui/plot/plot_view.h"
#include "ui/plot/table_twin.h"
#include "ui/run/run_focus.h"

namespace fedllm::ui {

class RunPlot : public PicturePanel {
  Q_OBJECT
 public:
  // `plotName` is the plot's objectName ("plot.loss").
  RunPlot(const QString& title, const QString& plotName, RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  PlotView* view() const { return view_; }
  virtual void mark();

 protected:
  virtual PlotContent content(const PlotWindow& window) = 0;
  virtual TableData tableData() const = 0;
  virtual QString describe() const = 0;
  virtual QString readout(int round) const = 0;  // one line beside the cursor; empty: none
  QColor faint() const;                          // of the previous run
  RunRecord* current() const { return focus_->current(); }
  RunRecord* previous() const { return focus_->previous(); }

  RunFocus* focus_;
  Theme* theme_;

 private:
  void obey(PlotCommand command);
  void moveCursor();
  PlotView* view_;
};

}  // namespace fedllm::ui
