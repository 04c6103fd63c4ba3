// RoomMember: this machine's part in somebody else's room. From ticket to adapter: find and pin the authority, enrol, fetch what
// is missing (scenario, base model: content-addressed, resumable), import and examine the data, wait for consent, take a
// slot, train and evaluate when called, keep the global events and its own in a run of its own ledger, save every version
// and at the end the adapter. Reconnects for ever (1 to 5 s) until it leaves, is removed or the room closes; its personal
// state (codec residual, certificate, slot) lies in home/memberships/ID/ and survives restarts.
// What left the machine is counted where it is sent (wire::LeftBytes). Callbacks on any thread. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "lab/data_contract.h"
#include "ledger/ledger.h"
#include "net/ticket.h"
#include "node/run_manager.h"
#include "wire/lab.pb.h"

namespace fedllm::lab {

struct MemberOptions {
  net::Ticket ticket;
  std::vector<std::string> files;      // empty: asks the host for a shard
  std::string format = "auto";
  ColumnMap columns;
  int slot = -1;
  std::string name;                    // empty: the host name of this machine
  bool consent = false;                // --yes: consents to whatever examine() finds no problem with
  bool settled = false;                // data that do not fit end the membership instead of waiting for set_data()
  bool tell_labels = false;
  double upload_cap_mbit_s = 0;
  bool gentle = false;                 // half the cores, lowest priority
};

struct MemberTools {
  ledger::Ledger& ledger;
  node::RunManager::OpenBackend open_backend;
  HomePaths paths;
  std::string program_version;
};

class RoomMember {
 public:
  static Result<std::unique_ptr<RoomMember>> start(const MemberTools& tools, const MemberOptions& options);
  // Key, certificate and personal state of a membership that no RoomMember holds any more are removed; its runs stay.
  static Status forget(const std::string& home, const std::string& membership);
  virtual ~RoomMember() = default;     // disconnects; personal state stays
  virtual const std::string& id() const = 0;
  virtual wire::Membership state() const = 0;
  virtual uint64_t subscribe(std::function<void()> changed) = 0;
  virtual void unsubscribe(uint64_t token) = 0;
  virtual Status set_data(const std::vector<std::string>& files, const std::string& format, const ColumnMap& columns) = 0;
  virtual Status consent(bool yes, bool tell_labels) = 0;
  virtual void pause(bool on) = 0;
  virtual void set_limits(double upload_cap_mbit_s, bool gentle) = 0;
  virtual Status run_alone() = 0;      // "alone" of the card: the same number of steps, no federation
  virtual void leave() = 0;
  // Until a run is over, or the membership is (refused, removed, left): ok, or why not. The summary is that of the run in this
  // ledger. After a run the membership goes on: the room may start another.
  virtual Status wait() = 0;
  virtual std::optional<std::string> summary_json() const = 0;
};

}  // namespace fedllm::lab
