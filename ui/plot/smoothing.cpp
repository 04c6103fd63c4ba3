#include "ui/plot/smoothing.h"

#include <cmath>

namespace fedllm::ui {
namespace {

bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

void SmoothedSeries::reset(double weight) {
  *this = SmoothedSeries();
  weight_ = weight;
}

const Series& SmoothedSeries::update(const Series& source, double weight) {
  const bool rewritten = done_ > source.size() ||
                         (done_ > 0 && !(same(source.x(done_ - 1), lastX_) && same(source.y(done_ - 1), lastY_)));
  if (weight != weight_ || rewritten) reset(weight);
  for (; done_ < source.size(); ++done_) {
    lastX_ = source.x(done_);
    lastY_ = source.y(done_);
    if (std::isnan(lastY_)) {
      smoothed_.append(lastX_, lastY_);
      continue;
    }
    average_ = weight * average_ + (1 - weight) * lastY_;
    norm_ = weight * norm_ + (1 - weight);
    smoothed_.append(lastX_, float(average_ / norm_));
  }
  return smoothed_;
}

}  // namespace fedllm::ui
