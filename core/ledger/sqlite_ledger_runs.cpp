// Rows of runs.
#include <filesystem>

#include "ledger/run_ids.h"
#include "ledger/sqlite_ledger.h"

namespace fedllm::ledger {
namespace {

constexpr std::string_view kStateNames[] = {"running", "paused", "interrupted", "done", "failed"};

Result<RunState> parse_state(const std::string& name) {
  for (size_t i = 0; i < std::size(kStateNames); ++i)
    if (kStateNames[i] == name) return static_cast<RunState>(i);
  return data_loss("expected a run state, got \"" + name + "\"", "ledger.read");
}

// The columns in the order of row_of.
#define FEDLLM_RUN_COLUMNS                                                                                          \
  "SELECT id, name, state, rounds, rounds_done, created_ms, updated_ms, scenario_json, scenario_sha256, base_dir, " \
  "previous_run, summary_json, error, request_id FROM runs "

Result<RunRow> row_of(const Statement& at) {
  RunRow row;
  row.id = at.text(0);
  row.name = at.text(1);
  FEDLLM_ASSIGN_OR_RETURN(row.state, parse_state(at.text(2)));
  row.rounds = static_cast<int>(at.integer(3));
  row.rounds_done = static_cast<int>(at.integer(4));
  row.created_ms = at.integer(5);
  row.updated_ms = at.integer(6);
  row.scenario_json = at.text(7);
  row.scenario_sha256 = at.text(8);
  row.base_dir = at.text(9);
  row.previous_run = at.text(10);
  row.summary_json = at.text(11);
  row.error = at.text(12);
  row.request_id = at.text(13);
  return row;
}

Result<std::vector<RunRow>> rows_of(Statement& query) {
  std::vector<RunRow> rows;
  for (;;) {
    FEDLLM_ASSIGN_OR_RETURN(const bool there, query.step("cannot read runs of"));
    if (!there) return rows;
    FEDLLM_ASSIGN_OR_RETURN(rows.emplace_back(), row_of(query));
  }
}

}  // namespace

std::string_view run_state_name(RunState state) { return kStateNames[static_cast<size_t>(state)]; }

Status SqliteLedger::insert_run(RunRow& row) {
  Statement insert(
      *writer_,
      "INSERT INTO runs(id, name, state, rounds, rounds_done, created_ms, updated_ms, scenario_json, scenario_sha256, "
      "base_dir, previous_run, summary_json, error, request_id) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert.with(row.id, row.name, run_state_name(row.state), row.rounds, row.rounds_done, row.created_ms, row.updated_ms,
              row.scenario_json, row.scenario_sha256, row.base_dir, row.previous_run, row.summary_json, row.error,
              row.request_id);
  return insert.run("cannot add a run to");
}

Result<RunRow> SqliteLedger::create_run(RunRow row) {
  {
    std::lock_guard lock(write_mutex_);
    FEDLLM_RETURN_IF_ERROR(writable());
    if (!row.request_id.empty()) {
      FEDLLM_ASSIGN_OR_RETURN(const auto known, run_by_request(row.request_id));
      if (known) return request_known(row.request_id, known->id);
    }
    row.created_ms = row.updated_ms = clock_->unix_ms();
    Status inserted;
    for (int attempt = 0; attempt < 100; ++attempt) {  // two runs of one second may draw the same four digits
      row.id = new_id(row.created_ms);
      inserted = insert_run(row);
      if (inserted.code() != Code::already_exists) break;
    }
    FEDLLM_RETURN_IF_ERROR(inserted);
  }
  (void)run_dir(row.id);
  publish({{row.id, 0}});
  return row;
}

Status SqliteLedger::update_run(const char* sql, const std::string& run, std::string_view first, std::string_view second) {
  Statement update(*writer_, sql);
  FEDLLM_RETURN_IF_ERROR(update.with(first, second, clock_->unix_ms(), run).run("cannot change a run of"));
  return writer_->changes() > 0 ? Status() : not_found("no run \"" + run + "\" in " + path_, "ledger");
}

Status SqliteLedger::set_state(const std::string& run, RunState state, const std::string& error) {
  {
    std::lock_guard lock(write_mutex_);
    FEDLLM_RETURN_IF_ERROR(writable());
    FEDLLM_RETURN_IF_ERROR(
        update_run("UPDATE runs SET state = ?, error = ?, updated_ms = ? WHERE id = ?", run, run_state_name(state), error));
  }
  publish({{run, 0}});
  return {};
}

Status SqliteLedger::set_summary(const std::string& run, const std::string& summary_json) {
  {
    std::lock_guard lock(write_mutex_);
    FEDLLM_RETURN_IF_ERROR(writable());
    FEDLLM_RETURN_IF_ERROR(
        update_run("UPDATE runs SET summary_json = ? || ?, updated_ms = ? WHERE id = ?", run, summary_json, ""));
  }
  publish({{run, 0}});
  return {};
}

Result<RunRow> SqliteLedger::run(const std::string& id) const {
  FEDLLM_ASSIGN_OR_RETURN(auto source, reader());
  Statement query(source->db(), FEDLLM_RUN_COLUMNS "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY no DESC");
  std::vector<RunRow> matches;
  if (!id.empty()) {
    FEDLLM_ASSIGN_OR_RETURN(matches, rows_of(query.with(id)));
  }
  if (!matches.empty()) return the_one(id, std::move(matches));
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<RunRow> all, runs());
  return no_such_run(id, all);
}

