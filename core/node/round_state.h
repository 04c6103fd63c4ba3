// Coordinator::Round: one running round, from its cohort to its commit. Lives on the coordinator thread. Seconds leave
// pauses out.
#pragma once

#include <limits>
#include <set>

#include "node/coordinator.h"
#include "node/update_shelf.h"

namespace fedllm::node {

struct Coordinator::Round {
  int number = 0;
  std::vector<int> cohort;
  std::optional<fed::RoundMachine> machine;
  std::map<int, std::shared_ptr<const std::string>> offered;  // whole, by client with a layout of its own (-1: the others)
  std::map<int, adapter::AdapterState> started;               // the same decoded, as it is asked for
  std::map<int, adapter::AdapterState> variates;              // changes of the clients' control variates
  std::unique_ptr<UpdateShelf> updates;    // the accepted ones
  std::map<int, ReceivedUpdate> accepted;  // payloads dropped
  std::map<int, uint64_t> told;            // the stream that brought a member its task
  std::map<int, int64_t> steps;            // reported
  std::map<int, net::TrafficCount> before;
  std::set<int> rejected;
  std::set<int> missed;  // given up because they are away or silent
  std::string first_rejection;
  bool nobody = false;  // nothing was accepted, and nobody is left to wait for
  double began_s = 0, trained_s = 0, evaluated_s = 0;
  MergedPtr merged_before;   // beside the base while this round trained
  double discarded_energy = 0;   // of what truncation dropped, the accumulator's included
  std::optional<fed::RoundGeometry> geometry;
  std::string hidden;   // why there is none
  int64_t modelled_up = 0, modelled_down = 0;
  TopicScores eval;  // of the new global adapter
  Measures measures;
};

}  // namespace fedllm::node
