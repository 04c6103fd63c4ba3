// computeBand: many series as minimum, quartiles, median and maximum per bin of x, for plots with more than 20 clients.
// Per bin a series counts once for the quartiles (with the median of its values there) and with its extremes for
// minimum and maximum. A bin in which a series has a gap and none a value is NaN; one that lies between two points of every
// series says nothing and is left out, so that few points make a band as well. Cost: at most `bins` x 4 vertices a series.
#pragma once

#include <vector>

#include "ui/model/series_store.h"

namespace fedllm::ui {

struct Band { std::vector<double> x, minimum, low, median, high, maximum; };

Band computeBand(const std::vector<const Series*>& series, double from, double to, int bins);

}  // namespace fedllm::ui
