// A room without the lab: a federation door on an in-process server where a call's metadata say whose certificate it would
// have come with, three files in three slots, and members that train on threads of their own.
#pragma once

#include <QTest>
#include <grpcpp/support/client_interceptor.h>

#include <condition_variable>
#include <deque>

#include "codec/codec.h"
#include "node/evaluation_report.h"
#include "node/member_setup.h"
#include "node/run_executor.h"
#include "node/simulated_client.h"
#include "support/run_watch.h"

namespace fedllm::tests {

inline constexpr int kSlots = 3;
inline constexpr const char* kSlotKey = "fedllm-test-slot";

// Writes the slot into every call's metadata.
class SlotTeller final : public grpc::experimental::Interceptor {
 public:
  explicit SlotTeller(int slot) : slot_(slot) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using Point = grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Point::PRE_SEND_INITIAL_METADATA))
      methods->GetSendInitialMetadata()->insert({kSlotKey, std::to_string(slot_)});
    methods->Proceed();
  }

 private:
  const int slot_;
};

class SlotTellers final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit SlotTellers(int slot) : slot_(slot) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo*) override {
    return new SlotTeller(slot_);
  }

 private:
  const int slot_;
};

inline int told_slot(const grpc::ServerContextBase& context) {
  const auto found = context.client_metadata().find(kSlotKey);
  return found == context.client_metadata().end() ? -1 : std::stoi(std::string(found->second.data(), found->second.size()));
}

class Room {
 public:
  Room() : door(told_slot) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&door.grpc_service());
    server_ = builder.BuildAndStart();
  }
  ~Room() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }
  std::shared_ptr<grpc::Channel> channel(int slot) {
    std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> tellers;
    tellers.push_back(std::make_unique<SlotTellers>(slot));
    return server_->experimental().InProcessChannelWithInterceptors(grpc::ChannelArguments(), std::move(tellers));
  }
  node::FederationDoor door;

 private:
  std::unique_ptr<grpc::Server> server_;
};

// Three topics in three files, of which each member holds out 24 records and trains on 36.
struct RoomWorld : MiniWorld {
  RoomWorld() {
    for (int slot = 0; slot < kSlots; ++slot) {
      std::string lines;
      for (int i = 0; i < 60; ++i) lines += record_line(label(slot), i);
      write_text(path("/" + file(slot)), lines);
      std::filesystem::create_directories(path("/member-" + std::to_string(slot)));
    }
    scenario.dataset.files = {file(0), file(1), file(2)};
    scenario.dataset.test_fraction = 0.4;
    scenario.evaluation.control_files.clear();
    scenario.evaluation.client_adapters = false;
    scenario.partition = {};
    scenario.partition.method = "by_file";
    scenario.partition.clients = kSlots;
    scenario.training.local_steps = 4;
  }
  static std::string label(int slot) { return slot == 0 ? "animal" : slot == 1 ? "colour" : "tool"; }
  static std::string file(int slot) { return label(slot) + ".jsonl"; }

  std::shared_ptr<node::NetworkRun> network(Room& room) const {
    auto network = std::make_shared<node::NetworkRun>();
    network->room = "r1";
    network->room_name = "test";
    network->door = &room.door;
    for (int slot = 0; slot < kSlots; ++slot) network->members.push_back({slot, label(slot), 36, 24});
    return network;
  }
  std::unique_ptr<node::PreparedRun> prepare(train::Backend& backend, int slot, const std::string& host_run) const {
    node::MemberData data{scenario, label(slot)};
    data.scenario.dataset.files = {path("/" + file(slot))};
    data.scenario.base_model = path("/base");
    node::WorkerPool pool(1);
    auto prepared = node::prepare_member(data, {backend, pool, path("/member-" + std::to_string(slot)), {}});
    if (!prepared.ok()) qFatal("%s", prepared.status().to_string().c_str());
    if (Status taken = node::take_slot(**prepared, slot, host_run); !taken.ok()) qFatal("%s", taken.to_string().c_str());
    return std::move(prepared).value();
  }
};

