// SeriesStore: columns of numbers with a min/max pyramid (factor 4), so that any view is drawn with at most a given number
// of vertices and no spike is lost. 8 bytes a point (float x, float y) plus a third for the pyramid, which keeps the indices
// of each bucket's extremes. NaN is a gap. GUI thread; appends are O(1) amortised.
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
  void clear();
  size_t size() const { return x_.size(); }
  bool empty() const { return x_.empty(); }
  float x(size_t i) const { return x_[i]; }
  float y(size_t i) const { return y_[i]; }
  float lastX() const;                            // NaN when empty
  float lastY() const;                            // the last y that is a number; NaN when there is none
  uint64_t revision() const { return revision_; }
  // At most maxVertices (>= 16) points covering [from, to] (and one neighbour either side): per bucket its first, minimum,
  // maximum and last in order of x; raw points where they are few. Gaps stay gaps. Buckets are aligned to the whole series,
  // so that a growing or panned view does not flicker.
  std::vector<SeriesPoint> view(double from, double to, int maxVertices) const;
  // Smallest and largest y in [from, to]; false when there is none.
  bool range(double from, double to, double* low, double* high) const;
  // Index of the point whose x is nearest; size() when empty.
  size_t nearest(double x) const;
  size_t memoryBytes() const;

 private:
  static constexpr uint32_t kNone = 0x7fffffff;   // no number in the bucket
  struct Bucket { uint32_t minIndex = kNone; uint32_t maxIndex : 31 = kNone; uint32_t hasGap : 1 = 0; };
  void include(Bucket& into, uint32_t index) const;
  void merge(Bucket& into, const Bucket& from) const;
  Bucket query(size_t begin, size_t end) const;
  void emitBucket(size_t begin, size_t end, std::vector<SeriesPoint>& out) const;
  void growPyramid();

  std::vector<float> x_, y_;
  std::vector<std::vector<Bucket>> levels_;       // levels_[k]: complete buckets of 4^(k+1) points
  uint64_t revision_ = 0;
};

}  // namespace fedllm::ui
