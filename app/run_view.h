// How a run is shown in the terminal while it is followed: JSON lines for scripts, a progress bar where a person looks
// (standard error is a terminal), else nothing until the end. The end is the summary: one JSON object, or plain lines.
#pragma once

#include <memory>

#include "ledger/ledger.h"

namespace fedllm::app {

class RunView {
 public:
  virtual ~RunView() = default;
  virtual void event(const ledger::Event& event) = 0;
  // Once, after the last event; prints the summary.
  virtual void end(const ledger::RunRow& row) = 0;
};

// `scenario_json` tells the bar how many steps a round has.
std::unique_ptr<RunView> make_run_view(bool json, const std::string& scenario_json);
// The summary as lines of "what  value".
void print_summary(const ledger::RunRow& row);

}  // namespace fedllm::app
