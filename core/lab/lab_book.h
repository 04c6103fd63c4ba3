// LabBook: the rooms and memberships that this process holds, by their ids, and what may be asked of them as messages of
// lab.proto. Calls may block for as long as a room takes to open or to close (never on gRPC's threads); one that is closed or
// forgotten ends after the last call that uses it. Thread-safe. Errors: one sentence.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "lab/doctor.h"
#include "lab/lab.h"

namespace fedllm::lab {

class LabBook {
 public:
  explicit LabBook(const LabTools& tools) : tools_(tools) {}
  ~LabBook() { close(); }

  // A room or membership that is here already is given as it is.
  Result<std::shared_ptr<RoomHost>> host(const RoomOptions& options);
  Result<std::shared_ptr<RoomMember>> join(const MemberOptions& options);
  Result<wire::HostedRoom> host(const wire::HostRoomRequest& request);
  Result<wire::Membership> join(const wire::JoinRoomRequest& request);
  Status command(const wire::HostCommand& command);
  Status command(const wire::MembershipCommand& command);
  wire::LabState state() const;
  // The port of a room, 0 where it is not open here.
  int port_of(const std::string& room) const;
  // Of the membership's host; of those members of the room whose clocks are a minute off or more.
  std::vector<KnownClock> clocks_of(const wire::DoctorRequest& request) const;
  bool busy() const;
  void close();
  const HomePaths& paths() const { return tools_.paths; }

 private:
  Result<std::shared_ptr<RoomHost>> room(const std::string& id) const;
  Result<std::shared_ptr<RoomMember>> membership(const std::string& id) const;
  Status close_room(const std::string& id);
  Status forget(const std::string& id);

  const LabTools tools_;
  std::mutex opening_;  // one room or membership is opened at a time
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RoomHost>> rooms_;
  std::map<std::string, std::shared_ptr<RoomMember>> memberships_;
  bool closed_ = false;
};

}  // namespace fedllm::lab
