// JoinedRoom: the membership that `fedllm join` began, in this process or in the live core that owns the home. There it goes on
// after this process has ended, as one that the studio began does. Errors: one sentence.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lab/room_member.h"
#include "run_follow.h"

namespace fedllm::app {

class JoinedRoom {
 public:
  virtual ~JoinedRoom() = default;
  virtual Result<wire::Membership> state() = 0;
  virtual Status consent(bool yes, bool tell_labels) = 0;
  virtual void leave() = 0;
  virtual Result<ledger::RunRow> run(const std::string& run) = 0;
  virtual Result<std::vector<ledger::Event>> events(const std::string& run, uint64_t from) = 0;  // those there are
  // How the run, or the membership, ended; none: it goes on. Waits at most so long.
  virtual std::optional<Status> wait(double seconds) = 0;
};

Result<std::unique_ptr<JoinedRoom>> join_room(const HomePaths& paths, const lab::MemberOptions& options);

}  // namespace fedllm::app
