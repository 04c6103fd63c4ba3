// SimulatedClient: one client of a simulation. Between its turns it is a list of record numbers, a codec residual and an
// idle stream; model, adapter and optimizer exist only while it trains. work() runs on a pool worker, one thread at a
// time; everything else may be called from any thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "node/client.h"
#include "node/pause_gate.h"
#include "node/run_setup.h"

namespace fedllm::node {

struct ClientTools {
  const PreparedRun& run;
  train::Backend& backend;
  PauseGate& gate;
  StopFlag stop;  // of the whole run
};

class SimulatedClient {
 public:
  SimulatedClient(const ClientTools& tools, std::shared_ptr<grpc::Channel> channel, int client);
  Status join();
  FederationClient& federation() { return federation_; }
  int client() const { return client_; }
  // One task from pull to push. Whatever goes wrong is told to the coordinator as the update's failure.
  void work(const wire::Task& task, double arrived_s);
  // Raised when the coordinator or the run no longer wants this client's work.
  const StopFlag& stop() const { return stop_; }
  // Read and set between rounds only.
  const std::vector<float>& residual() const { return residual_.values; }
  void set_residual(std::vector<float> values) { residual_.values = std::move(values); }

 private:
  struct Work;
  Status pull(Work& work);
  Status train(Work& work);
  Status push(Work& work);
  void on_step(Work& work, int step, double loss, int64_t tokens, double seconds);
  void report(Work& work);
  train::LocalOptions options(Work& work);

  ClientTools tools_;
  const int client_;
  FederationClient federation_;
  codec::Residual residual_;
  StopFlag stop_;
  std::mutex working_;  // a task of a dropped round may still be ending
  SystemClock clock_;
};

}  // namespace fedllm::node
