#include "ledger/sqlite_db.h"

#include <cerrno>

namespace fedllm::ledger {
namespace {

constexpr const char* kWhere = "ledger";
// Another process writes only for milliseconds; longer means that it hangs.
constexpr int kBusyMs = 5000;

// The errno of the last failed write to the database or its log; sqlite3_system_errno is overwritten by the rollback.
int last_errno(sqlite3* db, int which_file) {
  sqlite3_file* file = nullptr;
  int error = 0;
  if (sqlite3_file_control(db, "main", which_file, &file) == SQLITE_OK && file && file->pMethods)
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
  return error;
}

bool is_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

bool disk_is_full(sqlite3* db) {
  const int code = sqlite3_errcode(db) & 0xff;
  if (code == SQLITE_FULL) return true;
  return code == SQLITE_IOERR &&
         (is_full(last_errno(db, SQLITE_FCNTL_JOURNAL_POINTER)) || is_full(last_errno(db, SQLITE_FCNTL_FILE_POINTER)));
}

Code code_of(sqlite3* db) {
  if (disk_is_full(db)) return Code::resource_exhausted;
  switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return Code::data_loss;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Code::permission_denied;
    case SQLITE_CANTOPEN:
      return Code::not_found;
    case SQLITE_CONSTRAINT:
      return Code::already_exists;
    default:
      return Code::internal;
  }
}

std::string reason_of(sqlite3* db) {
  if (disk_is_full(db)) return "the disk is full";
  if ((sqlite3_errcode(db) & 0xff) == SQLITE_NOTADB) return "the file is not a ledger (not an SQLite database)";
  return sqlite3_errmsg(db);
}

}  // namespace

Result<std::unique_ptr<Db>> Db::open(const std::string& path, Mode mode) {
  std::unique_ptr<Db> db(new Db);
  db->path_ = path;
  const int access = mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const char* name = mode == Mode::memory ? ":memory:" : path.c_str();
  if (sqlite3_open_v2(name, &db->db_, access | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK)
    return db->error("cannot open the ledger");
  sqlite3_extended_result_codes(db->db_, 1);
  sqlite3_busy_timeout(db->db_, kBusyMs);
  return db;
}

Db::~Db() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Status Db::exec(const std::string& sql) {
  return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK ? Status() : error("cannot use the ledger");
}

Status Db::error(std::string_view what) const {
  return {code_of(db_), std::string(what) + " " + path_ + ": " + reason_of(db_), kWhere};
}

sqlite3_stmt* Db::prepared(const char* sql) {
  auto [it, fresh] = statements_.try_emplace(sql, nullptr);
  if (fresh && sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &it->second, nullptr) != SQLITE_OK) {
    statements_.erase(it);
    return nullptr;
  }
  return it->second;
}

Statement::~Statement() {
  if (!handle_) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

Result<bool> Statement::step(std::string_view what) {
  if (!handle_) return db_.error(what);
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return db_.error(what);
}

Status Statement::run(std::string_view what) {
  for (;;) {
    FEDLLM_ASSIGN_OR_RETURN(const bool row, step(what));
    if (row) continue;
    sqlite3_reset(handle_);
    bound_ = 0;
    return {};
  }
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return bytes ? std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(handle_, column))) : std::string();
}

std::optional<int> Statement::maybe(int column) const {
  if (sqlite3_column_type(handle_, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int(handle_, column);
}

void Statement::bind(std::string_view value) {
  sqlite3_bind_text64(handle_, ++bound_, value.data() ? value.data() : "", value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bind(std::optional<int> value) {
  if (value)
    bind(static_cast<int64_t>(*value));
  else
    sqlite3_bind_null(handle_, ++bound_);
}

Transaction::~Transaction() {
  if (open_) (void)db_.exec("ROLLBACK");
}

Status Transaction::begin() {
  FEDLLM_RETURN_IF_ERROR(db_.exec("BEGIN IMMEDIATE"));
  open_ = true;
  return {};
}

Status Transaction::commit(std::string_view what) {
  if (Status done = db_.exec("COMMIT"); !done.ok()) return db_.error(what);
  open_ = false;
  return {};
}

}  // namespace fedllm::ledger
