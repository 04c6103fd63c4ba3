#include "node/simulation.h"

#include <thread>

#include "train/client_schedule.h"

namespace fedllm::node {

Simulation::Simulation(const ClientTools& given, WorkerPool& pool, std::shared_ptr<grpc::Channel> channel) : pool_(pool) {
  ClientTools tools = given;
  const int cohort = spec::cohort_size(tools.run.scenario, static_cast<int>(tools.run.active.size()));
  const spec::TrainingSpec& training = tools.run.scenario.training;
  const int64_t bytes = train::step_bytes(tools.run.base->facts(), tools.run.base->vocab_size(), training.batch_size, training.max_length);
  const train::ClientSchedule schedule = train::client_schedule(bytes, training.batch_size, cohort, pool.workers());
  tools.threads = schedule.threads;
  for (int i = 0; i < schedule.at_once; ++i) free_.push_back(&buffers_.emplace_back());
  for (const int client : tools.run.active) clients_.push_back(std::make_unique<SimulatedClient>(tools, channel, client));
}

Simulation::~Simulation() { leave(); }

Status Simulation::join() {
  for (auto& client : clients_) {
    FEDLLM_RETURN_IF_ERROR(client->join());
    client->federation().attend([this, one = client.get()](const wire::Task& task) {
      if (task.kind() != wire::Task::TRAIN) return;
      ++busy_;
      post([one, task, arrived_s = clock_.seconds()](Buffers* buffers) {
        one->use(buffers);
        one->work(task, arrived_s);
      });
    });
  }
  return {};
}

void Simulation::post(std::function<void(Buffers*)> job) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(job));
  begin_next();
}

void Simulation::begin_next() {
  if (waiting_.empty() || free_.empty()) return;
  Buffers* const buffers = free_.back();
  free_.pop_back();
  pool_.post([this, buffers, job = std::move(waiting_.front())] {
    job(buffers);
    {
      std::lock_guard lock(mutex_);
      free_.push_back(buffers);
      begin_next();
    }
    --busy_;
  });
  waiting_.pop_front();
}

void Simulation::leave() {
  for (auto& client : clients_) client->federation().leave();
  // Streams are gone, so no new task comes; one that runs ends at its next step.
  while (!idle()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Simulation::request_stop() {
  for (auto& client : clients_) client->stop().request();
}

ClientStates Simulation::states() const {
  ClientStates states;
  for (const auto& client : clients_) {
    const int number = client->client();
    if (!client->residual().empty()) states.residuals[number] = client->residual();
    if (!client->personal().empty()) states.personal[number] = client->personal();
    if (!client->variate().empty()) states.variates[number] = client->variate();
  }
  return states;
}

void Simulation::set_states(ClientStates states) {
  const auto give = [](ClientStates::ByClient& from, int client) {
    const auto found = from.find(client);
    return found == from.end() ? std::vector<float>() : std::move(found->second);
  };
  for (auto& client : clients_) {
    client->set_residual(give(states.residuals, client->client()));
    client->set_personal(give(states.personal, client->client()));
    client->set_variate(give(states.variates, client->client()));
  }
}

}  // namespace fedllm::node
