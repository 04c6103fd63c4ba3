// What a method, in the scenario at hand, leaves no room for. Found by asking validate(): an option is excluded where choosing
// it brings an error that was not there before, and that error is the reason. Pure.
#pragma once

#include <QString>
#include <vector>

#include "spec/method_facts.h"
#include "spec/scenario.h"

namespace fedllm::ui {

enum class StrategyOption { ServerOptimizer, ControlVariates, ClientRanks, WholeModules, SparseDownlink, RoundedDownlink, Rooms };

struct Exclusion {
  StrategyOption option;
  QString name;              // "Coordinator's optimizer"
  QString reason;            // a sentence
};

// The scenario with another method: that method's own parameters are the documented ones.
spec::Scenario withMethod(const spec::Scenario& scenario, const std::string& aggregator);
std::vector<Exclusion> exclusionsOf(const spec::Scenario& scenario);
// "" where the scenario's method allows it.
QString whyNot(const spec::Scenario& scenario, StrategyOption option);

}  // namespace fedllm::ui
