// Thin RAII over SQLite: a connection with its prepared statements, a bound statement, a transaction. Not thread-safe: one
// connection belongs to one thread at a time. Errors become one sentence with the file; a full disk (ENOSPC, EDQUOT, a
// file-size limit) is RESOURCE_EXHAUSTED, a damaged file DATA_LOSS, a lock held elsewhere UNAVAILABLE. Private to this room.
#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm::ledger {

class Db {
 public:
  enum class Mode { read_write, read_only, memory };
  static Result<std::unique_ptr<Db>> open(const std::string& path, Mode mode);
  ~Db();
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

  Status exec(const std::string& sql);
  // The status of the connection's last error, `what` first: "cannot append events to /home/ledger.db: disk is full".
  Status error(std::string_view what) const;
  const std::string& path() const { return path_; }
  int64_t changes() const { return sqlite3_changes64(db_); }

 private:
  friend class Statement;
  Db() = default;
  sqlite3_stmt* prepared(const char* sql);  // null when it does not compile

  sqlite3* db_ = nullptr;
  std::string path_;
  std::map<std::string_view, sqlite3_stmt*> statements_;  // keys point at SQL literals
};

// One execution of a cached statement; `sql` must be a literal. Resets itself when it goes.
class Statement {
 public:
  Statement(Db& db, const char* sql) : db_(db), handle_(db.prepared(sql)) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... T>
  Statement& with(const T&... values) {
    (bind(values), ...);
    return *this;
  }
  Result<bool> step(std::string_view what);  // true: a row is there
  Status run(std::string_view what);         // to the end; ready to be bound again

  int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  std::string text(int column) const;
  std::optional<int> maybe(int column) const;

 private:
  void bind(int64_t value) { sqlite3_bind_int64(handle_, ++bound_, value); }
  void bind(uint64_t value) { bind(static_cast<int64_t>(value)); }
  void bind(int value) { bind(static_cast<int64_t>(value)); }
  void bind(std::string_view value);
  void bind(const std::string& value) { bind(std::string_view(value)); }
  void bind(std::optional<int> value);

  Db& db_;
  sqlite3_stmt* handle_;
  int bound_ = 0;
};

// BEGIN IMMEDIATE … COMMIT; rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Db& db) : db_(db) {}
  ~Transaction();
  Status begin();
  Status commit(std::string_view what);

 private:
  Db& db_;
  bool open_ = false;
};

}  // namespace fedllm::ledger
