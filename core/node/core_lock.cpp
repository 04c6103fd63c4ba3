#include "node/core_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/clock.h"
#include "base/home_holder.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.core_lock";
// home_holder() takes a shared lock for microseconds; an acquirer that meets it tries again.
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{5};

void write_holder(int fd, const std::string& verb) {
  const std::string text = serialize_holder({::getpid(), verb, SystemClock().unix_ms()});
  // Only for messages, so a failure is not one.
  if (::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

Result<std::unique_ptr<CoreLock>> CoreLock::acquire(const HomePaths& paths, const std::string& verb) {
  const int fd = ::open(paths.lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return unavailable("cannot open " + paths.lock + ": " + std::strerror(errno), kWhere);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      write_holder(fd, verb);
      return std::unique_ptr<CoreLock>(new CoreLock(fd));
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const std::string reason = std::strerror(errno);
      ::close(fd);
      return unavailable("cannot lock " + paths.lock + ": " + reason, kWhere);
    }
    std::this_thread::sleep_for(kPause);
  }
  ::close(fd);
  const HomeHolder holder = home_holder(paths).value_or(HomeHolder());
  return failed_precondition("the home " + paths.home + " is in use by " + holder.sentence() + "; wait until it ends or end it",
                             kWhere);
}

CoreLock::~CoreLock() { ::close(fd_); }

bool CoreLock::held(const HomePaths& paths) { return home_holder(paths).has_value(); }

}  // namespace fedllm::node
