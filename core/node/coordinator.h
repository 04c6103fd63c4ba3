// Coordinator: the round loop of one run. Owns the RoundMachine, the global adapter and the server optimizer, and runs on
// one thread (run_rounds); gRPC's threads reach it through the FederationHost methods, which only read what is on offer
// or put a letter into its mailbox. Updates are aggregated in client order whatever order they came in. It does not know
// whether clients are simulated: what it needs of them beyond the service comes through Fleet.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "fed/presence.h"
#include "fed/round_machine.h"
#include "node/checkpoint.h"
#include "node/federation_service.h"
#include "node/mailbox.h"
#include "node/run_journal.h"
#include "node/run_setup.h"

namespace fedllm::node {

// The coordinator's view of the clients' own side.
struct Fleet {
  std::function<bool()> idle;                                    // nobody works on a task any more
  std::function<std::map<int, std::vector<float>>()> residuals;  // personal state to checkpoint
};

struct CoordinatorTools {
  const PreparedRun& run;
  ledger::Ledger& ledger;
  train::Backend& backend;
  WorkerPool& pool;
  PauseGate& gate;
  StopFlag stop;
  RunJournal& journal;
};

class Coordinator final : public FederationHost {
 public:
  explicit Coordinator(const CoordinatorTools& tools);
  // Continues from a committed version; without it the run starts from the seed.
  Status restore(Checkpoint checkpoint, adapter::AdapterState global, const std::string& sha256);
  // Rounds 0 (evaluation and commit of the start) to R, or from behind the restored one. CANCELLED after stop().
  Status run_rounds(FederationService& service, const Fleet& fleet, const net::Traffic& traffic);
  // Tells every client that the run is over, after run_rounds() and while the service stands.
  void say_goodbye();
  // Answers what is still on its way until no client works any more.
  void settle(const Fleet& fleet);
  // After the last message: totals stay, the service may go.
  void close();
  // Wakes the loop so that it sees the stop flag at once.
  void wake() { mailbox_.wake(); }
  // Totals of committed rounds plus what this session added since, closing messages included.
  RunTotals totals() const;
  net::TrafficCount since_commit() const;
  int rounds_done() const { return committed_round_; }
  std::string committed_dir() const { return round_dir(committed_round_); }  // relative to the home
  const std::string& adapter_sha256() const { return sha256_; }

  wire::JoinReply join(const wire::JoinRequest& request) override;
  std::shared_ptr<const std::string> payload(uint64_t version) override;
  size_t update_bytes() const override;
  std::string spill_folder() const override;
  void pushed(ReceivedUpdate update, std::function<void(wire::PushReply)> reply) override;
  wire::ReportReply reported(const wire::ReportRequest& report) override;
  void attended(int client) override;
  wire::EvaluationReply evaluated(const wire::EvaluationReport& report) override;

 private:
  struct Round;
  struct Inquiry;  // one federated evaluation
  struct Offer {
    uint64_t version = 0;
    std::shared_ptr<const std::string> payload;
    std::string sha256;  // of the payload; in network runs only
  };
  // Members asked to begin a round while the disk still writes the one before.
  struct HeadStart {
    int round = -1;
    std::map<int, uint64_t> told;  // as Round's
    std::map<int, net::TrafficCount> before;
  };
  Status start();
  std::vector<int> draw(const std::vector<int>& from, int round) const;
  Status play(int round);
  Status open(Round& round);
  Status collect(Round& round);
  Status aggregate(Round& round);
  bool worth_diagnosing(const Round& round) const;
  Status diagnose(Round& round);
  Status evaluate_own(Round& round);
  Status evaluate_global(Round& round);
  net::TrafficCount traffic() const;  // of this session
  Status commit(Round& round);
  RoundFacts facts_of(const Round& round) const;
  wire::PushReply take(ReceivedUpdate& update);
  wire::PushReply not_kept(const Status& why);
  std::string refusal(const wire::UpdateHeader& header) const;  // of a network member's header; empty: none
  wire::PushReply reject(Round& round, const ReceivedUpdate& update, const std::string& reason, const std::string& verdict);
  void note(const wire::ReportRequest& report);
  Result<TopicScores> score_global(int round);
  Result<TopicScores> score(const adapter::AdapterState* adapter, const std::vector<size_t>* only = nullptr);
  // Encodes the global adapter as this version, once, and puts it on offer.
  const Offer& offer(uint64_t version);
  Offer encode(uint64_t version) const;
  void put_on_offer(Offer made);
  void announce(int round);
  uint64_t tell(int client, const wire::Task& train);
  // --- network runs: network_rounds.cpp ---
  bool connected(int client) const;
  void watch_members(Round& round);
  bool plausible(const wire::ReportRequest& report, Round& round);
  bool here(int client) const { return connected(client) && !presence_.silent(client); }
  Status wait_for_somebody();
  Result<std::vector<int>> whom_to_ask(int round, const std::vector<int>& drawn, const std::set<int>& refused, bool again);
  bool others_left(const Round& round, std::set<int>& refused) const;
  void heard_of(int client);  // any thread
  void greet(int client);  // on the coordinator thread: a member's stream is there (again)
  Result<TopicScores> ask_members(int round);
  void take_answer(const wire::EvaluationReport& report);
  wire::Task task(wire::Task::Kind kind, int round) const;
  double now_s() const;
  std::string round_dir(int round) const;
  Result<std::string> save(const adapter::AdapterState& state, const std::string& relative) const;

  CoordinatorTools tools_;
  std::unique_ptr<fed::Aggregator> aggregator_;
  std::unique_ptr<fed::ServerOptimizer> optimizer_;
  adapter::AdapterState global_;
  RunTotals totals_;    // up to the last commit
  std::string sha256_;  // of the last commit
  int committed_round_ = -1;
  double committed_s_ = 0;
  net::SocketBytes wire_before_;         // through the room before this session
  net::TrafficCount committed_traffic_;  // this session's, at the last commit
  net::TrafficCount closing_;            // after it, once closed

  FederationService* service_ = nullptr;
  Fleet fleet_;
  const net::Traffic* traffic_ = nullptr;
  Mailbox mailbox_;
  Round* round_ = nullptr;           // coordinator thread only
  std::atomic<int> open_round_{-1};  // whose steps and updates are welcome
  std::atomic<int> open_inquiry_{-1};
  Inquiry* inquiry_ = nullptr;  // coordinator thread only
  std::set<int> slow_;          // left an inquiry unanswered; later ones do not wait for them until they answer
  fed::Presence presence_;
  mutable std::mutex offer_mutex_;
  Offer offer_;
  HeadStart head_start_;  // coordinator thread only
  SystemClock clock_;
};

}  // namespace fedllm::node
