#include "node/client.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/crc32.h"
#include "net/chunks.h"
#include "net/local_server.h"
#include "node/federation_service.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.client";

}  // namespace

// One call under way, so that interrupt() finds it.
class FederationClient::Call {
 public:
  explicit Call(FederationClient& owner, double deadline_s = 0) : owner_(owner) {
    if (deadline_s > 0)
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(deadline_s * 1000)));
    std::lock_guard lock(owner_.mutex_);
    owner_.calls_.insert(this);
  }
  ~Call() {
    std::lock_guard lock(owner_.mutex_);
    owner_.calls_.erase(this);
  }
  // The owner's mutex is held.
  void cancel() {
    stop.request();
    context.TryCancel();
  }
  grpc::ClientContext context;
  StopFlag stop;

 private:
  FederationClient& owner_;
};

FederationClient::FederationClient(std::shared_ptr<grpc::Channel> channel, std::string run, int client, const ClientLink& link)
    : channel_(std::move(channel)), stub_(wire::Federation::NewStub(channel_)), run_(std::move(run)), client_(client), link_(link) {}

FederationClient::~FederationClient() { leave(); }

std::shared_ptr<wire::Federation::Stub> FederationClient::stub() const {
  std::lock_guard lock(mutex_);
  return stub_;
}
std::shared_ptr<grpc::Channel> FederationClient::channel() const {
  std::lock_guard lock(mutex_);
  return channel_;
}
void FederationClient::sent(const google::protobuf::Message& message) const {
  if (link_.meter) link_.meter->sent(message);
}
void FederationClient::received(const google::protobuf::Message& message) const {
  if (link_.meter) link_.meter->received(message);
}

Result<wire::JoinReply> FederationClient::join(const std::string& name, int64_t examples, int64_t test_examples) {
  wire::JoinRequest request;
  request.set_protocol(kFederationProtocol);
  request.set_run(run_);
  request.set_client(client_);
  request.set_name(name);
  request.set_examples(examples);
  request.set_test_examples(test_examples);
  wire::JoinReply reply;
  Call call(*this, link_.answer_s);
  sent(request);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub()->Join(&call.context, request, &reply), kWhere));
  received(reply);
  if (!reply.accepted())
    return failed_precondition("the coordinator refused client " + std::to_string(client_) + ": " + reply.reason(), kWhere);
  return reply;
}

void FederationClient::attend(std::function<void(const wire::Task&)> on_task, std::function<void(const Status&)> on_end) {
  wire::AttendRequest request;
  request.set_run(run_);
  request.set_client(client_);
  sent(request);
  if (link_.meter) {
    on_task = [this, inner = std::move(on_task)](const wire::Task& task) {
      received(task);
      inner(task);
    };
  }
  const auto begin = [stub = stub(), &request](grpc::ClientContext* context, grpc::ClientReadReactor<wire::Task>* reactor) {
    stub->async()->Attend(context, &request, reactor);
  };
  attendance_ = std::make_unique<net::Reading<wire::Task>>(begin, std::move(on_task), std::move(on_end), kWhere);
}

void FederationClient::leave() {
  if (!attendance_) return;
  attendance_->cancel();
  attendance_->wait();
  attendance_.reset();
}

void FederationClient::interrupt() {
  std::lock_guard lock(mutex_);
  for (Call* call : calls_) call->cancel();
}

void FederationClient::use(std::shared_ptr<grpc::Channel> channel) {
  leave();
  interrupt();
  std::lock_guard lock(mutex_);
  channel_ = std::move(channel);
  stub_ = wire::Federation::NewStub(channel_);
}

Result<Pulled> FederationClient::pull(uint64_t version, uint64_t expected_bytes) {
  wire::PullRequest request;
  request.set_version(version);
  return pull(std::move(request), expected_bytes, expected_bytes);
}

Result<std::string> FederationClient::pull_merged(uint64_t version, uint64_t have, uint64_t most_bytes) {
  wire::PullRequest request;
  request.set_version(version);
  request.set_merged(true);
  request.set_have(have);
  FEDLLM_ASSIGN_OR_RETURN(Pulled pulled, pull(std::move(request), 0, most_bytes));
  return std::move(pulled.bytes);
}

