#include "node/simulation.h"

#include <thread>

namespace fedllm::node {

Simulation::Simulation(const ClientTools& tools, WorkerPool& pool, std::shared_ptr<grpc::Channel> channel) : pool_(pool) {
  for (const int client : tools.run.active) clients_.push_back(std::make_unique<SimulatedClient>(tools, channel, client));
}

Simulation::~Simulation() { leave(); }

Status Simulation::join() {
  for (auto& client : clients_) {
    FEDLLM_RETURN_IF_ERROR(client->join());
    client->federation().attend([this, one = client.get()](const wire::Task& task) {
      if (task.kind() != wire::Task::TRAIN) return;
      ++busy_;
      pool_.post([this, one, task, arrived_s = clock_.seconds()] {
        one->work(task, arrived_s);
        --busy_;
      });
    });
  }
  return {};
}

void Simulation::leave() {
  for (auto& client : clients_) client->federation().leave();
  // Streams are gone, so no new task comes; one that runs ends at its next step.
  while (!idle()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Simulation::request_stop() {
  for (auto& client : clients_) client->stop().request();
}

std::map<int, std::vector<float>> Simulation::residuals() const {
  std::map<int, std::vector<float>> residuals;
  for (const auto& client : clients_) {
    if (!client->residual().empty()) residuals[client->client()] = client->residual();
  }
  return residuals;
}

void Simulation::set_residuals(std::map<int, std::vector<float>> residuals) {
  for (auto& client : clients_) {
    if (const auto found = residuals.find(client->client()); found != residuals.end())
      client->set_residual(std::move(found->second));
  }
}

}  // namespace fedllm::node
