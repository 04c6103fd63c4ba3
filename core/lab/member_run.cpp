#include "lab/member_run.h"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "lab/gently.h"
#include "lab/member_ledger.h"
#include "lab/member_scores.h"
#include "node/evaluation_report.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.member_run";
constexpr double kAnswer_s = 10;
constexpr auto kFinishWait = std::chrono::seconds(10);  // for the last version, once the host has said how it ended

bool same_task(const wire::Task& a, const wire::Task& b) {
  return a.kind() == b.kind() && a.round() == b.round() && a.version() == b.version() && node::version_key(a) == node::version_key(b);
}

class Run final : public MemberRun {
 public:
  Run(const MemberRunTools& tools, const MemberRunSetting& setting)
      : tools_(tools), setting_(setting), run_(*setting_.prepared), ledger_(tools.ledger, tools.meter, setting),
        scores_(run_, tools.backend, gate_, gentle_) {
    hooks_.link = {kAnswer_s, &tools_.pace, &tools_.meter};
    hooks_.received = [this](const wire::Task& task, const node::Version& version, double pull_s,
        const node::LeftCount& traffic) {
      ledger_.version(task.version(), version);
      if (task.kind() == wire::Task::TRAIN) ledger_.started(task, traffic, pull_s);
    };
    hooks_.reported = [this](const wire::ReportRequest& report) { ledger_.steps(report); };
    hooks_.pushing = [this](const wire::Task& task) { ledger_.uploading(task.round()); };
    hooks_.keeping = [this](const wire::Task& task, const node::Keepsakes& all) { keep(task, all); };
    hooks_.pushed = [this](const node::PushedUpdate& update) { pushed_ = update.reply.accepted(), ledger_.update(update); };
    hooks_.failed = [this](const wire::Task& task, const Status& status) { failed(task, status); };
    hooks_.wait_for_link = [this] { return wait_for_link(); };
  }

  ~Run() override {
    {
      std::lock_guard lock(mutex_);
      quit_ = true;
      stop_.request();
      gate_.wake();
      if (client_) client_->stop().request();
      wake_.notify_all();
    }
    detach();
    if (worker_.joinable()) worker_.join();
  }

  Status begin() {
    FEDLLM_RETURN_IF_ERROR(ledger_.open());
    for (Kept& kept : kept_) kept.by_round = tools_.store.kept(ledger_.id(), kept.name);
    worker_ = std::thread([this] { work(); });
    return {};
  }

  const std::string& id() const override { return ledger_.id(); }

  Status attach(std::shared_ptr<grpc::Channel> channel) override {
    std::lock_guard one_at_a_time(link_mutex_);
    break_link();
    if (!client_made_) make_client(std::move(channel));
    else client_->federation().use(std::move(channel));
    FEDLLM_RETURN_IF_ERROR(client_->join());
    {
      std::lock_guard lock(mutex_);
      lost_ = false;
      link_up_ = true;
      ++link_number_;
      wake_.notify_all();
    }
    client_->federation().attend([this](const wire::Task& task) { on_task(task); }, [this](const Status&) { on_end(); });
    return {};
  }

  void detach() override {
    std::lock_guard one_at_a_time(link_mutex_);
    break_link();
    if (!client_made_) return;
    client_->federation().leave();
    client_->federation().interrupt();
  }

  void tell(const wire::LedgerEvent& told) override {
    if (told.run() != setting_.host_run) return;
    const auto global = checked_event(told, setting_.slot, run_.scenario.rounds);
    if (!global) return;
    ledger_.tell(*global);
    const std::string& kind = global->event.kind;
    std::lock_guard lock(mutex_);
    if (kind == "done") outcome_ = ledger::RunState::done;
    if (kind == "failed") outcome_ = ledger::RunState::failed, error_ = "the run failed on the host: " +
        message_of(global->event);
    if (kind == "stopped") outcome_ = ledger::RunState::paused;
    if (kind == "resumed") outcome_ = ledger::RunState::running;
    wake_.notify_all();
  }

