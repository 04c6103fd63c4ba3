#include "node/run_executor.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "adapter/peft.h"
#include "base/file.h"
#include "base/sha256.h"
#include "net/local_server.h"
#include "node/adapter_order.h"
#include "node/coordinator.h"
#include "node/run_summary.h"
#include "node/simulation.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.run_executor";
constexpr double kAttend_s = 30;  // until every client's stream must stand or be gone
constexpr double kGoodbye_s = 3;  // for members to hear that the run is over

class Executor final : public RunExecutor {
 public:
  Executor(ledger::Ledger& ledger, train::Backend& backend, HomePaths paths, ledger::RunRow row, int workers,
           std::shared_ptr<const NetworkRun> network)
      : ledger_(ledger),
        backend_(backend),
        paths_(std::move(paths)),
        row_(std::move(row)),
        network_(std::move(network)),
        journal_(ledger, row_.id),
        pool_(workers) {
    if (network_ && network_->tell) {
      journal_.set_listener([this](const ledger::Event& event) {
        if (!event.client) network_->tell(event);  // one client's numbers are its own
      });
    }
  }

  ~Executor() override {
    stop(false);
    if (thread_.joinable()) thread_.join();
  }

  // Puts the run's state and the first event into the ledger before anybody can look.
  Status begin() {
    FEDLLM_ASSIGN_OR_RETURN(versions_, ledger_.versions(row_.id));
    FEDLLM_ASSIGN_OR_RETURN(const auto events, ledger_.events(row_.id, 1, 100));
    // A run that only waited its turn has not been here before.
    const bool seen = std::ranges::any_of(events, [](const ledger::Event& event) {
      return event.kind != "queued" && event.kind != "paused" && event.kind != "unpaused";
    });
    // Killed before its first event, a run shows it only in its row: a state was set since it was created.
    const bool touched = row_.updated_ms != row_.created_ms;
    if (seen || touched || !versions_.empty()) journal_.resumed(versions_.empty() ? 0 : versions_.back().round);
    FEDLLM_RETURN_IF_ERROR(ledger_.set_state(row_.id, ledger::RunState::running));
    thread_ = std::thread([this] { run(); });
    return {};
  }

  void pause() override {
    std::lock_guard lock(mutex_);
    if (ending_ || stop_.requested() || gate_.paused()) return;
    gate_.pause();
    journal_.paused();
    (void)ledger_.set_state(row_.id, ledger::RunState::paused);
  }
  void unpause() override {
    std::lock_guard lock(mutex_);
    if (ending_ || !gate_.paused()) return;
    journal_.unpaused();
    (void)ledger_.set_state(row_.id, ledger::RunState::running);
    gate_.unpause();
  }
  bool paused() const override { return gate_.paused(); }

  void stop(bool abandon) override {
    std::lock_guard lock(mutex_);
    if (ending_) return;
    abandon_ = abandon_ || abandon;
    stop_.request();
    gate_.wake();
    if (simulation_) simulation_->request_stop();
    if (coordinator_) coordinator_->wake();
  }

