#include "lab/room_host.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "lab/open_room.h"
#include "net/private_file.h"
#include "node/member_setup.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.room_host";
constexpr auto kGoodbye = std::chrono::seconds(1);
constexpr auto kTick = std::chrono::milliseconds(250);
constexpr int kPortsTried = 16;
constexpr int64_t kTryAgain_ms = 5000;
constexpr size_t kLongestRoomName = 64;

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name[0] ? name : "this machine";
}

// Where members may find this machine: the address it was bound to, else every one that is up, loopback last.
std::vector<net::Address> reachable(const net::Address& bind, uint16_t port) {
  if (!bind.host.empty()) return {{bind.host, port}};
  std::vector<net::Address> addresses, local;
  for (const net::Interface& one : net::local_interfaces()) {
    if (!one.up || one.address.starts_with("fe80")) continue;   // link-local needs the other side's own zone
    (one.loopback ? local : addresses).push_back({one.address, port});
  }
  addresses.insert(addresses.end(), local.begin(), local.end());
  if (addresses.size() > 8) addresses.resize(8);
  return addresses;
}

}  // namespace

OpenRoom::OpenRoom(const RoomTools& tools, const RoomOptions& options, std::unique_ptr<RoomOffer> offer,
                   std::unique_ptr<net::Authority> authority, std::string folder, RoomRecord record)
    : tools_(tools),
      options_(options),
      offer_(std::move(offer)),
      authority_(std::move(authority)),
      folder_(std::move(folder)),
      id_(net::hex(authority_->fingerprint()).substr(0, 16)),
      record_(std::move(record)),
      roll_(record_.members),
      keeper_(authority_->fingerprint(), options.limits.enrols_per_minute, options.limits.waiting),
      door_([this](const grpc::ServerContextBase& context) {
        const std::string member = net::peer_member(context);
        std::lock_guard lock(mutex_);
        const RollEntry* entry = roll_.find(member);
        return entry && !entry->record.revoked ? entry->record.slot : -1;
      }),
      service_(*this, offer_->shelf()) {
  record_.members.clear();   // the roll has them
  keeper_.ticket = {record_.secret, record_.ticket_expires_ms, record_.ticket_uses_left};
}

OpenRoom::~OpenRoom() {
  if (warmer_.joinable()) warmer_.join();
  close("the host closed the room");
  announcement_.reset();
  server_.reset();
}

Status OpenRoom::begin() {
  net::require_tls13();
  FEDLLM_ASSIGN_OR_RETURN(const net::KeyAndCertificate identity, authority_->issue_server());
  net::RoomServerOptions server;
  server.services = {&service_.grpc_service(), &door_.grpc_service()};
  const bool chosen = options_.bind.port != 0;
  uint16_t port = chosen ? options_.bind.port : record_.port != 0 ? record_.port : net::kRoomPort;
  for (int attempt = 0;; ++attempt, ++port) {
    server.bind = {options_.bind.host, port};
    auto started = net::RoomServer::start(*authority_, identity, server);
    if (started.ok()) {
      server_ = std::move(*started);
      break;
    }
    if (chosen || attempt == kPortsTried) return started.status();
  }
  {
    std::lock_guard lock(mutex_);
    record_.port = server_->port();
    addresses_ = reachable(options_.bind, record_.port);
    if (keeper_.ticket_valid(now_ms()).code() != Code::ok) renew_ticket();
    keep_room();
    remember_run();
    if (Status taken = take_up_run(); !taken.ok()) trouble_ = taken.message();
  }
  announce();
  ticker_ = std::thread([this] { tick(); });
  warmer_ = std::thread([this] { tools_.runs.warm(); });
  return {};
}

void OpenRoom::announce() {
  if (!options_.announce) return;
  {
    std::lock_guard lock(mutex_);
    announced_.clear();
  }
  announcement_ = net::RoomAnnouncement::start({id_, options_.name, host_name(), kRoomProtocol, record_.port},
                                               [this](const std::string& problem) {
                                                 std::lock_guard lock(mutex_);
                                                 announced_ = problem;
                                               });
}

