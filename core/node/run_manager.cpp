#include "node/run_manager.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "spec/scenario_json.h"
#include "spec/validate.h"

namespace fedllm::node {
namespace {

using ledger::RunRow;
using ledger::RunState;
constexpr const char* kWhere = "node.run_manager";

std::string named(const RunRow& row) { return "run " + row.id; }

// A run whose clients are a room's members; it can only go on in that room.
bool of_a_room(const RunRow& row) { return row.request_id.starts_with("room:"); }

Status first_error(const spec::Scenario& scenario, spec::Setting setting) {
  std::string first;
  int more = -1;
  for (const spec::Problem& problem : spec::validate(scenario, setting)) {
    if (problem.severity != spec::Problem::Severity::error) continue;
    if (++more == 0) first = problem.path + ": " + problem.message;
  }
  if (more < 0) return {};
  if (more > 0) first += " (and " + std::to_string(more) + (more == 1 ? " more problem)" : " more problems)");
  return invalid_argument(first, "spec.validate");
}

Status exists(const std::string& path, const std::string& key) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return {};
  return not_found(key + ": cannot open " + path + ": no such file or folder", kWhere);
}

// A misspelt path is refused before there is a run. What is inside the files is found out by the run itself.
Status named_files_exist(const spec::Scenario& scenario, const std::string& base_dir) {
  FEDLLM_RETURN_IF_ERROR(exists(resolve_path(scenario.base_model, "models", base_dir), "base_model"));
  for (const std::string& file : scenario.dataset.files)
    FEDLLM_RETURN_IF_ERROR(exists(resolve_path(file, "data", base_dir), "dataset.files"));
  for (const std::string& file : scenario.dataset.test_files)
    FEDLLM_RETURN_IF_ERROR(exists(resolve_path(file, "data", base_dir), "dataset.test_files"));
  for (const std::string& file : scenario.evaluation.control_files)
    FEDLLM_RETURN_IF_ERROR(exists(resolve_path(file, "data", base_dir), "evaluation.control_files"));
  return {};
}

ledger::Event plain_event(const std::string& run, const std::string& kind, const std::string& detail) {
  ledger::Event event;
  event.run = run;
  event.kind = kind;
  event.detail = detail;
  return event;
}

std::string message_detail(const std::string& message) {
  return nlohmann::json{{"message", message}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

RunManager::RunManager(ledger::Ledger& ledger, HomePaths paths, OpenBackend open_backend, int at_once)
    : ledger_(ledger), paths_(std::move(paths)), open_backend_(std::move(open_backend)), at_once_(at_once) {}

RunManager::~RunManager() { stop_all(); }

Result<RunRow> RunManager::start(const StartOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(const spec::Scenario scenario, spec::parse_scenario(options.scenario_json));
  FEDLLM_RETURN_IF_ERROR(first_error(scenario, options.network ? options.network->setting() : spec::Setting::simulation));
  RunRow row;
  row.name = scenario.name;
  row.rounds = scenario.rounds;
  row.scenario_json = spec::to_json(scenario);
  row.scenario_sha256 = spec::scenario_sha256(scenario);
  row.base_dir = options.base_dir;
  row.previous_run = options.previous_run;
  row.request_id = options.request_id;
  FEDLLM_ASSIGN_OR_RETURN(const auto known, ledger_.run_by_request(row.request_id));
  if (known) return *known;
  FEDLLM_RETURN_IF_ERROR(named_files_exist(scenario, options.base_dir));
  auto created = ledger_.create_run(row);
  if (created.status().code() == Code::already_exists) {  // two calls with one request_id at the same time
    FEDLLM_ASSIGN_OR_RETURN(const auto other, ledger_.run_by_request(row.request_id));
    if (other) return *other;
  }
  if (!created.ok()) return created.status();
  return enqueue(std::move(created).value(), options.workers, options.keep_running, options.network);
}

Result<RunRow> RunManager::resume(const std::string& run, int workers, std::shared_ptr<const NetworkRun> network) {
  FEDLLM_ASSIGN_OR_RETURN(RunRow row, ledger_.run(run));
  {
    std::unique_lock lock(mutex_);
    wait_for_the_ended(lock, row);
    if (Job* job = find(row.id)) {
      if (!job->frozen || job->stopping) return failed_precondition(named(row) + " is running", kWhere);
      job->frozen = false;
      if (job->executor)
        job->executor->unpause();
      else
        FEDLLM_RETURN_IF_ERROR(ledger_.set_state(row.id, RunState::running));
      changed_.notify_all();
      row.state = RunState::running;
      return row;
    }
  }
  if (row.state == RunState::done) return failed_precondition(named(row) + " is done; there is nothing to resume", kWhere);
  if (of_a_room(row) && !network)
    return failed_precondition(named(row) + " is trained by the members of a room: open the room again to go on with it", kWhere);
  FEDLLM_RETURN_IF_ERROR(ledger_.set_state(row.id, RunState::running));
  row.state = RunState::running;
  row.error.clear();
  return enqueue(std::move(row), workers, false, std::move(network));
}

Result<RunRow> RunManager::enqueue(RunRow row, int workers, bool keep_running, std::shared_ptr<const NetworkRun> network) {
  reap();
  {
    std::lock_guard lock(mutex_);
    if (closing_) return unavailable("the core is shutting down", kWhere);
    if (find(row.id)) return failed_precondition(named(row) + " is running", kWhere);
    auto job = std::make_unique<Job>();
    job->run = row.id;
    job->workers = workers;
    job->keep_running = keep_running;
    job->network = std::move(network);
    Job& added = *job;
    jobs_.push_back(std::move(job));
    // Told before it can begin, so that it is the first of its events.
    if (!its_turn(added))
      (void)ledger_.append(plain_event(row.id, "queued", message_detail("waits for run " + ahead_of(added) + " to end")));
    added.thread = std::thread([this, &added] { execute(added); });
  }
  return row;
}

Result<RunRow> RunManager::pause(const std::string& run) {
  FEDLLM_ASSIGN_OR_RETURN(RunRow row, ledger_.run(run));
  std::unique_lock lock(mutex_);
  wait_for_the_ended(lock, row);
  Job* job = find(row.id);
  if (!job) {
    if (row.state == RunState::paused || row.state == RunState::interrupted) return row;
    return failed_precondition(named(row) + " is not running; it is " + std::string(ledger::run_state_name(row.state)), kWhere);
  }
  job->frozen = true;
  if (job->executor)
    job->executor->pause();
  else
    FEDLLM_RETURN_IF_ERROR(ledger_.set_state(row.id, RunState::paused));
  changed_.notify_all();  // another run may take its turn
  row.state = RunState::paused;
  return row;
}

Result<RunRow> RunManager::stop(const std::string& run, bool abandon) {
  FEDLLM_ASSIGN_OR_RETURN(RunRow row, ledger_.run(run));
  {
    std::unique_lock lock(mutex_);
    wait_for_the_ended(lock, row);
    if (Job* job = find(row.id)) {
      job->stopping = true;
      job->abandon = job->abandon || abandon;
      if (job->executor) job->executor->stop(abandon);
      changed_.notify_all();
      row.state = abandon ? RunState::failed : RunState::paused;
      return row;
    }
  }
  if (abandon && (row.state == RunState::paused || row.state == RunState::interrupted)) {
    FEDLLM_RETURN_IF_ERROR(ledger_.set_state(row.id, RunState::failed, "stopped by the user"));
    return ledger_.run(row.id);
  }
  return row;
}

Status RunManager::remove(const std::string& run) {
  const auto row = ledger_.run(run);
  if (row.status().code() == Code::not_found) return {};  // deleting twice is deleting
  FEDLLM_RETURN_IF_ERROR(row.status());
  {
    std::unique_lock lock(mutex_);
    wait_for_the_ended(lock, *row);
    if (find(row->id)) return failed_precondition(named(*row) + " is running; stop it before deleting it", kWhere);
  }
  return ledger_.delete_run(row->id);
}

// mutex_ held by `lock`. What the ledger and the last event say is over may still be coming down here, for milliseconds.
void RunManager::wait_for_the_ended(std::unique_lock<std::mutex>& lock, const RunRow& row) {
  const Job* job = find(row.id);
  if (!job || row.state == RunState::running) return;
  if (job->ending || job->stopping || (job->executor && job->executor->ending()))
    changed_.wait(lock, [&] { return find(row.id) == nullptr; });
}

// mutex_ held.
std::string RunManager::ahead_of(const Job& job) const {
  std::string ahead;
  for (const auto& other : jobs_) {
    if (other.get() == &job) break;
    if (!other->over && !other->frozen) ahead = other->run;
  }
  return ahead;
}

// mutex_ held.
RunManager::Job* RunManager::find(const std::string& run) const {
  for (const auto& job : jobs_)
    if (job->run == run && !job->over) return job.get();
  return nullptr;
}

bool RunManager::busy(const std::string& run) const {
  std::lock_guard lock(mutex_);
  return find(run) != nullptr;
}

std::vector<std::string> RunManager::busy_runs() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> runs;
  for (const auto& job : jobs_)
    if (!job->over) runs.push_back(job->run);
  return runs;
}

bool RunManager::keeps_running() const {
  std::lock_guard lock(mutex_);
  return std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return !job->over && job->keep_running; });
}

