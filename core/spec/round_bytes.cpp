#include "spec/round_bytes.h"

#include <algorithm>

namespace fedllm::spec {

// By difference: what a run of one more round costs, shared by its cohort.
std::vector<RoundBytes> first_rounds(const Scenario& scenario, std::string_view aggregator, const ModelFacts& model,
                                     const DataFacts& data) {
  Scenario one = scenario;
  if (one.strategy.aggregator != aggregator) {
    one.strategy.aggregator = aggregator;
    one.strategy.parameters.clear();
  }
  for (ClientOverride& client : one.clients) client.rank.reset();
  std::vector<RoundBytes> rounds;
  RoundBytes before;
  for (one.rounds = 1; one.rounds <= std::min(kShownRounds, scenario.rounds); ++one.rounds) {
    const Forecast all = forecast(one, model, data, 1);
    const int cohort = std::max(1, cohort_size(one, all.clients));
    rounds.push_back({(all.uplink_bytes - before.up) / cohort, (all.downlink_bytes - before.down) / cohort});
    before = {all.uplink_bytes, all.downlink_bytes};
  }
  return rounds;
}

}  // namespace fedllm::spec
