// MemberDoor: how a member gets into its room, the first time and every time again: finds who answers at one of the room's
// addresses, checks the pin of its authority, enrols with the ticket where it has no certificate yet, and says hello. Blocks
// its thread, for minutes where the host decides by hand; `stop` ends it. Errors: UNAVAILABLE nobody there (try again);
// FAILED_PRECONDITION, PERMISSION_DENIED, UNAUTHENTICATED: refused, with the reason.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "lab/member_link.h"
#include "net/tls.h"
#include "lab/member_store.h"

namespace fedllm::lab {

struct DoorSetting {
  net::Ticket ticket;
  std::string name, program_version;
};
struct OpenedDoor {
  std::shared_ptr<MemberLink> link;
  wire::RoomInfo room;
  net::Address address;
};

class MemberDoor {
 public:
  MemberDoor(const MembershipStore& store, node::LeftMeter& meter, const DoorSetting& setting)
      : store_(store), meter_(meter), setting_(setting) {}
  // on_asking: the host has to decide; the code is what both screens show.
  Result<OpenedDoor> open(const std::function<void(const std::string& check_code)>& on_asking);
  bool enrolled() const { return store_.certificate_pem().ok(); }
  // Ends an open() under way; later ones too.
  void close();

 private:
  Result<net::FoundAuthority> find() const;
  Status enrol(const net::FoundAuthority& found, const std::function<void(const std::string&)>& on_asking);
  Result<OpenedDoor> enter(const net::FoundAuthority& found);
  Status hold(std::shared_ptr<MemberLink> link);

  const MembershipStore& store_;
  node::LeftMeter& meter_;
  const DoorSetting setting_;
  std::mutex mutex_;
  std::shared_ptr<MemberLink> busy_;  // what close() must interrupt
  bool closed_ = false;
};

}  // namespace fedllm::lab
