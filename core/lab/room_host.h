// RoomHost: one open room. Owns its authority, tickets and members (home/rooms/ID/, keys 0600), the TLS server with Room and
// Federation services, and, while a run is on, that run's slots. The same name opened again in the same home is the same room:
// authority, members and slots stay, the port too where it is free, and a run that was interrupted goes on after its last
// committed round once the members of its slots are back (or network.deadline_s has passed).
// A member that is revoked is cut off at once and refused afterwards. Everything a peer says is limited and checked; limits
// in RoomLimits. Callbacks may come on any thread. Thread-safe. Errors: one sentence.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/ticket.h"
#include "node/run_manager.h"
#include "wire/lab.pb.h"

namespace fedllm::lab {

inline constexpr uint32_t kRoomProtocol = 1;

struct RoomLimits {
  int members = 256;            // with a certificate
  int waiting = 32;             // asking at the same time
  int enrols_per_minute = 60;   // from one address
  int64_t beat_bytes = 4096;
  uint64_t blob_bytes = uint64_t{64} << 30;
};

struct RoomOptions {
  std::string name;
  std::string scenario_json, base_dir;
  net::Address bind;            // host empty: every interface; port 0: net::kRoomPort, else any that is free
  int min_members = 0;          // starts by itself when so many are ready; 0: by hand
  bool ask = false;             // admit by hand
  int ticket_uses = 64;
  int64_t ticket_valid_s = 12 * 3600;
  bool announce = true;
  bool hand_out_data = false;
  bool allow_program = false;   // the scenario's aggregator "exec:PATH" may run on this machine
  RoomLimits limits;
};

struct RoomTools {
  ledger::Ledger& ledger;
  node::RunManager& runs;
  HomePaths paths;
  std::string program_version;
};

class RoomHost {
 public:
  // Refuses a scenario that does not validate for a network run (its dataset may be empty), a bind address that cannot be had.
  static Result<std::unique_ptr<RoomHost>> open(const RoomTools& tools, const RoomOptions& options);
  virtual ~RoomHost() = default;   // close()
  virtual const std::string& id() const = 0;
  virtual std::string ticket() const = 0;          // text
  virtual wire::HostedRoom state() const = 0;      // a snapshot
  // Called after anything in state() changed; returns a token. unsubscribe waits for a call under way.
  virtual uint64_t subscribe(std::function<void()> changed) = 0;
  virtual void unsubscribe(uint64_t token) = 0;
  virtual Result<std::string> new_ticket() = 0;    // the old one ends
  virtual Status admit(const std::string& member, bool yes) = 0;
  virtual Status revoke(const std::string& member) = 0;
  // Whoever has the slot takes the member's. FAILED_PRECONDITION while a run may need the slots, or where they hold data.
  virtual Status assign(const std::string& member, int slot) = 0;
  virtual Result<std::string> start() = 0;         // the run's id; FAILED_PRECONDITION when nobody is ready
  virtual Status stop_run(bool abandon) = 0;
  virtual Status pause(bool on) = 0;
  virtual void close(const std::string& reason) = 0;
};

}  // namespace fedllm::lab
