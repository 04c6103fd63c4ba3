// Client curves: one figure of every client as a line in its colour, or from 21 clients on as a band with median, worst, best
// and the client in focus by name. What RunFocus hides is not drawn.
#pragma once

#include <functional>

#include "ui/plot/plot_content.h"
#include "ui/run/run_focus.h"

namespace fedllm::ui {

class Theme;

struct ClientCurves {
  const RunFocus& focus;
  const Theme& theme;
  std::function<const Series&(int client)> series;
  PlotMark mark = PlotMark::None;
};

void addClientCurves(PlotContent& content, const ClientCurves& curves, const PlotWindow& window);
// The window with as many vertices a line as `lines` lines may have together.
PlotWindow windowFor(const PlotWindow& window, double lastRound, int lines);
// NaN where the series has no point at x.
double valueAt(const Series& series, double x);

}  // namespace fedllm::ui
