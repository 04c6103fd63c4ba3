// MemberLedger: the run of this machine's own ledger in which a member keeps somebody else's run, so that every page that shows
// runs shows it. Global events are held in order; a round's commit waits for the version's bytes, which come on another stream,
// and is written with them in one transaction (PEFT folder first). Bytes in round_committed are this machine's own.
// Thread-safe. A ledger that cannot be written keeps its first error in status().
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "lab/member_card.h"
#include "lab/member_events.h"
#include "lab/member_run.h"
#include "node/run_journal.h"
#include "node/run_summary.h"
#include "node/simulated_client.h"

namespace fedllm::lab {

class MemberLedger {
 public:
  MemberLedger(ledger::Ledger& ledger, node::LeftMeter& meter, const MemberRunSetting& setting);
  Status open();  // creates the run, or goes on with it
  const std::string& id() const { return row_.id; }
  int rounds_done() const;
  int rounds_trained() const;  // accepted updates of this machine
  Status status() const;

  void started(const wire::Task& task, const node::LeftCount& traffic, double pull_s);
  void steps(const wire::ReportRequest& report);
  // Between uploading() and update() or upload_ended() the round's commit waits: what left for it belongs to that round,
  // and the host may tell of the commit before its answer to the upload is read here.
  void uploading(int round);
  void upload_ended();
  void update(const node::PushedUpdate& update);
  void rejected(int round, const std::string& reason, const std::string& verdict);
  void paused(bool on);
  void warning(const std::string& message);
  void tell(const GlobalEvent& global);
  void version(uint64_t number, const node::Version& version);
  bool has_version(int number) const;      // received
  node::Version last_version() const;      // the newest received; null: none in this session

  // At the end, in this order: the adapter folder while the host is still there, then the summary and the last event.
  Status save_adapter(ledger::RunState state, const FetchFile& fetch);
  Status conclude(ledger::RunState state, const std::string& error, const wire::OnYourData& card);
  std::string summary_json() const;
  Status keep_alone(const adapter::AdapterState& adapter) const;
  // What this machine has for itself, beside the last version: of a method that leaves its clients something.
  Status keep_own(const adapter::AdapterState& adapter) const;

 private:
  void write_update(const node::PushedUpdate& update);
  // All below: mutex_ held.
  void go_on();  // after an earlier session
  void announce();
  void flush(bool last);
  bool commit(const ledger::Event& event);  // false: waits for its version
  void commit_unheard(int round);
  void append(const GlobalEvent& global);
  void rewind(int from_round);
  node::LeftCount count_at_end(int round) const;
  node::RoundFacts facts_of(const ledger::Event& event, int round, const node::LeftCount& traffic) const;
  node::RunTotals totals() const;
  void keep(const Status& status);

  ledger::Ledger& ledger_;
  node::LeftMeter& meter_;
  const MemberRunSetting setting_;
  ledger::RunRow row_;
  std::unique_ptr<node::RunJournal> journal_;
  mutable std::mutex mutex_;
  Status status_;
  std::deque<GlobalEvent> waiting_;
  std::map<int, node::Version> versions_;  // received, not committed
  std::pair<int, node::Version> newest_{-1, nullptr};
  int committed_ = -1, started_ = 0, trained_ = 0, uploading_ = 0;
  node::LeftCount at_commit_, at_open_, earlier_;
  std::map<int, node::LeftCount> before_upload_;   // by round, of those not committed
  node::TopicScores initial_, latest_;
  std::string last_sha256_, last_path_, host_sha256_, summary_;
  std::string adapter_dir_, adapter_sha256_;  // once saved
  double began_s_ = 0, earlier_s_ = 0, paused_since_s_ = -1, paused_s_ = 0;
  SystemClock clock_;
};

}  // namespace fedllm::lab
