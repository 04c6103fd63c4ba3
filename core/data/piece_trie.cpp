#include "data/piece_trie.h"

#include <algorithm>

namespace fedllm::data {

// Level by level: a node is a run of the sorted strings that share their first bytes.
PieceTrie::PieceTrie(std::vector<std::pair<std::string_view, int32_t>> pieces) {
  std::sort(pieces.begin(), pieces.end());
  struct Run { size_t begin, end, depth; };
  std::vector<Run> runs = {{0, pieces.size(), 0}};
  nodes_.emplace_back();
  for (size_t node = 0; node < runs.size(); ++node) {
    auto [begin, end, depth] = runs[node];
    if (begin < end && pieces[begin].first.size() == depth) nodes_[node].value = pieces[begin++].second;
    nodes_[node].first = static_cast<uint32_t>(edges_.size());
    while (begin < end) {
      const char byte = pieces[begin].first[depth];
      size_t stop = begin;
      while (stop < end && pieces[stop].first[depth] == byte) ++stop;
      edges_.push_back({static_cast<unsigned char>(byte), static_cast<int32_t>(nodes_.size())});
      nodes_.emplace_back();
      runs.push_back({begin, stop, depth + 1});
      begin = stop;
    }
    nodes_[node].count = static_cast<uint32_t>(edges_.size()) - nodes_[node].first;
  }
}

int32_t PieceTrie::child(int32_t node, unsigned char byte) const {
  const auto first = edges_.begin() + nodes_[node].first, last = first + nodes_[node].count;
  const auto found = std::lower_bound(first, last, byte, [](const Edge& edge, unsigned char b) { return edge.byte < b; });
  return found != last && found->byte == byte ? found->node : -1;
}

}  // namespace fedllm::data
