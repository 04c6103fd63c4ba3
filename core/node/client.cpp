#include "node/client.h"

#include <condition_variable>
#include <mutex>

#include "base/crc32.h"
#include "net/chunks.h"
#include "net/local_server.h"
#include "node/federation_service.h"

namespace fedllm::node {

class FederationClient::Attendance final : public grpc::ClientReadReactor<wire::Task> {
 public:
  Attendance(wire::Federation::Stub& stub, const std::string& run, int client, std::function<void(const wire::Task&)> on_task)
      : on_task_(std::move(on_task)) {
    request_.set_run(run);
    request_.set_client(client);
    stub.async()->Attend(&context_, &request_, this);
    StartRead(&task_);
    StartCall();
  }
  void cancel() { context_.TryCancel(); }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    on_task_(task_);
    StartRead(&task_);
  }
  void OnDone(const grpc::Status&) override {
    std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  std::function<void(const wire::Task&)> on_task_;
  grpc::ClientContext context_;
  wire::AttendRequest request_;
  wire::Task task_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

FederationClient::FederationClient(std::shared_ptr<grpc::Channel> channel, std::string run, int client)
    : stub_(wire::Federation::NewStub(std::move(channel))), run_(std::move(run)), client_(client) {}

FederationClient::~FederationClient() { leave(); }

Result<wire::JoinReply> FederationClient::join(const std::string& name, int64_t examples) {
  wire::JoinRequest request;
  request.set_protocol(kFederationProtocol);
  request.set_run(run_);
  request.set_client(client_);
  request.set_name(name);
  request.set_examples(examples);
  wire::JoinReply reply;
  grpc::ClientContext context;
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub_->Join(&context, request, &reply), "node.client"));
  if (!reply.accepted())
    return failed_precondition("the coordinator refused client " + std::to_string(client_) + ": " + reply.reason(),
                               "node.client");
  return reply;
}

void FederationClient::attend(std::function<void(const wire::Task&)> on_task) {
  attendance_ = std::make_unique<Attendance>(*stub_, run_, client_, std::move(on_task));
}

void FederationClient::leave() {
  if (!attendance_) return;
  attendance_->cancel();
  attendance_->wait();
  attendance_.reset();
}

Result<std::string> FederationClient::pull(uint64_t version, uint64_t expected_bytes) {
  wire::PullRequest request;
  request.set_run(run_);
  request.set_client(client_);
  request.set_version(version);
  grpc::ClientContext context;
  auto reader = stub_->Pull(&context, request);
  net::ChunkAssembler assembler(expected_bytes);
  wire::Chunk chunk;
  Status status;
  while (status.ok() && reader->Read(&chunk)) {
    if (!assembler.begun()) status = assembler.begin(chunk.total_bytes(), chunk.crc32());
    if (status.ok()) status = assembler.add(chunk.data());
  }
  if (!status.ok()) context.TryCancel();
  const grpc::Status ended = reader->Finish();
  FEDLLM_RETURN_IF_ERROR(status);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(ended, "node.client"));
  return assembler.finish();
}

Result<wire::PushReply> FederationClient::push(wire::UpdateHeader header, std::string_view payload) {
  header.set_run(run_);
  header.set_client(client_);
  header.set_total_bytes(payload.size());
  header.set_crc32(crc32(payload));
  wire::PushMessage message;
  *message.mutable_header() = std::move(header);
  wire::PushReply reply;
  grpc::ClientContext context;
  auto writer = stub_->Push(&context, &reply);
  bool open = writer->Write(message);
  for (net::ChunkCutter cutter(payload); open && !cutter.done();) {
    const std::string_view piece = cutter.next();
    message.set_chunk(piece.data(), piece.size());
    open = writer->Write(message);
  }
  writer->WritesDone();
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(writer->Finish(), "node.client"));
  return reply;
}

Result<bool> FederationClient::report(wire::ReportRequest report) {
  report.set_run(run_);
  report.set_client(client_);
  wire::ReportReply reply;
  grpc::ClientContext context;
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub_->Report(&context, report, &reply), "node.client"));
  return reply.keep_going();
}

}  // namespace fedllm::node
