// Simulation: the clients of one run inside this process, each on its own in-process channel stream, trained by a shared
// pool. A task that arrives waits in the pool's queue; `workers` clients train at once. Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "node/simulated_client.h"
#include "node/worker_pool.h"

namespace fedllm::node {

class Simulation {
 public:
  Simulation(const ClientTools& tools, WorkerPool& pool, std::shared_ptr<grpc::Channel> channel);
  ~Simulation();  // leave()
  // Every client with records joins and attends.
  Status join();
  void leave();
  // No client has a task that is waiting or running.
  bool idle() const { return busy_ == 0; }
  void request_stop();
  // By client, those that have one; only while idle.
  std::map<int, std::vector<float>> residuals() const;
  void set_residuals(std::map<int, std::vector<float>> residuals);

 private:
  WorkerPool& pool_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::atomic<int> busy_{0};
  SystemClock clock_;
};

}  // namespace fedllm::node
