// MemberScores: what the base and the versions of the adapter score on the records that this machine held out, and the card "on
// your data" made of it. Scoring uses every core, half of them when gentle. Thread-safe; score() blocks.
#pragma once

#include <atomic>
#include <mutex>

#include "lab/member_card.h"
#include "node/evaluation.h"
#include "node/simulated_client.h"

namespace fedllm::lab {

class MemberScores {
 public:
  MemberScores(const node::PreparedRun& run, train::Backend& backend, node::PauseGate& gate, const std::atomic<bool>& gentle)
      : run_(run), backend_(backend), gate_(gate), gentle_(gentle) {}

  // adapter null: the base.
  Result<node::TopicScores> score(const train::BaseModel& base, const adapter::AdapterState* adapter, const StopFlag& stop) const;
  void keep(uint64_t version, const node::TopicScores& scores);
  void keep_alone(const node::TopicScores& scores);
  void set_alone_progress(double share);
  // For the card, where the run's own evaluations have not done it. last: null where no version came.
  void score_the_ends(const node::Version& last);
  wire::OnYourData card() const;

 private:
  bool lacks_base() const;
  bool lacks_last() const;

  const node::PreparedRun& run_;
  train::Backend& backend_;
  node::PauseGate& gate_;
  const std::atomic<bool>& gentle_;
  mutable std::mutex mutex_;
  uint64_t version_ = 0;  // that scores_.together is of
  double alone_progress_ = 0;
  CardScores scores_;
};

}  // namespace fedllm::lab
