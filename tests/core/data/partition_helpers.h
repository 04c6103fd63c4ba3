// What the tests of partitions share: random columns and a scenario of one method, both by seed.
#pragma once

#include <algorithm>
#include <string>

#include "base/seed_tree.h"
#include "data/partition.h"

namespace fedllm::test {

using data::PartitionInput;

inline PartitionInput random_input(uint64_t seed, int records, int labels, int groups = 0) {
  PartitionInput input;
  Rng rng(seed);
  input.label_count = labels;
  for (int i = 0; i < records; ++i) {
    input.labels.push_back(labels == 0 ? -1 : static_cast<int32_t>(std::min(rng.below(labels), rng.below(labels))));
    if (groups > 0) input.groups.push_back(static_cast<int32_t>(rng.below(groups)));
  }
  for (int g = 0; g < groups; ++g) input.group_names.push_back("g" + std::to_string(g));
  return input;
}

inline spec::Scenario scenario_of(const std::string& method, int clients, double alpha = 0.5, uint64_t seed = 1) {
  spec::Scenario s;
  s.seed = seed;
  s.partition.method = method;
  if (method != "by_column" && method != "by_file") s.partition.clients = clients;
  s.partition.alpha = alpha;
  return s;
}

}  // namespace fedllm::test