// expected_bytes 0: what the first chunk says, up to most_bytes.
Result<Pulled> FederationClient::pull(wire::PullRequest request, uint64_t expected_bytes, uint64_t most_bytes) {
  request.set_run(run_);
  request.set_client(client_);
  Call call(*this);
  const double began_s = clock_.seconds();
  sent(request);
  const auto channel = this->channel();
  const auto reader = net::start_pull(*channel, &call.context, request);
  std::optional<net::ChunkAssembler> assembler;
  wire::Chunk head;  // the first chunk's
  const auto begin = [&] {
    if (assembler) return Status();
    if (expected_bytes == 0) expected_bytes = std::min<uint64_t>(head.total_bytes(), most_bytes);
    return assembler.emplace(expected_bytes).begin(head.total_bytes(), head.crc32());
  };
  const auto take = [&](std::string_view piece) {
    FEDLLM_RETURN_IF_ERROR(begin());
    return assembler->add(piece);
  };
  Status status;
  for (grpc::ByteBuffer message; status.ok() && reader->Read(&message); message.Clear()) {
    const size_t bytes = message.Length();
    const auto payload = net::read_chunk(message, head, take);
    if (link_.meter) link_.meter->received_chunk(bytes, payload.ok() ? *payload : 0);
    status = payload.ok() ? begin() : payload.status();
  }
  if (!status.ok()) call.context.TryCancel();
  const grpc::Status ended = reader->Finish();
  FEDLLM_RETURN_IF_ERROR(status);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(ended, kWhere));
  if (!assembler) assembler.emplace(expected_bytes);   // it says what is missing
  if (link_.meter) link_.meter->downloaded(expected_bytes, clock_.seconds() - began_s);
  FEDLLM_ASSIGN_OR_RETURN(std::string bytes, assembler->finish());
  return Pulled{std::move(bytes), assembler->crc32()};
}

// An unpaced upload writes whole chunks; a capped one small pieces, so that it never exceeds the cap for long.
Status FederationClient::write_pieces(PushStream& stream, const std::shared_ptr<const std::string>& payload, const StopFlag& stop) {
  for (net::ChunkCutter cutter(*payload); !cutter.done();) {
    for (std::string_view chunk = cutter.next(); !chunk.empty();) {
      const bool paced = link_.pace && link_.pace->mbit_s() > 0;
      const std::string_view piece = paced ? chunk.substr(0, UploadPace::kPiece) : chunk;
      chunk.remove_prefix(piece.size());
      if (link_.pace && !link_.pace->wait(piece.size(), stop)) return cancelled("the upload was interrupted", kWhere);
      const grpc::ByteBuffer message = net::push_message(payload, piece);
      if (!stream.write(message)) return {};  // the stream's own status tells why
      if (link_.meter) link_.meter->sent_chunk(message.Length(), piece.size());
    }
  }
  return {};
}

Result<wire::PushReply> FederationClient::push(wire::UpdateHeader header, std::string payload) {
  return push_shared(std::move(header), std::make_shared<const std::string>(std::move(payload)));
}

Result<wire::PushReply> FederationClient::push_shared(wire::UpdateHeader header, std::shared_ptr<const std::string> payload, std::optional<uint32_t> crc32) {
  header.set_run(run_);
  header.set_client(client_);
  header.set_total_bytes(payload->size());
  header.set_crc32(crc32 ? *crc32 : fedllm::crc32(*payload));
  wire::PushMessage message;
  *message.mutable_header() = std::move(header);
  wire::PushReply reply;
  Call call(*this);
  const double began_s = clock_.seconds();
  const auto channel = this->channel();
  PushStream stream(*channel, &call.context, &reply);
  Status status;
  if (stream.write(net::serialize(message))) {
    sent(message);
    status = write_pieces(stream, payload, call.stop);
  }
  if (!status.ok()) call.context.TryCancel();
  const grpc::Status ended = stream.finish();
  FEDLLM_RETURN_IF_ERROR(status);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(ended, kWhere));
  received(reply);
  if (link_.meter) link_.meter->uploaded(payload->size(), clock_.seconds() - began_s);
  return reply;
}

Result<bool> FederationClient::report(wire::ReportRequest report) {
  report.set_run(run_);
  report.set_client(client_);
  wire::ReportReply reply;
  Call call(*this, link_.answer_s);
  sent(report);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub()->Report(&call.context, report, &reply), kWhere));
  received(reply);
  return reply.keep_going();
}

Result<wire::EvaluationReply> FederationClient::evaluated(wire::EvaluationReport report) {
  report.set_run(run_);
  report.set_client(client_);
  wire::EvaluationReply reply;
  Call call(*this, link_.answer_s);
  sent(report);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub()->Evaluated(&call.context, report, &reply), kWhere));
  received(reply);
  return reply;
}

}  // namespace fedllm::node