void RunManager::wait(const std::string& run) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return find(run) == nullptr; });
}

std::optional<RunOutcome> RunManager::outcome(const std::string& run) const {
  std::lock_guard lock(mutex_);
  const auto it = outcomes_.find(run);
  return it == outcomes_.end() ? std::nullopt : std::optional(it->second);
}

void RunManager::stop_all() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
    for (const auto& job : jobs_) {
      job->stopping = true;
      if (job->executor) job->executor->stop(job->abandon);
    }
    changed_.notify_all();
  }
  for (std::thread thread = next_thread(); thread.joinable(); thread = next_thread()) thread.join();  // they need the lock to end
}

std::thread RunManager::next_thread() {
  std::lock_guard lock(mutex_);
  for (const auto& job : jobs_)
    if (job->thread.joinable()) return std::move(job->thread);
  return {};
}

void RunManager::reap() {
  std::list<std::unique_ptr<Job>> over;
  {
    std::lock_guard lock(mutex_);
    for (auto it = jobs_.begin(); it != jobs_.end();) {
      const auto next = std::next(it);
      if ((*it)->over) over.splice(over.end(), jobs_, it);
      it = next;
    }
  }
  for (const auto& job : over)
    if (job->thread.joinable()) job->thread.join();
}

// mutex_ held. Frozen runs hold no turn.
bool RunManager::its_turn(const Job& job) const {
  int ahead = 0;
  for (const auto& other : jobs_) {
    if (other.get() == &job) return ahead < at_once_;
    if (!other->over && !other->frozen) ++ahead;
  }
  return false;
}

