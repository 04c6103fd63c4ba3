// FederationService: the gRPC side of a coordinator (federation.proto) on gRPC's callback API, so that hundreds of clients
// hold no thread each. It moves bytes, checks sizes, counts traffic and asks a FederationHost what to answer. All methods are
// thread-safe. The host's methods run on gRPC's threads and must not block.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/traffic.h"
#include "node/inbound_payload.h"
#include "wire/federation.grpc.pb.h"

namespace fedllm::node {

inline constexpr uint32_t kFederationProtocol = 2;

// Payloads pass as bytes, without copies of their own (net/raw_messages.h).
using FederationHandlers = wire::Federation::WithCallbackMethod_Join<wire::Federation::WithCallbackMethod_Attend<
    wire::Federation::WithRawCallbackMethod_Pull<wire::Federation::WithRawCallbackMethod_Push<
        wire::Federation::WithCallbackMethod_Report<wire::Federation::WithCallbackMethod_Evaluated<wire::Federation::Service>>>>>>;

struct ReceivedUpdate {
  wire::UpdateHeader header;
  StoredPayload payload;      // complete and checked; empty with header.failure
  double push_seconds = 0;    // from the call's arrival to its last byte
  net::TrafficCount traffic;  // of this call
  Status not_kept;            // this machine could not keep the payload, and why
};

class FederationHost {
 public:
  virtual ~FederationHost() = default;
  virtual wire::JoinReply join(const wire::JoinRequest& request) = 0;
  // Payload of a committed version as this client was told of it; null when it cannot be had (any more).
  virtual std::shared_ptr<const std::string> payload(int client, uint64_t version) = 0;
  // The accumulator beside the base at a version, for a client that holds the one of version `have` - 1 (0: none); null when
  // there is none.
  virtual std::shared_ptr<const std::string> merged_payload(uint64_t, uint64_t) { return nullptr; }
  // The only payload size that an update of this client may have.
  virtual size_t update_bytes(int client) const = 0;
  // Where payloads may be kept that are too many for memory; empty: nowhere.
  virtual std::string spill_folder() const { return {}; }
  // Takes the update; `reply` is called once, from any thread.
  virtual void pushed(ReceivedUpdate update, std::function<void(wire::PushReply)> reply) = 0;
  virtual wire::ReportReply reported(const wire::ReportRequest& report) = 0;
  // A client's stream of tasks began or ended; a replaced stream does not end for the host.
  virtual void attended(int) {}
  virtual void gone(int) {}
  virtual wire::EvaluationReply evaluated(const wire::EvaluationReport& report);  // refuses
};

// The client that the peer of a call may speak for, -1: none. Called on gRPC's threads, quickly.
using SlotOf = std::function<int(const grpc::ServerContextBase&)>;

class FederationService {
 public:
  // slot_of: who may speak for whom; empty (a simulation): whoever the request names.
  FederationService(FederationHost& host, net::Traffic& traffic, std::string run, SlotOf slot_of = {});
  ~FederationService();
  grpc::Service& grpc_service();
  // Queues a task on the client's Attend stream; the stream's number, 0 when the client does not attend.
  uint64_t send(int client, const wire::Task& task);
  uint64_t stream(int client) const;
  // Ends every Attend stream after what is queued on it.
  void finish_all();
  int attending() const;
  bool attends(int client) const;
  // For a door that outlives the service: its calls, ending all that are under way, and how many there are. The host must
  // still take what they bring until calls() is 0.
  FederationHandlers& handlers();
  void cancel_calls();
  void cancel_calls(int client);
  int calls() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fedllm::node
