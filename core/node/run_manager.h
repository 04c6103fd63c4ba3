// RunManager: the runs that this process executes. Starts, resumes, pauses, stops and deletes them; runs at most `at_once`
// at a time, others wait their turn in order. Used by the core and by `fedllm run` alike; the process must hold core.lock.
// Nothing blocks but wait() and stop_all(); the others wait at most for a run that has ended to come down, so none may be
// called from a ledger's subscriber. Opening data and loading the model happen on the run's own thread, and what
// goes wrong there ends the run as `failed` with its sentence. Thread-safe. Errors: one sentence with the run's id.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/home.h"
#include "ledger/ledger.h"
#include "node/run_executor.h"
#include "train/backend.h"

namespace fedllm::node {

struct StartOptions {
  std::string scenario_json, base_dir;
  std::string previous_run;   // "Duplicate and change one thing"
  std::string request_id;     // the same id never starts twice
  int workers = 0;            // 0: cores
  bool keep_running = false;  // goes on after log-out
  std::shared_ptr<const NetworkRun> network;  // the clients are a room's members; request_id then begins with "room:"
};

class RunManager {
 public:
  using OpenBackend = std::function<Result<train::Backend*>()>;
  RunManager(ledger::Ledger& ledger, HomePaths paths, OpenBackend open_backend, int at_once = 1);
  ~RunManager();  // stop_all()

  // Refuses at once what validate() or a missing file refuses; then the run exists and waits its turn or starts.
  Result<ledger::RunRow> start(const StartOptions& options);
  // Goes on in place if frozen here, else after the last committed round. A run that goes on already or is done is refused.
  Result<ledger::RunRow> resume(const std::string& run, int workers = 0, std::shared_ptr<const NetworkRun> network = nullptr);
  Result<ledger::RunRow> pause(const std::string& run);
  // Stops and saves (state paused), or gives the run up (failed). A run that has ended stays as it is.
  Result<ledger::RunRow> stop(const std::string& run, bool abandon);
  Status remove(const std::string& run);

  // Opens the training backend before the first run needs it. Blocks; what fails is told when a run starts.
  void warm() const { (void)open_backend_(); }
  bool busy(const std::string& run) const;  // waiting, executing or frozen here
  std::vector<std::string> busy_runs() const;
  bool keeps_running() const;         // any busy run that was started with keep_running
  void wait(const std::string& run);  // until not busy
  // How its last session here ended; also where a full disk kept that out of the ledger.
  std::optional<RunOutcome> outcome(const std::string& run) const;
  void stop_all();  // stops and saves all; starts no more

 private:
  struct Job {
    std::string run;
    int workers = 0;
    bool keep_running = false;
    std::shared_ptr<const NetworkRun> network;
    std::unique_ptr<RunExecutor> executor;  // while executing
    bool stopping = false, abandon = false, frozen = false, ending = false, over = false;
    std::thread thread;
  };

  Result<ledger::RunRow> enqueue(ledger::RunRow row, int workers, bool keep_running, std::shared_ptr<const NetworkRun> network);
  void execute(Job& job);
  bool wait_for_turn(Job& job);  // false: stopped before its turn
  bool its_turn(const Job& job) const;
  RunOutcome carry_out(Job& job);
  void end(Job& job, const RunOutcome& outcome);
  Job* find(const std::string& run) const;
  void wait_for_the_ended(std::unique_lock<std::mutex>& lock, const ledger::RunRow& row);
  std::string ahead_of(const Job& job) const;
  std::thread next_thread();  // one still to be joined
  void reap();                // joins threads of jobs that are over

  ledger::Ledger& ledger_;
  const HomePaths paths_;
  const OpenBackend open_backend_;
  const int at_once_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::list<std::unique_ptr<Job>> jobs_;  // in the order of their turn
  std::map<std::string, RunOutcome> outcomes_;
  bool closing_ = false;
};

}  // namespace fedllm::node
