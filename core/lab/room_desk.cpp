// What members ask of an open room, on gRPC's threads, and what it shows of itself.
#include <algorithm>
#include <unistd.h>

#include <cmath>

#include "base/sha256.h"
#include "lab/member_link.h"
#include "lab/open_room.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.room";
constexpr size_t kLongestName = 64;
constexpr int kMostLabels = 1000;
constexpr int64_t kMostExamples = int64_t{1} << 40;
constexpr int64_t kLatestClock_ms = int64_t{1} << 50;

std::string new_id() {
  std::string id;
  for (const uint8_t byte : net::new_secret()) {
    id += "0123456789abcdef"[byte >> 4];
    id += "0123456789abcdef"[byte & 15];
  }
  return id.substr(0, 16);
}

double sane(double value, double most) { return std::isfinite(value) ? std::clamp(value, 0.0, most) : 0; }

const std::vector<std::string>& member_states() {
  static const std::vector<std::string> states = {"fetching", "preparing",  "ready",  "training",
                                                  "evaluating", "waiting", "paused"};
  return states;
}

std::string phase_name(int phase) { return phase == 0 ? "gathering" : phase == 1 ? "running" : "ended"; }

wire::ReadyReply not_ready(const std::string& reason) {
  wire::ReadyReply reply;
  reply.set_reason(reason);
  reply.set_slot(-1);
  return reply;
}

}  // namespace

// --- the door ---

void OpenRoom::enrol(const wire::EnrolRequest& request, const std::string& address, std::shared_ptr<EnrolOutlet> replies) {
  Knock knock;
  knock.request = request;
  knock.address = address;
  knock.replies = replies;
  std::lock_guard lock(mutex_);
  knock.since_ms = now_ms();
  const auto refuse = [&](const Status& status) {
    replies->send(refusal(status.message()));
    replies->finish(grpc::Status::OK);
  };
  if (closing_) return refuse(failed_precondition("the room is closing", kWhere));
  if (Status status = keeper_.examine(knock, now_ms()); !status.ok()) return refuse(status);
  const RollEntry* known = roll_.with_key(knock.key);
  if (known && known->record.revoked) return refuse(failed_precondition("the host has removed this member from the room", kWhere));
  if (!known) {
    if (Status status = keeper_.ticket_valid(now_ms()); !status.ok()) return refuse(status);
    if (roll_.count() >= options_.limits.members)
      return refuse(failed_precondition("the room is full: it has " + std::to_string(options_.limits.members) + " members", kWhere));
  }
  if (options_.ask && !known) {
    wire::EnrolReply waiting;
    waiting.set_waiting(true);
    waiting.set_check_code(knock.check_code);
    const std::shared_ptr<EnrolOutlet> held = replies;
    if (Status status = keeper_.wait(std::move(knock)); !status.ok()) return refuse(status);
    held->send(waiting);
    return;
  }
  replies->send(let_in(knock));
  replies->finish(grpc::Status::OK);
}

wire::EnrolReply OpenRoom::let_in(const Knock& knock) {
  RollEntry* entry = roll_.with_key(knock.key);
  MemberRecord record = entry ? entry->record : MemberRecord();
  if (!entry) record.id = new_id();
  record.key = knock.key;
  record.check_code = knock.check_code;
  record.name = free_name(shown_text(knock.request.name(), kLongestName), knock.key);
  auto certificate = authority_->sign_member(knock.request.certificate_request(), record.id);
  if (!certificate.ok()) return refusal(certificate.status().message());
  if (entry) {
    entry->record = record;
  } else {
    --keeper_.ticket.uses_left;
    keep_room();
    RollEntry& added = roll_.add(record);
    added.state = "enrolled";
    added.seen_ms = now_ms();
    added.address = knock.address;
  }
  keep_member(record);
  wire::EnrolReply reply;
  reply.set_accepted(true);
  reply.set_check_code(record.check_code);
  reply.set_certificate_pem(std::move(*certificate));
  reply.set_member(record.id);
  return reply;
}

