#include "node/control_client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "net/local_server.h"
#include "node/control_service.h"
#include "wire/control.grpc.pb.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.control_client";

// A core that is just starting is there within tenths of a second; gRPC's own second between attempts would be felt.
std::shared_ptr<grpc::Channel> connect_to(const std::string& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  return grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

class ControlClient::Impl {
 public:
  explicit Impl(const std::string& socket) : channel_(connect_to(socket)), stub_(wire::Control::NewStub(channel_)) {}

  Status hello(const std::string& version, double timeout_s) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(timeout_s * 1000)));
    wire::HelloRequest request;
    request.set_protocol(kControlProtocol);
    request.set_program_version(version);
    const grpc::Status status = stub_->Hello(&context, request, &hello_);
    if (!status.ok()) return unavailable("no core answers: " + status.error_message(), kWhere);
    if (hello_.protocol() == kControlProtocol) return {};
    return failed_precondition("the core of this home (version " + hello_.program_version() + ", process " +
                                   std::to_string(hello_.pid()) + ") speaks protocol " + std::to_string(hello_.protocol()) +
                                   ", this program " + std::to_string(kControlProtocol) + "; end that process or use its version",
                               kWhere);
  }

  template <class Request, class Reply>
  Result<Reply> call(grpc::Status (wire::Control::Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                     const Request& request) {
    grpc::ClientContext context;
    Reply reply;
    const Status status = net::from_grpc((stub_.get()->*method)(&context, request, &reply), kWhere);
    if (!status.ok()) return status;
    return reply;
  }

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<wire::Control::Stub> stub_;
  wire::HelloReply hello_;
};

ControlClient::ControlClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlClient::~ControlClient() = default;

Result<std::unique_ptr<ControlClient>> ControlClient::connect(const HomePaths& paths, const std::string& program_version,
                                                              double timeout_s) {
  auto impl = std::make_unique<Impl>(paths.socket);
  FEDLLM_RETURN_IF_ERROR(impl->hello(program_version, timeout_s));
  return std::unique_ptr<ControlClient>(new ControlClient(std::move(impl)));
}

const wire::HelloReply& ControlClient::hello() const { return impl_->hello_; }

Result<wire::RunInfo> ControlClient::start_run(const wire::StartRunRequest& request) {
  return impl_->call(&wire::Control::Stub::StartRun, request);
}

Result<wire::RunInfo> ControlClient::get_run(const std::string& run) {
  wire::RunRef request;
  request.set_run(run);
  return impl_->call(&wire::Control::Stub::GetRun, request);
}

Result<wire::RunInfo> ControlClient::resume(const std::string& run) {
  wire::RunRef request;
  request.set_run(run);
  return impl_->call(&wire::Control::Stub::Resume, request);
}

Result<wire::RunInfo> ControlClient::stop(const std::string& run, bool abandon) {
  wire::StopRequest request;
  request.set_run(run);
  request.set_abandon(abandon);
  return impl_->call(&wire::Control::Stub::Stop, request);
}

Status ControlClient::watch(const std::string& run, uint64_t from_seq,
                            const std::function<bool(const wire::EventBatch&)>& batch) {
  grpc::ClientContext context;
  wire::WatchRequest request;
  request.set_run(run);
  request.set_from_seq(from_seq);
  const auto reader = impl_->stub_->Watch(&context, request);
  wire::EventBatch message;
  while (reader->Read(&message)) {
    if (batch(message)) continue;
    context.TryCancel();
    while (reader->Read(&message)) {
    }
    (void)reader->Finish();
    return {};
  }
  const Status ended = net::from_grpc(reader->Finish(), kWhere);
  return ended.ok() ? unavailable("the core ended the stream", kWhere) : ended;
}

}  // namespace fedllm::node
