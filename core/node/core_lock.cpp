#include "node/core_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.core_lock";
// held() takes a shared lock for microseconds; an acquirer that meets it tries again.
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{5};

std::string holder(int fd) {
  char text[32] = {};
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  return n > 0 ? " (process " + std::string(text, std::strcspn(text, "\n")) + ")" : "";
}

void write_pid(int fd) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Only for messages, so a failure is not one.
  if (::ftruncate(fd, 0) == 0 && ::pwrite(fd, pid.data(), pid.size(), 0) < 0) return;
}

}  // namespace

Result<std::unique_ptr<CoreLock>> CoreLock::acquire(const HomePaths& paths) {
  const int fd = ::open(paths.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return unavailable("cannot open " + paths.lock + ": " + std::strerror(errno), kWhere);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      write_pid(fd);
      return std::unique_ptr<CoreLock>(new CoreLock(fd));
    }
    std::this_thread::sleep_for(kPause);
  }
  const std::string who = holder(fd);
  ::close(fd);
  return failed_precondition("another core or run" + who + " already works in the home " + paths.home, kWhere);
}

CoreLock::~CoreLock() { ::close(fd_); }

bool CoreLock::held(const HomePaths& paths) {
  const int fd = ::open(paths.lock.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return held;
}

}  // namespace fedllm::node
