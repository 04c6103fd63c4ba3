// PauseGate: where work stands still while a run is paused. Training calls wait() between local steps. Thread-safe.
// Times in seconds of the monotonic clock.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "base/stop_token.h"

namespace fedllm::node {

class PauseGate {
 public:
  void pause() {
    std::lock_guard lock(mutex_);
    if (paused_) return;
    paused_ = true;
    since_ = clock_.seconds();
  }
  void unpause() {
    std::lock_guard lock(mutex_);
    if (!paused_) return;
    paused_ = false;
    total_ += clock_.seconds() - since_;
    changed_.notify_all();
  }
  bool paused() const {
    std::lock_guard lock(mutex_);
    return paused_;
  }
  // Seconds spent paused so far, a pause that still lasts included.
  double paused_seconds() const {
    std::lock_guard lock(mutex_);
    return total_ + (paused_ ? clock_.seconds() - since_ : 0);
  }
  // Returns at once unless paused; then when unpaused or when `stop` was requested and wake() called.
  void wait(const StopFlag& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !paused_ || stop.requested(); });
  }
  void wake() {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

 private:
  SystemClock clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool paused_ = false;
  double since_ = 0, total_ = 0;
};

}  // namespace fedllm::node
