// CoreLock: who may write to a home. One process at a time holds core.lock by flock: the core, or a `fedllm run` that
// trains by itself. The kernel releases it when the process dies, so a lock is never stale. Who holds it stands in the file
// (base/home_holder.h). Errors: FAILED_PRECONDITION naming the holder when another holds it, UNAVAILABLE when the file
// cannot be opened or its file system cannot lock.
#pragma once

#include <memory>
#include <string>

#include "base/home.h"
#include "base/status.h"

namespace fedllm::node {

class CoreLock {
 public:
  // `verb`: of `fedllm`, what this process is: "core", "run", "resume".
  static Result<std::unique_ptr<CoreLock>> acquire(const HomePaths& paths, const std::string& verb);
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
