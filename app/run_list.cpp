#include "run_list.h"

#include "node/core_lock.h"

namespace fedllm::app {

Result<RunList> open_runs(const HomePaths& paths) {
  RunList list;
  list.paths = paths;
  list.held_before = node::CoreLock::held(paths);
  FEDLLM_ASSIGN_OR_RETURN(list.ledger, ledger::Ledger::open({paths.ledger_dir, paths.home, true, nullptr}));
  return list;
}

void RunList::correct(ledger::RunRow& row) const {
  if (row.state == ledger::RunState::running && !held_before && !node::CoreLock::held(paths))
    row.state = ledger::RunState::interrupted;
}

}  // namespace fedllm::app
