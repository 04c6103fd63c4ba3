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
  std::shared_ptr<const std::string> offered;  // the version that the clients start from, encoded
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
  double aggregation_error = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<int, double>> cosines;
  TopicScores eval;  // of the new global adapter
};

}  // namespace fedllm::node
