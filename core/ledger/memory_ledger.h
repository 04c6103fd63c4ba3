// The Ledger's twin in memory: the same answers, gone with the process; artifacts still lie below the home. For tests of
// what is built on a ledger. One mutex; nothing in it waits for a disk. Private to this room (Ledger::in_memory makes it).
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "ledger/ledger.h"

namespace fedllm::ledger {

class MemoryLedger final : public Ledger {
 public:
  MemoryLedger(std::string home, const Clock* clock) : home_(std::move(home)), clock_(clock) {}

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
  struct Run {
    RunRow row;
    std::vector<Event> events;         // seq = place + 1
    std::vector<VersionRow> versions;  // ascending by round
  };
  Run* find(const std::string& id) const;
  Status unknown(const std::string& id) const;
  Status add(std::vector<Event>& events);
  Status change(const std::string& id, const std::function<void(RunRow&)>& how);
  void publish(const std::set<std::string>& runs);  // mutex_ not held

  const std::string home_;
  const Clock* clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::unique_ptr<Run>> runs_;  // in the order of their creation

  std::mutex callbacks_mutex_;
  std::map<uint64_t, std::function<void(const std::string&)>> callbacks_;
  uint64_t next_token_ = 1;
};

}  // namespace fedllm::ledger
