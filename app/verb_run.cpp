// fedllm run
#include "run_follow.h"
#include "scenario_source.h"

namespace fedllm::app {
namespace {

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const int workers, arguments.number("--workers", 0, 0));
  FEDLLM_ASSIGN_OR_RETURN(const ScenarioSource source, load_source(arguments.operands[0], arguments));
  RunRequest request;
  FEDLLM_ASSIGN_OR_RETURN(request.paths, arguments.home());
  request.scenario_json = source.json();
  request.base_dir = source.base_dir;
  request.workers = workers;
  request.json = arguments.json();
  return carry_out(request);
}

const VerbEntry entry({"run",
                       "SCENARIO",
                       "run a scenario (a file, builtin:NAME or -) and follow it to its end",
                       {kSetOption, {"--workers", "N", "clients trained at once (default: the number of cores)"}},
                       run,
                       10,
                       false,
                       "Trains in this process, unless a live core owns the home: then it hands the run over and follows it.\n"
                       "Ctrl-C stops and saves; `fedllm resume RUN` goes on after the last committed round.\n"
                       "With --json every event is a line, and the last line is the summary."});

}  // namespace
}  // namespace fedllm::app
