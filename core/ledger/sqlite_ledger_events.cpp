// Events and versions: what a run appends.
#include <filesystem>

#include "ledger/metrics_text.h"
#include "ledger/run_ids.h"
#include "ledger/sqlite_ledger.h"

namespace fedllm::ledger {

// The writer's view of a run, read once; the reference stays valid until delete_run.
Result<SqliteLedger::Cursor*> SqliteLedger::cursor(const std::string& run) {
  if (auto it = cursors_.find(run); it != cursors_.end()) return &it->second;
  Statement query(*writer_, "SELECT no, (SELECT coalesce(max(seq), 0) FROM events WHERE run = no) FROM runs WHERE id = ?");
  FEDLLM_ASSIGN_OR_RETURN(const bool row, query.with(run).step("cannot read"));
  if (!row) return not_found("no run \"" + run + "\" in " + path_, "ledger.append");
  return &(cursors_[run] = {query.integer(0), static_cast<uint64_t>(query.integer(1))});
}

Status SqliteLedger::insert_event(const Cursor& cursor, const Event& event) {
  Statement insert(*writer_, "INSERT INTO events VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  insert.with(cursor.no, event.seq, event.time_ms, event.kind, event.round, event.client, metrics_to_text(event.metrics),
              event.detail);
  return insert.run("cannot append an event to");
}

// Numbers and stamps the events. `last` gets each run's new seq; the cursors move only after the commit (see append_batch).
Status SqliteLedger::insert_events(std::vector<Event>& events, std::map<std::string, uint64_t>& last) {
  for (Event& event : events) {
    FEDLLM_ASSIGN_OR_RETURN(const Cursor* at, cursor(event.run));
    uint64_t& seq = last.try_emplace(event.run, at->last_seq).first->second;
    event.seq = ++seq;
    event.time_ms = clock_->unix_ms();
    FEDLLM_RETURN_IF_ERROR(insert_event(*at, event));
  }
  return {};
}

Status SqliteLedger::append_batch(std::vector<Event> events) {
  if (events.empty()) return {};
  std::map<std::string, uint64_t> last;
  {
    std::lock_guard lock(write_mutex_);
    FEDLLM_RETURN_IF_ERROR(writable());
    Transaction transaction(*writer_);
    FEDLLM_RETURN_IF_ERROR(transaction.begin());
    FEDLLM_RETURN_IF_ERROR(insert_events(events, last));
    FEDLLM_RETURN_IF_ERROR(transaction.commit("cannot append events to"));
    for (const auto& [run, seq] : last) cursors_[run].last_seq = seq;
  }
  publish(last);
  return {};
}

Result<uint64_t> SqliteLedger::append(Event event) {
  std::map<std::string, uint64_t> last;
  std::vector<Event> events{std::move(event)};
  {
    std::lock_guard lock(write_mutex_);
    FEDLLM_RETURN_IF_ERROR(writable());
    Transaction transaction(*writer_);
    FEDLLM_RETURN_IF_ERROR(transaction.begin());
    FEDLLM_RETURN_IF_ERROR(insert_events(events, last));
    FEDLLM_RETURN_IF_ERROR(transaction.commit("cannot append an event to"));
    cursors_[events[0].run].last_seq = events[0].seq;
  }
  publish(last);
  return events[0].seq;
}

Status SqliteLedger::insert_version(const VersionRow& version) {
  FEDLLM_ASSIGN_OR_RETURN(const Cursor* at, cursor(version.run));
  const int64_t now = clock_->unix_ms();
  Statement insert(*writer_, "INSERT INTO versions VALUES(?, ?, ?, ?, ?, ?)");
  insert.with(at->no, version.round, version.path, version.sha256, version.state_path, now);
  Status inserted = insert.run("cannot commit a version to");
  if (inserted.code() == Code::already_exists) return round_known(version.run, version.round);
  FEDLLM_RETURN_IF_ERROR(inserted);
  Statement update(*writer_, "UPDATE runs SET rounds_done = ?, updated_ms = ? WHERE no = ?");
  return update.with(version.round, now, at->no).run("cannot commit a version to");
}

Status SqliteLedger::commit_version(const VersionRow& version, std::vector<Event> events) {
  std::map<std::string, uint64_t> last;
  {
    std::lock_guard lock(write_mutex_);
    FEDLLM_RETURN_IF_ERROR(writable());
    if (!std::filesystem::exists(absolute(version.path))) return artifact_missing(version.path);
    // Forces the log to disk with this commit, and with it every event before it.
    FEDLLM_RETURN_IF_ERROR(writer_->exec("PRAGMA synchronous=FULL"));
    Status committed;
    {
      Transaction transaction(*writer_);
      committed = transaction.begin();
      if (committed.ok()) committed = insert_version(version);
      if (committed.ok()) committed = insert_events(events, last);
      if (committed.ok()) committed = transaction.commit("cannot commit a version to");
    }
    (void)writer_->exec("PRAGMA synchronous=NORMAL");
    FEDLLM_RETURN_IF_ERROR(committed);
    for (const auto& [run, seq] : last) cursors_[run].last_seq = seq;
  }
  publish(last);
  return {};
}

Result<std::vector<Event>> SqliteLedger::events(const std::string& run, uint64_t from_seq, size_t limit) const {
  FEDLLM_ASSIGN_OR_RETURN(auto source, reader());
  Statement query(source->db(),
                  "SELECT seq, time_ms, kind, round, client, metrics, detail FROM events "
                  "WHERE run = (SELECT no FROM runs WHERE id = ?) AND seq >= ? ORDER BY seq LIMIT ?");
  query.with(run, from_seq, static_cast<uint64_t>(limit));
  std::vector<Event> events;
  for (;;) {
    FEDLLM_ASSIGN_OR_RETURN(const bool row, query.step("cannot read events of"));
    if (!row) return events;
    Event& event = events.emplace_back();
    event.run = run;
    event.seq = static_cast<uint64_t>(query.integer(0));
    event.time_ms = query.integer(1);
    event.kind = query.text(2);
    event.round = query.maybe(3);
    event.client = query.maybe(4);
    FEDLLM_ASSIGN_OR_RETURN(event.metrics, metrics_from_text(query.text(5)));
    event.detail = query.text(6);
  }
}

Result<std::vector<VersionRow>> SqliteLedger::versions(const std::string& run) const {
  FEDLLM_ASSIGN_OR_RETURN(auto source, reader());
  Statement query(
      source->db(),
      "SELECT round, path, sha256, state_path FROM versions WHERE run = (SELECT no FROM runs WHERE id = ?) ORDER BY round");
  query.with(run);
  std::vector<VersionRow> versions;
  for (;;) {
    FEDLLM_ASSIGN_OR_RETURN(const bool row, query.step("cannot read versions of"));
    if (!row) return versions;
    versions.push_back({run, static_cast<int>(query.integer(0)), query.text(1), query.text(2), query.text(3)});
  }
}

}  // namespace fedllm::ledger
