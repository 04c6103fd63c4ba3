// What the control service and the verbs `check` and `partition` answer about a scenario's data without running it:
// problems and forecast, previews, partition counts. Every call opens through ScenarioFacts, whose cache makes a slider
// step cheap. Thread-safe; calls block while files are read. Errors: one sentence naming the file or the scenario path.
#pragma once

#include <string>

#include "base/stop_token.h"
#include "ledger/ledger.h"
#include "node/scenario_facts.h"
#include "node/token_store.h"
#include "wire/control.pb.h"

namespace fedllm::node {

class ScenarioQueries {
 public:
  explicit ScenarioQueries(std::string home) : home_(home), facts_(std::move(home)) {}

  // Problems are part of the answer, a scenario that does not parse too. `history`: earlier runs tell how long a step takes
  // on this machine; null: the forecast has no time.
  wire::CheckReply check(const wire::CheckRequest& request, const ledger::Ledger* history);
  Result<wire::DatasetInfo> import(const wire::ImportRequest& request, std::function<void(const data::ImportProgress&)> progress,
                                   StopFlag stop);
  Result<wire::PreviewReply> preview(const wire::PreviewRequest& request);
  Result<wire::PartitionReply> partition(const wire::PartitionRequest& request);

 private:
  Result<OpenedScenario> open(const std::string& scenario_json, const std::string& base_dir, const OpenOptions& options);
  Status add_tokens(const OpenedScenario& opened, wire::PartitionReply& reply);

  const std::string home_;
  ScenarioFacts facts_;
};

}  // namespace fedllm::node
