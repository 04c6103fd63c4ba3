// CoreLock: who may write to a home. One process at a time holds core.lock by flock: the core, or a `fedllm run` that
// trains by itself. The kernel releases it when the process dies, so a lock is never stale. The file holds the holder's
// process number, for messages. Errors: FAILED_PRECONDITION with that number when another holds it.
#pragma once

#include <memory>
#include <string>

#include "base/home.h"
#include "base/status.h"

namespace fedllm::node {

class CoreLock {
 public:
  static Result<std::unique_ptr<CoreLock>> acquire(const HomePaths& paths);
  ~CoreLock();
  CoreLock(const CoreLock&) = delete;
  CoreLock& operator=(const CoreLock&) = delete;

  // Does any process hold it? Asks without keeping it.
  static bool held(const HomePaths& paths);

 private:
  explicit CoreLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace fedllm::node
