// The background core: one process a home, found by its socket, alive beyond the window. Takes core.lock before it binds
// (a second gRPC server would take over a live socket in silence), serves ControlService, runs at nice 10 and ends by
// itself when idle. SIGTERM and SIGINT stop and save every run first; SIGHUP and the end of the login session (the socket's
// folder goes away) do so too, unless a run was to keep running: then it goes on and listens again when the folder is back.
// Returns when it has ended.
#pragma once

#include <string>

#include "base/home.h"
#include "base/status.h"
#include "node/run_manager.h"

namespace fedllm::node {

struct CoreOptions {
  HomePaths paths;
  std::string program_version;
  double idle_s = 600;
  RunManager::OpenBackend open_backend = train::open_backend;
  bool can_train = true;
};

// FAILED_PRECONDITION when another process holds the home.
Status run_core(const CoreOptions& options);

}  // namespace fedllm::node
