// Rooms of the local network by mDNS/DNS-SD (`_fedllm._tcp`), through Avahi's client library. TXT: room, name, protocol, host.
// Where no daemon runs `problem` says so and all else works.
// Callbacks come on a thread of the object's own; after its destruction none is under way.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/ticket.h"

namespace fedllm::net {

struct RoomBeacon {
  std::string room, name, host;
  uint32_t protocol = 0;
  uint16_t port = 0;
};
class RoomAnnouncement {
 public:
  // on_state: "" once announced, else why not; a name that is taken gets a number behind it.
  static std::unique_ptr<RoomAnnouncement> start(const RoomBeacon& beacon,
                                                 std::function<void(const std::string& problem)> on_state);
  virtual ~RoomAnnouncement() = default;
};

struct SeenRoom {
  RoomBeacon beacon;
  std::vector<Address> addresses;
};
class RoomBrowser {
 public:
  static std::unique_ptr<RoomBrowser> start(
      std::function<void(const std::vector<SeenRoom>& rooms, const std::string& problem)> on_change);
  virtual ~RoomBrowser() = default;
};

struct Interface {
  std::string name;                                   // eth0
  std::string address;                                // IPv4 or IPv6; a link-local one with its interface: "fe80::1%eth0"
  bool loopback = false, up = false, tunnel = false;  // tunnel: a VPN by its name or type
};
std::vector<Interface> local_interfaces();

}  // namespace fedllm::net
