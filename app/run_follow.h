// Following a run to its end: in this process, which then holds core.lock, or in the live core that owns the home. Ctrl-C,
// SIGTERM and SIGHUP stop and save the run; a second one ends the process at once.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/home.h"
#include "node/control_client.h"
#include "node/core_lock.h"
#include "node/run_manager.h"
#include "run_view.h"

namespace fedllm::app {

// Exactly one of the two is there.
struct HomeOwner {
  std::unique_ptr<node::CoreLock> lock;
  std::unique_ptr<node::ControlClient> core;
};
// FAILED_PRECONDITION, naming it, when a process that is no core holds the home. `verb`: as what this one takes it.
Result<HomeOwner> open_owner(const HomePaths& paths, const std::string& verb);

// For a verb that waits before its run: from now on signals are counted instead of ending the process (a second one does).
void catch_signals();
int signals_seen();

// Of a run that a core told of.
Result<ledger::RunRow> row_of(const wire::RunInfo& info);

// Follows a run that was started elsewhere in this process, or in the core, from event `from` to its end; `look` is called ten
// times a second. Signals as above.
struct FollowRequest {
  std::string run;
  uint64_t from = 1;
  bool resumed = false, json = false;
  std::function<void()> look = {};
};
Status follow_run(ledger::Ledger& ledger, node::RunManager& runs, const FollowRequest& request);
Status follow_run(node::ControlClient& core, const FollowRequest& request);

struct RunRequest {
  HomePaths paths;
  std::string scenario_json, base_dir;  // of a new run …
  std::string resume;                   // … or the run to go on with
  int workers = 0;
  bool json = false;
};

// Ok when the run is done; else the one line that tells why not. Results are printed by then.
Status carry_out(const RunRequest& request);

}  // namespace fedllm::app
