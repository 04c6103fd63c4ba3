// LowerCache: what enters the lowest adapted layer, kept for every example of a client after its first epoch. Layers below
// have no adapter, so it never changes: later epochs start there, with the same bits. Torch-free. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fedllm::train {

class LowerCache {
 public:
  LowerCache() = default;              // keeps nothing
  // rows[i]: of example i, those that a pass computes; width: floats a row.
  LowerCache(std::span<const int64_t> rows, int64_t width);
  bool on() const { return !values_.empty(); }
  // The places of these examples, [rows, width] each, and whether all of them are filled.
  std::vector<float*> places(std::span<const int> examples);
  bool known(std::span<const int> examples) const;
  void filled(std::span<const int> examples);

 private:
  std::vector<std::vector<float>> values_;
  std::vector<size_t> sizes_;
  std::vector<char> known_;
};

}  // namespace fedllm::train
