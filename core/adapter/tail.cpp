#include "adapter/tail.h"

#include <cmath>

namespace fedllm::adapter {
namespace {

// What of a module's flat values is in the tail: rows of A, columns of B.
struct Tail {
  const ModuleSlot& slot;
  int from;

  template <class Do>
  void each_a(Do&& take) const {
    for (size_t i = slot.a_offset + static_cast<size_t>(from) * slot.in_features; i < slot.a_offset + slot.a_size(); ++i) take(i);
  }
  template <class Do>
  void each_b(Do&& take) const {
    for (int out = 0; out < slot.out_features; ++out)
      for (int i = from; i < slot.rank; ++i) take(slot.b_offset + static_cast<size_t>(out) * slot.rank + i);
  }
  struct Norms { double a = 0, b = 0; };
  Norms norms(const float* values) const {
    Norms squares;
    each_a([&](size_t i) { squares.a += static_cast<double>(values[i]) * values[i]; });
    each_b([&](size_t i) { squares.b += static_cast<double>(values[i]) * values[i]; });
    return {std::sqrt(squares.a), std::sqrt(squares.b)};
  }
};

}  // namespace

int tail_from(int rank, double keep) { return static_cast<int>(std::floor(keep * rank)); }

double tail_product(const AdapterState& adapter, double keep) {
  double sum = 0;
  for (const ModuleSlot& slot : adapter.layout->modules()) {
    const Tail::Norms norms = Tail{slot, tail_from(slot.rank, keep)}.norms(adapter.values.data());
    sum += norms.a * norms.b;
  }
  return sum;
}

void add_tail_gradient(const AdapterLayout& layout, const float* values, const TailPenalty& penalty, float* gradient) {
  for (const ModuleSlot& slot : layout.modules()) {
    const Tail tail{slot, tail_from(slot.rank, penalty.keep)};
    const Tail::Norms norms = tail.norms(values);
    if (norms.a > 0) tail.each_a([&](size_t i) { gradient[i] += static_cast<float>(penalty.weight * norms.b / norms.a * values[i]); });
    if (norms.b > 0) tail.each_b([&](size_t i) { gradient[i] += static_cast<float>(penalty.weight * norms.a / norms.b * values[i]); });
  }
}

}  // namespace fedllm::adapter
