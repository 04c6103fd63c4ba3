// A slider step's worth of partitioning: 100 clients x 20 labels x 50 000 records. Prints the median per method.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "base/seed_tree.h"
#include "data/partition.h"

using namespace fedllm;

namespace {

template <class F>
double median_ms(F&& step) {
  std::vector<double> times;
  for (int run = 0; run < 21; ++run) {
    const auto start = std::chrono::steady_clock::now();
    step(run);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main() {
  data::PartitionInput input;
  input.label_count = 20;
  Rng rng(1);
  for (int i = 0; i < 50'000; ++i) {
    input.labels.push_back(static_cast<int32_t>(rng.below(20)));
    input.groups.push_back(static_cast<int32_t>(rng.below(100)));
  }
  for (int g = 0; g < 100; ++g) input.group_names.push_back("group " + std::to_string(g));
  std::printf("%-12s %12s %12s   (100 clients x 20 labels x 50 000 records; counts: goal well under 5 ms)\n", "method",
              "counts ms", "records ms");
  int64_t sink = 0;
  for (const char* method : {"iid", "dirichlet", "quantity", "by_column"}) {
    spec::Scenario scenario;
    scenario.partition.method = method;
    scenario.partition.clients = 100;
    const double counts = median_ms([&](int run) {
      scenario.partition.alpha = 0.05 + 0.1 * run;   // as the slider moves
      sink += partition_counts(input, scenario)->client_records[0];
    });
    const double records = median_ms([&](int run) {
      scenario.partition.alpha = 0.05 + 0.1 * run;
      sink += static_cast<int64_t>(partition_records(input, scenario, "hash")->clients[0].size());
    });
    std::printf("%-12s %12.2f %12.2f\n", method, counts, records);
  }
  return sink < 0;
}
