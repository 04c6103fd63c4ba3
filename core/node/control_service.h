// ControlService: what the studio and `fedllm run` ask of a live core (core/wire/control.proto). Callbacks only hand work
// to small pools: one for quick answers from ledger and memory, one for those that read files, one for slider
// steps, which neither wait behind an import nor, where they must import first, hold up a Pause, one for answers of models.
// Errors travel as gRPC statuses with the one sentence. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/home.h"
#include "ledger/ledger.h"
#include "node/run_manager.h"

namespace grpc {
class Service;
}

namespace fedllm::node {

// Core and studio (or command line) must agree on it; a change that an old peer would misread raises it.
inline constexpr uint32_t kControlProtocol = 1;

struct ControlOptions {
  ledger::Ledger& ledger;
  RunManager& runs;
  HomePaths paths;
  std::string program_version;
  RunManager::OpenBackend open_backend;
  bool can_train = true;
};

class ControlService {
 public:
  explicit ControlService(const ControlOptions& options);
  ~ControlService();
  grpc::Service& service();
  // Ends the streams; call before the server shuts down.
  void close();
  // Since anybody asked for anything; 0 while a stream is open.
  double idle_seconds() const;
  // SetSession's last word.
  bool keep_running() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::node
