// SocketBytes: what really went through a TCP connection, TLS and HTTP/2 included, as the kernel counts it (TCP_INFO): payload
// of TCP, sent again where it was lost; IP and TCP headers are not in it.
#pragma once

#include <cstdint>
#include <optional>

namespace fedllm::net {

struct SocketBytes {
  int64_t received = 0, sent = 0;
  SocketBytes& operator+=(const SocketBytes& other) {
    received += other.received;
    sent += other.sent;
    return *this;
  }
  bool operator==(const SocketBytes&) const = default;
};

// None: not a TCP connection, or a kernel older than 4.19.
std::optional<SocketBytes> socket_bytes(int fd);

}  // namespace fedllm::net
