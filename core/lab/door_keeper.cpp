#include "lab/door_keeper.h"

#include <algorithm>

#include "lab/room_host.h"
#include "net/authority.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.enrol";
constexpr size_t kLongestName = 64;
constexpr size_t kMostAddresses = 4096;
constexpr int64_t kMinute_ms = 60'000;
constexpr int64_t kPatience_ms = 10 * kMinute_ms;

}  // namespace

std::string machine_of(const std::string& address) { return address.substr(0, address.rfind(':')); }

wire::EnrolReply refusal(const std::string& reason) {
  wire::EnrolReply reply;
  reply.set_reason(reason);
  return reply;
}

std::deque<int64_t>& DoorKeeper::failures(const std::string& address, int64_t now_ms) {
  if (failures_.size() > kMostAddresses) failures_.clear();
  std::deque<int64_t>& times = failures_[machine_of(address)];
  while (!times.empty() && now_ms - times.front() > kMinute_ms) times.pop_front();
  return times;
}

Status DoorKeeper::examine(Knock& knock, int64_t now_ms) {
  std::deque<int64_t>& failed = failures(knock.address, now_ms);
  if (static_cast<int>(failed.size()) >= attempts_per_minute_)
    return Status(Code::resource_exhausted, "too many attempts from this address; try again in a minute", kWhere);
  Status status = judge(knock);
  if (!status.ok()) failed.push_back(now_ms);
  return status;
}

Status DoorKeeper::judge(Knock& knock) const {
  const wire::EnrolRequest& request = knock.request;
  if (request.protocol() != kRoomProtocol)
    return failed_precondition("this room speaks protocol " + std::to_string(kRoomProtocol) + ", the member " +
                                   std::to_string(request.protocol()) + ": both need the same version of the program",
                               kWhere);
  if (request.name().empty() || request.name().size() > kLongestName)
    return invalid_argument("a member's name has 1 to " + std::to_string(kLongestName) + " bytes", kWhere);
  const std::string proof = net::proof_of(ticket.secret, authority_, request.certificate_request());
  if (!net::equal_in_constant_time(proof, request.proof()))
    return Status(Code::permission_denied, "the ticket is not valid for this room; ask its host for the present one", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const net::Digest key, net::key_fingerprint(request.certificate_request()));
  knock.key = net::hex(key);
  FEDLLM_ASSIGN_OR_RETURN(knock.check_code, net::check_code(authority_, request.certificate_request()));
  return {};
}

Status DoorKeeper::ticket_valid(int64_t now_ms) const {
  if (now_ms > ticket.expires_ms) return Status(Code::permission_denied, "the ticket has expired; ask the host for a new one", kWhere);
  if (ticket.uses_left <= 0)
    return Status(Code::permission_denied, "the ticket has been used as often as it may be; ask the host for a new one", kWhere);
  return {};
}

Status DoorKeeper::wait(Knock knock) {
  if (!waiting_.contains(knock.key) && static_cast<int>(waiting_.size()) >= most_waiting_)
    return Status(Code::resource_exhausted, "too many others are waiting to be let in; try again later", kWhere);
  // Two that the host could not tell apart by what both screens show.
  if (std::ranges::any_of(waiting_, [&](const auto& one) { return one.first != knock.key && one.second.check_code == knock.check_code; }))
    return Status(Code::already_exists, "another machine with the same check code is waiting; try again with a new key", kWhere);
  if (const auto old = waiting_.find(knock.key); old != waiting_.end())
    old->second.replies->finish(grpc::Status(grpc::StatusCode::CANCELLED, "asked again"), true);
  waiting_[knock.key] = std::move(knock);
  return {};
}

void DoorKeeper::send_away(const std::string& reason) {
  for (auto& [key, knock] : waiting_) {
    knock.replies->send(refusal(reason));
    knock.replies->finish(grpc::Status::OK);
  }
  waiting_.clear();
}

std::unique_ptr<Knock> DoorKeeper::take(const std::string& key) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const auto& one) { return one.first == key || one.second.check_code == key; });
  if (found == waiting_.end()) return nullptr;
  auto knock = std::make_unique<Knock>(std::move(found->second));
  waiting_.erase(found);
  return knock;
}

void DoorKeeper::forget_gone(int64_t now_ms) {
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const bool late = now_ms - it->second.since_ms > kPatience_ms;
    if (late) {
      it->second.replies->send(refusal("the host has not decided within ten minutes"));
      it->second.replies->finish(grpc::Status::OK);
    }
    it = late || it->second.replies->gone() ? waiting_.erase(it) : std::next(it);
  }
}

}  // namespace fedllm::lab