// Takes part as a machine of its own would.
class RoomMember {
 public:
  RoomMember(std::unique_ptr<node::PreparedRun> run, const std::shared_ptr<grpc::Channel>& channel, train::Backend& backend, int slot)
      : backend_(backend), run_(std::move(run)) {
    hooks_.wait_for_link = [this] {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return here_ || quit_; });
      return !quit_;
    };
    client_ = std::make_unique<node::SimulatedClient>(node::ClientTools{*run_, backend_, gate_, stop_, &hooks_}, channel, slot);
    worker_ = std::thread([this] { work(); });
  }
  ~RoomMember() {
    {
      std::lock_guard lock(mutex_);
      quit_ = true;
      stop_.request();
      client_->stop().request();
      changed_.notify_all();
    }
    go();
    worker_.join();
  }
  // Joins as soon as the door has a run.
  bool come() {
    for (int i = 0; i < 20000; ++i) {
      if (client_->join().ok()) {
        {
          std::lock_guard lock(mutex_);
          here_ = true;
          changed_.notify_all();
        }
        client_->federation().attend([this](const wire::Task& task) { take(task); });
        return true;
      }
      QTest::qSleep(1);
    }
    return false;
  }
  void go() {
    {
      std::lock_guard lock(mutex_);
      here_ = false;
    }
    client_->federation().leave();
    client_->federation().interrupt();
  }
  int trained() const { return trained_; }

 private:
  void take(const wire::Task& task) {
    std::lock_guard lock(mutex_);
    const bool same = current_ && current_->kind() == task.kind() && current_->round() == task.round();
    if (task.kind() == wire::Task::FINISH || same) return;
    next_ = task;
    if (current_) client_->stop().request();
    changed_.notify_all();
  }
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return quit_ || next_; });
      if (quit_) return;
      current_ = next_;
      next_.reset();
      lock.unlock();
      if (current_->kind() == wire::Task::TRAIN) {
        ++trained_;
        client_->work(*current_, 0);
      } else {
        evaluate(*current_);
      }
      lock.lock();
      current_.reset();
    }
  }
  void evaluate(const wire::Task& task) {
    client_->stop().clear();
    const auto version = client_->version(task);
    if (!version.ok()) return;
    node::WorkerPool pool(1);
    const node::Version adapter = client_->with_own_factor(version->adapter, task.round());
    const auto scores = node::evaluate({backend_, *version->base, pool, gate_, stop_}, adapter.get(), run_->eval);
    if (!scores.ok()) return;
    wire::EvaluationReport report = node::evaluation_report(*scores, true);
    report.set_round(task.round());
    report.set_version_key(node::version_key(task));
    (void)client_->federation().evaluated(report);
  }

  train::Backend& backend_;
  const std::unique_ptr<node::PreparedRun> run_;
  node::ClientHooks hooks_;
  node::PauseGate gate_;
  StopFlag stop_;
  std::unique_ptr<node::SimulatedClient> client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<wire::Task> next_, current_;
  bool here_ = false, quit_ = false;
  std::atomic<int> trained_{0};
  std::thread worker_;
};

// A member that does what the test says.
class Puppet {
 public:
  Puppet(Room& room, int slot, const std::string& run) : client(room.channel(slot), run, slot) {}
  bool come() {
    for (int i = 0; i < 20000; ++i) {
      if (client.join("puppet", 36, 24).ok()) {
        client.attend([this](const wire::Task& task) {
          std::lock_guard lock(mutex_);
          tasks_.push_back(task);
          changed_.notify_all();
        });
        return true;
      }
      QTest::qSleep(1);
    }
    return false;
  }
  // The next task of this kind, within 20 s; kind WAIT: none came.
  wire::Task next(wire::Task::Kind kind) {
    std::unique_lock lock(mutex_);
    const auto has = [&] {
      while (!tasks_.empty() && tasks_.front().kind() != kind) tasks_.pop_front();
      return !tasks_.empty();
    };
    if (!changed_.wait_for(lock, std::chrono::seconds(20), has)) return {};
    const wire::Task task = tasks_.front();
    tasks_.pop_front();
    return task;
  }
  static wire::UpdateHeader header(const wire::Task& task) {
    wire::UpdateHeader header;
    header.set_round(task.round());
    header.set_base_version(task.version());
    header.set_base_key(node::version_key(task));
    header.set_codec("f32");
    header.set_num_examples(36);
    header.set_mean_loss(1);
    return header;
  }

  node::FederationClient client;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<wire::Task> tasks_;
};

}  // namespace fedllm::tests
