// TcpGate: a wire on loopback between a member and its host, which counts what passes and can be held after a number of bytes,
// so that a test knows what is under way when it kills somebody. Both directions; it ends each connection as either side does.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtGlobal>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <vector>

namespace fedllm::tests {

class TcpGate {
 public:
  explicit TcpGate(uint16_t host_port) : host_port_(host_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      qFatal("no gate");
    port_ = ntohs(address.sin_port);
    worker_ = std::thread([this] { work(); });
  }
  ~TcpGate() {
    over_ = true;
    worker_.join();
    for (const Wire& wire : wires_) wire.close();
    ::close(listener_);
  }
  TcpGate(const TcpGate&) = delete;

  uint16_t port() const { return port_; }
  // From the member to the host, so far.
  int64_t up() const { return up_; }
  // Lets so many more bytes up, then none.
  void hold_after(int64_t bytes) { most_ = up_ + bytes; }
  void release() { most_ = INT64_MAX; }
  bool held() const { return up_ >= most_; }

 private:
  struct Wire {
    int member, host;
    void close() const {
      ::close(member);
      ::close(host);
    }
  };
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }
  void take_in() {
    const int member = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (member < 0) return;
    const int host = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(host_port_);
    const int at_once = 1;
    for (const int fd : {member, host}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (::connect(host, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      wires_.push_back({member, host});
    else
      Wire{member, host}.close();
  }
  // False: this side has ended.
  static bool pass(int from, int to, size_t most, std::atomic<int64_t>* count) {
    char bytes[16 * 1024];
    const ssize_t got = ::recv(from, bytes, std::min(most, sizeof bytes), 0);
    if (got <= 0) return false;
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t n = ::send(to, bytes + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
      if (n <= 0) return false;
      sent += n;
    }
    if (count) *count += got;
    return true;
  }
  // A held wire is still looked at: a member that dies is heard of at the host at once.
  bool carry(const Wire& wire, short member_has, short host_has) {
    if (member_has & (POLLHUP | POLLERR)) return false;
    const int64_t room = std::clamp<int64_t>(most_ - up_, 0, 1 << 20);
    if ((member_has & POLLIN) && room > 0 && !pass(wire.member, wire.host, static_cast<size_t>(room), &up_)) return false;
    return !(host_has & (POLLIN | POLLHUP | POLLERR)) || pass(wire.host, wire.member, 1 << 20, nullptr);
  }
  void work() {
    while (!over_) {
      std::vector<pollfd> fds{{listener_, POLLIN, 0}};
      const short from_member = held() ? POLLRDHUP : POLLIN;
      for (const Wire& wire : wires_) {
        fds.push_back({wire.member, from_member, 0});
        fds.push_back({wire.host, POLLIN, 0});
      }
      if (::poll(fds.data(), fds.size(), 20) <= 0) continue;
      size_t at = 1;
      for (auto wire = wires_.begin(); wire != wires_.end(); at += 2) {
        const bool ended = (fds[at].revents & POLLRDHUP) != 0 || !carry(*wire, fds[at].revents, fds[at + 1].revents);
        if (ended) wire->close();
        wire = ended ? wires_.erase(wire) : std::next(wire);
      }
      if (fds[0].revents & POLLIN) take_in();
    }
  }

  const uint16_t host_port_;
  const int listener_;
  uint16_t port_ = 0;
  std::atomic<int64_t> up_{0}, most_{INT64_MAX};
  std::atomic<bool> over_{false};
  std::list<Wire> wires_;   // the worker's
  std::thread worker_;
};

}  // namespace fedllm::tests
