// Ledger: the append-only record of every run of a home. SQLite in WAL mode (SCHEMA.md), one writer; events get a `seq`
// that counts from 1 within a run without gaps; nothing is ever removed: a `resumed` event with metric `from_round` = k tells
// every reader that earlier points of rounds > k are superseded. Artifacts (adapters, partitions) are files below home/runs/RUN/,
// written temp + fsync + rename first; the row that names them is the commit. Thread-safe; readers wait with `wait_for_events`.
// read_only opens beside a live writer; a home without a ledger then reads as empty. Errors: a full disk is
// RESOURCE_EXHAUSTED and leaves everything committed before, a ledger of a newer schema FAILED_PRECONDITION by number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace fedllm::ledger {

struct Event {
  std::string run;
  uint64_t seq = 0;     // assigned by append
  int64_t time_ms = 0;  // Unix, assigned by append
  std::string kind;     // the names listed in SCHEMA.md
  std::optional<int> round;
  std::optional<int> client;
  std::vector<std::pair<std::string, double>> metrics;  // "loss", "step", "payload_bytes" … NaN is stored as null
  std::string detail;                                   // JSON object with what is not a number, or empty
};

enum class RunState { running, paused, interrupted, done, failed };
std::string_view run_state_name(RunState state);

struct RunRow {
  std::string id, name;
  RunState state = RunState::running;
  int rounds = 0, rounds_done = 0;
  int64_t created_ms = 0, updated_ms = 0;
  std::string scenario_json, scenario_sha256, base_dir;  // base_dir: against which relative paths resolve
  std::string previous_run;                              // "Duplicate and change one thing": the run it came from
  std::string summary_json;                              // the last line of `run`, once done
  std::string error;                                     // why it failed
  std::string request_id;                                // of the StartRun that made it; unique in the home where not empty
};

// A committed round version. version = round; round 0 is the start.
struct VersionRow {
  std::string run;
  int round = 0;
  std::string path;  // relative to home
  std::string sha256;
  std::string state_path;  // checkpoint state beside it (server optimizer, client state), relative to home; may be empty
};

class Ledger {
 public:
  struct Options {
    std::string ledger_dir, home;
    bool read_only = false;
    const Clock* clock = nullptr;
  };
  static Result<std::unique_ptr<Ledger>> open(const Options& options);
  // The twin for tests: the same answers from memory, artifacts below `home`. `clock` null: the system's.
  static std::unique_ptr<Ledger> in_memory(const std::string& home, const Clock* clock = nullptr);
  virtual ~Ledger() = default;

  // A new id: sortable by time (UTC), unique in the home, e.g. "20261122-133001-a1b2". ALREADY_EXISTS for a known request_id.
  virtual Result<RunRow> create_run(RunRow row) = 0;
  virtual Status set_state(const std::string& run, RunState state, const std::string& error = {}) = 0;
  virtual Status set_summary(const std::string& run, const std::string& summary_json) = 0;
  virtual Result<RunRow> run(const std::string& id) const = 0;  // unique prefix accepted; else NOT_FOUND with the nearest
  virtual Result<std::optional<RunRow>> run_by_request(const std::string& request_id) const = 0;
  virtual Result<std::vector<RunRow>> runs() const = 0;  // newest first
  virtual Status delete_run(const std::string& id) = 0;
  // Runs left as `running` by a core that died become `interrupted`; called by the process that holds core.lock.
  virtual Status mark_interrupted() = 0;

  virtual Result<uint64_t> append(Event event) = 0;  // returns seq
  virtual Status append_batch(std::vector<Event> events) = 0;
  virtual Result<std::vector<Event>> events(const std::string& run, uint64_t from_seq,
                                            size_t limit) const = 0;    // seq >= from_seq
  virtual Result<uint64_t> last_seq(const std::string& run) const = 0;  // 0: no event yet
  // Waits until seq >= from_seq exists or `timeout_s` passes; true if there is something.
  virtual bool wait_for_events(const std::string& run, uint64_t from_seq, double timeout_s) const = 0;
  // Called (on any thread, quickly; not calling back into subscribe or unsubscribe) after each commit with the run's id.
  // Returns a token for unsubscribe, after which no call is under way.
  virtual uint64_t subscribe(std::function<void(const std::string& run)> callback) = 0;
  virtual void unsubscribe(uint64_t token) = 0;

  // Commits a round: the artifact must already lie on disk. In one transaction: the version row, rounds_done, the events.
  virtual Status commit_version(const VersionRow& version, std::vector<Event> events) = 0;
  virtual Result<std::vector<VersionRow>> versions(const std::string& run) const = 0;  // ascending by round
  virtual std::string run_dir(const std::string& run) const = 0;                       // home/runs/RUN, created
  virtual std::string absolute(const std::string& relative) const = 0;
};

}  // namespace fedllm::ledger
