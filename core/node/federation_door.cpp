#include "node/federation_door.h"

#include <chrono>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "net/refused.h"

namespace fedllm::node {
namespace {

const grpc::Status& no_run() {
  static const grpc::Status status(grpc::StatusCode::UNAVAILABLE, "the room has no run at this moment");
  return status;
}

}  // namespace

// Forwards every call while a run is on. The lock is held while a call is handed over, so that after shut() none can be on
// its way into the run.
class FederationDoor::Impl final : public FederationHandlers {
 public:
  explicit Impl(SlotOf slot_of) : slot_of_(std::move(slot_of)) {}

  void open(FederationService* service) {
    std::unique_lock lock(mutex_);
    service_ = service;
  }
  FederationService* shut() {
    std::unique_lock lock(mutex_);
    return std::exchange(service_, nullptr);
  }
  void drop(int client) {
    std::shared_lock lock(mutex_);
    if (service_) service_->cancel_calls(client);
  }
  const SlotOf& slot_of() const { return slot_of_; }

 private:
  grpc::ServerUnaryReactor* Join(grpc::CallbackServerContext* context, const wire::JoinRequest* request,
                                 wire::JoinReply* reply) override {
    std::shared_lock lock(mutex_);
    return service_ ? service_->handlers().Join(context, request, reply) : refused(context);
  }
  grpc::ServerWriteReactor<wire::Task>* Attend(grpc::CallbackServerContext* context,
                                               const wire::AttendRequest* request) override {
    std::shared_lock lock(mutex_);
    if (!service_) return new net::Refused<grpc::ServerWriteReactor<wire::Task>>(no_run());
    return service_->handlers().Attend(context, request);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Pull(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override {
    std::shared_lock lock(mutex_);
    if (!service_) return new net::Refused<grpc::ServerWriteReactor<grpc::ByteBuffer>>(no_run());
    return service_->handlers().Pull(context, request);
  }
  grpc::ServerReadReactor<grpc::ByteBuffer>* Push(grpc::CallbackServerContext* context, grpc::ByteBuffer* reply) override {
    std::shared_lock lock(mutex_);
    if (!service_) return new net::Refused<grpc::ServerReadReactor<grpc::ByteBuffer>>(no_run());
    return service_->handlers().Push(context, reply);
  }
  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context, const wire::ReportRequest* request,
                                   wire::ReportReply* reply) override {
    std::shared_lock lock(mutex_);
    return service_ ? service_->handlers().Report(context, request, reply) : refused(context);
  }
  grpc::ServerUnaryReactor* Evaluated(grpc::CallbackServerContext* context, const wire::EvaluationReport* request,
                                      wire::EvaluationReply* reply) override {
    std::shared_lock lock(mutex_);
    return service_ ? service_->handlers().Evaluated(context, request, reply) : refused(context);
  }
  static grpc::ServerUnaryReactor* refused(grpc::CallbackServerContext* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(no_run());
    return reactor;
  }

  const SlotOf slot_of_;
  std::shared_mutex mutex_;
  FederationService* service_ = nullptr;
};

FederationDoor::FederationDoor(SlotOf slot_of) : impl_(std::make_unique<Impl>(std::move(slot_of))) {}
FederationDoor::~FederationDoor() = default;
grpc::Service& FederationDoor::grpc_service() { return *impl_; }
const SlotOf& FederationDoor::slot_of() const { return impl_->slot_of(); }
void FederationDoor::open(FederationService& service) { impl_->open(&service); }
void FederationDoor::drop(int client) { impl_->drop(client); }

void FederationDoor::shut(const std::function<void()>& settle) {
  FederationService* service = impl_->shut();
  if (!service) return;
  service->cancel_calls();
  while (service->calls() > 0) {
    settle();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace fedllm::node
