// FederationClient: the client's side of federation.proto. Join, pull, push and report are plain calls that block the
// calling worker; Attend is a callback stream, so a client that waits for its turn holds no thread. Sizes are checked
// before allocating. attend() may be called once; leave() ends the stream and returns when no callback will come any more.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "wire/federation.grpc.pb.h"

namespace fedllm::node {

class FederationClient {
 public:
  FederationClient(std::shared_ptr<grpc::Channel> channel, std::string run, int client);
  ~FederationClient();
  FederationClient(const FederationClient&) = delete;
  // The reply's scenario and codec; a refusal is FAILED_PRECONDITION with the coordinator's reason.
  Result<wire::JoinReply> join(const std::string& name, int64_t examples);
  // on_task runs on gRPC's threads and must not block.
  void attend(std::function<void(const wire::Task&)> on_task);
  void leave();
  Result<std::string> pull(uint64_t version, uint64_t expected_bytes);
  // header.failure not empty: payload is not sent. run, client, sizes and checksum are filled in here.
  Result<wire::PushReply> push(wire::UpdateHeader header, std::string_view payload);
  // False: stop working on this round.
  Result<bool> report(wire::ReportRequest report);

 private:
  class Attendance;
  std::unique_ptr<wire::Federation::Stub> stub_;
  const std::string run_;
  const int client_;
  std::unique_ptr<Attendance> attendance_;
};

}  // namespace fedllm::node
