// The home's runs for reading, beside a live core. A run that is still `running` in the ledger while nobody holds the home
// was left by a process that died: it is shown as `interrupted`.
#pragma once

#include <memory>

#include "base/home.h"
#include "ledger/ledger.h"

namespace fedllm::app {

struct RunList {
  HomePaths paths;
  std::unique_ptr<ledger::Ledger> ledger;
  bool held_before = false;  // asked before the ledger was read; correct() asks again after it
  void correct(ledger::RunRow& row) const;
};

Result<RunList> open_runs(const HomePaths& paths);

}  // namespace fedllm::app