  void pause(bool on) override {
    {
      std::lock_guard lock(mutex_);
      if (own_pause_ == on) return;
      own_pause_ = on;
      set_gate();
    }
    ledger_.paused(on);
    tools_.changed();
  }

  void set_gentle(bool on) override { gentle_ = on; }

  MemberRunState state() const override {
    const bool whole = ledger_.rounds_done() >= run_.scenario.rounds;
    std::lock_guard lock(mutex_);
    MemberRunState state;
    state.whole = whole;
    state.state = !current_ ? "waiting" : current_->kind() == wire::Task::TRAIN ? "training" : "evaluating";
    state.round = round_;
    state.outcome = outcome_;
    state.over = outcome_ != ledger::RunState::running;
    state.lost = lost_;
    state.error = error_;
    return state;
  }

  Status conclude(ledger::RunState state, const std::string& error, const FetchFile& fetch) override {
    {
      std::unique_lock lock(mutex_);
      const bool whole = state == ledger::RunState::done;
      // What is paused is not ended by waiting.
      wake_.wait_for(lock, kFinishWait, [&] {
        return quit_ || stop_.requested() || (whole ? finished_ || lost_ : !current_ || own_pause_ || host_pause_);
      });
      stop_.request();
      gate_.wake();
      if (client_) client_->stop().request();
    }
    detach();
    {
      std::unique_lock lock(mutex_);
      quit_ = true;
      wake_.notify_all();
    }
    if (worker_.joinable()) worker_.join();
    Status saved = ledger_.save_adapter(state, fetch);
    if (state == ledger::RunState::done) {
      const node::Version last = ledger_.last_version(), own = own_adapter(last);
      if (own != last && saved.ok()) saved = ledger_.keep_own(*own);
      scores_.score_the_ends(own);
    }
    const Status concluded = ledger_.conclude(state, error, card());
    return saved.ok() ? concluded : saved;
  }

  std::string summary_json() const override { return ledger_.summary_json(); }

  wire::OnYourData card() const override { return scores_.card(); }

  Status train_alone(const StopFlag& stop, const std::function<void(double)>& progress) override {
    AloneOptions options;
    const int rounds = ledger_.rounds_trained() > 0 ? ledger_.rounds_trained() : run_.scenario.rounds;
    options.steps = rounds * run_.local_steps(setting_.slot);
    options.stop = stop;
    options.progress = [&](double share) {
      scores_.set_alone_progress(share);
      progress(share);
    };
    Status status;
    gate_.unpause();
    run_gently(gentle_, [&] { status = alone(options, stop); });
    return status;
  }

 private:
  struct Kept;

  // The worker has ended. In a session that trained nothing the client has not been given what was kept.
  node::Version own_adapter(const node::Version& last) {
    if (!last || !client_) return last;
    for (Kept& kept : kept_)
      if ((*client_.*kept.get)().empty() && !kept.by_round.empty()) (*client_.*kept.set)(kept.by_round.rbegin()->second);
    return client_->own_adapter(last, run_.scenario.rounds);
  }

