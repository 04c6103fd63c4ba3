#include "lab/member_link.h"

#include <chrono>

#include "base/clock.h"
#include "base/text.h"
#include "lab/room_host.h"
#include "net/chunks.h"
#include "net/local_server.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.member_link";
constexpr double kAnswer_s = 10, kBeat_s = 3;
constexpr int kMostBlobs = 256;
constexpr size_t kMostText = 512, kMostCertificate = 16 << 10, kMostContract = 64 << 10;

Status wrong(const std::string& what) { return invalid_argument("the host's answer cannot be used: " + what, kWhere); }

// Shortens what is only shown and refuses what cannot be meant.
Status tidy(wire::RoomInfo& info) {
  if (!info.accepted())
    return failed_precondition("the room refused this machine: " + shown_text(info.reason(), kMostText), kWhere);
  if (info.contract_json().size() > kMostContract) return wrong("its data contract is longer than 64 KiB");
  if (info.base_model_size() > kMostBlobs) return wrong("its base model has more than " + std::to_string(kMostBlobs) + " files");
  if (info.room().empty() || info.room().size() > 64 || info.member().size() > 64) return wrong("it names no room");
  if (!is_sha256(info.scenario().sha256())) return wrong("it names no scenario");
  for (const wire::BlobRef& ref : info.base_model())
    if (!is_sha256(ref.sha256())) return wrong("a file of its base model has no SHA-256");
  info.set_room_name(shown_text(info.room_name(), 64));
  info.set_host_name(shown_text(info.host_name(), 64));
  info.set_base_model_name(shown_text(info.base_model_name(), 128));
  return {};
}

}  // namespace

std::string shown_text(std::string_view text, size_t limit) {
  std::string plain;
  for (const char c : text.substr(0, 4 * limit)) plain += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  if (const size_t bad = invalid_utf8_at(plain); bad != std::string::npos) plain.resize(bad);
  return shortened(plain, limit);
}

class MemberLink::Call {
 public:
  Call(MemberLink& owner, double deadline_s) : owner_(owner) {
    if (deadline_s > 0)
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(deadline_s * 1000)));
    std::lock_guard lock(owner_.mutex_);
    owner_.calls_.insert(this);
  }
  ~Call() {
    std::lock_guard lock(owner_.mutex_);
    owner_.calls_.erase(this);
  }
  grpc::ClientContext context;

 private:
  MemberLink& owner_;
};

MemberLink::MemberLink(std::shared_ptr<grpc::Channel> channel, node::LeftMeter& meter)
    : channel_(std::move(channel)), meter_(meter), stub_(wire::Room::NewStub(channel_)) {}

MemberLink::~MemberLink() {
  interrupt();
  detach();
}

void MemberLink::interrupt() {
  std::lock_guard lock(mutex_);
  for (Call* call : calls_) call->context.TryCancel();
}

Result<Enrolled> MemberLink::enrol(const EnrolFacts& facts, const std::function<void()>& on_waiting) {
  wire::EnrolRequest request;
  request.set_protocol(kRoomProtocol);
  request.set_name(facts.name);
  request.set_certificate_request(facts.certificate_request);
  request.set_proof(facts.proof);
  request.set_program_version(facts.program_version);
  Call call(*this, 0);
  auto reader = stub_->Enrol(&call.context, request);
  wire::EnrolReply reply;
  bool answered = false;
  while (reader->Read(&reply)) {
    answered = true;
    if (!reply.waiting()) break;
    on_waiting();
  }
  if (answered && !reply.waiting()) call.context.TryCancel();
  const grpc::Status ended = reader->Finish();
  if (!answered || reply.waiting()) {
    FEDLLM_RETURN_IF_ERROR(net::from_grpc(ended, kWhere));
    return unavailable("the host ended the enrolment without an answer", kWhere);
  }
  if (!reply.accepted()) return failed_precondition("the host refused: " + shown_text(reply.reason(), kMostText), kWhere);
  if (reply.certificate_pem().empty() || reply.certificate_pem().size() > kMostCertificate)
    return wrong("it gave no certificate of at most 16 KiB");
  if (reply.member().empty() || reply.member().size() > 64) return wrong("it gave no member id");
  return Enrolled{reply.certificate_pem(), reply.member()};
}

