// What a plot shows, as plain values: lines, bands and bars in plot coordinates. A source makes it for a window of x and a
// vertex budget; PlotView draws it. x is in rounds everywhere; y in the unit of the axis title. NaN is a gap.
#pragma once

#include <QColor>
#include <QString>
#include <limits>
#include <vector>

#include "ui/model/series_store.h"

namespace fedllm::ui {

enum class PlotMark { None, Disc, Square, Diamond };
enum class PlotUnit { Number, Bytes, Seconds };

struct PlotWindow {
  double from = -std::numeric_limits<double>::infinity();
  double to = std::numeric_limits<double>::infinity();
  int maxVertices = 600;               // per line
};

struct PlotLine {
  QString name;
  QString endLabel;                    // drawn at the line's right end; empty: none
  QColor color;
  double width = 1;                    // px; 2 only for the few that matter
  PlotMark mark = PlotMark::None;
  bool joined = true;                  // false: marks only
  bool dashed = false;                 // slow to draw: for lines of few points
  bool behind = false;                 // the previous run, beneath everything
  int client = -1;                     // whose line this is, for picking; -1: nobody's
  std::vector<SeriesPoint> points;     // sorted by x
};

struct PlotBand {
  QColor fill;
  std::vector<double> x, low, high;    // NaN in low: a gap
};

struct PlotBars {
  QString name;
  QColor fill, outline;                // fill may be transparent: a hollow bar
  double width = 0.8, shift = 0;       // in rounds
  int stackedOn = -1;                  // index of the bars beneath, -1: the axis
  bool behind = false;
  std::vector<double> x, y;
};

struct PlotContent {
  std::vector<PlotLine> lines;
  std::vector<PlotBand> bands;
  std::vector<PlotBars> bars;
  double xFrom = 0, xTo = 1;           // the whole range
  QString xTitle, yTitle;
  PlotUnit unit = PlotUnit::Number;
  bool logarithmic = false;
  bool decades = false;                // logarithmic, with ticks at powers of ten
  bool fromZero = false;               // y starts at 0
  double yFrom = std::numeric_limits<double>::quiet_NaN();   // the axis reaches at least from here …
  double yTo = std::numeric_limits<double>::quiet_NaN();     // … to here
  QString emptyText;                   // shown when there is nothing to draw
};

}  // namespace fedllm::ui
