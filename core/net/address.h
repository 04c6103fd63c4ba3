// Address: where a room listens. Parsed strictly, since it may come from a ticket or a beacon, and brought to one form: IPv4 and
// IPv6 as inet_ntop writes them, names in lower case. Errors: INVALID_ARGUMENT, one sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm::net {

struct Address {
  std::string host;  // IPv4, IPv6 (without brackets) or a name
  uint16_t port = 0;
  bool operator==(const Address&) const = default;
  std::string text() const;  // "192.168.1.7:4711", "[fe80::1]:4711"
};
// "HOST:PORT", "[V6]:PORT", ":PORT" or nothing (any interface); default_port where none is given. A link-local IPv6 address
// may name its interface: "[fe80::1%eth0]:4711".
Result<Address> parse_address(std::string_view text, uint16_t default_port);

// 4, 6 (also with an interface), or 0 for a name.
int ip_version(const std::string& host);

}  // namespace fedllm::net
