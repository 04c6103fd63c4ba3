// The control service's answers: a generation on the pool whose text goes out while its tokens come. What a slow reader has not
// taken waits joined in one part, so at most one answer is held. A cancelled call ends its generation within 200 ms, one that
// still waits for a thread at once. gRPC's threads never block.
#pragma once

#include <grpcpp/grpcpp.h>

#include "node/try_it.h"
#include "node/worker_pool.h"

namespace fedllm::node {

grpc::ServerWriteReactor<wire::TryPart>* open_answer(TryIt& try_it, WorkerPool& pool, const wire::TryRequest& request);

}  // namespace fedllm::node
