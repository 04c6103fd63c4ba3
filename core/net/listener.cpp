#include "net/listener.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.listener";
constexpr int kBacklog = 1024;
constexpr int kSliceMs = 50;            // how soon the end is seen
constexpr int kSlicesACount = 20;
constexpr int kUserTimeoutMs = 20'000;  // a peer that acknowledges nothing for so long is gone
constexpr int kAttempts = 16;           // to find a port that IPv4 and IPv6 both have
constexpr int kReserve = 128;           // descriptors for all else
constexpr rlim_t kFiles = 65536;

void set(int fd, int level, int option, int value) { (void)::setsockopt(fd, level, option, &value, sizeof value); }

uint16_t port_of(const Socket& socket) {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0) return 0;
  return ntohs(at.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&at)->sin6_port
                                        : reinterpret_cast<sockaddr_in*>(&at)->sin_port);
}

void set_port(Endpoint& endpoint, uint16_t port) {
  if (endpoint.address.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6*>(&endpoint.address)->sin6_port = htons(port);
  else
    reinterpret_cast<sockaddr_in*>(&endpoint.address)->sin_port = htons(port);
}

// errno on failure.
Result<Socket> listen_on(const Endpoint& endpoint) {
  Socket socket(::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return Status(Code::unimplemented, std::strerror(errno), kWhere);
  set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (endpoint.address.ss_family == AF_INET6) set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0)
    return errno == EADDRINUSE ? Status(Code::already_exists, std::strerror(errno), kWhere)
                               : unavailable(std::strerror(errno), kWhere);
  return socket;
}

Result<std::vector<Endpoint>> endpoints_of(const Address& address) {
  if (!address.host.empty()) return resolve(address, deadline_in(5), StopFlag());
  std::vector<Endpoint> both;
  for (const char* any : {"::", "0.0.0.0"}) {
    FEDLLM_ASSIGN_OR_RETURN(const std::vector<Endpoint> found, resolve({any, address.port}, deadline_in(1), StopFlag()));
    both.push_back(found[0]);
  }
  return both;
}

// All on the port of the first. Where every interface is asked for, a machine without IPv6 (or IPv4) gives the other alone.
Result<std::vector<Socket>> listen_on_all(std::vector<Endpoint> endpoints, bool every_interface) {
  std::vector<Socket> sockets;
  for (Endpoint& endpoint : endpoints) {
    if (!sockets.empty()) set_port(endpoint, port_of(sockets[0]));
    auto socket = listen_on(endpoint);
    if (socket.ok())
      sockets.push_back(std::move(*socket));
    else if (socket.status().code() == Code::already_exists || !every_interface)
      return socket.status();
  }
  if (sockets.empty()) return unavailable("this machine has neither IPv4 nor IPv6", kWhere);
  return sockets;
}

uint64_t inode_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode) ? info.st_ino : 0;
}

}  // namespace

int Listener::affordable_connections(int wanted) {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t files = std::min(limit.rlim_max, kFiles);
  if (limit.rlim_cur < files) {
    limit.rlim_cur = files;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const int spare = static_cast<int>(std::min<rlim_t>(files, kFiles)) - kReserve;
  return std::clamp(spare, 8, wanted);
}

Result<std::unique_ptr<Listener>> Listener::bind(const Address& address, int connections) {
  const std::string what = address.host.empty() ? "port " + std::to_string(address.port) : address.text();
  const auto endpoints = endpoints_of(address);
  if (!endpoints.ok()) return unavailable("cannot listen on " + what + ": " + endpoints.status().message(), kWhere);
  std::unique_ptr<Listener> listener(new Listener(connections));
  for (int attempt = 1; listener->sockets_.empty(); ++attempt) {
    auto sockets = listen_on_all(*endpoints, address.host.empty());
    if (sockets.ok())
      listener->sockets_ = std::move(*sockets);
    else if (address.port != 0 || attempt == kAttempts || sockets.status().code() != Code::already_exists)
      return unavailable("cannot listen on " + what + ": " + sockets.status().message(), kWhere);
  }
  listener->port_ = port_of(listener->sockets_[0]);
  return listener;
}

Listener::~Listener() {
  stop_.request();
  if (thread_.joinable()) thread_.join();
}

void Listener::start(std::function<void(int fd)> take) {
  take_ = std::move(take);
  thread_ = std::thread([this] { accept_all(); });
}

void Listener::accept_all() {
  std::vector<pollfd> entries;
  for (const Socket& socket : sockets_) entries.push_back({socket.get(), POLLIN, 0});
  for (int slice = 0; !stop_.requested(); ++slice) {
    if (slice % kSlicesACount == 0) (void)bytes();
    if (::poll(entries.data(), entries.size(), kSliceMs) <= 0) continue;
    for (size_t i = 0; i < entries.size(); ++i)
      if (entries[i].revents != 0) accept_from(sockets_[i]);
  }
}

void Listener::accept_from(const Socket& socket) {
  Endpoint peer;
  peer.size = sizeof peer.address;
  const int fd = ::accept4(socket.get(), reinterpret_cast<sockaddr*>(&peer.address), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    // No descriptors left: the newcomer waits in the queue until some are freed.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      std::this_thread::sleep_for(std::chrono::milliseconds(kSliceMs));
    return;
  }
  const std::string host = peer.host();
  {
    std::lock_guard lock(mutex_);
    if (!welcome(host)) {
      ::close(fd);
      return;
    }
    handed_.push_back({fd, inode_of(fd), host, {}});
    ++by_host_[host];
  }
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMs);
  take_(fd);
}

bool Listener::welcome(const std::string& host) {
  const auto fits = [&] {
    const auto known = by_host_.find(host);
    return handed_.size() < connections_ && (known == by_host_.end() || known->second < std::max<size_t>(1, connections_ / 2));
  };
  if (fits()) return true;
  forget_closed();
  return fits();
}

SocketBytes Listener::bytes() {
  std::lock_guard lock(mutex_);
  SocketBytes all = gone_;
  for (Handed& one : handed_) {
    // The descriptor may be closed, and its number taken by another, between any two of these calls.
    const bool before = inode_of(one.fd) == one.inode;
    const auto now = before ? socket_bytes(one.fd) : std::nullopt;
    if (now && inode_of(one.fd) == one.inode) one.seen = *now;
    all += one.seen;
  }
  return all;
}

// Whoever took a descriptor closes it without a word; its number may be in use again for something else.
void Listener::forget_closed() {
  std::erase_if(handed_, [this](const Handed& one) {
    if (inode_of(one.fd) == one.inode) return false;
    gone_ += one.seen;
    if (const auto host = by_host_.find(one.host); --host->second == 0) by_host_.erase(host);
    return true;
  });
}

}  // namespace fedllm::net
