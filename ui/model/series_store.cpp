#include "ui/model/series_store.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>

namespace fedllm::ui {
namespace {
constexpr float kGap = std::numeric_limits<float>::quiet_NaN();
}

void Series::include(Bucket& into, uint32_t index) const {
  const float y = y_[index];
  if (std::isnan(y)) {
    into.hasGap = 1;
    return;
  }
  if (into.minIndex == kNone || y < y_[into.minIndex]) into.minIndex = index;
  if (into.maxIndex == kNone || y > y_[into.maxIndex]) into.maxIndex = index;
}

void Series::merge(Bucket& into, const Bucket& from) const {
  if (from.minIndex != kNone) {
    include(into, from.minIndex);
    include(into, from.maxIndex);
  }
  into.hasGap = into.hasGap | from.hasGap;
}

void Series::append(float x, float y) {
  assert(x_.empty() || x >= x_.back());
  x_.push_back(x);
  y_.push_back(y);
  ++revision_;
  growPyramid();
}

// A bucket is written once, when its last point has arrived.
void Series::growPyramid() {
  const size_t n = x_.size();
  for (size_t level = 0, width = 4; n % width == 0; ++level, width *= 4) {
    if (level == levels_.size()) levels_.emplace_back();
    Bucket bucket;
    if (level == 0) {
      for (size_t i = n - 4; i < n; ++i) include(bucket, static_cast<uint32_t>(i));
    } else {
      const auto& below = levels_[level - 1];
      for (size_t i = below.size() - 4; i < below.size(); ++i) merge(bucket, below[i]);
    }
    levels_[level].push_back(bucket);
  }
}

void Series::truncateAfter(float x) {
  const size_t keep = std::upper_bound(x_.begin(), x_.end(), x) - x_.begin();
  if (keep == x_.size()) return;
  x_.resize(keep);
  y_.resize(keep);
  for (size_t level = 0, width = 4; level < levels_.size(); ++level, width *= 4) levels_[level].resize(keep / width);
  ++revision_;
}

void Series::clear() {
  x_.clear();
  y_.clear();
  levels_.clear();
  ++revision_;
}

float Series::lastX() const { return x_.empty() ? kGap : x_.back(); }

float Series::lastY() const {
  for (size_t i = y_.size(); i > 0; --i)
    if (!std::isnan(y_[i - 1])) return y_[i - 1];
  return kGap;
}

Series::Bucket Series::query(size_t begin, size_t end) const {
  Bucket result;
  for (size_t i = begin; i < end;) {
    size_t level = 0, width = 1;
    while (level < levels_.size() && i % (width * 4) == 0 && i + width * 4 <= end && i / (width * 4) < levels_[level].size()) {
      width *= 4;
      ++level;
    }
    if (level == 0) {
      include(result, static_cast<uint32_t>(i));
    } else {
      merge(result, levels_[level - 1][i / width]);
    }
    i += width;
  }
  return result;
}

// First, extremes and last in order of x; with a gap inside: the extremes, and a gap wherever one lies beside them.
void Series::emitBucket(size_t begin, size_t end, std::vector<SeriesPoint>& out) const {
  const Bucket bucket = query(begin, end);
  const auto put = [&](size_t i) { out.push_back({x_[i], y_[i]}); };
  const auto gap = [&](size_t i) { out.push_back({x_[i], kGap}); };
  if (bucket.minIndex == kNone) return gap(begin);
  const size_t a = std::min<size_t>(bucket.minIndex, bucket.maxIndex), b = std::max<size_t>(bucket.minIndex, bucket.maxIndex);
  if (!bucket.hasGap) {
    if (begin != a) put(begin);
    put(a);
    if (b != a) put(b);
    if (end - 1 != b) put(end - 1);
    return;
  }
  if (query(begin, a).hasGap) gap(begin);
  put(a);
  if (b != a) {
    if (query(a + 1, b).hasGap) gap(a + 1);
    put(b);
  }
  if (query(b + 1, end).hasGap) gap(end - 1);
}

std::vector<SeriesPoint> Series::view(double from, double to, int maxVertices) const {
  std::vector<SeriesPoint> out;
  if (x_.empty() || from > to) return out;
  size_t begin = std::lower_bound(x_.begin(), x_.end(), static_cast<float>(from)) - x_.begin();
  size_t end = std::upper_bound(x_.begin(), x_.end(), static_cast<float>(to)) - x_.begin();
  if (begin > 0) --begin;
  if (end < x_.size()) ++end;
  const size_t count = end - begin;
  const size_t limit = static_cast<size_t>(std::max(maxVertices, 16));
  out.reserve(std::min(count, limit));
  if (count <= limit) {
    for (size_t i = begin; i < end; ++i) out.push_back({x_[i], y_[i]});
    return out;
  }
  // Five vertices a bucket where there are gaps, four where not; two buckets may be cut by the borders of the view.
  const size_t perBucket = query(begin, end).hasGap ? 5 : 4;
  const size_t buckets = limit / perBucket - 1;
  const size_t width = std::bit_ceil((count + buckets - 1) / buckets);
  for (size_t i = begin; i < end;) {
    const size_t next = std::min(end, (i / width + 1) * width);
    emitBucket(i, next, out);
    i = next;
  }
  return out;
}

bool Series::range(double from, double to, double* low, double* high) const {
  const size_t begin = std::lower_bound(x_.begin(), x_.end(), static_cast<float>(from)) - x_.begin();
  const size_t end = std::upper_bound(x_.begin(), x_.end(), static_cast<float>(to)) - x_.begin();
  if (begin >= end) return false;
  const Bucket bucket = query(begin, end);
  if (bucket.minIndex == kNone) return false;
  *low = y_[bucket.minIndex];
  *high = y_[bucket.maxIndex];
  return true;
}

size_t Series::nearest(double x) const {
  if (x_.empty()) return 0;
  const size_t right = std::lower_bound(x_.begin(), x_.end(), static_cast<float>(x)) - x_.begin();
  if (right == x_.size()) return right - 1;
  if (right == 0) return 0;
  return x - x_[right - 1] <= x_[right] - x ? right - 1 : right;
}

size_t Series::memoryBytes() const {
  size_t bytes = (x_.capacity() + y_.capacity()) * sizeof(float);
  for (const auto& level : levels_) bytes += level.capacity() * sizeof(Bucket);
  return bytes;
}

}  // namespace fedllm::ui
