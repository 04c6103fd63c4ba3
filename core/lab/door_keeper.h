// DoorKeeper: who may enrol. Counts failed attempts from each address, checks the ticket's proof, its expiry and its uses by this
// machine's clock, and holds those who wait for the host's decision. One ticket is valid at a time. Pure state; the RoomHost's
// lock guards it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/status.h"
#include "lab/room_service.h"
#include "net/ticket.h"

namespace fedllm::lab {

struct Knock {
  wire::EnrolRequest request;
  std::string address, key, check_code;
  int64_t since_ms = 0;
  std::shared_ptr<EnrolOutlet> replies;
};

class DoorKeeper {
 public:
  DoorKeeper(net::Digest authority, int attempts_per_minute, int most_waiting)
      : authority_(authority), attempts_per_minute_(attempts_per_minute), most_waiting_(most_waiting) {}

  struct TicketState {
    net::Secret secret{};
    int64_t expires_ms = 0;
    int uses_left = 0;
  };
  TicketState ticket;

  // Is the request well-formed and made with the ticket? Fills key and check code. Does not use the ticket up: a key that is
  // known already comes back without it.
  Status examine(Knock& knock, int64_t now_ms);
  Status ticket_valid(int64_t now_ms) const;
  Status wait(Knock knock);                        // RESOURCE_EXHAUSTED when too many wait
  std::unique_ptr<Knock> take(const std::string& key);   // by check code or key; null if nobody waits under it
  void forget_gone(int64_t now_ms);                // those who hung up or waited ten minutes
  void send_away(const std::string& reason);       // all who wait
  const std::map<std::string, Knock>& waiting() const { return waiting_; }

 private:
  Status judge(Knock& knock) const;
  std::deque<int64_t>& failures(const std::string& address, int64_t now_ms);

  const net::Digest authority_;
  const int attempts_per_minute_, most_waiting_;
  std::map<std::string, std::deque<int64_t>> failures_;
  std::map<std::string, Knock> waiting_;   // by key
};

// The address without its port.
std::string machine_of(const std::string& address);
wire::EnrolReply refusal(const std::string& reason);

}  // namespace fedllm::lab
