// The tables of ledger.db and their version (SQLite's user_version). Private to this room.
#pragma once

#include "base/status.h"
#include "ledger/sqlite_db.h"

namespace fedllm::ledger {

inline constexpr int kSchemaVersion = 1;

// Creates the tables in an empty file; refuses a file of a newer schema by number.
Status prepare_schema(Db& db);
// For readers: the file must have a schema that this program knows.
Status check_schema(Db& db);

}  // namespace fedllm::ledger
