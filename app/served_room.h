// ServedRoom: the room that `fedllm serve` opened, in this process or in the live core that owns the home. Errors: one sentence.
#pragma once

#include <memory>
#include <string>

#include "base/home.h"
#include "lab/room_host.h"
#include "run_follow.h"
#include "wire/lab.pb.h"

namespace fedllm::app {

class ServedRoom {
 public:
  virtual ~ServedRoom() = default;
  virtual Result<wire::HostedRoom> state() = 0;
  virtual Status start() = 0;
  virtual Status admit(const std::string& check_code, bool yes) = 0;
  virtual Status follow(const FollowRequest& request) = 0;   // the room's run, to its end
  virtual void close() = 0;                                  // its members hear of it
  // Of the run that an earlier session left behind; empty: none. With its last event's number before the room was opened.
  std::string earlier_run;
  uint64_t earlier_seq = 0;
};

Result<std::unique_ptr<ServedRoom>> open_served_room(const HomePaths& paths, const lab::RoomOptions& options);

}  // namespace fedllm::app