  bool ending() const override {
    std::lock_guard lock(mutex_);
    return ending_;
  }
  bool finished() const override {
    std::lock_guard lock(mutex_);
    return finished_;
  }
  RunOutcome wait() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finished_; });
    return outcome_;
  }

 private:
  void run() {
    Status status = work();
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
      if (status.ok() || status.code() != Code::cancelled || !stop_.requested()) abandon_ = false;
    }
    RunOutcome outcome = conclude(status);
    std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    finished_ = true;
    changed_.notify_all();
  }

  Status work() {
    auto prepared = prepare_run(row_, {backend_, pool_, paths_.home, stop_, network_.get()});
    if (!prepared.ok()) return prepared.status();
    run_ = std::move(prepared).value();
    FEDLLM_RETURN_IF_ERROR(keep_partition());
    {
      std::lock_guard lock(mutex_);
      coordinator_ = std::make_unique<Coordinator>(CoordinatorTools{*run_, ledger_, backend_, pool_, gate_, stop_, journal_});
    }
    ClientStates states;
    FEDLLM_RETURN_IF_ERROR(restore(states));
    if (versions_.empty()) announce();
    return network_ ? federate_members() : federate(std::move(states));
  }

  // The index lists as they were used, for inspection and for the record.
  Status keep_partition() {
    if (network_) return {};
    const std::string path = ledger_.run_dir(row_.id) + "/partition.bin";
    if (std::filesystem::exists(path)) return {};
    return write_file_atomic(path, data::serialize_partition(run_->partition));
  }

  Status restore(ClientStates& states) {
    if (versions_.empty()) return {};
    const ledger::VersionRow& last = versions_.back();
    FEDLLM_ASSIGN_OR_RETURN(const std::string bytes, read_file(ledger_.absolute(last.state_path)));
    auto checkpoint = parse_checkpoint(bytes);
    if (!checkpoint.ok()) return checkpoint.status().with_prefix(last.state_path);
    const std::string folder = ledger_.absolute(last.path), beside = folder + "/" + kMergedPart;
    MergedPtr merged;
    if (std::filesystem::exists(beside)) {
      FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState found, adapter::load_peft(beside));
      FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState ordered, in_model_order(found, run_->layout));
      merged = std::make_shared<const adapter::AdapterState>(std::move(ordered));
    }
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState global, adapter::load_peft(merged ? folder + "/" + kAdapterPart : folder));
    FEDLLM_ASSIGN_OR_RETURN(const std::string sha256, sha256_file(ledger_.absolute(last.path) + "/adapter_model.safetensors"));
    if (sha256 != last.sha256)
      return data_loss(last.path + "/adapter_model.safetensors is not the file that was committed: expected SHA-256 " +
                           last.sha256.substr(0, 12) + ", got " + sha256.substr(0, 12),
                       kWhere);
    states = std::move(checkpoint->clients);
    return coordinator_->restore(std::move(checkpoint).value(), std::move(global), std::move(merged), sha256);
  }

  void announce() {
    journal_.run_started(*run_);
    for (const std::string& message : run_->warnings) journal_.warning(message);
    for (int client = 0; client < run_->clients(); ++client) {
      if (run_->examples[static_cast<size_t>(client)] > 0 || run_->network) continue;
      journal_.warning(run_->client_names[static_cast<size_t>(client)] + " (client " + std::to_string(client) +
                           ") has no records and sits out",
                       -1, client);
    }
  }

  // Server, clients and rounds; whatever happens, everything is taken down again in order.
  Status federate(ClientStates states) {
    net::Traffic traffic(run_->clients());
    FederationService service(*coordinator_, traffic, row_.id);
    FEDLLM_ASSIGN_OR_RETURN(auto server, net::LocalServer::start(service.grpc_service()));
    Simulation simulation({*run_, backend_, gate_, stop_}, pool_, server->channel());
    simulation.set_states(std::move(states));
    publish(&simulation);
    Status status = simulation.join();
    if (status.ok()) status = attended(service);
    const Fleet fleet{[&] { return simulation.idle(); }, [&] { return simulation.states(); }};
    if (status.ok()) status = coordinator_->run_rounds(service, fleet, traffic);
    publish(nullptr);
    coordinator_->say_goodbye();
    service.finish_all();
    (void)until([&] { return service.attending() == 0; });
    coordinator_->settle(fleet);
    simulation.leave();
    coordinator_->close();
    return status;
  }

  // The same rounds with a room's members, whose own state stays with them.
  Status federate_members() {
    net::Traffic traffic(run_->clients());
    FederationService service(*coordinator_, traffic, row_.id, network_->door->slot_of());
    network_->door->open(service);
    const Fleet fleet{[] { return true; }, [] { return ClientStates(); }};
    wait_for_members(service);
    const Status status = coordinator_->run_rounds(service, fleet, traffic);
    coordinator_->say_goodbye();
    service.finish_all();
    (void)until([&] { return service.attending() == 0; }, kGoodbye_s);
    network_->door->shut([&] { coordinator_->settle(fleet); });
    coordinator_->close();
    return status;
  }

  // The slots' members are on their way; those that do not come in time are treated as away.
  void wait_for_members(const FederationService& service) {
    const double patience_s = run_->scenario.network.deadline_s > 0 ? run_->scenario.network.deadline_s : kAttend_s;
    const int wanted = static_cast<int>(run_->active.size());
    (void)until([&] { return stop_.requested() || service.attending() >= wanted; }, patience_s);
  }

  void publish(Simulation* simulation) {
    std::lock_guard lock(mutex_);
    simulation_ = simulation;
    if (simulation_ && stop_.requested()) simulation_->request_stop();
  }

  Status attended(const FederationService& service) {
    const int wanted = static_cast<int>(run_->active.size());
    if (until([&] { return service.attending() >= wanted; })) return {};
    return unavailable("only " + std::to_string(service.attending()) + " of " + std::to_string(wanted) + " clients attend",
                       kWhere);
  }

  static bool until(const std::function<bool()>& reached, double patience_s = kAttend_s) {
    SystemClock clock;
    const double end_s = clock.seconds() + patience_s;
    while (!reached()) {
      if (clock.seconds() > end_s) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  // State, summary and last event, in this order: who sees the event finds the rest in place.
  RunOutcome conclude(Status status) {
    SummaryFacts facts;
    facts.run = row_.id;
    if (!versions_.empty()) facts.rounds = versions_.back().round;
    if (coordinator_) {
      if (Status saved = save_adapter(facts); !saved.ok() && status.ok()) status = saved;
      facts.totals = coordinator_->totals();
      facts.exact_match = run_->scenario.evaluation.exact_match;
      if (!run_->scenario.dataset.label.empty()) facts.all_topic = run_->scenario.dataset.label;
    }
    const bool stopped = status.code() == Code::cancelled && stop_.requested();
    // A room whose host has no space left goes on with the same run once there is some.
    const bool full = network_ && status.code() == Code::resource_exhausted;
    RunOutcome outcome;
    outcome.state = status.ok()                      ? ledger::RunState::done
                    : (stopped && !abandon_) || full ? ledger::RunState::paused
                                                     : ledger::RunState::failed;
    if (outcome.state == ledger::RunState::failed || full) outcome.error = stopped ? "stopped by the user" : status.message();
    facts.state = std::string(ledger::run_state_name(outcome.state));
    outcome.summary_json = summary_json(facts);
    record(outcome, facts.totals.wall_s);
    return outcome;
  }

  void record(const RunOutcome& outcome, double wall_s) {
    // Best effort: on a full disk even this may fail, and the outcome still says why.
    (void)ledger_.set_summary(row_.id, outcome.summary_json);
    (void)ledger_.set_state(row_.id, outcome.state, outcome.error);
    if (outcome.state == ledger::RunState::done)
      journal_.done(wall_s, coordinator_->since_commit(), outcome.summary_json);
    else if (outcome.state == ledger::RunState::paused)
      journal_.stopped(wall_s);
    else
      journal_.failed(wall_s, outcome.error);
  }

  // The last committed version as the run's adapter.
  Status save_adapter(SummaryFacts& facts) {
    if (coordinator_->rounds_done() < 0) return {};
    facts.rounds = coordinator_->rounds_done();
    const std::string folder = ledger_.run_dir(row_.id) + "/adapter";
    FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
    for (const char* name : {"/adapter_config.json", "/adapter_model.safetensors"}) {
      FEDLLM_ASSIGN_OR_RETURN(const std::string bytes, read_file(ledger_.absolute(coordinator_->committed_dir()) + name));
      FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + name, bytes));
    }
    facts.adapter_dir = folder;
    facts.adapter_sha256 = coordinator_->adapter_sha256();
    return {};
  }

  ledger::Ledger& ledger_;
  train::Backend& backend_;
  const HomePaths paths_;
  const ledger::RunRow row_;
  const std::shared_ptr<const NetworkRun> network_;
  RunJournal journal_;
  WorkerPool pool_;
  PauseGate gate_;
  StopFlag stop_;
  std::vector<ledger::VersionRow> versions_;
  std::unique_ptr<PreparedRun> run_;
  std::unique_ptr<Coordinator> coordinator_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Simulation* simulation_ = nullptr;
  bool abandon_ = false, ending_ = false, finished_ = false;
  RunOutcome outcome_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<RunExecutor>> RunExecutor::start(ledger::Ledger& ledger, train::Backend& backend, const HomePaths& paths,
                                                        const std::string& run, int workers,
                                                        std::shared_ptr<const NetworkRun> network) {
  FEDLLM_ASSIGN_OR_RETURN(ledger::RunRow row, ledger.run(run));
  if (row.state == ledger::RunState::done)
    return failed_precondition("run " + row.id + " is done: there is no round left to run", kWhere);
  auto executor = std::make_unique<Executor>(ledger, backend, paths, std::move(row), workers, std::move(network));
  FEDLLM_RETURN_IF_ERROR(executor->begin());
  return std::unique_ptr<RunExecutor>(std::move(executor));
}

}  // namespace fedllm::node
