#include "ledger/memory_ledger.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "ledger/run_ids.h"

namespace fedllm::ledger {
namespace {

const SystemClock kSystemClock;

}  // namespace

std::unique_ptr<Ledger> Ledger::in_memory(const std::string& home, const Clock* clock) {
  return std::make_unique<MemoryLedger>(home, clock ? clock : &kSystemClock);
}

// mutex_ held.
MemoryLedger::Run* MemoryLedger::find(const std::string& id) const {
  for (const auto& run : runs_)
    if (run->row.id == id) return run.get();
  return nullptr;
}

Status MemoryLedger::unknown(const std::string& id) const { return not_found("no run \"" + id + "\" in memory", "ledger"); }

Result<RunRow> MemoryLedger::create_run(RunRow row) {
  {
    std::lock_guard lock(mutex_);
    for (const auto& run : runs_)
      if (!row.request_id.empty() && run->row.request_id == row.request_id) return request_known(row.request_id, run->row.id);
    row.created_ms = row.updated_ms = clock_->unix_ms();
    do row.id = new_id(row.created_ms);
    while (find(row.id));
    runs_.push_back(std::make_unique<Run>(Run{row, {}, {}}));
  }
  (void)run_dir(row.id);
  publish({row.id});
  return row;
}

Status MemoryLedger::change(const std::string& id, const std::function<void(RunRow&)>& how) {
  {
    std::lock_guard lock(mutex_);
    Run* run = find(id);
    if (!run) return unknown(id);
    how(run->row);
    run->row.updated_ms = clock_->unix_ms();
  }
  publish({id});
  return {};
}

Status MemoryLedger::set_state(const std::string& run, RunState state, const std::string& error) {
  return change(run, [&](RunRow& row) { row.state = state, row.error = error; });
}

Status MemoryLedger::set_summary(const std::string& run, const std::string& summary_json) {
  return change(run, [&](RunRow& row) { row.summary_json = summary_json; });
}

Result<RunRow> MemoryLedger::run(const std::string& id) const {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<RunRow> all, runs());
  std::vector<RunRow> matches;
  for (const RunRow& row : all)
    if (!id.empty() && row.id.starts_with(id)) matches.push_back(row);
  return matches.empty() ? Result<RunRow>(no_such_run(id, all)) : the_one(id, std::move(matches));
}

Result<std::optional<RunRow>> MemoryLedger::run_by_request(const std::string& request_id) const {
  std::lock_guard lock(mutex_);
  for (const auto& run : runs_)
    if (!request_id.empty() && run->row.request_id == request_id) return std::optional(run->row);
  return std::optional<RunRow>();
}

Result<std::vector<RunRow>> MemoryLedger::runs() const {
  std::lock_guard lock(mutex_);
  std::vector<RunRow> rows;
  for (auto it = runs_.rbegin(); it != runs_.rend(); ++it) rows.push_back((*it)->row);
  return rows;
}

Status MemoryLedger::delete_run(const std::string& id) {
  {
    std::lock_guard lock(mutex_);
    if (!find(id)) return unknown(id);
    std::erase_if(runs_, [&](const auto& run) { return run->row.id == id; });
  }
  std::error_code error;
  std::filesystem::remove_all(absolute("runs/" + id), error);
  return error ? Status(Code::unknown, "run " + id + " is deleted, but not its folder: " + error.message(), "ledger.delete_run")
               : Status();
}

Status MemoryLedger::mark_interrupted() {
  std::lock_guard lock(mutex_);
  for (const auto& run : runs_) {
    if (run->row.state != RunState::running) continue;
    run->row.state = RunState::interrupted;
    run->row.updated_ms = clock_->unix_ms();
  }
  return {};
}

// mutex_ held. All or none.
Status MemoryLedger::add(std::vector<Event>& events) {
  for (const Event& event : events)
    if (!find(event.run)) return unknown(event.run);
  for (Event& event : events) {
    std::vector<Event>& known = find(event.run)->events;
    event.seq = known.size() + 1;
    event.time_ms = clock_->unix_ms();
    known.push_back(event);
  }
  return {};
}

Result<uint64_t> MemoryLedger::append(Event event) {
  std::vector<Event> events{std::move(event)};
  {
    std::lock_guard lock(mutex_);
    FEDLLM_RETURN_IF_ERROR(add(events));
  }
  publish({events[0].run});
  return events[0].seq;
}

Status MemoryLedger::append_batch(std::vector<Event> events) {
  std::set<std::string> concerned;
  {
    std::lock_guard lock(mutex_);
    FEDLLM_RETURN_IF_ERROR(add(events));
  }
  for (const Event& event : events) concerned.insert(event.run);
  publish(concerned);
  return {};
}

Result<std::vector<Event>> MemoryLedger::events(const std::string& run, uint64_t from_seq, size_t limit) const {
  std::lock_guard lock(mutex_);
  std::vector<Event> found;
  if (const Run* at = find(run))
    for (size_t i = from_seq > 0 ? from_seq - 1 : 0; i < at->events.size() && found.size() < limit; ++i)
      found.push_back(at->events[i]);
  return found;
}

Result<uint64_t> MemoryLedger::last_seq(const std::string& run) const {
  std::lock_guard lock(mutex_);
  const Run* at = find(run);
  return at ? at->events.size() : uint64_t{0};
}

bool MemoryLedger::wait_for_events(const std::string& run, uint64_t from_seq, double timeout_s) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::duration<double>(timeout_s), [&] {
    const Run* at = find(run);
    return at && at->events.size() >= from_seq;
  });
}

Status MemoryLedger::commit_version(const VersionRow& version, std::vector<Event> events) {
  {
    std::lock_guard lock(mutex_);
    Run* run = find(version.run);
    if (!run) return unknown(version.run);
    if (!std::filesystem::exists(absolute(version.path))) return artifact_missing(version.path);
    const auto after = std::find_if(run->versions.begin(), run->versions.end(),
                                    [&](const VersionRow& known) { return known.round >= version.round; });
    if (after != run->versions.end() && after->round == version.round) return round_known(version.run, version.round);
    FEDLLM_RETURN_IF_ERROR(add(events));
    run->versions.insert(after, version);
    run->row.rounds_done = version.round;
    run->row.updated_ms = clock_->unix_ms();
  }
  publish({version.run});
  return {};
}

Result<std::vector<VersionRow>> MemoryLedger::versions(const std::string& run) const {
  std::lock_guard lock(mutex_);
  const Run* at = find(run);
  return at ? at->versions : std::vector<VersionRow>();
}

void MemoryLedger::publish(const std::set<std::string>& runs) {
  changed_.notify_all();
  std::lock_guard lock(callbacks_mutex_);
  for (const std::string& run : runs)
    for (const auto& [token, callback] : callbacks_) callback(run);
}

uint64_t MemoryLedger::subscribe(std::function<void(const std::string& run)> callback) {
  std::lock_guard lock(callbacks_mutex_);
  callbacks_.emplace(next_token_, std::move(callback));
  return next_token_++;
}

void MemoryLedger::unsubscribe(uint64_t token) {
  std::lock_guard lock(callbacks_mutex_);
  callbacks_.erase(token);
}

std::string MemoryLedger::run_dir(const std::string& run) const {
  const std::string folder = absolute("runs/" + run);
  (void)make_dirs(folder);
  return folder;
}

std::string MemoryLedger::absolute(const std::string& relative) const { return home_ + "/" + relative; }

}  // namespace fedllm::ledger
