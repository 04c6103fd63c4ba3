#include "ui/run/client_curves.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "ui/plot/band.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kTotalVertices = 15000, kFewestVertices = 150, kBandBins = 150, kEndLabels = 8;

struct Words { Q_DECLARE_TR_FUNCTIONS(ClientCurves) };

PlotLine clientLine(const ClientCurves& curves, int client, const PlotWindow& window, bool strong) {
  const QString name = curves.focus.clientName(client);
  PlotLine line;
  line.name = name;
  line.client = client;
  line.color = curves.theme.client(client);
  line.width = strong ? 2 : 1;
  line.mark = curves.mark;
  if (strong || curves.focus.clients() <= kEndLabels) line.endLabel = name;
  line.points = curves.series(client).view(window.from, window.to, window.maxVertices);
  return line;
}

void addLines(PlotContent& content, const ClientCurves& curves, const PlotWindow& window) {
  const int chosen = curves.focus.client();
  for (int i = 0; i < curves.focus.clients(); ++i)
    if (curves.focus.isShown(i) && i != chosen) content.lines.push_back(clientLine(curves, i, window, false));
  if (chosen >= 0 && curves.focus.isShown(chosen)) content.lines.push_back(clientLine(curves, chosen, window, true));
}

void addBand(PlotContent& content, const ClientCurves& curves, const PlotWindow& window) {
  std::vector<const Series*> all;
  int worst = -1, best = -1;
  double highest = -std::numeric_limits<double>::infinity(), lowest = -highest, last = 0;
  for (int i = 0; i < curves.focus.clients(); ++i) {
    if (!curves.focus.isShown(i)) continue;
    const Series& series = curves.series(i);
    all.push_back(&series);
    if (!series.empty()) last = std::max(last, double(series.lastX()));
    const double value = series.lastY();
    if (value > highest) highest = value, worst = i;
    if (value < lowest) lowest = value, best = i;
  }
  const double from = std::max(0.0, window.from), to = std::min(last, window.to);
  const Band band = computeBand(all, from, to, kBandBins);
  QColor outer = curves.theme.band(), inner = curves.theme.accent();
  outer.setAlphaF(0.55f);
  inner.setAlphaF(0.35f);
  content.bands.push_back({outer, band.x, band.minimum, band.maximum});
  content.bands.push_back({inner, band.x, band.low, band.high});
  PlotLine median;
  median.name = Words::tr("median of %n client(s)", nullptr, int(all.size()));
  median.endLabel = Words::tr("median");
  median.color = curves.theme.accent();
  median.width = 2;
  for (size_t i = 0; i < band.x.size(); ++i) median.points.push_back({band.x[i], band.median[i]});
  content.lines.push_back(std::move(median));
  std::vector<int> named{worst, best, curves.focus.client()};
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  for (int i : named) {
    if (i < 0 || !curves.focus.isShown(i)) continue;
    PlotLine line = clientLine(curves, i, window, i == curves.focus.client());
    line.endLabel = line.name;
    content.lines.push_back(std::move(line));
  }
}

}  // namespace

void addClientCurves(PlotContent& content, const ClientCurves& curves, const PlotWindow& window) {
  curves.focus.band() ? addBand(content, curves, window) : addLines(content, curves, window);
}

PlotWindow windowFor(const PlotWindow& window, double lastRound, int lines) {
  PlotWindow result = window;
  result.from = std::max(window.from, -1.0);
  result.to = std::min(window.to, lastRound + 1);
  if (window.maxVertices <= 600) result.maxVertices = std::clamp(kTotalVertices / std::max(1, lines), kFewestVertices, window.maxVertices);
  return result;
}

double valueAt(const Series& series, double x) {
  const size_t at = series.nearest(x);
  return at < series.size() && series.x(at) == float(x) ? series.y(at) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace fedllm::ui
