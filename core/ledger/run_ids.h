// Ids of runs and the sentences about them, the same for every ledger. Private to this room.
#pragma once

#include "ledger/ledger.h"

namespace fedllm::ledger {

// "20261122-133001-a1b2": UTC and four random digits, so two may be the same.
std::string new_id(int64_t unix_ms);
// The row that `id`, or the start of an id, means among the rows that begin with it (at least one).
Result<RunRow> the_one(const std::string& id, std::vector<RunRow> matches);
// `rows`: all runs, newest first.
Status no_such_run(const std::string& id, const std::vector<RunRow>& rows);
Status request_known(const std::string& request_id, const std::string& run);
Status artifact_missing(const std::string& path);
Status round_known(const std::string& run, int round);

}  // namespace fedllm::ledger
