// RoundMachine: who may contribute to the running round and when it closes. Accepts or rejects each update with a reason;
// a bad client never fails a round. Pure: time comes in as seconds. One thread (the coordinator's).
// A round closes when the quorum's share of the cohort is accepted, when everybody has answered, or at the deadline
// (0: none), but never with nothing accepted: after the deadline it then waits for the first accepted update.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "fed/strategy.h"

namespace fedllm::fed {

enum class Verdict { accepted, wrong_round, not_in_cohort, stale, duplicate, non_finite, wrong_shape, no_examples };
std::string_view verdict_name(Verdict verdict);
std::string verdict_sentence(Verdict verdict, int client, int round);

// What an update is judged by.
struct UpdateFacts {
  uint64_t base_version = 0;
  int64_t num_examples = 0;
  adapter::LayoutPtr layout;
  size_t values = 0;
  bool finite = true;
};

class RoundMachine {
 public:
  RoundMachine(int round, uint64_t base_version, std::vector<int> cohort, double quorum, double deadline_s, double started_s,
               adapter::LayoutPtr layout);
  // This client's updates have another layout than the others'.
  void set_layout(int client, adapter::LayoutPtr layout) { own_layouts_[client] = std::move(layout); }
  int round() const { return round_; }
  const std::vector<int>& cohort() const { return cohort_; }
  // A rejected client counts as having answered, so the round does not wait for it; only an update of another round
  // does not count, because this round's may still come.
  Verdict submit(int client, int round, adapter::Update update);
  // Of an update whose values are kept elsewhere.
  Verdict submit(int client, int round, const UpdateFacts& facts);
  // An accepted update that could not be kept after all: answered, not accepted.
  void withdraw(int client);
  // The client will not answer (left, crashed, cancelled). Should it answer all the same, the answer counts.
  void give_up(int client);
  enum class State { open, closed, failed };   // failed: nobody can answer any more and nothing was accepted
  State state(double now_s) const;
  // Sorted by client id; call once closed.
  std::vector<Contribution> take_contributions();
  std::vector<int> missing() const;             // of the cohort, not accepted, ascending

 private:
  Verdict judge(int client, int round, const UpdateFacts& facts) const;
  size_t needed() const;

  int round_;
  uint64_t base_version_;
  std::vector<int> cohort_;
  double quorum_, deadline_s_, started_s_;
  adapter::LayoutPtr layout_;
  std::map<int, adapter::LayoutPtr> own_layouts_;
  std::map<int, Contribution> accepted_;
  std::set<int> answered_;   // accepted, rejected or given up
  std::set<int> given_up_;
};

}  // namespace fedllm::fed
