// The Ledger on SQLite: one writer connection behind a mutex, a small pool of reader connections, and the last seq of
// every run in memory so that waiters sleep on a condition variable. Private to this room.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>

#include "ledger/ledger.h"
#include "ledger/sqlite_db.h"

namespace fedllm::ledger {

class SqliteLedger final : public Ledger {
 public:
  explicit SqliteLedger(const Options& options);
  Status open_files();

  Result<RunRow> create_run(RunRow row) override;
  Status set_state(const std::string& run, RunState state, const std::string& error) override;
  Status set_summary(const std::string& run, const std::string& summary_json) override;
  Result<RunRow> run(const std::string& id) const override;
  Result<std::optional<RunRow>> run_by_request(const std::string& request_id) const override;
  Result<std::vector<RunRow>> runs() const override;
  Status delete_run(const std::string& id) override;
  Status mark_interrupted() override;

  Result<uint64_t> append(Event event) override;
  Status append_batch(std::vector<Event> events) override;
  Result<std::vector<Event>> events(const std::string& run, uint64_t from_seq, size_t limit) const override;
  Result<uint64_t> last_seq(const std::string& run) const override;
  bool wait_for_events(const std::string& run, uint64_t from_seq, double timeout_s) const override;
  uint64_t subscribe(std::function<void(const std::string& run)> callback) override;
  void unsubscribe(uint64_t token) override;

  Status commit_version(const VersionRow& version, std::vector<Event> events) override;
  Result<std::vector<VersionRow>> versions(const std::string& run) const override;
  std::string run_dir(const std::string& run) const override;
  std::string absolute(const std::string& relative) const override;

 private:
  struct Cursor {
    int64_t no = 0;
    uint64_t last_seq = 0;
  };  // of one run; writer's view

  class Reader {  // borrows a connection from the pool
   public:
    Reader(const SqliteLedger& owner, std::unique_ptr<Db> db) : owner_(owner), db_(std::move(db)) {}
    ~Reader();
    Db& db() { return *db_; }

   private:
    const SqliteLedger& owner_;
    std::unique_ptr<Db> db_;
  };
  Result<std::unique_ptr<Reader>> reader() const;
  Result<std::unique_ptr<Db>> open_reader() const;

  // All below: write_mutex_ held.
  Status writable() const;
  Result<Cursor*> cursor(const std::string& run);
  Status insert_run(RunRow& row);
  Status insert_event(const Cursor& cursor, const Event& event);
  Status insert_events(std::vector<Event>& events, std::map<std::string, uint64_t>& last);
  Status insert_version(const VersionRow& version);
  Status update_run(const char* sql, const std::string& run, std::string_view first, std::string_view second);

  // After a commit, write_mutex_ not held. seq 0: the run's row changed, no event came.
  void publish(const std::map<std::string, uint64_t>& last);

  Options options_;
  std::string path_;
  const Clock* clock_;
  std::mutex write_mutex_;
  std::unique_ptr<Db> writer_;
  std::map<std::string, Cursor> cursors_;

  mutable std::mutex readers_mutex_;
  mutable std::vector<std::unique_ptr<Db>> idle_readers_;

  mutable std::mutex seq_mutex_;
  mutable std::condition_variable seq_changed_;
  std::map<std::string, uint64_t> committed_seq_;

  std::mutex callbacks_mutex_;
  std::map<uint64_t, std::function<void(const std::string&)>> callbacks_;
  uint64_t next_token_ = 1;
};

}  // namespace fedllm::ledger