// Two machines may have one name; what is shown tells them apart.
std::string OpenRoom::free_name(const std::string& wanted, const std::string& key) const {
  const std::string base = wanted.empty() ? "member" : wanted;
  const auto taken = [&](const std::string& name) {
    return std::any_of(roll_.entries().begin(), roll_.entries().end(),
                       [&](const RollEntry& one) { return one.record.name == name && one.record.key != key; });
  };
  std::string name = base;
  for (int number = 2; taken(name); ++number) name = base + " (" + std::to_string(number) + ")";
  return name;
}

Status OpenRoom::may_enter(const std::string& member) const {
  std::lock_guard lock(mutex_);
  const RollEntry* entry = roll_.find(member);
  if (!entry) return Status(Code::permission_denied, "this room does not know the member; join again with a ticket", kWhere);
  if (entry->record.revoked) return Status(Code::permission_denied, "the host has removed this member from the room", kWhere);
  if (closing_) return unavailable("the room is closing", kWhere);
  return {};
}

// --- members ---

wire::RoomInfo OpenRoom::hello(const std::string& member, const wire::MemberHello& hello, const std::string& address) {
  wire::RoomInfo info;
  std::lock_guard lock(mutex_);
  RollEntry* entry = roll_.find(member);
  if (hello.protocol() != kRoomProtocol) {
    info.set_reason("this room speaks protocol " + std::to_string(kRoomProtocol) + ", the member " +
                    std::to_string(hello.protocol()) + ": both need the same version of the program");
    return info;
  }
  entry->seen_ms = now_ms();
  entry->address = address;
  entry->left = false;
  entry->program_version = shown_text(hello.program_version(), 32);
  entry->cores = std::clamp(hello.cores(), 0, 4096);
  entry->memory_bytes = hello.memory_bytes();
  entry->clock_offset_ms = std::clamp(hello.clock_ms(), int64_t{0}, kLatestClock_ms) - now_ms();
  offer_->fill(info);
  info.set_accepted(true);
  info.set_room(id_);
  info.set_room_name(options_.name);
  info.set_member(member);
  info.set_clock_ms(now_ms());
  char machine[256] = {};
  ::gethostname(machine, sizeof machine - 1);
  info.set_host_name(machine);
  info.set_your_slot(entry->record.slot);
  return info;
}

void OpenRoom::attend(const std::string& member, std::shared_ptr<NoticeOutlet> notices) {
  std::lock_guard lock(mutex_);
  RollEntry* entry = roll_.find(member);
  if (!entry || closing_) return notices->finish(grpc::Status::CANCELLED, true);
  if (entry->notices) entry->notices->finish(grpc::Status(grpc::StatusCode::CANCELLED, "attended again"), true);
  entry->notices = std::move(notices);
  entry->seen_ms = now_ms();
  entry->left = false;
  if (entry->state == "gone") entry->state = "waiting";
  entry->notices->send(phase_notice());
  entry->called = false;
  // How the run ended may have been on its way when the connection broke.
  if (phase_ != Phase::running && !told_.empty()) entry->heard = std::min(entry->heard, told_.size() - 1);
  catch_up(*entry);
}

void OpenRoom::gone(const std::string& member, const NoticeOutlet* notices) {
  std::lock_guard lock(mutex_);
  RollEntry* entry = roll_.find(member);
  if (!entry || entry->notices.get() != notices) return;
  entry->notices.reset();
}

