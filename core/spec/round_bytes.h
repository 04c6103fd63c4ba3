// What one client sends and receives in one round by a scenario's method, payload bytes as forecast() counts them: of a client
// with the scenario's full rank; a version's bytes are the mean over clients that were in the round before and those that were
// not. Methods that train the factors by turns send another one each round; from the second round on, every other round is
// alike, but for an accumulator that grows. 0 where the number of clients is not known. Pure, any thread.
#pragma once

#include <string_view>
#include <vector>

#include "spec/forecast.h"

namespace fedllm::spec {

struct RoundBytes {
  int64_t up = 0, down = 0;
  bool operator==(const RoundBytes&) const = default;
};

inline constexpr int kShownRounds = 3;
// Of the rounds 1 to kShownRounds, or fewer where the scenario has fewer, if `aggregator` were its method: its own parameters
// where it is, the documented values of another.
std::vector<RoundBytes> first_rounds(const Scenario& scenario, std::string_view aggregator, const ModelFacts& model,
                                     const DataFacts& data);

}  // namespace fedllm::spec