// --- time ---

void OpenRoom::tick() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    wake_.wait_for(lock, kTick);
    if (closing_) break;
    keeper_.forget_gone(now_ms());
    look_at_run();
    const bool begin = phase_ == Phase::gathering && options_.min_members > 0 && !started_by_itself_ &&
                       roll_.ready(now_ms()) >= options_.min_members && now_ms() >= try_again_ms_;
    lock.unlock();
    if (begin) {
      const auto started = start();
      std::lock_guard again(mutex_);
      started_by_itself_ = started.ok();
      try_again_ms_ = now_ms() + kTryAgain_ms;
      if (!started.ok()) trouble_ = started.status().message();
    }
    count_traffic();
    notify();
    lock.lock();
  }
}

// Subscribers hear of it at most once a tick; presence changes by time alone, so they always do.
void OpenRoom::notify() {
  std::lock_guard lock(subscribers_mutex_);
  for (const auto& [token, changed] : subscribers_) changed();
}

// --- commands ---

std::string OpenRoom::ticket() const {
  std::lock_guard lock(mutex_);
  return net::Ticket{authority_->fingerprint(), keeper_.ticket.secret, addresses_}.text();
}

void OpenRoom::renew_ticket() {
  keeper_.ticket = {net::new_secret(), now_ms() + options_.ticket_valid_s * 1000, options_.ticket_uses};
}

Result<std::string> OpenRoom::new_ticket() {
  {
    std::lock_guard lock(mutex_);
    renew_ticket();
    keep_room();
  }
  return ticket();
}

Status OpenRoom::admit(const std::string& member, bool yes) {
  std::lock_guard lock(mutex_);
  const auto knock = keeper_.take(member);
  if (!knock) return not_found("nobody with the check code " + member + " is waiting at the door", kWhere);
  knock->replies->send(yes ? let_in(*knock) : refusal("the host said: not now"));
  knock->replies->finish(grpc::Status::OK);
  return {};
}

Status OpenRoom::revoke(const std::string& member) {
  int slot = -1;
  {
    std::lock_guard lock(mutex_);
    RollEntry* entry = roll_.find(member);
    if (!entry) return not_found("no member " + member + " in this room", kWhere);
    entry->record.revoked = true;
    entry->ready = false;
    slot = std::exchange(entry->record.slot, -1);
    keep_member(entry->record);
    if (entry->notices) {
      wire::RoomNotice notice;
      notice.set_removed("the host has removed this member from the room");
      entry->notices->send(notice);
      entry->notices->finish(grpc::Status::OK);
      entry->notices.reset();
    }
  }
  if (slot >= 0) door_.drop(slot);
  return {};
}

// A run that goes on, or may be taken up again, knows its members by their slots.
std::string OpenRoom::slots_fixed() const {
  if (offer_->hands_out_data()) return "this room hands out its data by slot, so every member keeps its own";
  if (phase_ == Phase::running || starting_ || may_take_up_run())
    return "run " + record_.run + " is not over: every member keeps its slot until it is";
  return {};
}

void OpenRoom::give_slot(RollEntry& member, int slot) {
  member.record.slot = slot;
  member.record.assigned = slot >= 0;
  keep_member(member.record);
  if (!member.notices) return;
  wire::RoomNotice notice;
  notice.set_slot(slot);
  member.notices->send(notice);
}

void OpenRoom::take_from_leavers(int slot, const RollEntry& taker) {
  for (RollEntry& one : roll_.entries())
    if (one.left && one.record.slot == slot && &one != &taker) give_slot(one, -1);
}