bool RunManager::wait_for_turn(Job& job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return job.stopping || (!job.frozen && its_turn(job)); });
  return !job.stopping;
}

RunOutcome RunManager::carry_out(Job& job) {
  auto backend = open_backend_();
  if (!backend.ok()) return {RunState::failed, {}, backend.status().message()};
  auto started = RunExecutor::start(ledger_, **backend, paths_, job.run, job.workers, job.network);
  if (!started.ok()) return {RunState::failed, {}, started.status().message()};
  RunExecutor* executor = started->get();
  {
    std::lock_guard lock(mutex_);  // what was asked for while it was starting
    job.executor = std::move(*started);
    if (job.stopping)
      executor->stop(job.abandon);
    else if (job.frozen)
      executor->pause();
  }
  return executor->wait();
}

void RunManager::execute(Job& job) {
  RunOutcome outcome;
  const bool began = wait_for_turn(job);
  if (began)
    outcome = carry_out(job);
  else
    outcome = {job.abandon ? RunState::failed : RunState::paused, {}, job.abandon ? "stopped by the user" : ""};
  end(job, outcome);
}

void RunManager::end(Job& job, const RunOutcome& outcome) {
  std::unique_ptr<RunExecutor> executor;
  {
    std::lock_guard lock(mutex_);
    job.ending = true;
    executor = std::move(job.executor);
  }
  // A run that the executor never took over ends here: its events and its state say so.
  if (!executor) {
    (void)ledger_.append(plain_event(job.run, outcome.state == RunState::failed ? "failed" : "stopped",
                                     outcome.state == RunState::failed ? message_detail(outcome.error) : std::string()));
    (void)ledger_.set_state(job.run, outcome.state, outcome.error);
  }
  executor.reset();
  std::lock_guard lock(mutex_);
  job.over = true;
  outcomes_[job.run] = outcome;
  changed_.notify_all();
}

}  // namespace fedllm::node
