#include "ledger/run_ids.h"

#include <cstdio>
#include <ctime>
#include <random>

#include "base/text.h"

namespace fedllm::ledger {

std::string new_id(int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  thread_local std::random_device entropy;
  char text[40];
  std::snprintf(text, sizeof text, "%04d%02d%02d-%02d%02d%02d-%04x", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                utc.tm_min, utc.tm_sec, entropy() & 0xffffu);
  return text;
}

Result<RunRow> the_one(const std::string& id, std::vector<RunRow> matches) {
  for (RunRow& row : matches)
    if (row.id == id || matches.size() == 1) return std::move(row);
  return invalid_argument("\"" + id + "\" is the start of " + std::to_string(matches.size()) + " runs, among them " +
                              matches[0].id + " and " + matches[1].id,
                          "ledger");
}

Status no_such_run(const std::string& id, const std::vector<RunRow>& rows) {
  std::vector<std::string_view> ids;
  for (const RunRow& row : rows) ids.push_back(row.id);
  const std::string near = nearest_key(id, ids);
  std::string hint = "there are no runs in this home";
  if (!rows.empty()) hint = "the newest is " + rows.front().id;
  if (!near.empty()) hint = "the nearest is " + near;
  return not_found("no run \"" + id + "\"; " + hint, "ledger");
}

Status request_known(const std::string& request_id, const std::string& run) {
  return {Code::already_exists, "request " + request_id + " already started run " + run, "ledger.create_run"};
}

Status artifact_missing(const std::string& path) {
  return failed_precondition("the artifact " + path + " must lie on disk before its round is committed", "ledger.commit");
}

Status round_known(const std::string& run, int round) {
  return {Code::already_exists, "round " + std::to_string(round) + " of run " + run + " is already committed", "ledger.commit"};
}

}  // namespace fedllm::ledger
