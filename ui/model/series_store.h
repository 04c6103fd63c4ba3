// SeriesStore: columns of numbers with a min/max/last pyramid (factor 4), so that any view is drawn with at most a given
// number of vertices and no spike is lost. 8 bytes a point (float x, float y) plus a third for the pyramid. NaN is a gap.
// GUI thread; appends are O(1) amortised.
#pragma once

#include <QString>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fedllm::ui {

struct SeriesPoint { double x = 0, y = 0; };

class Series {
 public:
  void append(float x, float y);                  // x must not decrease
  void truncateAfter(float x);                    // drops points with x greater (resume supersedes them)
  size_t size() const { return x_.size(); }
  float x(size_t i) const { return x_[i]; }
  float y(size_t i) const { return y_[i]; }
  uint64_t revision() const { return revision_; }
  // At most maxVertices points covering [from, to] (and one neighbour either side): per bucket its first, minimum, maximum
  // and last in order of x; raw points where they are few. Gaps stay gaps.
  std::vector<SeriesPoint> view(double from, double to, int maxVertices) const;
  size_t memoryBytes() const;

 private:
  struct Bucket { float min = 0, max = 0; uint32_t minIndex = 0, maxIndex = 0; bool hasGap = false; };
  std::vector<float> x_, y_;
  std::vector<std::vector<Bucket>> levels_;       // levels_[k]: 4^(k+1) points a bucket
  uint64_t revision_ = 0;
};

}  // namespace fedllm::ui