wire::ReadyReply OpenRoom::ready(const std::string& member, const wire::ReadyRequest& request) {
  std::lock_guard lock(mutex_);
  RollEntry* entry = roll_.find(member);
  if (request.labels_size() > kMostLabels) return not_ready("expected at most " + std::to_string(kMostLabels) + " labels");
  if (phase_ == Phase::running && in_run(entry->record.slot) && !request.wants_shard()) {
    // Back during its run: the slot is its own; what it said then holds.
    wire::ReadyReply reply;
    reply.set_accepted(true);
    reply.set_slot(entry->record.slot);
    entry->ready = true;
    return reply;
  }
  const int wanted = entry->record.assigned ? entry->record.slot : request.slot();
  const int slot = roll_.take_slot(*entry, wanted, offer_->places(),
                                   phase_ == Phase::running || starting_ ? record_.run_slots : std::vector<int>());
  if (slot < 0)
    return not_ready(wanted >= 0 ? "slot " + std::to_string(wanted) + " is taken or not there" : "every slot is taken");
  wire::ReadyReply reply;
  if (request.wants_shard()) {
    auto shard = offer_->shard(slot);
    if (!shard.ok()) return not_ready(offer_->hands_out_data() ? shard.status().message() : "this room does not hand out data");
    reply.mutable_shard()->set_sha256(shard->sha256);
    reply.mutable_shard()->set_bytes(shard->bytes);
    reply.mutable_shard()->set_name(shard->name);
  } else {
    if (request.examples() <= 0 || request.examples() > kMostExamples || request.test_examples() < 0 ||
        request.test_examples() > kMostExamples)
      return not_ready("expected at least one record to train on, got " + std::to_string(request.examples()));
    entry->record.examples = request.examples();
    entry->record.test_examples = request.test_examples();
    entry->record.labels.clear();
    for (const wire::LabelCount& one : request.labels())
      entry->record.labels.emplace_back(shown_text(one.label(), kLongestName), std::max<int64_t>(0, one.count()));
    entry->ready = true;
    entry->state = "ready";
  }
  take_from_leavers(slot, *entry);
  entry->record.slot = slot;
  keep_member(entry->record);
  reply.set_accepted(true);
  reply.set_slot(slot);
  tell_all(phase_notice());
  wake_.notify_all();
  return reply;
}

wire::BeatReply OpenRoom::beat(const std::string& member, const wire::MemberBeat& beat) {
  std::lock_guard lock(mutex_);
  RollEntry* entry = roll_.find(member);
  entry->seen_ms = now_ms();
  if (std::ranges::find(member_states(), beat.state()) != member_states().end()) entry->state = beat.state();
  entry->round = std::max(0, beat.round());
  entry->round_trip_s = sane(beat.round_trip_s(), 3600);
  entry->uplink_mbit_s = sane(beat.uplink_mbit_s(), 1e6);
  entry->downlink_mbit_s = sane(beat.downlink_mbit_s(), 1e6);
  entry->gentle = beat.gentle();
  wire::BeatReply reply;
  reply.set_clock_ms(now_ms());
  return reply;
}

void OpenRoom::leave(const std::string& member, const std::string&) {
  std::lock_guard lock(mutex_);
  RollEntry* entry = roll_.find(member);
  entry->left = true;
  entry->ready = false;
  if (entry->notices) entry->notices->finish(grpc::Status::OK);
  entry->notices.reset();
  if (!(phase_ == Phase::running && in_run(entry->record.slot))) {
    entry->record.slot = -1;
    entry->record.assigned = false;
  }
  keep_member(entry->record);
}

void OpenRoom::sent_blob(const std::string& member, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  if (RollEntry* entry = roll_.find(member)) {
    entry->received_blobs += static_cast<int64_t>(bytes);
    entry->seen_ms = now_ms();
  }
}

// --- shared pieces, lock held ---

void OpenRoom::keep_member(const MemberRecord& member) {
  if (Status kept = save_member(folder_, member); !kept.ok()) trouble_ = kept.message();
}

void OpenRoom::keep_room() {
  record_.secret = keeper_.ticket.secret;
  record_.ticket_expires_ms = keeper_.ticket.expires_ms;
  record_.ticket_uses_left = keeper_.ticket.uses_left;
  if (Status kept = save_room(folder_, record_); !kept.ok()) trouble_ = kept.message();
}