Status OpenRoom::assign(const std::string& member, int slot) {
  std::lock_guard lock(mutex_);
  RollEntry* entry = roll_.find(member);
  if (!entry || entry->record.revoked) return not_found("no member " + member + " in this room", kWhere);
  if (const std::string fixed = slots_fixed(); !fixed.empty()) return failed_precondition(fixed, kWhere);
  const int places = offer_->places() == 0 ? node::kMostSlots : std::min(offer_->places(), node::kMostSlots);
  if (slot < 0 || slot >= places)
    return invalid_argument("expected a slot from 0 to " + std::to_string(places - 1) + ", got " + std::to_string(slot), kWhere);
  take_from_leavers(slot, *entry);
  RollEntry* holder = roll_.in_slot(slot);
  if (holder == entry) return {};
  const int before = entry->record.slot;
  if (holder && before < 0)
    return failed_precondition("slot " + std::to_string(slot) + " is " + holder->record.name + "'s; give that member another one first", kWhere);
  if (holder) give_slot(*holder, before);
  give_slot(*entry, slot);
  return {};
}

void OpenRoom::close(const std::string& reason) {
  std::string run;
  {
    std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
  }
  wake_.notify_all();
  if (ticker_.joinable()) ticker_.join();
  {
    // A run that is just being started uses the door as well.
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !starting_; });
    if (phase_ == Phase::running) run = record_.run;
  }
  if (!run.empty() && tools_.runs.busy(run)) {
    (void)tools_.runs.stop(run, false);
    tools_.runs.wait(run);   // it uses the door
  }
  say_goodbye(reason);
}

// Until every member has heard it, at most kGoodbye.
void OpenRoom::say_goodbye(const std::string& reason) {
  wire::RoomNotice notice;
  notice.set_closed(reason);
  std::vector<std::shared_ptr<NoticeOutlet>> leaving;
  {
    std::lock_guard lock(mutex_);
    keeper_.send_away("the room has closed");
    for (RollEntry& member : roll_.entries()) {
      if (!member.notices) continue;
      member.notices->send(notice);
      member.notices->finish(grpc::Status::OK);
      leaving.push_back(std::exchange(member.notices, nullptr));
    }
  }
  const auto until = std::chrono::steady_clock::now() + kGoodbye;
  const auto heard = [](const auto& one) { return one->gone(); };
  while (!std::ranges::all_of(leaving, heard) && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

uint64_t OpenRoom::subscribe(std::function<void()> changed) {
  std::lock_guard lock(subscribers_mutex_);
  subscribers_[next_token_] = std::move(changed);
  return next_token_++;
}

void OpenRoom::unsubscribe(uint64_t token) {
  std::lock_guard lock(subscribers_mutex_);
  subscribers_.erase(token);
}

// --- opening ---

Result<std::unique_ptr<RoomHost>> RoomHost::open(const RoomTools& tools, const RoomOptions& options) {
  if (options.name.empty() || options.name.size() > kLongestRoomName)
    return invalid_argument("a room's name has 1 to " + std::to_string(kLongestRoomName) + " bytes, got " +
                                std::to_string(options.name.size()),
                            kWhere);
  FEDLLM_ASSIGN_OR_RETURN(auto offer, RoomOffer::make(options.scenario_json, options.base_dir, tools.paths, options.hand_out_data, options.allow_program));
  const std::string folder = room_folder(tools.paths.home, options.name);
  FEDLLM_RETURN_IF_ERROR(net::make_private_folder(folder));
  RoomRecord record;
  record.name = options.name;
  if (auto known = load_room(folder); known.ok())
    record = std::move(*known);
  else if (known.status().code() != Code::not_found)
    return known.status();
  FEDLLM_ASSIGN_OR_RETURN(auto authority, net::Authority::open(folder, options.name));
  auto room = std::make_unique<OpenRoom>(tools, options, std::move(offer), std::move(authority), folder, std::move(record));
  FEDLLM_RETURN_IF_ERROR(room->begin());
  return std::unique_ptr<RoomHost>(std::move(room));
}

}  // namespace fedllm::lab
