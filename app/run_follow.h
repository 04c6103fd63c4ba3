// Following a run to its end: in this process, which then holds core.lock, or in the live core that owns the home. Ctrl-C,
// SIGTERM and SIGHUP stop and save the run; a second one ends the process at once.
#pragma once

#include <memory>
#include <string>

#include "base/home.h"
#include "node/control_client.h"
#include "node/core_lock.h"
#include "run_view.h"

namespace fedllm::app {

// Exactly one of the two is there.
struct HomeOwner {
  std::unique_ptr<node::CoreLock> lock;
  std::unique_ptr<node::ControlClient> core;
};
// FAILED_PRECONDITION, naming it, when a process that is no core holds the home. `verb`: as what this one takes it.
Result<HomeOwner> open_owner(const HomePaths& paths, const std::string& verb);

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
