#include "ui/plot/band.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fedllm::ui {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Bin {
  double minimum = std::numeric_limits<double>::infinity(), maximum = -std::numeric_limits<double>::infinity();
  std::vector<double> medians;         // one per series with a value here
  bool gap = false;                    // a series is absent here
};

double medianOf(std::vector<double>& values) {
  const size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + middle, values.end());
  return values[middle];
}

// Linear interpolation between order statistics of a sorted list.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * double(sorted.size() - 1);
  const size_t below = size_t(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]);
}

void addSeries(const Series& series, double from, double to, std::vector<Bin>& bins) {
  const double width = (to - from) / double(bins.size());
  std::vector<double> here;
  size_t current = 0;
  auto close = [&] {
    if (!here.empty()) bins[current].medians.push_back(medianOf(here));
    here.clear();
  };
  for (const SeriesPoint& point : series.view(from, to, int(bins.size()) * 4)) {
    if (point.x < from || point.x > to) continue;
    const size_t bin = std::min(size_t((point.x - from) / width), bins.size() - 1);
    if (std::isnan(point.y)) bins[bin].gap = true;
    if (std::isnan(point.y)) continue;
    if (bin != current) close();
    current = bin;
    here.push_back(point.y);
    bins[bin].minimum = std::min(bins[bin].minimum, point.y);
    bins[bin].maximum = std::max(bins[bin].maximum, point.y);
  }
  close();
}

void append(Band& band, double x, Bin& bin) {
  const bool empty = bin.medians.empty();
  if (empty && !bin.gap) return;
  band.x.push_back(x);
  std::sort(bin.medians.begin(), bin.medians.end());
  band.minimum.push_back(empty ? kNan : bin.minimum);
  band.low.push_back(empty ? kNan : quantile(bin.medians, 0.25));
  band.median.push_back(empty ? kNan : quantile(bin.medians, 0.5));
  band.high.push_back(empty ? kNan : quantile(bin.medians, 0.75));
  band.maximum.push_back(empty ? kNan : bin.maximum);
}

}  // namespace

Band computeBand(const std::vector<const Series*>& series, double from, double to, int bins) {
  Band band;
  if (series.empty() || bins < 1 || !(to > from)) return band;
  std::vector<Bin> cells(bins);
  for (const Series* one : series) addSeries(*one, from, to, cells);
  const double width = (to - from) / bins;
  for (int i = 0; i < bins; ++i) append(band, from + (i + 0.5) * width, cells[i]);
  return band;
}

}  // namespace fedllm::ui
