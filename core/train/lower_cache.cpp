#include "train/lower_cache.h"

#include <algorithm>

namespace fedllm::train {

LowerCache::LowerCache(std::span<const int64_t> rows, int64_t width) : values_(rows.size()), known_(rows.size()) {
  for (const int64_t count : rows) sizes_.push_back(static_cast<size_t>(count * width));
}

std::vector<float*> LowerCache::places(std::span<const int> examples) {
  std::vector<float*> places;
  for (const int i : examples) {
    values_[i].resize(sizes_[i]);
    places.push_back(values_[i].data());
  }
  return places;
}

bool LowerCache::known(std::span<const int> examples) const {
  return std::all_of(examples.begin(), examples.end(), [&](int i) { return known_[i] != 0; });
}

void LowerCache::filled(std::span<const int> examples) {
  for (const int i : examples) known_[i] = 1;
}

}  // namespace fedllm::train
