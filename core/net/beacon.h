// A beacon as DNS-SD carries it: service name and TXT entries (room, name, protocol, host), for this room's own files. What comes
// from the network is cut to 64 bytes of whole, printable UTF-8 characters.
#pragma once

#include <avahi-common/strlst.h>

#include <memory>
#include <string>

#include "net/discovery.h"

namespace fedllm::net {

inline constexpr const char* kServiceType = "_fedllm._tcp";

struct StringListFreed {
  void operator()(AvahiStringList* list) const { avahi_string_list_free(list); }
};
using StringListPtr = std::unique_ptr<AvahiStringList, StringListFreed>;

std::string service_name_of(const RoomBeacon& beacon);  // at most 63 bytes, never empty
StringListPtr text_of(const RoomBeacon& beacon);
RoomBeacon beacon_of(const std::string& service_name, AvahiStringList* text, uint16_t port);
// At most `bytes`, no control characters; what is not UTF-8 ends it.
std::string printable(std::string_view text, size_t bytes);

}  // namespace fedllm::net
