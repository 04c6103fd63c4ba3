// LocalServer: a gRPC server without a port and channels to it inside the process. A simulated client speaks the same
// service over such a channel as a LAN client over TLS. Destroying it cancels what is still running.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "base/status.h"

namespace fedllm::net {

class LocalServer {
 public:
  // `service` must outlive the server.
  static Result<std::unique_ptr<LocalServer>> start(grpc::Service& service);
  ~LocalServer();
  std::shared_ptr<grpc::Channel> channel();

 private:
  explicit LocalServer(std::unique_ptr<grpc::Server> server) : server_(std::move(server)) {}
  std::unique_ptr<grpc::Server> server_;
};

// Our status for gRPC's and back; codes are the same numbers. What goes out is cut to kMostSentence bytes: it travels as a header,
// percent-encoded, and of more than 8 KiB of headers a caller learns nothing but that they were too many.
inline constexpr size_t kMostSentence = 2000;
Status from_grpc(const grpc::Status& status, const std::string& where);
grpc::Status to_grpc(const Status& status);

}  // namespace fedllm::net
