#include "lab/lab_book.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "lab/member_store.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab";
constexpr size_t kMostRooms = 16, kMostMemberships = 16;
constexpr int kMostMembersWanted = 10'000;
constexpr int64_t kLongestTicket_s = int64_t{366} * 24 * 3600;
constexpr double kMostCap_mbit_s = 1e6;
constexpr int64_t kClockOff_ms = 60'000;
constexpr size_t kMostClocks = 8;

Status closing() { return unavailable("the core is shutting down", kWhere); }

Result<RoomOptions> options_of(const wire::HostRoomRequest& request) {
  RoomOptions options;
  options.name = request.name();
  options.scenario_json = request.scenario_json();
  options.base_dir = request.base_dir();
  if (!request.bind().empty()) {
    FEDLLM_ASSIGN_OR_RETURN(options.bind, net::parse_address(request.bind(), 0));
  }
  options.min_members = std::clamp(request.min_members(), 0, kMostMembersWanted);
  options.ask = request.ask();
  if (request.ticket_uses() > 0) options.ticket_uses = request.ticket_uses();
  if (request.ticket_valid_s() > 0) options.ticket_valid_s = std::min(request.ticket_valid_s(), kLongestTicket_s);
  options.announce = request.announce();
  options.hand_out_data = request.hand_out_data();
  options.allow_program = request.allow_program();
  return options;
}

ColumnMap columns_of(const google::protobuf::Map<std::string, std::string>& columns) { return {columns.begin(), columns.end()}; }
std::vector<std::string> files_of(const google::protobuf::RepeatedPtrField<std::string>& files) { return {files.begin(), files.end()}; }

bool over(const std::string& state) { return state == "refused" || state == "left"; }

}  // namespace

// --- rooms ---

Result<std::shared_ptr<RoomHost>> LabBook::host(const RoomOptions& options) {
  std::lock_guard one_at_a_time(opening_);
  {
    std::lock_guard lock(mutex_);
    if (closed_) return closing();
    for (const auto& [id, open] : rooms_)
      if (open->state().name() == options.name) return open;
    if (rooms_.size() >= kMostRooms)
      return Status(Code::resource_exhausted, "at most " + std::to_string(kMostRooms) + " rooms can be open at the same time", kWhere);
  }
  FEDLLM_ASSIGN_OR_RETURN(auto opened, RoomHost::open({tools_.ledger, tools_.runs, tools_.paths, tools_.program_version}, options));
  std::shared_ptr<RoomHost> room = std::move(opened);
  std::lock_guard lock(mutex_);
  if (closed_) return closing();
  rooms_[room->id()] = room;
  return room;
}

Result<wire::HostedRoom> LabBook::host(const wire::HostRoomRequest& request) {
  FEDLLM_ASSIGN_OR_RETURN(const RoomOptions options, options_of(request));
  FEDLLM_ASSIGN_OR_RETURN(const auto room, host(options));
  return room->state();
}

Result<std::shared_ptr<RoomHost>> LabBook::room(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = rooms_.find(id);
  if (found == rooms_.end()) return not_found("no room " + id + " is open here", kWhere);
  return found->second;
}

int LabBook::port_of(const std::string& id) const {
  const auto open = room(id);
  if (!open.ok()) return 0;
  const wire::HostedRoom state = (*open)->state();
  if (state.addresses().empty()) return 0;
  const auto address = net::parse_address(state.addresses(0), 0);
  return address.ok() ? address->port : 0;
}

std::vector<KnownClock> LabBook::clocks_of(const wire::DoctorRequest& request) const {
  std::vector<KnownClock> clocks;
  if (const auto member = membership(request.membership()); member.ok()) {
    const wire::Membership now = (*member)->state();
    if (now.round_trip_s() > 0) clocks.push_back({"the host", now.clock_offset_ms(), now.round_trip_s()});
  }
  if (const auto open = room(request.room()); open.ok()) {
    const wire::HostedRoom state = (*open)->state();
    for (const wire::RoomMemberInfo& one : state.members())
      if (clocks.size() < kMostClocks && one.seen_ms() > 0 && std::abs(one.clock_offset_ms()) >= kClockOff_ms)
        clocks.push_back({one.name(), -one.clock_offset_ms(), one.round_trip_s()});
  }
  return clocks;
}

Status LabBook::close_room(const std::string& id) {
  const auto open = room(id);
  if (!open.ok()) return {};  // closing twice is closing
  (*open)->close("the host closed the room");
  std::lock_guard lock(mutex_);
  rooms_.erase(id);
  return {};
}

Status LabBook::command(const wire::HostCommand& command) {
  if (command.kind() == wire::HostCommand::CLOSE) return close_room(command.room());
  FEDLLM_ASSIGN_OR_RETURN(const auto open, room(command.room()));
  switch (command.kind()) {
    case wire::HostCommand::START: return open->state().phase() == "running" ? Status() : open->start().status();
    case wire::HostCommand::STOP: return open->state().phase() == "running" ? open->stop_run(false) : Status();
    case wire::HostCommand::ADMIT: return open->admit(command.member(), true);
    case wire::HostCommand::REFUSE: return open->admit(command.member(), false);
    case wire::HostCommand::REVOKE: return open->revoke(command.member());
    case wire::HostCommand::ASSIGN_SLOT: return open->assign(command.member(), command.slot());
    case wire::HostCommand::NEW_TICKET: return open->new_ticket().status();
    case wire::HostCommand::PAUSE: return open->pause(true);
    case wire::HostCommand::UNPAUSE: return open->pause(false);
    default: return invalid_argument("this core knows no command " + std::to_string(command.kind()) + " for a room", kWhere);
  }
}

