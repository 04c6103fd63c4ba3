#include "ledger/sqlite_ledger.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "ledger/schema.h"

namespace fedllm::ledger {
namespace {

constexpr size_t kIdleReaders = 4;
const SystemClock kSystemClock;

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(const Options& options) {
  auto ledger = std::make_unique<SqliteLedger>(options);
  FEDLLM_RETURN_IF_ERROR(ledger->open_files());
  return std::unique_ptr<Ledger>(std::move(ledger));
}

SqliteLedger::SqliteLedger(const Options& options)
    : options_(options), path_(options.ledger_dir + "/ledger.db"), clock_(options.clock ? options.clock : &kSystemClock) {}

Status SqliteLedger::open_files() {
  if (options_.read_only) return reader().status();  // says at once what is wrong with the file
  FEDLLM_RETURN_IF_ERROR(make_dirs(options_.ledger_dir));
  FEDLLM_ASSIGN_OR_RETURN(writer_, Db::open(path_, Db::Mode::read_write));
  // NORMAL: an event may be lost with the power, never the order; commit_version asks for FULL.
  FEDLLM_RETURN_IF_ERROR(prepare_schema(*writer_));
  for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"})
    FEDLLM_RETURN_IF_ERROR(writer_->exec(pragma));
  return {};
}

Result<std::unique_ptr<Db>> SqliteLedger::open_reader() const {
  // A home without a ledger reads as empty, from tables in memory.
  const bool there = std::filesystem::exists(path_);
  FEDLLM_ASSIGN_OR_RETURN(std::unique_ptr<Db> db, Db::open(path_, there ? Db::Mode::read_only : Db::Mode::memory));
  FEDLLM_RETURN_IF_ERROR(there ? check_schema(*db) : prepare_schema(*db));
  return db;
}

Result<std::unique_ptr<SqliteLedger::Reader>> SqliteLedger::reader() const {
  {
    std::lock_guard lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      auto db = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return std::make_unique<Reader>(*this, std::move(db));
    }
  }
  FEDLLM_ASSIGN_OR_RETURN(std::unique_ptr<Db> db, open_reader());
  return std::make_unique<Reader>(*this, std::move(db));
}

SqliteLedger::Reader::~Reader() {
  if (!db_) return;
  std::lock_guard lock(owner_.readers_mutex_);
  if (owner_.idle_readers_.size() < kIdleReaders) owner_.idle_readers_.push_back(std::move(db_));
}

Status SqliteLedger::writable() const {
  return writer_ ? Status() : failed_precondition("the ledger " + path_ + " is open for reading only", "ledger");
}

Result<uint64_t> SqliteLedger::last_seq(const std::string& run) const {
  {
    std::lock_guard lock(seq_mutex_);
    if (auto it = committed_seq_.find(run); it != committed_seq_.end()) return it->second;
  }
  FEDLLM_ASSIGN_OR_RETURN(auto source, reader());
  Statement query(source->db(), "SELECT max(seq) FROM events WHERE run = (SELECT no FROM runs WHERE id = ?)");
  FEDLLM_ASSIGN_OR_RETURN(const bool row, query.with(run).step("cannot read events of"));
  return row ? static_cast<uint64_t>(query.integer(0)) : 0;
}

bool SqliteLedger::wait_for_events(const std::string& run, uint64_t from_seq, double timeout_s) const {
  const auto there = [&] {
    const auto last = last_seq(run);
    return last.ok() && *last >= from_seq;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
  if (!writer_) {  // another process writes: ask now and then
    while (!there()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }
  if (there()) return true;
  std::unique_lock lock(seq_mutex_);
  return seq_changed_.wait_until(lock, deadline, [&] {
    const auto it = committed_seq_.find(run);
    return it != committed_seq_.end() && it->second >= from_seq;
  });
}

void SqliteLedger::publish(const std::map<std::string, uint64_t>& last) {
  {
    std::lock_guard lock(seq_mutex_);
    for (const auto& [run, seq] : last)
      if (seq > 0) committed_seq_[run] = std::max(committed_seq_[run], seq);
  }
  seq_changed_.notify_all();
  std::lock_guard lock(callbacks_mutex_);
  for (const auto& [run, seq] : last)
    for (const auto& [token, callback] : callbacks_) callback(run);
}

uint64_t SqliteLedger::subscribe(std::function<void(const std::string& run)> callback) {
  std::lock_guard lock(callbacks_mutex_);
  callbacks_.emplace(next_token_, std::move(callback));
  return next_token_++;
}

void SqliteLedger::unsubscribe(uint64_t token) {
  std::lock_guard lock(callbacks_mutex_);
  callbacks_.erase(token);
}

std::string SqliteLedger::run_dir(const std::string& run) const {
  const std::string folder = absolute("runs/" + run);
  if (!options_.read_only) (void)make_dirs(folder);  // a failure shows at the first write into it
  return folder;
}

std::string SqliteLedger::absolute(const std::string& relative) const { return options_.home + "/" + relative; }

}  // namespace fedllm::ledger
