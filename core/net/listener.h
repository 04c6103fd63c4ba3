// Listener: TCP sockets on one or all interfaces and a thread that accepts, instead of gRPC's own, which stops accepting for ever
// once a process runs out of descriptors. It keeps count of what it handed over: beyond `connections` in all, or half of them
// from one address, a newcomer is closed at once. Errors: UNAVAILABLE with the system's reason.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "base/stop_token.h"
#include "net/address.h"
#include "net/connect.h"
#include "net/socket_bytes.h"

namespace fedllm::net {

class Listener {
 public:
  // Host empty: every interface, IPv4 and IPv6 on the same port; port 0: any. Connections wait in the system's queue until
  // start().
  static Result<std::unique_ptr<Listener>> bind(const Address& address, int connections);
  ~Listener();  // accepts no more; what was handed over stays
  uint16_t port() const { return port_; }
  // take: owns the descriptor (non-blocking); called on the listener's thread.
  void start(std::function<void(int fd)> take);
  // Of all connections since start(), those that are gone as they stood within a second of their end. Any thread.
  SocketBytes bytes();
  // Raises the process's soft limit of descriptors and returns how many connections it bears, at most `wanted`.
  static int affordable_connections(int wanted);

 private:
  struct Handed {
    int fd = -1;
    uint64_t inode = 0;  // tells whether fd is still that socket
    std::string host;
    SocketBytes seen;
  };
  explicit Listener(int connections) : connections_(static_cast<size_t>(connections)) {}
  void accept_all();
  void accept_from(const Socket& socket);
  bool welcome(const std::string& host);
  void forget_closed();

  const size_t connections_;
  std::vector<Socket> sockets_;
  uint16_t port_ = 0;
  std::function<void(int)> take_;
  std::mutex mutex_;  // of what follows
  std::vector<Handed> handed_;
  SocketBytes gone_;
  std::map<std::string, size_t> by_host_;
  StopFlag stop_;
  std::thread thread_;
};

}  // namespace fedllm::net
