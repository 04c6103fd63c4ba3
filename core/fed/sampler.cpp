#include <algorithm>
#include <numeric>

#include "fed/strategy.h"
#include "spec/forecast.h"

namespace fedllm::fed {

std::vector<int> sample_cohort(const spec::Scenario& scenario, int clients, int round) {
  std::vector<int> all(static_cast<size_t>(std::max(0, clients)));
  std::iota(all.begin(), all.end(), 0);
  const auto size = static_cast<size_t>(spec::cohort_size(scenario, clients));
  if (size >= all.size()) return all;
  Rng rng = SeedTree(scenario.seed).child("cohort", static_cast<uint64_t>(round)).rng();
  for (size_t i = 0; i < size; ++i) std::swap(all[i], all[i + rng.below(all.size() - i)]);   // the first steps of a shuffle
  all.resize(size);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace fedllm::fed
