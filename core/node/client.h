// FederationClient: the client's side of federation.proto over any channel. Join, pull, push, report and evaluated are plain
// calls that block the calling worker; Attend is a callback stream, so a client that waits for its turn holds no thread.
// Sizes are checked before allocating. One attend() at a time; leave() ends the stream and returns when no callback will come
// any more. interrupt() ends every call under way with CANCELLED. A client over a network sets a ClientLink; the defaults are
// those of one in the same process.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/status.h"
#include "base/stop_token.h"
#include "net/reading.h"
#include "node/left_meter.h"
#include "node/push_stream.h"
#include "node/upload_pace.h"
#include "wire/federation.grpc.pb.h"

namespace fedllm::node {

struct ClientLink {
  double answer_s = 0;          // deadline of join, report and evaluated; 0: none
  UploadPace* pace = nullptr;   // caps the upload
  LeftMeter* meter = nullptr;   // counts what is sent and received
};

struct Pulled {
  std::string bytes;
  uint32_t crc32 = 0;
};

class FederationClient {
 public:
  FederationClient(std::shared_ptr<grpc::Channel> channel, std::string run, int client, const ClientLink& link = {});
  ~FederationClient();
  FederationClient(const FederationClient&) = delete;
  // The reply's scenario and codec; a refusal is FAILED_PRECONDITION with the coordinator's reason.
  Result<wire::JoinReply> join(const std::string& name, int64_t examples, int64_t test_examples = 0);
  // Both run on gRPC's threads and must not block; on_end comes once, last, when the stream is over for whatever reason.
  void attend(std::function<void(const wire::Task&)> on_task, std::function<void(const Status&)> on_end = {});
  void leave();
  Result<Pulled> pull(uint64_t version, uint64_t expected_bytes);
  // The accumulator beside the base; `have`: 1 + the version whose accumulator is here, 0: none. Its size is the coordinator's
  // to say, up to `most_bytes`.
  Result<std::string> pull_merged(uint64_t version, uint64_t have, uint64_t most_bytes);
  // header.failure not empty: payload is not sent. run, client, sizes and checksum are filled in here. gRPC may hold the payload
  // beyond the call.
  Result<wire::PushReply> push(wire::UpdateHeader header, std::string payload);
  // crc32: where it is known.
  Result<wire::PushReply> push_shared(wire::UpdateHeader header, std::shared_ptr<const std::string> payload, std::optional<uint32_t> crc32 = {});
  // False: stop working on this round.
  Result<bool> report(wire::ReportRequest report);
  Result<wire::EvaluationReply> evaluated(wire::EvaluationReport report);
  void interrupt();
  // leave(), interrupt(), and another channel from now on.
  void use(std::shared_ptr<grpc::Channel> channel);

 private:
  class Call;
  Result<Pulled> pull(wire::PullRequest request, uint64_t expected_bytes, uint64_t most_bytes);
  std::shared_ptr<wire::Federation::Stub> stub() const;
  std::shared_ptr<grpc::Channel> channel() const;
  Status write_pieces(PushStream& stream, const std::shared_ptr<const std::string>& payload, const StopFlag& stop);
  void sent(const google::protobuf::Message& message) const;
  void received(const google::protobuf::Message& message) const;

  mutable std::mutex mutex_;
  std::shared_ptr<grpc::Channel> channel_;
  std::shared_ptr<wire::Federation::Stub> stub_;
  std::set<Call*> calls_;
  const std::string run_;
  const int client_;
  const ClientLink link_;
  std::unique_ptr<net::Reading<wire::Task>> attendance_;
  SystemClock clock_;
};

}  // namespace fedllm::node
