// Simulation: the clients of one run inside this process, each on its own in-process channel stream, trained by a shared
// pool. A task that arrives waits in a queue; how many clients train at once is told by train/client_schedule.h. Thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "node/checkpoint.h"
#include "node/simulated_client.h"
#include "node/worker_pool.h"

namespace fedllm::node {

class Simulation {
 public:
  Simulation(const ClientTools& given, WorkerPool& pool, std::shared_ptr<grpc::Channel> channel);
  ~Simulation();  // leave()
  // Every client with records joins and attends.
  Status join();
  void leave();
  // No client has a task that is waiting or running.
  bool idle() const { return busy_ == 0; }
  void request_stop();
  // Only while idle.
  ClientStates states() const;
  void set_states(ClientStates states);

 private:
  using Buffers = std::shared_ptr<train::TrainBuffers>;
  void post(std::function<void(Buffers*)> job);
  void begin_next();  // mutex_ held

  WorkerPool& pool_;
  std::mutex mutex_;
  std::deque<std::function<void(Buffers*)>> waiting_;
  std::deque<Buffers> buffers_;        // one for each that trains at once
  std::vector<Buffers*> free_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::atomic<int> busy_{0};
  SystemClock clock_;
};

}  // namespace fedllm::node
