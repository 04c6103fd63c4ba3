#include "lab/lab_client.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "net/local_server.h"
#include "wire/lab.grpc.pb.h"

namespace fedllm::lab {
namespace {
constexpr const char* kWhere = "lab.client";
}

class LabClient::Impl {
 public:
  explicit Impl(const std::string& socket)
      : stub_(wire::Lab::NewStub(grpc::CreateChannel("unix:" + socket, grpc::InsecureChannelCredentials()))) {}
  ~Impl() {
    {
      std::lock_guard lock(mutex_);
      if (context_) context_->TryCancel();
    }
    if (watcher_.joinable()) watcher_.join();
  }

  Result<wire::HostedRoom> host(const wire::HostRoomRequest& request) {
    grpc::ClientContext context;
    wire::HostedRoom reply;
    FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub_->HostRoom(&context, request, &reply), kWhere));
    return reply;
  }

  Result<wire::Membership> join(const wire::JoinRoomRequest& request) {
    grpc::ClientContext context;
    wire::Membership reply;
    FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub_->JoinRoom(&context, request, &reply), kWhere));
    return reply;
  }

  Status command(const wire::HostCommand& command) {
    grpc::ClientContext context;
    wire::LabAck ack;
    return net::from_grpc(stub_->RoomCommand(&context, command, &ack), kWhere);
  }
  Status command(const wire::MembershipCommand& command) {
    grpc::ClientContext context;
    wire::LabAck ack;
    return net::from_grpc(stub_->MemberCommand(&context, command, &ack), kWhere);
  }

  Result<wire::HostedRoom> room(const std::string& id) {
    FEDLLM_ASSIGN_OR_RETURN(const wire::LabState state, newest());
    for (const wire::HostedRoom& room : state.rooms())
      if (room.room() == id) return room;
    return not_found("the room was closed", kWhere);
  }
  Result<wire::Membership> membership(const std::string& id) {
    FEDLLM_ASSIGN_OR_RETURN(const wire::LabState state, newest());
    for (const wire::Membership& membership : state.memberships())
      if (membership.membership() == id) return membership;
    return not_found("the membership was ended from elsewhere", kWhere);
  }

 private:
  Result<wire::LabState> newest() {
    std::unique_lock lock(mutex_);
    if (!context_) watch();
    changed_.wait(lock, [this] { return state_ || over_; });
    if (over_) return unavailable("the core went away", kWhere);
    return *state_;
  }

  // mutex_ held.
  void watch() {
    context_ = std::make_unique<grpc::ClientContext>();
    watcher_ = std::thread([this, context = context_.get()] {
      const auto reader = stub_->Watch(context, wire::LabWatchRequest());
      wire::LabState state;
      while (reader->Read(&state)) {
        std::lock_guard lock(mutex_);
        state_ = state;
        changed_.notify_all();
      }
      (void)reader->Finish();
      std::lock_guard lock(mutex_);
      over_ = true;
      changed_.notify_all();
    });
  }

  const std::unique_ptr<wire::Lab::Stub> stub_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::optional<wire::LabState> state_;
  bool over_ = false;
  std::thread watcher_;
};

LabClient::LabClient(const HomePaths& paths) : impl_(std::make_unique<Impl>(paths.socket)) {}
LabClient::~LabClient() = default;
Result<wire::HostedRoom> LabClient::host(const wire::HostRoomRequest& request) { return impl_->host(request); }
Result<wire::Membership> LabClient::join(const wire::JoinRoomRequest& request) { return impl_->join(request); }
Status LabClient::command(const wire::HostCommand& command) { return impl_->command(command); }
Status LabClient::command(const wire::MembershipCommand& command) { return impl_->command(command); }
Result<wire::HostedRoom> LabClient::room(const std::string& id) { return impl_->room(id); }
Result<wire::Membership> LabClient::membership(const std::string& id) { return impl_->membership(id); }

}  // namespace fedllm::lab
