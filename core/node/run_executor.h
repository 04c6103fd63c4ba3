// RunExecutor: one run, executed. Owns the coordinator thread, the simulated clients and their workers; simulated clients
// talk to the Federation service through gRPC's in-process channel, the same code path a LAN takes. Everything it does is
// told through ledger events (core/ledger/SCHEMA.md). The same scenario and seed give the same adapter for any number of
// workers and after any kill and resume. All methods are thread-safe; none blocks but wait().
#pragma once

#include <memory>
#include <string>

#include "base/home.h"
#include "base/status.h"
#include "ledger/ledger.h"
#include "node/network_run.h"
#include "train/backend.h"

namespace fedllm::node {

struct RunOutcome {
  ledger::RunState state = ledger::RunState::failed;
  std::string summary_json;  // the last line of `fedllm run` (one JSON object), also when not finished
  std::string error;         // one sentence when failed
};

class RunExecutor {
 public:
  // The ledger already holds the run's row (Ledger::create_run). Starts it, or continues after its last committed round.
  // workers: simulated clients trained at once, 0 = cores. network: the clients are a room's members, not simulated.
  static Result<std::unique_ptr<RunExecutor>> start(ledger::Ledger& ledger, train::Backend& backend, const HomePaths& paths,
                                                    const std::string& run, int workers,
                                                    std::shared_ptr<const NetworkRun> network = nullptr);
  virtual ~RunExecutor() = default;  // stops and saves if still running
  // Freezes every client at its next local step; unpause() goes on in place. State `paused` is in the ledger.
  virtual void pause() = 0;
  virtual void unpause() = 0;
  virtual bool paused() const = 0;
  // Ends after at most one local step: the running round is dropped, committed rounds stay, state becomes paused
  // (resumable) or, with abandon, failed with "stopped by the user".
  virtual void stop(bool abandon) = 0;
  // From just before its last event on.
  virtual bool ending() const = 0;
  virtual bool finished() const = 0;
  virtual RunOutcome wait() = 0;
};

}  // namespace fedllm::node
