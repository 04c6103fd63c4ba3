// A flag that long work polls between steps: why it should end, and how. Copies share the flag; safe from any thread.
#pragma once

#include <atomic>
#include <memory>

namespace fedllm {

class StopFlag {
 public:
  void request() const { flag_->store(true, std::memory_order_relaxed); }
  void clear() const { flag_->store(false, std::memory_order_relaxed); }
  bool requested() const { return flag_->load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace fedllm