bool OpenRoom::in_run(int slot) const {
  return slot >= 0 && std::ranges::find(record_.run_slots, slot) != record_.run_slots.end();
}

wire::RoomNotice OpenRoom::phase_notice() const {
  wire::RoomNotice notice;
  wire::RoomPhase& phase = *notice.mutable_phase();
  phase.set_phase(phase_name(static_cast<int>(phase_)));
  phase.set_members(roll_.count());
  phase.set_ready(roll_.ready(now_ms()));
  phase.set_wanted(options_.min_members);
  phase.set_sentence(sentence());
  return notice;
}

wire::RoomNotice OpenRoom::run_call(int slot) const {
  wire::RoomNotice notice;
  notice.mutable_run()->set_run(record_.run);
  notice.mutable_run()->set_slot(slot);
  wire::RoomInfo info;
  offer_->fill(info);
  notice.mutable_run()->set_scenario_sha256(info.scenario().sha256());
  return notice;
}

void OpenRoom::tell_all(const wire::RoomNotice& notice) {
  for (RollEntry& member : roll_.entries())
    if (member.notices) member.notices->send(notice);
}

std::string OpenRoom::sentence() const {
  if (!trouble_.empty()) return trouble_;
  const int ready = roll_.ready(now_ms());
  if (phase_ == Phase::running && !run_word_.empty()) return "run " + record_.run + ": " + run_word_;
  if (phase_ == Phase::running) return "run " + record_.run + " is going on";
  if (phase_ == Phase::ended) return "run " + record_.run + " has ended; the room stays open for another";
  if (options_.min_members > 0)
    return std::to_string(ready) + " of " + std::to_string(options_.min_members) + " members are ready; the run starts by itself";
  return std::to_string(ready) + (ready == 1 ? " member is ready" : " members are ready") + "; the host starts the run";
}

wire::HostedRoom OpenRoom::state() const {
  const std::string ticket_text = ticket();
  wire::HostedRoom room;
  std::lock_guard lock(mutex_);
  room.set_room(id_);
  room.set_name(options_.name);
  room.set_ticket(ticket_text);
  room.set_ticket_expires_ms(keeper_.ticket.expires_ms);
  room.set_ticket_uses_left(keeper_.ticket.uses_left);
  for (const net::Address& address : addresses_) room.add_addresses(address.text());
  room.set_phase(phase_name(static_cast<int>(phase_)));
  if (phase_ != Phase::gathering) room.set_run(record_.run);
  room.set_rounds(offer_->scenario().rounds);
  if (const auto row = record_.run.empty() ? Result<ledger::RunRow>(not_found("")) : tools_.ledger.run(record_.run);
      row.ok() && phase_ != Phase::gathering) {
    room.set_round(row->rounds_done);
    if (phase_ == Phase::running && row->state == ledger::RunState::paused) room.set_phase("paused");
  }
  for (const auto& [key, knock] : keeper_.waiting()) {
    wire::RoomMemberInfo* asking = room.add_members();
    asking->set_member(knock.check_code);
    asking->set_name(shown_text(knock.request.name(), kLongestName));
    asking->set_check_code(knock.check_code);
    asking->set_state("asking");
    asking->set_slot(-1);
    asking->set_seen_ms(knock.since_ms);
    asking->set_address(knock.address);
    asking->set_program_version(shown_text(knock.request.program_version(), 32));
  }
  for (const RollEntry& entry : roll_.entries()) *room.add_members() = shown_member(entry, now_ms());
  room.set_ready(roll_.ready(now_ms()));
  room.set_wanted(options_.min_members);
  room.set_announced(announced_);
  room.set_sentence(sentence());
  room.set_scenario_name(offer_->scenario().name);
  room.set_places(offer_->places());
  room.set_slots_fixed(slots_fixed());
  room.set_authority_sha256(net::hex(authority_->fingerprint()));
  return room;
}

}  // namespace fedllm::lab
