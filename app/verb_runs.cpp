// fedllm runs
#include "command_line.h"
#include "event_line.h"
#include "run_list.h"

namespace fedllm::app {
namespace {

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  FEDLLM_ASSIGN_OR_RETURN(const RunList list, open_runs(paths));
  FEDLLM_ASSIGN_OR_RETURN(auto rows, list.ledger->runs());
  for (ledger::RunRow& row : rows) {
    list.correct(row);
    if (arguments.json())
      print_line(to_line(json_of(row)));
    else
      print_line(padded(row.id, 21) + "  " + padded(std::string(ledger::run_state_name(row.state)), 11) + "  " +
                 padded(std::to_string(row.rounds_done) + "/" + std::to_string(row.rounds), 7) + "  " + row.name);
  }
  return {};
}

const VerbEntry entry({"runs", "", "list the runs of the home, newest first: run, state, rounds done, name", {}, run, 20});

}  // namespace
}  // namespace fedllm::app
