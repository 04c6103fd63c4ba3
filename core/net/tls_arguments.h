// What both ends of a room's connection tell gRPC: liveness and transport settings (milliseconds, bytes). For this room's own
// files.
#pragma once

#include <grpcpp/grpcpp.h>

#include <utility>
#include <vector>

namespace fedllm::net {

// Bandwidth probing costs a fifth of a stream's processor time (bench_net); a fixed window of 1 MiB bears 160 Mbit/s at 50 ms.
inline std::vector<std::pair<const char*, int>> transport_arguments() {
  return {{GRPC_ARG_KEEPALIVE_TIME_MS, 10'000},
          {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000},
          {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
          {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0},
          {GRPC_ARG_HTTP2_BDP_PROBE, 0},
          {GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20},
          {GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 128 << 10}};
}

}  // namespace fedllm::net
