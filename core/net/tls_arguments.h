// What both ends of a room's connection tell gRPC: liveness and transport settings (milliseconds, bytes). For this room's own files.
#pragma once

#include <grpcpp/grpcpp.h>

#include <utility>
#include <vector>

namespace fedllm::net {

inline std::vector<std::pair<const char*, int>> transport_arguments() {
  return {{GRPC_ARG_KEEPALIVE_TIME_MS, 10'000},
          {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000},
          {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
          {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0}};
}

}  // namespace fedllm::net
