// fedllm resume
#include "run_follow.h"

#include "command_line.h"

namespace fedllm::app {
namespace {

Status run(const Arguments& arguments) {
  RunRequest request;
  FEDLLM_ASSIGN_OR_RETURN(request.workers, arguments.number("--workers", 0, 0));
  FEDLLM_ASSIGN_OR_RETURN(request.paths, arguments.home());
  request.resume = arguments.operands[0];
  request.json = arguments.json();
  return carry_out(request);
}

const VerbEntry entry({"resume",
                       "RUN",
                       "go on with a paused, interrupted or failed run after its last committed round",
                       {{"--workers", "N", "clients trained at once (default: the number of cores)"}},
                       run,
                       11,
                       false,
                       "RUN is a run's id or an unambiguous start of it. A run that is running or done is refused."});

}  // namespace
}  // namespace fedllm::app
