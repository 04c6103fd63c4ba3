#include "bench_bandwidth.h"

#include <algorithm>
#include <vector>

#include "bench.h"

namespace fedllm::app {
namespace {

#if defined(__x86_64__) && defined(__gnu_linux__)
#define FEDLLM_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FEDLLM_WIDE
#endif

// Four streams of partial sums: more loads in flight than one chain of additions allows.
FEDLLM_WIDE uint64_t sum(const uint64_t* values, size_t count) {
  constexpr size_t kLanes = 32;
  uint64_t lanes[kLanes] = {};
  for (size_t i = 0; i + kLanes <= count; i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += values[i + lane];
  uint64_t total = 0;
  for (uint64_t lane : lanes) total += lane;
  return total;
}

}  // namespace

double read_bandwidth(int64_t bytes, double seconds) {
  const std::vector<uint64_t> buffer(static_cast<size_t>(std::max<int64_t>(bytes, 1 << 12) / 8), 3);
  volatile uint64_t seen = sum(buffer.data(), buffer.size());
  double best = 0, spent = 0;
  while (spent < seconds) {
    const double pass = time_of([&] { seen = seen + sum(buffer.data(), buffer.size()); }).cpu_s;
    if (pass > 0) best = std::max(best, static_cast<double>(buffer.size() * 8) / pass);
    spent += std::max(pass, 1e-6);
  }
  return best;
}

}  // namespace fedllm::app
