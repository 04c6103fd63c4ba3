// WorkerPool: a fixed number of threads that take jobs in order; simulated clients and evaluation share one, so that a run
// never uses more than `workers` cores. run_all() spreads n jobs and waits; it must not be called from a worker.
// Thread-safe; the destructor finishes what was posted.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fedllm::node {

class WorkerPool {
 public:
  explicit WorkerPool(int workers);  // 0: cores
  ~WorkerPool();
  int workers() const { return static_cast<int>(threads_.size()); }
  void post(std::function<void()> job);
  void run_all(int jobs, const std::function<void(int job)>& work);

 private:
  void work();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fedllm::node
