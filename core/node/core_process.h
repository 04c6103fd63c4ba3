// The background core: one process a home, found by its socket, alive beyond the window. Takes core.lock before it binds
// (a second gRPC server would take over a live socket in silence), serves ControlService, runs at nice 10 and ends by
// itself when idle. SIGTERM and SIGINT stop and save every run first; SIGHUP and the end of the login session (the socket's
// folder goes away) do so too, unless a run was to keep running: then it goes on and listens again when the folder is back.
// Returns when it has ended.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/home.h"
#include "base/status.h"
#include "node/run_manager.h"

namespace grpc {
class Service;
}

namespace fedllm::node {

// What a room above this one adds to the core: a second service on the same socket. busy() keeps the core from ending by itself;
// close() comes first at the end, while runs and streams still stand.
class CoreExtension {
 public:
  virtual ~CoreExtension() = default;
  virtual grpc::Service& service() = 0;
  virtual bool busy() const = 0;
  virtual void close() = 0;
};

struct CoreOptions {
  HomePaths paths;
  std::string program_version;
  double idle_s = 600;
  RunManager::OpenBackend open_backend = train::open_backend;
  bool can_train = true;
  std::function<std::unique_ptr<CoreExtension>(ledger::Ledger& ledger, RunManager& runs)> extend = {};
};

// FAILED_PRECONDITION when another process holds the home.
Status run_core(const CoreOptions& options);

}  // namespace fedllm::node
