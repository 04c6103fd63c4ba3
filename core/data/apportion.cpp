#include "data/apportion.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fedllm::data {

std::vector<int64_t> apportion(int64_t total, const std::vector<double>& shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<int64_t> counts(shares.size(), 0);
  if (shares.empty() || total <= 0 || !(sum > 0)) return counts;
  std::vector<std::pair<double, size_t>> remainders(shares.size());
  int64_t given = 0;
  for (size_t i = 0; i < shares.size(); ++i) {
    const double quota = static_cast<double>(total) * (shares[i] / sum);
    counts[i] = std::clamp<int64_t>(static_cast<int64_t>(std::floor(quota)), 0, total - given);
    given += counts[i];
    remainders[i] = {-(quota - static_cast<double>(counts[i])), i};
  }
  std::sort(remainders.begin(), remainders.end());   // largest remainder first, then lowest index
  for (size_t k = 0; given < total; k = (k + 1) % remainders.size()) {
    ++counts[remainders[k].second];
    ++given;
  }
  return counts;
}

namespace {

// The donor's label with most records among those that may move, or -1.
int label_to_give(const std::vector<int64_t>& donor, const std::vector<int64_t>& taker, bool only_held_labels) {
  int best = -1;
  for (size_t c = 0; c < donor.size(); ++c) {
    const bool allowed = donor[c] > (only_held_labels ? 1 : 0) && (!only_held_labels || taker[c] > 0);
    if (allowed && (best < 0 || donor[c] > donor[best])) best = static_cast<int>(c);
  }
  return best;
}

}  // namespace

bool lift_to_minimum(std::vector<std::vector<int64_t>>& by_label, int64_t minimum, bool only_held_labels) {
  const size_t clients = by_label.size();
  std::vector<int64_t> sizes(clients);
  for (size_t k = 0; k < clients; ++k) sizes[k] = std::accumulate(by_label[k].begin(), by_label[k].end(), int64_t{0});
  bool reached = true;
  for (size_t k = 0; k < clients; ++k) {
    while (sizes[k] < minimum) {
      size_t donor = clients;
      int label = -1;
      for (size_t d = 0; d < clients; ++d) {
        // A donor keeps the minimum itself; an empty client may take one where the data are too few for that.
        const bool can_give = d != k && sizes[d] > (sizes[k] == 0 ? std::min<int64_t>(minimum, 1) : minimum);
        if (!can_give || (donor < clients && sizes[d] <= sizes[donor])) continue;
        const int candidate = label_to_give(by_label[d], by_label[k], only_held_labels);
        if (candidate >= 0) donor = d, label = candidate;
      }
      if (donor == clients) {
        reached = false;
        break;
      }
      // In one move as much as keeps the donor the larger of the two.
      const int64_t most =
          std::min({minimum - sizes[k], (sizes[donor] - sizes[k] + 1) / 2, by_label[donor][label] - (only_held_labels ? 1 : 0),
                    std::max<int64_t>(sizes[donor] - minimum, 1)});
      const int64_t moved = std::max<int64_t>(most, 1);
      by_label[donor][label] -= moved;
      by_label[k][label] += moved;
      sizes[donor] -= moved;
      sizes[k] += moved;
    }
  }
  return reached;
}

}  // namespace fedllm::data
