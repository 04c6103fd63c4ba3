// TCP connections and name resolution that end in time, for this room's own files and core/lab's doctor. Errors: UNAVAILABLE or
// DEADLINE_EXCEEDED, the message is the reason alone ("Connection refused").
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/stop_token.h"
#include "net/address.h"

namespace fedllm::net {

using Deadline = std::chrono::steady_clock::time_point;
Deadline deadline_in(double seconds);
double seconds_until(Deadline deadline);  // never negative

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  int get() const { return fd_; }

 private:
  int fd_;
};

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
  std::string host() const;  // numeric, with the interface of a link-local address
};
// A name's addresses, at most 8; an IP address gives itself at once. An answer that comes too late is dropped.
Result<std::vector<Endpoint>> resolve(const Address& address, Deadline deadline, const StopFlag& stop);
// Non-blocking, connected. These end early (CANCELLED) after stop.
Result<Socket> connect_to(const Endpoint& endpoint, Deadline deadline, const StopFlag& stop);
// Until `events` (POLLIN, POLLOUT) can be had.
Status wait_for(const Socket& socket, short events, Deadline deadline, const StopFlag& stop);

}  // namespace fedllm::net
