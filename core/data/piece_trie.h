// A set of byte strings with numbers, asked for every one that a text starts with. Immutable after building.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace fedllm::data {

class PieceTrie {
 public:
  PieceTrie() : nodes_(1) {}
  // Distinct, not empty; values from 0 up. The strings are not kept.
  explicit PieceTrie(std::vector<std::pair<std::string_view, int32_t>> pieces);
  // Calls found(length, value) for every string that `text` starts with, shortest first.
  template <class Found>
  void prefixes_of(std::string_view text, Found found) const {
    int32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      node = child(node, static_cast<unsigned char>(text[i]));
      if (node < 0) return;
      if (nodes_[node].value >= 0) found(i + 1, nodes_[node].value);
    }
  }
  // The longest one, as its length; 0 if there is none.
  size_t longest_prefix_of(std::string_view text) const {
    size_t longest = 0;
    prefixes_of(text, [&](size_t length, int32_t) { longest = length; });
    return longest;
  }

 private:
  struct Node { uint32_t first = 0, count = 0; int32_t value = -1; };   // its children among edges_, sorted by byte
  struct Edge { unsigned char byte; int32_t node; };
  int32_t child(int32_t node, unsigned char byte) const;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
};

}  // namespace fedllm::data
