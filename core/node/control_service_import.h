// The stream of one import: progress while files are read, then the dataset. A reader that leaves cancels it.
#pragma once

#include <grpcpp/grpcpp.h>

#include "node/control_service_data.h"
#include "node/worker_pool.h"
#include "wire/control.pb.h"

namespace fedllm::node {

grpc::ServerWriteReactor<wire::ImportReply>* open_import(ScenarioQueries& queries, WorkerPool& pool,
                                                         const wire::ImportRequest& request);

}  // namespace fedllm::node
