// run_gently: work at the lowest priority, so that whoever sits at the machine does not feel it. Blocks until it is done.
#pragma once

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <thread>

namespace fedllm::lab {

inline constexpr int kGentleNice = 19;

// Linux counts niceness by thread, and threads made by a nice one are nice.
inline void run_gently(bool gentle, const std::function<void()>& work) {
  if (!gentle) return work();
  std::thread([&] {
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kGentleNice);
    work();
  }).join();
}

}  // namespace fedllm::lab
