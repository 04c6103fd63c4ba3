#include "net/connect.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <thread>

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.connect";
constexpr int kSliceMs = 50;  // how soon a stop is seen
constexpr size_t kMaxEndpoints = 8;

using Found = Result<std::vector<Endpoint>>;

Found look_up(const std::string& host, const std::string& port, int flags) {
  struct addrinfo hints {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  struct addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) return unavailable(error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error), kWhere);
  std::vector<Endpoint> endpoints;
  for (const struct addrinfo* at = list; at && endpoints.size() < kMaxEndpoints; at = at->ai_next) {
    Endpoint endpoint;
    endpoint.size = at->ai_addrlen;
    std::memcpy(&endpoint.address, at->ai_addr, at->ai_addrlen);
    endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  return endpoints;
}

// The system's resolver cannot be interrupted: it answers on a thread of its own, which holds nothing of ours.
Found look_up_in_time(const std::string& host, const std::string& port, Deadline deadline, const StopFlag& stop) {
  const auto promise = std::make_shared<std::promise<Found>>();
  std::future<Found> answer = promise->get_future();
  std::thread([promise, host, port] { promise->set_value(look_up(host, port, AI_ADDRCONFIG)); }).detach();
  while (answer.wait_for(std::chrono::milliseconds(kSliceMs)) != std::future_status::ready) {
    if (stop.requested()) return cancelled("stopped", kWhere);
    if (seconds_until(deadline) <= 0)
      return Status(Code::deadline_exceeded, "the name " + host + " was not resolved in time", kWhere);
  }
  return answer.get();
}

}  // namespace

Deadline deadline_in(double seconds) {
  return std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<int64_t>(std::max(0.0, seconds) * 1e6));
}

double seconds_until(Deadline deadline) {
  return std::max(0.0, std::chrono::duration<double>(deadline - std::chrono::steady_clock::now()).count());
}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

std::string Endpoint::host() const {
  char text[NI_MAXHOST];
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return ::getnameinfo(generic, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 ? text : "";
}

Result<std::vector<Endpoint>> resolve(const Address& address, Deadline deadline, const StopFlag& stop) {
  if (address.host.empty()) return invalid_argument("expected a host", kWhere);
  const std::string port = std::to_string(address.port);
  if (ip_version(address.host) != 0) return look_up(address.host, port, AI_NUMERICHOST);
  return look_up_in_time(address.host, port, deadline, stop);
}

Status wait_for(const Socket& socket, short events, Deadline deadline, const StopFlag& stop) {
  for (;;) {
    if (stop.requested()) return cancelled("stopped", kWhere);
    const double left = seconds_until(deadline);
    if (left <= 0) return {Code::deadline_exceeded, "no answer in time", kWhere};
    struct pollfd entry {
      socket.get(), events, 0
    };
    const int ready = ::poll(&entry, 1, std::min(kSliceMs, static_cast<int>(left * 1000) + 1));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return unavailable(std::strerror(errno), kWhere);
  }
}

Result<Socket> connect_to(const Endpoint& endpoint, Deadline deadline, const StopFlag& stop) {
  Socket socket(::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return unavailable(std::strerror(errno), kWhere);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) == 0) return socket;
  if (errno != EINPROGRESS) return unavailable(std::strerror(errno), kWhere);
  FEDLLM_RETURN_IF_ERROR(wait_for(socket, POLLOUT, deadline, stop));
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return unavailable(std::strerror(error), kWhere);
  return socket;
}

}  // namespace fedllm::net
