// UploadPace: a token bucket that keeps an upload below a cap in Mbit/s (10^6 bits; 0: none), with a quarter of a second of
// burst. The cap may change while somebody waits. Thread-safe; several uploads share it.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "base/stop_token.h"

namespace fedllm::node {

class UploadPace {
 public:
  void set_mbit_s(double cap) {
    std::lock_guard lock(mutex_);
    cap_ = cap > 0 ? cap : 0;
    free_s_ = std::min(free_s_, clock_.seconds());
    changed_.notify_all();
  }
  double mbit_s() const {
    std::lock_guard lock(mutex_);
    return cap_;
  }
  // Sent at once while a cap holds: small pieces keep the stream even.
  static constexpr size_t kPiece = 32 * 1024;

  // Until `bytes` more may leave; false: `stop` was requested meanwhile (looked at ten times a second).
  bool wait(size_t bytes, const StopFlag& stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (stop.requested()) return false;
      const double now = clock_.seconds();
      if (cap_ <= 0 || now + kBurst_s >= free_s_) {
        if (cap_ > 0) free_s_ = std::max(free_s_, now) + static_cast<double>(bytes) * 8e-6 / cap_;
        return true;
      }
      changed_.wait_for(lock, std::chrono::duration<double>(std::min(0.1, free_s_ - kBurst_s - now)));
    }
  }

 private:
  static constexpr double kBurst_s = 0.25;
  SystemClock clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  double cap_ = 0;
  double free_s_ = 0;  // when what was let through so far will have left at the cap's rate
};

}  // namespace fedllm::node