Result<std::optional<RunRow>> SqliteLedger::run_by_request(const std::string& request_id) const {
  if (request_id.empty()) return std::optional<RunRow>();
  FEDLLM_ASSIGN_OR_RETURN(auto source, reader());
  Statement query(source->db(), FEDLLM_RUN_COLUMNS "WHERE request_id = ?");
  FEDLLM_ASSIGN_OR_RETURN(std::vector<RunRow> rows, rows_of(query.with(request_id)));
  return rows.empty() ? std::optional<RunRow>() : std::optional<RunRow>(std::move(rows[0]));
}

Result<std::vector<RunRow>> SqliteLedger::runs() const {
  FEDLLM_ASSIGN_OR_RETURN(auto source, reader());
  Statement query(source->db(), FEDLLM_RUN_COLUMNS "ORDER BY no DESC");
  return rows_of(query);
}

Status SqliteLedger::delete_run(const std::string& id) {
  {
    std::lock_guard lock(write_mutex_);
    FEDLLM_RETURN_IF_ERROR(writable());
    FEDLLM_ASSIGN_OR_RETURN(const Cursor* at, cursor(id));
    const int64_t no = at->no;
    Transaction transaction(*writer_);
    FEDLLM_RETURN_IF_ERROR(transaction.begin());
    for (const char* sql :
         {"DELETE FROM events WHERE run = ?", "DELETE FROM versions WHERE run = ?", "DELETE FROM runs WHERE no = ?"}) {
      Statement remove(*writer_, sql);
      FEDLLM_RETURN_IF_ERROR(remove.with(no).run("cannot delete a run of"));
    }
    FEDLLM_RETURN_IF_ERROR(transaction.commit("cannot delete a run of"));
    cursors_.erase(id);
  }
  {
    std::lock_guard lock(seq_mutex_);
    committed_seq_.erase(id);
  }
  std::error_code error;  // rows first: files that stay behind harm nobody, rows without files would
  std::filesystem::remove_all(absolute("runs/" + id), error);
  return error ? Status(Code::unknown, "run " + id + " is deleted, but not its folder: " + error.message(), "ledger.delete_run")
               : Status();
}

Status SqliteLedger::mark_interrupted() {
  std::lock_guard lock(write_mutex_);
  FEDLLM_RETURN_IF_ERROR(writable());
  Statement update(*writer_, "UPDATE runs SET state = 'interrupted', updated_ms = ? WHERE state = 'running'");
  return update.with(clock_->unix_ms()).run("cannot change runs of");
}

}  // namespace fedllm::ledger
