// PreparedRun of one machine that takes part in somebody else's run: the same opening, splitting, tokenising and loading as
// run_setup, from this machine's own files alone, all of them together one client. Because the held-out part of a file
// is a function of the file and the seed (data/partition.h, by_file), and everything after it one of the slot, a slot trains
// what the same slot would in a simulation with by_file. `partition.clients` has slot + 1 entries, only the own one filled,
// so that SimulatedClient's seeds, overrides and shards hold unchanged. Bad input ends here with one sentence.
#pragma once

#include <memory>
#include <string>

#include "node/run_setup.h"

namespace fedllm::node {

struct MemberData {
  spec::Scenario scenario;  // the host's, with this machine's files, template and base model (lab::member_scenario)
  std::string name;
};

// Everything but the slot: data, tokens and base model. `partition.clients` then has one entry.
Result<std::unique_ptr<PreparedRun>> prepare_member(const MemberData& data, const SetupTools& tools);
// When slot and run are known, and again for the next run. host_run: the host's id for the run (becomes row.id).
Status take_slot(PreparedRun& run, int slot, const std::string& host_run);

// A dataset as one client: what it trains on and what it holds out, by the scenario's seed and test_fraction.
Result<data::Partition> member_partition(const data::Dataset& dataset, const spec::Scenario& scenario);

inline constexpr int kMostSlots = 10'000;

}  // namespace fedllm::node
