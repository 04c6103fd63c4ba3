// PreparedRun: a run's scenario with everything opened, split, tokenised and loaded, ready for its first round. Immutable
// afterwards and shared read-only by coordinator, clients and evaluation. Bad input ends here with one sentence.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "codec/codec.h"
#include "data/partition.h"
#include "ledger/ledger.h"
#include "node/evaluation.h"
#include "node/network_run.h"
#include "node/scenario_facts.h"
#include "node/token_store.h"
#include "train/backend.h"

namespace fedllm::node {

struct PreparedRun {
  ledger::RunRow row;
  spec::Scenario scenario;
  OpenedScenario opened;
  data::Partition partition;
  std::vector<std::string> client_names;
  std::vector<int> active;  // clients with records, ascending; the others sit out
  std::shared_ptr<const TokenStore> tokens;
  std::shared_ptr<const train::BaseModel> base;
  adapter::LayoutPtr layout;
  std::unique_ptr<codec::Codec> codec;
  EvalSet eval;
  std::vector<std::string> control_topics;
  std::vector<std::string> warnings;  // one sentence each
  int64_t modelled_update_bytes = 0;  // by forecast(): one client, one direction
  int64_t train_records = 0, test_records = 0;
  const NetworkRun* network = nullptr;  // null: simulated
  std::vector<int64_t> examples;        // to train on, by client; in a network run what its member said

  int clients() const { return static_cast<int>(examples.size()); }
  // What a resumed run is compared with; members' data are not known to the coordinator.
  std::string dataset_hash() const { return opened.dataset ? opened.dataset->hash() : ""; }
  const std::vector<int64_t>& shard(int client) const { return partition.clients[static_cast<size_t>(client)]; }
  const spec::ClientOverride* override_of(int client) const;
  int local_steps(int client) const;
  double learning_rate(int client) const;
};

struct SetupTools {
  train::Backend& backend;
  WorkerPool& pool;
  std::string home;
  StopFlag stop;
  const NetworkRun* network = nullptr;  // outlives the run
};
Result<std::unique_ptr<PreparedRun>> prepare_run(const ledger::RunRow& row, const SetupTools& tools);

// Clients' own adapters saved and scored at the first and the last round: at most this many of the cohort.
inline constexpr int kOwnAdapters = 32;

}  // namespace fedllm::node
