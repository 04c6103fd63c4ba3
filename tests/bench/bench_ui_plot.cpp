// Replot of 50 clients x 10 000 noisy points through the level-of-detail path against raw points in the same process, band
// of 200 clients, cursor move, aggregation error of many modules, and whether injected spikes survive. Thread CPU, medians; goals: 8 ms and 6 times.
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QSysInfo>
#include <QThread>
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "ui/plot/band.h"
#include "ui/plot/plot_view.h"
#include "ui/plot/refresh_governor.h"
#include "ui/run/aggregation_plot.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

constexpr int kClients = 50, kPoints = 10000, kRounds = 100, kRepeats = 21, kSpikeEvery = 997;
constexpr double kSpike = 6;           // twice the loss range

// Uniform noise from a small generator: the same figures on every machine.
double noise(uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  return double(state >> 8) / double(1 << 24) - 0.5;
}

Series makeSeries(int client) {
  Series series;
  uint32_t state = 77u + uint32_t(client);
  for (int i = 0; i < kPoints; ++i) {
    const double x = double(i + 1) * kRounds / kPoints;
    const bool spike = (i + client * 131) % (kSpikeEvery * 5) == kSpikeEvery;
    series.append(float(x), float(spike ? kSpike : 2.5 * std::exp(-x / 20) + 0.4 * noise(state) + 0.01 * client));
  }
  return series;
}

template <class Work>
double medianMs(Work work) {
  std::vector<double> times;
  for (int i = 0; i < kRepeats; ++i) {
    const double before = RefreshGovernor::threadCpuMs();
    work();
    times.push_back(RefreshGovernor::threadCpuMs() - before);
  }
  std::nth_element(times.begin(), times.begin() + kRepeats / 2, times.end());
  return times[kRepeats / 2];
}

PlotContent contentOf(const std::vector<Series>& all, Theme& theme, int vertices) {
  PlotContent content;
  content.xTo = kRounds;
  for (size_t k = 0; k < all.size(); ++k) {
    PlotLine line;
    line.color = theme.client(int(k));
    line.points = all[k].view(-1, kRounds + 1, vertices);
    content.lines.push_back(std::move(line));
  }
  return content;
}

int spikesIn(const PlotContent& content) {
  int found = 0;
  for (const PlotLine& line : content.lines)
    for (const SeriesPoint& p : line.points) found += p.y == kSpike;
  return found;
}

// Rounds of a run with a 30-layer model and seven LoRA modules a layer.
wire::EventBatch manyModules() {
  wire::EventBatch batch;
  uint32_t state = 5;
  for (int round = 1; round <= kRounds; ++round) {
    auto* event = batch.add_events();
    event->set_seq(uint64_t(round));
    event->set_kind("round_committed");
    event->set_round(round);
    auto* metric = event->add_metrics();
    metric->set_key("aggregation_error");
    metric->set_value(0.4 + 0.1 * noise(state));
    std::string errors;
    for (int m = 0; m < 210; ++m)
      errors += (m ? ",\"" : "\"") + std::string("model.layers.") + std::to_string(m / 7) + ".module" + std::to_string(m % 7) + "\":" + std::to_string(0.4 + 0.3 * noise(state));
    event->set_detail("{\"module_errors\":{" + errors + "}}");
  }
  return batch;
}

