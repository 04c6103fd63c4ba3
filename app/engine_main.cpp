// `fedllm` of a build of the engine alone (FEDLLM_ENGINE_ONLY). Each verb lives in verb_<name>.cpp.
#include <csignal>

#include "base/heap.h"
#include "command_line.h"

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);   // a file that may not grow is a failed write with a sentence
  fedllm::limit_heaps();
  return fedllm::app::run_command_line(argc, argv);
}
