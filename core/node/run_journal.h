// RunJournal: a run's story as ledger events (core/ledger/SCHEMA.md), one function a kind. Thread-safe as the ledger is.
// The first ledger error is kept in status(): a run that cannot be recorded (a full disk) must not go on.
#pragma once

#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "fed/method.h"
#include "ledger/ledger.h"
#include "node/federation_service.h"
#include "node/run_setup.h"

namespace fedllm::node {

using Metrics = std::vector<std::pair<std::string, double>>;

// Seconds of one round, means over the clients whose updates counted; wall_s leaves pauses out and is their sum.
struct RoundTimes {
  double compute_s = 0, transfer_s = 0, wait_s = 0, eval_s = 0, wall_s = 0;
};

struct RoundFacts {
  int round = 0;
  net::TrafficCount traffic;  // since the last commit
  int64_t uplink_modelled = 0, downlink_modelled = 0;
  RoundTimes times;
  double mean_loss = 0;          // of the round's local steps; NaN in round 0
  double aggregation_error = std::numeric_limits<double>::quiet_NaN();  // NaN where it was not computed
  double discarded_energy = 0;
  std::map<int, int> ranks;      // from now on, of clients that were pruned
  std::string hidden;            // why the server cannot know the two below; empty: it can
  std::vector<std::pair<std::string, double>> module_errors;
  std::string sha256, merged_sha256;            // of the version's adapter; of what lies beside the base, if anything
  std::vector<int> absent;                      // clients without a part in this version
  std::vector<std::pair<int, fed::ClientGeometry>> clients;   // of those whose updates counted
};

class RunJournal {
 public:
  RunJournal(ledger::Ledger& ledger, std::string run) : ledger_(ledger), run_(std::move(run)) {}

  // Hears every event once it is recorded, on the thread that wrote it; set before anything is written.
  void set_listener(std::function<void(const ledger::Event&)> listener) { listener_ = std::move(listener); }

  void run_started(const PreparedRun& run);
  void resumed(int from_round);
  void paused();
  void unpaused();
  void warning(const std::string& message, int round = -1, int client = -1);
  void round_started(int round, const std::vector<int>& cohort);
  void client_started(int round, int client, int64_t examples, const net::TrafficCount& traffic, double transfer_s);
  void client_steps(const wire::ReportRequest& report);
  void client_update(const ReceivedUpdate& update, double update_norm);
  void client_rejected(int round, int client, const std::string& reason, const std::string& verdict);
  // adapter: "base", "global" or "client" (then with the client's number).
  void evaluated(int round, const std::string& adapter, int client, const TopicScores& scores, const Measures& measures, bool exact_match);
  void done(double wall_s, const net::TrafficCount& closing, const std::string& summary_json);
  void stopped(double wall_s);
  void failed(double wall_s, const std::string& message);
  // The commit: version row and event in one transaction.
  Status commit(const ledger::VersionRow& version, const RoundFacts& facts);
  Status status() const;
  // This machine cannot go on with the run; the first reason counts.
  void keep(const Status& status);

 private:
  ledger::Event event(std::string kind, int round, int client, Metrics metrics, std::string detail = {}) const;
  void append(std::vector<ledger::Event> events);

  ledger::Ledger& ledger_;
  const std::string run_;
  std::function<void(const ledger::Event&)> listener_;
  mutable std::mutex mutex_;
  Status status_;
};

}  // namespace fedllm::node
