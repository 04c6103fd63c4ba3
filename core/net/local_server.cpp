#include "net/local_server.h"

#include <chrono>

#include "base/text.h"

namespace fedllm::net {

Result<std::unique_ptr<LocalServer>> LocalServer::start(grpc::Service& service) {
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) return internal_error("the in-process federation server could not start", "net.local_server");
  return std::unique_ptr<LocalServer>(new LocalServer(std::move(server)));
}

LocalServer::~LocalServer() {
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  server_->Wait();
}

std::shared_ptr<grpc::Channel> LocalServer::channel() { return server_->InProcessChannel(grpc::ChannelArguments()); }

Status from_grpc(const grpc::Status& status, const std::string& where) {
  if (status.ok()) return {};
  return Status(static_cast<Code>(status.error_code()), status.error_message(), where);
}

grpc::Status to_grpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), shortened(status.to_string(), kMostSentence));
}

}  // namespace fedllm::net
