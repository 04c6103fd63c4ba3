// MemberLink: the member's side of room.proto over one channel. Calls block the calling thread and have deadlines; Attend is a
// callback stream whose notices arrive through a listener. Everything the host says is checked against limits here: what
// comes out is bounded in size. A new channel needs a new link. Errors: gRPC's code with one sentence; a refusal is an answer and
// FAILED_PRECONDITION with the host's reason. interrupt() ends what is under way.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/status.h"
#include "base/stop_token.h"
#include "lab/blob_store.h"
#include "net/reading.h"
#include "net/ticket.h"
#include "node/left_meter.h"
#include "wire/room.grpc.pb.h"

namespace fedllm::lab {

struct EnrolFacts {
  std::string name, certificate_request, proof, program_version;
};
struct Enrolled {
  std::string certificate_pem, member;
};

class MemberLink {
 public:
  MemberLink(std::shared_ptr<grpc::Channel> channel, node::LeftMeter& meter);
  ~MemberLink();  // interrupt(), detach()
  MemberLink(const MemberLink&) = delete;
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }

  // on_waiting: the host decides by hand. Without a deadline then, but for interrupt().
  Result<Enrolled> enrol(const EnrolFacts& facts, const std::function<void()>& on_waiting);
  Result<wire::RoomInfo> hello(const wire::MemberHello& hello);
  // From where it broke off until it is whole; progress(bytes here) now and then.
  Status fetch(BlobStore& store, const wire::BlobRef& ref, uint64_t limit, const std::function<void(uint64_t)>& progress);
  Result<uint64_t> size_of(const std::string& sha256);  // of a blob on offer
  Result<wire::ReadyReply> ready(const wire::ReadyRequest& request);
  Result<wire::BeatReply> beat(const wire::MemberBeat& beat, double* round_trip_s);
  void say_leave(const std::string& reason);

  // Both on gRPC's threads, not blocking; on_end once, last.
  void attend(const std::string& member, std::function<void(const wire::RoomNotice&)> on_notice,
              std::function<void(const Status&)> on_end);
  void detach();
  void interrupt();

 private:
  class Call;
  std::shared_ptr<grpc::Channel> channel_;
  node::LeftMeter& meter_;
  std::unique_ptr<wire::Room::Stub> stub_;
  std::mutex mutex_;
  std::set<Call*> calls_;
  std::unique_ptr<net::Reading<wire::RoomNotice>> attendance_;
};

// Host texts as they may be shown: cut to `limit` bytes, without control characters.
std::string shown_text(std::string_view text, size_t limit);

}  // namespace fedllm::lab
