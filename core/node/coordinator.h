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

#include "fed/method.h"
#include "fed/presence.h"
#include "fed/round_machine.h"
#include "node/checkpoint.h"
#include "node/federation_service.h"
#include "node/mailbox.h"
#include "node/run_journal.h"
#include "node/run_setup.h"

namespace fedllm::node {

// Parts of a version whose method adds to the base, folders beside the adapter that stands for both.
inline constexpr const char* kAdapterPart = "parts/adapter";
inline constexpr const char* kMergedPart = "parts/merged";

// The coordinator's view of the clients' own side.
struct Fleet {
  std::function<bool()> idle;                                    // nobody works on a task any more
  std::function<ClientStates()> states;                          // what they keep, to checkpoint; only while idle
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
  // Continues from a committed version; without it the run starts from the seed. merged: what lies beside the base, if anything.
  Status restore(Checkpoint checkpoint, adapter::AdapterState global, MergedPtr merged, const std::string& sha256);
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
  std::shared_ptr<const std::string> payload(int client, uint64_t version) override;
  std::shared_ptr<const std::string> merged_payload(uint64_t version, uint64_t have) override;
  size_t update_bytes(int client) const override;
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
    std::string hash;  // of the payload; in network runs only
  };
  // Which form of a version a client is given.
  struct Form {
    spec::LoraFactors factors = spec::LoraFactors::both;
    bool onto_previous = false;
    int client = -1;   // one of those with a layout of its own; -1: the global one
    auto operator<=>(const Form&) const = default;
  };
  // What one round added beside the base, and the sum: of one version, encoded.
  struct MergedOffer {
    uint64_t version = 0;
    std::string sha256;
    std::shared_ptr<const std::string> more, whole;
  };
  // Members asked to begin a round while the disk still writes the one before.
  struct HeadStart {
    int round = -1;
    std::map<int, uint64_t> told;  // as Round's
    std::map<int, net::TrafficCount> before;
  };
  Status choose_method();
  Status lay_beside(MergedPtr merged);
  // The adapter with what is merged beside the base, as one; a basis adds nothing.
  Result<adapter::AdapterState> with_beside(const adapter::AdapterState& adapter, const MergedPtr& merged) const;
  Status start();
  std::vector<int> draw(const std::vector<int>& from, int round) const;
  Status play(int round);
  Status open(Round& round);
  Status collect(Round& round);
  Status aggregate(Round& round);
  Result<fed::Combination> combine(Round& round);
  Status merge(Round& round, const fed::Combination& combination);
  Status move_control(Round& round);
  std::string why_not_diagnosed(const Round& round) const;   // empty: it is worth it
  Status diagnose(Round& round, const fed::Combination& combination);
  Status evaluate_own(Round& round);
  Status evaluate_global(Round& round);
  // What federation is compared with, for as many steps as a client takes: every client alone, and all data in one place.
  Status train_references();
  net::TrafficCount traffic() const;  // of this session
  Status commit(Round& round);
  RoundFacts facts_of(const Round& round) const;
  wire::PushReply take(ReceivedUpdate& update);
  wire::PushReply not_kept(const Status& why);
  std::string refusal(const wire::UpdateHeader& header) const;  // of a network member's header; empty: none
  wire::PushReply reject(Round& round, const ReceivedUpdate& update, const std::string& reason, const std::string& verdict);
  void note(const wire::ReportRequest& report);
  Result<TopicScores> score_global(int round);
  Result<Measures> measure(const adapter::AdapterState* adapter);
  Status weigh_precision();
  Result<TopicScores> score(const adapter::AdapterState* adapter, const std::vector<size_t>* only = nullptr);
  // Where a factor stays with its client there is no global adapter: every client's own one, scored and added up.
  Result<TopicScores> score_personal(Round& round);
  // Encodes the global adapter as this version, once, and puts it on offer.
  const Offer& offer(uint64_t version);
  Offer encode(uint64_t version) const;
  Offer encode(uint64_t version, const Form& form) const;
  void put_on_offer(Offer made);
  // The version in the form that this client needs; made once a form.
  Form form_for(int client, uint64_t version) const;
  const Offer& offer_to(int client, uint64_t version);
  int64_t merged_bytes(int client, uint64_t version) const;
  wire::Task with_accepted(wire::Task train, int client) const;
  // The adapter's as this client trains it now.
  adapter::LayoutPtr layout_of(int client) const;
  bool own_layout(int client) const;
  Status set_ranks(const std::map<int, int>& ranks);
  // HetLoRA: clients whose last components lost weight in this round go on with fewer.
  Status prune(Round& round);
  // What the client starts from in this round, as it was decoded.
  Result<const adapter::AdapterState*> received(Round& round, int client);
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
  std::string offered_key() const;
  wire::Task task(wire::Task::Kind kind, int round) const;
  wire::Task task(wire::Task::Kind kind, int round, const Offer& offered, const Form& form) const;
  double now_s() const;
  std::string round_dir(int round) const;
  Result<std::string> save(const adapter::AdapterState& state, const std::string& relative) const;
  Result<std::string> save_version(const std::string& folder) const;

  CoordinatorTools tools_;
  std::unique_ptr<fed::Aggregator> aggregator_;
  std::unique_ptr<fed::Method> method_;   // null: aggregator_ alone
  std::unique_ptr<fed::ServerOptimizer> optimizer_;
  adapter::AdapterState global_;
  MergedPtr merged_;                        // beside the base; null: nothing yet
  std::shared_ptr<const train::BaseModel> base_;   // with it
  adapter::AdapterState control_;           // SCAFFOLD's c
  std::map<int, uint64_t> holds_;           // the version with which a client's last update that counted began
  bool restored_ = false;                   // so holds_ may not have all of them
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
  mutable std::mutex ranks_mutex_;
  std::map<int, int> ranks_;                        // of clients that were pruned
  std::map<int, adapter::LayoutPtr> own_layouts_;   // theirs, and of clients with a rank of their own
  mutable std::mutex offer_mutex_;
  Offer offer_;                     // whole, in the global layout
  std::map<Form, Offer> forms_;     // of the same version
  std::map<int, Form> given_;       // by client
  MergedOffer merged_offer_;
  HeadStart head_start_;  // coordinator thread only
  SystemClock clock_;
};

}  // namespace fedllm::node
