#include "lab/member_door.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <thread>

#include "base/clock.h"
#include "lab/room_host.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.member_door";
// A member of the room tries again, whoever asks for the first time does not: a host may be busy with a whole class that joins.
constexpr double kFind_s = 4, kFindFirst_s = 15;

uint64_t memory_bytes() {
  struct sysinfo info {};
  return ::sysinfo(&info) == 0 ? static_cast<uint64_t>(info.totalram) * info.mem_unit : 0;
}

void add_once(std::vector<net::Address>& all, const net::Address& one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

}  // namespace

// The address that answered last comes first.
Result<net::FoundAuthority> MemberDoor::find() const {
  std::vector<net::Address> addresses = store_.facts().addresses;
  for (const net::Address& one : setting_.ticket.addresses) add_once(addresses, one);
  if (addresses.empty()) return invalid_argument("the ticket names no address of the room", kWhere);
  return net::fetch_authority(addresses, setting_.ticket.authority, store_.certificate_pem().ok() ? kFind_s : kFindFirst_s);
}

Status MemberDoor::hold(std::shared_ptr<MemberLink> link) {
  std::lock_guard lock(mutex_);
  if (closed_) return cancelled("the membership ends", kWhere);
  busy_ = std::move(link);
  return {};
}

void MemberDoor::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  if (busy_) busy_->interrupt();
}

Status MemberDoor::enrol(const net::FoundAuthority& found, const std::function<void(const std::string&)>& on_asking) {
  FEDLLM_ASSIGN_OR_RETURN(const auto key, net::MemberKey::open(store_.folder()));
  FEDLLM_ASSIGN_OR_RETURN(const std::string request, key->certificate_request());
  FEDLLM_ASSIGN_OR_RETURN(const std::string code, net::check_code(setting_.ticket.authority, request));
  MembershipFacts facts = store_.facts();
  facts.check_code = code;
  FEDLLM_RETURN_IF_ERROR(store_.set_facts(facts));
  auto link = std::make_shared<MemberLink>(net::room_channel(found.address, found.authority_pem, {}), meter_);
  FEDLLM_RETURN_IF_ERROR(hold(link));
  const std::string proof = net::proof_of(setting_.ticket.secret, setting_.ticket.authority, request);
  FEDLLM_ASSIGN_OR_RETURN(const Enrolled enrolled, link->enrol({setting_.name, request, proof, setting_.program_version},
                                                               [&] { on_asking(code); }));
  FEDLLM_ASSIGN_OR_RETURN(const std::string name, net::common_name_of(enrolled.certificate_pem));
  if (name != enrolled.member) return invalid_argument("the room's certificate is for somebody else", kWhere);
  facts.member = enrolled.member;
  FEDLLM_RETURN_IF_ERROR(store_.set_facts(facts));
  return store_.set_certificate_pem(enrolled.certificate_pem);
}

Result<OpenedDoor> MemberDoor::enter(const net::FoundAuthority& found) {
  FEDLLM_ASSIGN_OR_RETURN(const auto key, net::MemberKey::open(store_.folder()));
  FEDLLM_ASSIGN_OR_RETURN(const std::string certificate, store_.certificate_pem());
  OpenedDoor opened;
  opened.address = found.address;
  opened.link = std::make_shared<MemberLink>(net::room_channel(found.address, found.authority_pem, {key->key_pem(),
      certificate}), meter_);
  FEDLLM_RETURN_IF_ERROR(hold(opened.link));
  wire::MemberHello hello;
  hello.set_protocol(kRoomProtocol);
  hello.set_name(setting_.name);
  hello.set_program_version(setting_.program_version);
  hello.set_cores(static_cast<int>(std::thread::hardware_concurrency()));
  hello.set_memory_bytes(memory_bytes());
  hello.set_clock_ms(SystemClock().unix_ms());
  FEDLLM_ASSIGN_OR_RETURN(opened.room, opened.link->hello(hello));
  MembershipFacts facts = store_.facts();
  facts.room = opened.room.room();
  facts.room_name = opened.room.room_name();
  facts.host_name = opened.room.host_name();
  std::vector<net::Address> addresses = {found.address};
  for (const net::Address& one : facts.addresses) add_once(addresses, one);
  addresses.resize(std::min<size_t>(addresses.size(), 8));
  facts.addresses = addresses;
  FEDLLM_RETURN_IF_ERROR(store_.set_facts(facts));
  return opened;
}

Result<OpenedDoor> MemberDoor::open(const std::function<void(const std::string&)>& on_asking) {
  FEDLLM_ASSIGN_OR_RETURN(const net::FoundAuthority found, find());
  FEDLLM_RETURN_IF_ERROR(store_.set_authority_pem(found.authority_pem));
  const bool known = enrolled();
  if (!known) FEDLLM_RETURN_IF_ERROR(enrol(found, on_asking));
  auto opened = enter(found);
  // A certificate that the room does not know (any more) may be replaced by the ticket, once.
  if (known && opened.status().code() == Code::unauthenticated) {
    store_.drop_certificate();
    FEDLLM_RETURN_IF_ERROR(enrol(found, on_asking));
    opened = enter(found);
  }
  (void)hold(nullptr);
  return opened;
}

}  // namespace fedllm::lab
