#include "lab/room_service.h"

#include <map>
#include <mutex>

#include "net/chunks.h"
#include "net/local_server.h"
#include "net/refused.h"
#include "net/tls.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.room";
constexpr int kMostFetches = 4;

template <class Message>
grpc::ServerWriteReactor<Message>* refused(const Status& status) {
  return new net::Refused<grpc::ServerWriteReactor<Message>>(net::to_grpc(status));
}

// Each blob on its way holds a chunk in memory, whether its member reads or not.
class FetchLimit {
 public:
  bool enter(const std::string& member) {
    std::lock_guard lock(mutex_);
    int& count = counts_[member];
    return count < kMostFetches && ++count;
  }
  void leave(const std::string& member) {
    std::lock_guard lock(mutex_);
    if (--counts_[member] == 0) counts_.erase(member);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

// A blob from `offset` on, read piece by piece as the peer takes them.
class FetchReactor final : public grpc::ServerWriteReactor<wire::BlobChunk> {
 public:
  FetchReactor(RoomDesk& desk, FetchLimit& limit, BlobShelf shelf, std::string member, const wire::FetchRequest& request)
      : desk_(desk), limit_(limit), shelf_(std::move(shelf)), member_(std::move(member)), sha256_(request.sha256()), offset_(request.offset()) {
    chunk_.set_total_bytes(shelf_.size(sha256_));
    next();
  }

 private:
  void OnWriteDone(bool ok) override {
    if (!ok) return end(grpc::Status(grpc::StatusCode::CANCELLED, "the member left while fetching"));
    desk_.sent_blob(member_, chunk_.data().size());
    if (const Status status = desk_.may_enter(member_); !status.ok()) return end(net::to_grpc(status));   // revoked since
    chunk_.clear_total_bytes();
    next();
  }
  void OnDone() override { delete this; }
  // Left before the member hears of the end and asks for the next.
  void end(const grpc::Status& status) {
    limit_.leave(member_);
    Finish(status);
  }
  void next() {
    auto piece = shelf_.read(sha256_, offset_, net::kChunkBytes);
    if (!piece.ok()) return end(net::to_grpc(piece.status()));
    const bool first = chunk_.total_bytes() > 0;
    if (piece->empty() && !first) return end(grpc::Status::OK);
    offset_ += piece->size();
    chunk_.set_data(std::move(*piece));
    StartWrite(&chunk_);
  }

  RoomDesk& desk_;
  FetchLimit& limit_;
  BlobShelf shelf_;
  const std::string member_, sha256_;
  uint64_t offset_;
  wire::BlobChunk chunk_;
};

}  // namespace

class RoomService::Impl final : public wire::Room::CallbackService {
 public:
  Impl(RoomDesk& desk, BlobShelf shelf) : desk_(desk), shelf_(std::move(shelf)) {}

 private:
  grpc::ServerWriteReactor<wire::EnrolReply>* Enrol(grpc::CallbackServerContext* context,
                                                    const wire::EnrolRequest* request) override {
    auto replies = std::make_shared<EnrolOutlet>();
    auto* reactor = replies->attach(context);
    desk_.enrol(*request, net::peer_address(*context), std::move(replies));
    return reactor;
  }

  grpc::ServerUnaryReactor* Hello(grpc::CallbackServerContext* context, const wire::MemberHello* request,
                                  wire::RoomInfo* reply) override {
    return answer(context, [&](const std::string& member) { *reply = desk_.hello(member, *request, net::peer_address(*context)); });
  }

  grpc::ServerWriteReactor<wire::RoomNotice>* Attend(grpc::CallbackServerContext* context,
                                                     const wire::AttendRoomRequest*) override {
    const std::string member = net::peer_member(*context);
    if (Status status = enter(member); !status.ok()) return refused<wire::RoomNotice>(status);
    // The outlet's last word is spoken while it still exists, so its address is enough to tell it from a newer one.
    auto self = std::make_shared<NoticeOutlet*>(nullptr);
    auto notices = std::make_shared<NoticeOutlet>([this, member, self] { desk_.gone(member, *self); });
    *self = notices.get();
    auto* reactor = notices->attach(context);
    desk_.attend(member, std::move(notices));
    return reactor;
  }

  grpc::ServerWriteReactor<wire::BlobChunk>* Fetch(grpc::CallbackServerContext* context,
                                                   const wire::FetchRequest* request) override {
    const std::string member = net::peer_member(*context);
    if (Status status = enter(member); !status.ok()) return refused<wire::BlobChunk>(status);
    if (!shelf_.offers(request->sha256()))
      return refused<wire::BlobChunk>(not_found("this room does not offer that file", kWhere));
    if (request->offset() > shelf_.size(request->sha256()))
      return refused<wire::BlobChunk>(invalid_argument(
          "expected an offset of at most " + std::to_string(shelf_.size(request->sha256())) + ", got " + std::to_string(request->offset()),
          kWhere));
    if (!fetches_.enter(member))
      return refused<wire::BlobChunk>(
          Status(Code::resource_exhausted, "a member may fetch " + std::to_string(kMostFetches) + " files at the same time", kWhere));
    return new FetchReactor(desk_, fetches_, shelf_, member, *request);
  }

  grpc::ServerUnaryReactor* Ready(grpc::CallbackServerContext* context, const wire::ReadyRequest* request,
                                  wire::ReadyReply* reply) override {
    return answer(context, [&](const std::string& member) { *reply = desk_.ready(member, *request); });
  }
  grpc::ServerUnaryReactor* Beat(grpc::CallbackServerContext* context, const wire::MemberBeat* request,
                                 wire::BeatReply* reply) override {
    return answer(context, [&](const std::string& member) { *reply = desk_.beat(member, *request); });
  }
  grpc::ServerUnaryReactor* Leave(grpc::CallbackServerContext* context, const wire::LeaveRequest* request,
                                  wire::LeaveReply*) override {
    return answer(context, [&](const std::string& member) { desk_.leave(member, request->reason()); });
  }

  Status enter(const std::string& member) const {
    if (member.empty()) return Status(Code::unauthenticated, "this call needs the certificate that the room gave", kWhere);
    return desk_.may_enter(member);
  }
  template <class Answer>
  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, Answer give) {
    const std::string member = net::peer_member(*context);
    auto* reactor = context->DefaultReactor();
    const Status status = enter(member);
    if (status.ok()) give(member);
    reactor->Finish(net::to_grpc(status));
    return reactor;
  }

  RoomDesk& desk_;
  BlobShelf shelf_;
  FetchLimit fetches_;
};

RoomService::RoomService(RoomDesk& desk, BlobShelf shelf) : impl_(std::make_unique<Impl>(desk, std::move(shelf))) {}
RoomService::~RoomService() = default;
grpc::Service& RoomService::grpc_service() { return *impl_; }

}  // namespace fedllm::lab
