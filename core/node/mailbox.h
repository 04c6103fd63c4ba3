// Mailbox: how gRPC callbacks, which must never block, hand work to the one coordinator thread. Any thread puts; one
// thread takes. Its length is bounded by the clients: each has at most one update and one report on the way.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace fedllm::node {

class Mailbox {
 public:
  using Letter = std::function<void()>;
  void put(Letter letter) {
    {
      std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    changed_.notify_one();
  }
  // Waits up to `timeout_s` for a letter or wake(), then runs every letter that is there, on this thread.
  void pump(double timeout_s) {
    std::deque<Letter> letters;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::duration<double>(timeout_s), [this] { return woken_ || !letters_.empty(); });
      woken_ = false;
      letters.swap(letters_);
    }
    for (Letter& letter : letters) letter();
  }
  void wake() {
    {
      std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Letter> letters_;
  bool woken_ = false;
};

}  // namespace fedllm::node
