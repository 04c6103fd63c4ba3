// Several threads over one shared base. bench train --clients N: N clients on 2 workers, against one client (memory) and one
// worker (speed). bench train --workers N: one client whose batches N workers share, against one worker.
#pragma once

#include "bench_setup.h"

namespace fedllm::app {

Status bench_clients(const Arguments& arguments, const BenchSetup& setup);
Status bench_workers(const Arguments& arguments, const BenchSetup& setup);

}  // namespace fedllm::app