QString processor() {
  QFile file("/proc/cpuinfo");
  if (file.open(QIODevice::ReadOnly))
    for (const QByteArray& line : file.readAll().split('\n'))
      if (line.startsWith("model name")) return QString::fromUtf8(line.mid(line.indexOf(':') + 2));
  return QSysInfo::currentCpuArchitecture();
}

}  // namespace

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication app(argc, argv);
  Theme theme;
  theme.apply("light");
  std::vector<Series> all;
  for (int k = 0; k < kClients; ++k) all.push_back(makeSeries(k));
  int spikes = 0;
  for (const Series& series : all)
    for (size_t i = 0; i < series.size(); ++i) spikes += series.y(i) == float(kSpike);

  const int budget = 300;                                // what LossPlot gives each of 50 lines
  PlotView lod(&theme, [&](const PlotWindow&) { return contentOf(all, theme, budget); });
  PlotView raw(&theme, [&](const PlotWindow&) { return contentOf(all, theme, kPoints + 1); });
  std::vector<Series> many;
  for (int k = 0; k < 200; ++k) many.push_back(makeSeries(k));
  std::vector<const Series*> pointers;
  for (const Series& series : many) pointers.push_back(&series);
  PlotView band(&theme, [&](const PlotWindow&) {
    const Band b = computeBand(pointers, 0, kRounds, 150);
    PlotContent content = contentOf({}, theme, 0);
    content.bands.push_back({theme.band(), b.x, b.minimum, b.maximum});
    content.bands.push_back({theme.accent(), b.x, b.low, b.high});
    for (int k = 0; k < 5; ++k) content.lines.push_back({.color = theme.client(k), .points = many[k].view(-1, kRounds + 1, 600)});
    return content;
  });
  for (PlotView* view : {&lod, &raw, &band}) {
    view->resize(1200, 700);
    view->show();
    view->redraw();
  }
  app.processEvents();
  const double lodMs = medianMs([&] { lod.redraw(); });
  const double rawMs = medianMs([&] { raw.redraw(); });
  const double feedMs = medianMs([&] { contentOf(all, theme, budget); });
  const double binMs = medianMs([&] { computeBand(pointers, 0, kRounds, 150); });
  const double bandMs = medianMs([&] { band.redraw(); });
  int at = 0;
  lod.setReadout([](double) { return QStringLiteral("held out 1.234"); });
  const double cursorMs = medianMs([&] { lod.setCursor(++at); });
  const int seen = spikesIn(contentOf(all, theme, budget));

  RunRecord record(QStringLiteral("r"));
  record.apply(manyModules());
  RunFocus focus;
  focus.setRecords(&record, nullptr);
  AggregationPlot aggregation(&focus, &theme);
  aggregation.resize(1200, 700);
  aggregation.show();
  aggregation.mark();
  app.processEvents();
  auto* chooser = aggregation.findChild<QComboBox*>("aggregation.modules");
  chooser->setCurrentIndex(1);
  const double worstMs = medianMs([&] { aggregation.view()->redraw(); });
  chooser->setCurrentIndex(2);
  const double modulesMs = medianMs([&] { aggregation.view()->redraw(); });
  const double offerMs = medianMs([&] { aggregation.mark(); });

  std::printf("%s, %d cores, Qt %s, 1200 x 700, median of %d, thread CPU\n", qPrintable(processor()), QThread::idealThreadCount(), qVersion(), kRepeats);
  std::printf("%-52s %10s %10s\n", "what", "measured", "goal");
  std::printf("%-52s %7.1f ms %7.1f ms\n", "replot 50 x 10 000 through level of detail", lodMs, 8.0);
  std::printf("%-52s %7.1f ms\n", "  of that, choosing the vertices", feedMs);
  std::printf("%-52s %7.1f ms\n", "replot 50 x 10 000 raw", rawMs);
  std::printf("%-52s %8.1f x %8.1f x\n", "raw / level of detail", rawMs / lodMs, 6.0);
  std::printf("%-52s %7.1f ms %7.1f ms\n", "replot 200 x 10 000 as band and 5 lines", bandMs, 12.0);
  std::printf("%-52s %7.1f ms\n", "  of that, computing the band", binMs);
  std::printf("%-52s %7.2f ms %7.1f ms\n", "cursor move over 50 clients", cursorMs, 2.0);
  std::printf("%-52s %7.1f ms %7.1f ms\n", "replot aggregation error, worst of 210 modules", worstMs, 8.0);
  std::printf("%-52s %7.1f ms %7.1f ms\n", "replot aggregation error, 210 modules x 100 rounds", modulesMs, 24.0);
  std::printf("%-52s %7.2f ms\n", "  of that, finding no new module", offerMs);
  std::printf("%-52s %10d %10d\n", "vertices of the longest line", lod.largestGraph(), 600);
  std::printf("%-52s %6d/%3d %10s\n", "injected spikes still drawn", seen, spikes, "all");
  return seen == spikes ? 0 : 1;
}
