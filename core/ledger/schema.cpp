#include "ledger/schema.h"

namespace fedllm::ledger {
namespace {

// Described in SCHEMA.md.
constexpr const char* kTables = R"(
CREATE TABLE runs(
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, state TEXT NOT NULL,
  rounds INTEGER NOT NULL, rounds_done INTEGER NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  scenario_json TEXT NOT NULL, scenario_sha256 TEXT NOT NULL, base_dir TEXT NOT NULL, previous_run TEXT NOT NULL,
  summary_json TEXT NOT NULL, error TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE UNIQUE INDEX runs_request ON runs(request_id) WHERE request_id <> '';
CREATE TABLE events(
  run INTEGER NOT NULL REFERENCES runs(no), seq INTEGER NOT NULL, time_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  round INTEGER, client INTEGER, metrics TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY(run, seq)) WITHOUT ROWID;
CREATE TABLE versions(
  run INTEGER NOT NULL REFERENCES runs(no), round INTEGER NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
  state_path TEXT NOT NULL, committed_ms INTEGER NOT NULL, PRIMARY KEY(run, round)) WITHOUT ROWID;
)";

Result<int64_t> user_version(Db& db) {
  Statement query(db, "PRAGMA user_version");
  FEDLLM_ASSIGN_OR_RETURN(const bool row, query.step("cannot read the ledger"));
  return row ? query.integer(0) : 0;
}

Status refuse_newer(const Db& db, int64_t version) {
  return failed_precondition("the ledger " + db.path() + " has schema " + std::to_string(version) +
                                 ", written by a newer version; this program knows schemas up to " +
                                 std::to_string(kSchemaVersion),
                             "ledger.open");
}

}  // namespace

Status check_schema(Db& db) {
  FEDLLM_ASSIGN_OR_RETURN(const int64_t version, user_version(db));
  if (version > kSchemaVersion) return refuse_newer(db, version);
  if (version < 1) return data_loss("the file " + db.path() + " is not a ledger: it has no schema version", "ledger.open");
  return {};
}

Status prepare_schema(Db& db) {
  FEDLLM_ASSIGN_OR_RETURN(int64_t version, user_version(db));
  if (version > 0) return check_schema(db);
  Transaction transaction(db);
  FEDLLM_RETURN_IF_ERROR(transaction.begin());
  // Another process may have made the tables while this one waited for the lock.
  FEDLLM_ASSIGN_OR_RETURN(version, user_version(db));
  if (version > 0) return check_schema(db);
  FEDLLM_RETURN_IF_ERROR(db.exec(kTables));
  FEDLLM_RETURN_IF_ERROR(db.exec("PRAGMA user_version = " + std::to_string(kSchemaVersion)));
  return transaction.commit("cannot create the ledger");
}

}  // namespace fedllm::ledger