// --- memberships ---

Result<std::shared_ptr<RoomMember>> LabBook::join(const MemberOptions& options) {
  std::lock_guard one_at_a_time(opening_);
  const std::string id = MembershipStore::id_of(options.ticket.authority);
  std::shared_ptr<RoomMember> ended;  // its end waits for its thread, so not under the lock
  {
    std::lock_guard lock(mutex_);
    if (closed_) return closing();
    if (const auto found = memberships_.find(id); found != memberships_.end()) {
      if (!over(found->second->state().state())) return found->second;
      ended = std::move(found->second);
      memberships_.erase(found);
    }
    if (memberships_.size() >= kMostMemberships)
      return Status(Code::resource_exhausted, "at most " + std::to_string(kMostMemberships) + " memberships can go on at the same time", kWhere);
  }
  ended.reset();
  FEDLLM_ASSIGN_OR_RETURN(auto begun, RoomMember::start({tools_.ledger, tools_.open_backend, tools_.paths, tools_.program_version}, options));
  std::shared_ptr<RoomMember> member = std::move(begun);
  std::lock_guard lock(mutex_);
  if (closed_) return closing();
  memberships_[member->id()] = member;
  return member;
}

Result<wire::Membership> LabBook::join(const wire::JoinRoomRequest& request) {
  MemberOptions options;
  auto ticket = net::parse_ticket(request.ticket());
  if (auto known = MembershipStore::known(tools_.paths.home, request.ticket()); !ticket.ok() && known.ok()) ticket = std::move(known);
  FEDLLM_ASSIGN_OR_RETURN(options.ticket, std::move(ticket));
  options.files = files_of(request.files());
  if (!request.format().empty()) options.format = request.format();
  options.columns = columns_of(request.columns());
  options.slot = request.slot();
  options.name = request.name();
  options.consent = request.consent();
  options.tell_labels = request.tell_labels();
  options.settled = request.settled();
  if (request.upload_cap_mbit_s() > 0) options.upload_cap_mbit_s = std::min(request.upload_cap_mbit_s(), kMostCap_mbit_s);
  options.gentle = request.gentle();
  FEDLLM_ASSIGN_OR_RETURN(const auto member, join(options));
  return member->state();
}

Result<std::shared_ptr<RoomMember>> LabBook::membership(const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto found = memberships_.find(id);
  if (found == memberships_.end()) return not_found("no membership " + id + " goes on here", kWhere);
  return found->second;
}

Status LabBook::forget(const std::string& id) {
  std::shared_ptr<RoomMember> member;
  {
    std::lock_guard lock(mutex_);
    if (const auto found = memberships_.find(id); found != memberships_.end()) {
      member = std::move(found->second);
      memberships_.erase(found);
    }
  }
  if (member) member->leave();
  member.reset();
  const Status forgotten = RoomMember::forget(tools_.paths.home, id);
  return forgotten.code() == Code::not_found ? Status() : forgotten;  // forgetting twice is forgetting
}

Status LabBook::command(const wire::MembershipCommand& command) {
  if (command.kind() == wire::MembershipCommand::FORGET) return forget(command.membership());
  FEDLLM_ASSIGN_OR_RETURN(const auto member, membership(command.membership()));
  switch (command.kind()) {
    case wire::MembershipCommand::CONSENT: return member->consent(true, command.tell_labels());
    case wire::MembershipCommand::DECLINE: return member->consent(false, false);
    case wire::MembershipCommand::PAUSE: return member->pause(true), Status();
    case wire::MembershipCommand::UNPAUSE: return member->pause(false), Status();
    case wire::MembershipCommand::LEAVE: return member->leave(), Status();
    case wire::MembershipCommand::SET_LIMITS: {
      const double cap = command.upload_cap_mbit_s();
      if (!(cap >= 0 && cap <= kMostCap_mbit_s))
        return invalid_argument("expected an upload limit of 0 (none) to 1,000,000 Mbit/s", kWhere);
      return member->set_limits(cap, command.gentle()), Status();
    }
    case wire::MembershipCommand::RUN_ALONE: return member->run_alone();
    case wire::MembershipCommand::SET_DATA:
      return member->set_data(files_of(command.files()), command.format(), columns_of(command.columns()));
    default: return invalid_argument("this core knows no command " + std::to_string(command.kind()) + " for a membership", kWhere);
  }
}

// --- all ---

wire::LabState LabBook::state() const {
  std::vector<std::shared_ptr<RoomHost>> rooms;
  std::vector<std::shared_ptr<RoomMember>> memberships;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, room] : rooms_) rooms.push_back(room);
    for (const auto& [id, member] : memberships_) memberships.push_back(member);
  }
  wire::LabState state;
  for (const auto& room : rooms) *state.add_rooms() = room->state();
  for (const auto& member : memberships) *state.add_memberships() = member->state();
  state.set_now_ms(SystemClock().unix_ms());
  return state;
}

bool LabBook::busy() const {
  std::vector<std::shared_ptr<RoomMember>> memberships;
  {
    std::lock_guard lock(mutex_);
    if (!rooms_.empty()) return true;
    for (const auto& [id, member] : memberships_) memberships.push_back(member);
  }
  return std::ranges::any_of(memberships, [](const auto& member) { return !over(member->state().state()); });
}

void LabBook::close() {
  std::map<std::string, std::shared_ptr<RoomHost>> rooms;
  std::map<std::string, std::shared_ptr<RoomMember>> memberships;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    rooms.swap(rooms_);
    memberships.swap(memberships_);
  }
  for (const auto& [id, room] : rooms) room->close("the host's core ends; the room can be opened again");
}

}  // namespace fedllm::lab
