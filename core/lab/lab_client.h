// LabClient: the Lab service of a live core from the command line's side. Calls block; the lab is watched on a thread of its own
// from the first look at a room on. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/home.h"
#include "base/status.h"
#include "wire/lab.pb.h"

namespace fedllm::lab {

class LabClient {
 public:
  explicit LabClient(const HomePaths& paths);
  ~LabClient();
  Result<wire::HostedRoom> host(const wire::HostRoomRequest& request);
  Result<wire::Membership> join(const wire::JoinRoomRequest& request);
  Status command(const wire::HostCommand& command);
  Status command(const wire::MembershipCommand& command);
  // NOT_FOUND once the room is closed, UNAVAILABLE when the core went away.
  Result<wire::HostedRoom> room(const std::string& id);
  Result<wire::Membership> membership(const std::string& id);  // NOT_FOUND once it was forgotten

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::lab