Result<wire::RoomInfo> MemberLink::hello(const wire::MemberHello& hello) {
  Call call(*this, kAnswer_s);
  wire::RoomInfo info;
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub_->Hello(&call.context, hello, &info), kWhere));
  FEDLLM_RETURN_IF_ERROR(tidy(info));
  return info;
}

Status MemberLink::fetch(BlobStore& store, const wire::BlobRef& ref, uint64_t limit,
    const std::function<void(uint64_t)>& progress) {
  if (store.has(ref.sha256())) return {};
  FEDLLM_ASSIGN_OR_RETURN(const auto incoming, store.receive({ref.sha256(), ref.bytes(), ref.name()}, limit));
  SystemClock clock;
  const double began_s = clock.seconds();
  const uint64_t had = incoming->have();
  wire::FetchRequest request;
  request.set_sha256(ref.sha256());
  request.set_offset(had);
  Call call(*this, 0);
  auto reader = stub_->Fetch(&call.context, request);
  wire::BlobChunk chunk;
  Status status;
  for (bool first = true; status.ok() && reader->Read(&chunk); first = false) {
    if (first && chunk.total_bytes() != ref.bytes())
      status = wrong("a blob of " + std::to_string(ref.bytes()) + " bytes was announced, now it has " +
          std::to_string(chunk.total_bytes()));
    else if (chunk.data().size() > net::kChunkBytes)
      status = wrong("a chunk of " + std::to_string(chunk.data().size()) + " bytes");
    else
      status = incoming->add(chunk.data());
    if (status.ok()) progress(incoming->have());
  }
  if (!status.ok()) call.context.TryCancel();
  const grpc::Status ended = reader->Finish();
  FEDLLM_RETURN_IF_ERROR(status);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(ended, kWhere));
  meter_.downloaded(static_cast<size_t>(incoming->have() - had), clock.seconds() - began_s);
  return incoming->finish();
}

Result<uint64_t> MemberLink::size_of(const std::string& sha256) {
  wire::FetchRequest request;
  request.set_sha256(sha256);
  Call call(*this, kAnswer_s);
  auto reader = stub_->Fetch(&call.context, request);
  wire::BlobChunk chunk;
  const bool there = reader->Read(&chunk);
  call.context.TryCancel();
  const grpc::Status ended = reader->Finish();
  if (there) return chunk.total_bytes();
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(ended, kWhere));
  return not_found("the room does not offer this blob", kWhere);
}

Result<wire::ReadyReply> MemberLink::ready(const wire::ReadyRequest& request) {
  Call call(*this, kAnswer_s);
  wire::ReadyReply reply;
  meter_.sent(request);
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub_->Ready(&call.context, request, &reply), kWhere));
  meter_.received(reply);
  if (!reply.accepted()) return failed_precondition("the room has no place: " + shown_text(reply.reason(), kMostText), kWhere);
  return reply;
}

Result<wire::BeatReply> MemberLink::beat(const wire::MemberBeat& beat, double* round_trip_s) {
  Call call(*this, kBeat_s);
  SystemClock clock;
  const double began_s = clock.seconds();
  wire::BeatReply reply;
  FEDLLM_RETURN_IF_ERROR(net::from_grpc(stub_->Beat(&call.context, beat, &reply), kWhere));
  *round_trip_s = clock.seconds() - began_s;
  return reply;
}

void MemberLink::say_leave(const std::string& reason) {
  Call call(*this, kBeat_s);
  wire::LeaveRequest request;
  wire::LeaveReply reply;
  request.set_reason(reason);
  (void)stub_->Leave(&call.context, request, &reply);  // a host that is gone needs no farewell
}

void MemberLink::attend(const std::string& member, std::function<void(const wire::RoomNotice&)> on_notice,
                        std::function<void(const Status&)> on_end) {
  detach();
  wire::AttendRoomRequest request;
  request.set_member(member);
  const auto begin = [&](grpc::ClientContext* context, grpc::ClientReadReactor<wire::RoomNotice>* reactor) {
    stub_->async()->Attend(context, &request, reactor);
  };
  attendance_ = std::make_unique<net::Reading<wire::RoomNotice>>(begin, std::move(on_notice), std::move(on_end), kWhere);
}

void MemberLink::detach() {
  if (!attendance_) return;
  attendance_->cancel();
  attendance_->wait();
  attendance_.reset();
}

}  // namespace fedllm::lab