  Status alone(const AloneOptions& options, const StopFlag& stop) {
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState trained, lab::train_alone(run_, setting_.slot, tools_.backend, options));
    FEDLLM_ASSIGN_OR_RETURN(const node::TopicScores scores, scores_.score(*run_.base, &trained, stop));
    FEDLLM_RETURN_IF_ERROR(ledger_.keep_alone(trained));
    scores_.keep_alone(scores);
    return {};
  }

  // The machine has one client: it trains on all cores.
  static int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

  // --- the link ---

  void make_client(std::shared_ptr<grpc::Channel> channel) {
    auto client = std::make_unique<node::SimulatedClient>(node::ClientTools{run_, tools_.backend, gate_, stop_, &hooks_, cores()},
                                                          std::move(channel), setting_.slot);
    std::lock_guard lock(mutex_);
    client_ = std::move(client);
    client_made_ = true;
  }

  void break_link() {
    std::lock_guard lock(mutex_);
    link_up_ = false;
  }

  void on_end() {
    {
      std::lock_guard lock(mutex_);
      lost_ = !finish_;
      link_up_ = false;
    }
    tools_.changed();
  }

  // On the worker: a call failed.
  bool wait_for_link() {
    std::unique_lock lock(mutex_);
    if (finishing_) return false;  // the run is over: what does not come at once does not come
    const auto unwanted = [&] { return quit_ || stop_.requested() || client_->stop().requested(); };
    const int64_t before = link_number_;
    // Whoever looks after the link may not have noticed yet; a call that is merely refused is not repeated at once either.
    wake_.wait_for(lock, std::chrono::seconds(1), [&] { return unwanted() || link_number_ != before; });
    wake_.wait(lock, [&] { return unwanted() || link_up_; });
    return !unwanted();
  }

  // --- tasks ---

  void set_gate() {  // mutex_ held
    if (own_pause_ || host_pause_) gate_.pause();
    else gate_.unpause();
  }

  void on_task(const wire::Task& task) {
    {
      std::lock_guard lock(mutex_);
      host_pause_ = task.kind() == wire::Task::PAUSE;
      set_gate();
      if (task.kind() == wire::Task::FINISH) finish_ = task;
      if (task.kind() == wire::Task::TRAIN || task.kind() == wire::Task::EVALUATE) take(task);
      wake_.notify_all();
    }
    tools_.changed();
  }

  // mutex_ held. A newer task replaces an older one; one that is being worked on is not begun again.
  void take(const wire::Task& task) {
    const int rounds = run_.scenario.rounds;
    const bool train = task.kind() == wire::Task::TRAIN;
    if (task.round() < (train ? 1 : 0) || task.round() > rounds || task.version() > static_cast<uint64_t>(rounds)) return;
    if (current_ && same_task(*current_, task)) return;
    next_ = task;
    arrived_s_ = clock_.seconds();
    finished_ = false;
    finish_.reset();
    if (current_) client_->stop().request();
  }

  void work() {
    for (;;) {
      wire::Task task;
      bool finish = false;
      double arrived_s = 0;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return quit_ || next_ || (finish_ && !finished_); });
        if (quit_) return;
        finish = !next_;
        task = finish ? *finish_ : *next_;
        next_.reset();
        arrived_s = arrived_s_;
        if (!finish) current_ = task, round_ = task.round();
        finishing_ = finish;
      }
      tools_.changed();
      if (finish) run_gently(gentle_, [&] { take_last_version(task); });
      else if (task.kind() == wire::Task::TRAIN) run_gently(gentle_, [&] { train(task, arrived_s); });
      else run_gently(gentle_, [&] { evaluate(task); });
      {
        std::lock_guard lock(mutex_);
        current_.reset();
        if (finish) finished_ = true;
        wake_.notify_all();
      }
      tools_.changed();
    }
  }

  // What it keeps is written before its update leaves: a machine that dies then finds it, and the host says whether it counts.
  void train(const wire::Task& task, double arrived_s) {
    const int counted = task.has_accepted_round() ? std::min(task.accepted_round(), task.round() - 1) : task.round() - 1;
    for (Kept& kept : kept_) {
      kept.by_round.erase(kept.by_round.upper_bound(counted), kept.by_round.end());
      (*client_.*kept.set)(kept.by_round.empty() ? std::vector<float>() : kept.by_round.rbegin()->second);
    }
    pushed_ = false;
    client_->work(task, arrived_s);
    for (Kept& kept : kept_)
      if (!pushed_ && kept.by_round.erase(task.round()) > 0) write(kept);
  }

  void keep(const wire::Task& task, const node::Keepsakes& all) {
    for (Kept& kept : kept_) {
      const std::vector<float>& values = all.*kept.part;
      if (values.empty()) continue;
      kept.by_round[task.round()] = values;
      while (kept.by_round.size() > 2) kept.by_round.erase(kept.by_round.begin());
      write(kept);
    }
  }

  void write(const Kept& kept) {
    if (const Status written = tools_.store.set_kept(ledger_.id(), kept.name, kept.by_round); !written.ok())
      ledger_.warning(std::string(kept.what) + " could not be kept: " + written.message());
  }

  void failed(const wire::Task& task, const Status& status) {
    ledger_.upload_ended();
    if (stop_.requested()) return;
    if (client_->stop().requested())
      ledger_.rejected(task.round(), "the round closed before this machine's update was ready", "late");
    else
      ledger_.rejected(task.round(), status.message(), "failed");
  }

  void evaluate(const wire::Task& task) {
    client_->stop().clear();
    const double began_s = clock_.seconds();
    const auto version = client_->version(task);
    if (!version.ok()) return;  // superseded, or the coordinator sees the broken stream
    wire::EvaluationReport report;
    if (run_.eval.records.empty()) {
      report.set_suppressed(true);
    } else {
      const node::Version adapter = client_->with_own_factor(version->adapter, task.round());
      const auto scores = scores_.score(*version->base, adapter.get(), client_->stop());
      if (client_->stop().requested()) return;
      if (scores.ok()) {
        report = node::evaluation_report(*scores, setting_.tell_labels);
        if (!run_.method->own_adapter) scores_.keep(task.version(), *scores);
      } else {
        report.set_failure("the client could not evaluate (" + std::string(code_name(scores.status().code())) + ")");
      }
    }
    report.set_round(task.round());
    report.set_version_key(node::version_key(task));
    report.set_seconds(clock_.seconds() - began_s);
    while (!client_->federation().evaluated(report).ok() && wait_for_link()) {
    }
  }

  // Whoever was not asked to evaluate the last version gets it now.
  void take_last_version(const wire::Task& task) {
    client_->stop().clear();
    if (task.payload_hash().empty() || task.version() > static_cast<uint64_t>(run_.scenario.rounds)) return;
    (void)client_->version(task);  // what is missing is fetched when the run is concluded
  }

  const MemberRunTools tools_;
  const MemberRunSetting setting_;
  const node::PreparedRun& run_;
  MemberLedger ledger_;
  node::PauseGate gate_;
  StopFlag stop_;
  node::ClientHooks hooks_;
  std::unique_ptr<node::SimulatedClient> client_;
  std::atomic<bool> client_made_{false}, gentle_{false};
  MemberScores scores_;

  std::mutex link_mutex_;  // attach and detach
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<wire::Task> next_, current_, finish_;
  double arrived_s_ = 0;
  int round_ = 0;
  int64_t link_number_ = 0;
  bool quit_ = false, link_up_ = false, lost_ = false, finished_ = false, finishing_ = false, own_pause_ = false,
      host_pause_ = false;
  ledger::RunState outcome_ = ledger::RunState::running;
  std::string error_;

  // What the client keeps to itself from round to round. Worker only, as is pushed_.
  struct Kept {
    const char *name, *what;
    const std::vector<float>& (node::SimulatedClient::*get)() const;
    void (node::SimulatedClient::*set)(std::vector<float>);
    std::vector<float> node::Keepsakes::*part;
    KeptByRound by_round = {};
  };
  using Client = node::SimulatedClient;
  Kept kept_[3] = {{"residual", "the codec's residual", &Client::residual, &Client::set_residual, &node::Keepsakes::residual},
                   {"variate", "the control variate", &Client::variate, &Client::set_variate, &node::Keepsakes::variate},
                   {"own", "what this machine learned for itself", &Client::personal, &Client::set_personal, &node::Keepsakes::personal}};
  bool pushed_ = false;
  SystemClock clock_;
  std::thread worker_;
};

}  // namespace

Result<std::unique_ptr<MemberRun>> MemberRun::open(const MemberRunTools& tools, const MemberRunSetting& setting) {
  if (!setting.prepared || setting.prepared->active != std::vector<int>{setting.slot})
    return internal_error("the run was prepared for another slot", kWhere);
  auto run = std::make_unique<Run>(tools, setting);
  FEDLLM_RETURN_IF_ERROR(run->begin());
  return std::unique_ptr<MemberRun>(std::move(run));
}

}  // namespace fedllm::lab
