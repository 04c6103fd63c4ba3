// SmoothedSeries: a series through an exponential moving average, debiased (divided by 1 - weight^n, so that the first
// points are not pulled to zero). Follows its source: appends cheaply, starts again where the source was truncated.
// NaN stays NaN and does not enter the average.
#pragma once

#include "ui/model/series_store.h"

namespace fedllm::ui {

class SmoothedSeries {
 public:
  // The smoothed twin of `source`, brought up to date. weight in [0, 1); 0 gives the source's values.
  const Series& update(const Series& source, double weight);

 private:
  void reset(double weight);

  Series smoothed_;
  double weight_ = -1, average_ = 0, norm_ = 0;
  size_t done_ = 0;
  float lastX_ = 0, lastY_ = 0;        // of the source at done_ - 1: tells an append from a rewrite
};

}  // namespace fedllm::ui
