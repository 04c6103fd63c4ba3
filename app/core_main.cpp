// `fedllm`: the core and the command line. Each verb lives in verb_<name>.cpp.
#include <csignal>

#include "base/heap.h"
#include "command_line.h"
#include "net/tls.h"

int main(int argc, char** argv) {
  // A file that may not grow is a failed write with a sentence, as on a full disk, not a death.
  std::signal(SIGXFSZ, SIG_IGN);
  fedllm::limit_heaps();
  fedllm::net::require_tls13();
  return fedllm::app::run_command_line(argc, argv);
}
