// PreparedRun: a run's scenario with everything opened, split, tokenised and loaded, ready for its first round. Immutable
// afterwards and shared read-only by coordinator, clients and evaluation. Bad input ends here with one sentence.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapter/peft_config.h"
#include "base/seed_tree.h"
#include "codec/codec.h"
#include "data/partition.h"
#include "ledger/ledger.h"
#include "node/core_basis.h"
#include "node/evaluation.h"
#include "node/merged_bases.h"
#include "node/network_run.h"
#include "node/parcel.h"
#include "node/script_method.h"
#include "node/scenario_facts.h"
#include "node/token_store.h"
#include "spec/method_facts.h"
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
  adapter::LayoutPtr layout;                        // of the global adapter
  std::map<int, adapter::LayoutPtr> own_layouts;    // of clients with a rank of their own
  const spec::MethodFacts* method = nullptr;        // of strategy.aggregator
  std::shared_ptr<CoreBasis> basis = std::make_shared<CoreBasis>();   // where the method trains cores
  std::optional<Script> script;                         // of an aggregator "exec:PATH"
  std::shared_ptr<const adapter::AdapterState> start;   // version 0
  std::shared_ptr<MergedBases> merged_bases = std::make_shared<MergedBases>();
  std::unique_ptr<codec::Codec> codec, downlink;   // of updates, of versions
  EvalSet eval;
  TokenSource held_out;                      // of held_out_records; no dataset where nothing is held out here
  std::vector<int64_t> held_out_records;     // answers are measured on some of them
  std::vector<std::string> control_topics;
  std::vector<std::string> warnings;  // one sentence each
  int64_t modelled_update_bytes = 0, modelled_version_bytes = 0;  // by forecast(): one client, up and down
  int64_t train_records = 0, test_records = 0;
  const NetworkRun* network = nullptr;  // null: simulated
  std::vector<int64_t> examples;        // to train on, by client; in a network run what its member said

  int clients() const { return static_cast<int>(examples.size()); }
  // What a resumed run is compared with; members' data are not known to the coordinator.
  std::string dataset_hash() const { return opened.dataset ? opened.dataset->hash() : ""; }
  const std::vector<int64_t>& shard(int client) const { return partition.clients[static_cast<size_t>(client)]; }
  const spec::ClientOverride* override_of(int client) const;
  const adapter::LayoutPtr& layout_of(int client) const;
  // The adapter with no module above this rank.
  Result<adapter::LayoutPtr> layout_of_rank(int rank) const;
  spec::RoundShape shape(int round) const { return spec::round_shape(*method, round); }
  // The first round finds the basis of the later ones' cores; it travels like an accumulator beside the base, and is none.
  bool lays_basis() const { return shape(1).first_step; }
  // The adapter of a version as far as it need not be sent: the start, or the new start that FLoRA takes.
  adapter::AdapterState known(uint64_t version) const;
  uint64_t version_seed(uint64_t version) const;
  // What of an adapter travels up in a round; and of these factors in a version.
  Parcel upward(const adapter::LayoutPtr& layout, int round) const;
  Parcel downward(const adapter::LayoutPtr& layout, spec::LoraFactors factors) const;
  // Payload bytes by the codec's formula: an update of the global layout, and a version for somebody who knows the start alone,
  // without what was merged beside the base or is the basis of cores.
  int64_t update_bytes(int round) const;
  int64_t version_bytes(uint64_t version) const;
  // A version may come down as the one factor that changed, onto the version before.
  bool keeps_versions() const;
  // The factors of a version that somebody needs who knows the start alone.
  spec::LoraFactors whole(uint64_t version) const { return keeps_versions() ? spec::LoraFactors::both : shape(static_cast<int>(version) + 1).down; }
  // HetLoRA's, of weight 0 and keeping all elsewhere.
  adapter::TailPenalty tail_penalty() const;
  // A trained scalar a head beside its core.
  bool head_scales() const { return method->name == "ravan"; }
  // Of the accumulator beside the base.
  int merged_rank() const;
  int local_steps(int client) const;
  double learning_rate(int client) const;
  // What every local training of this run has in common; steps, rate and seed are the client's.
  train::LocalOptions local_options() const;
  SeedTree client_seed(int client, int round) const;
  // What the files of this run's adapters say beside their layout; `base_name` is never a path.
  adapter::PeftMeta peft_meta(std::string base_name) const;
  adapter::PeftMeta peft_meta() const;   // by the scenario's name for the base
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
