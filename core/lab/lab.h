// Lab: the rooms and memberships that this process holds, and the Lab service (core/wire/lab.proto) over them. The core
// registers it beside ControlService; `fedllm serve` and `fedllm join` use it in their own process. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "lab/room_host.h"
#include "lab/room_member.h"

namespace grpc {
class Service;
}

namespace fedllm::lab {

struct LabTools {
  ledger::Ledger& ledger;
  node::RunManager& runs;
  node::RunManager::OpenBackend open_backend;
  HomePaths paths;
  std::string program_version;
};

class Lab {
 public:
  explicit Lab(const LabTools& tools);
  ~Lab();
  grpc::Service& service();
  Result<std::shared_ptr<RoomHost>> host(const RoomOptions& options);
  Result<std::shared_ptr<RoomMember>> join(const MemberOptions& options);
  wire::LabState state() const;
  bool busy() const;   // a room is open, a membership goes on or somebody watches: the core does not end by itself
  void close();        // ends streams, closes rooms, disconnects memberships

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::lab
