#include "support/fake_lab.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "wire/lab.grpc.pb.h"

namespace fedllm::test {
namespace {

int64_t nowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

const char* const kNames[] = {"Ada's laptop", "bakery-2", "Charlie", "desk 7", "Erin (window seat)", "farm server", "Grace", "hall 12"};
const char* const kTicket =
    "fedllm1AVt3nFwqk0Yp2sXr7bLd9uHc4mQe6oZa1iJg8TfKw5EyRvNxBhSjUlPzDqCkMoA3Gd5Yw7IfEr9Tt1XcVb2Nz4Lp6Qs8Hk0Ju-_aWeRtYuIoPlKjHgFdSaZxCvBnM";

std::string stateIn(const std::string& phase, int index) {
  if (phase == "gathering") return index % 5 == 4 ? "preparing" : index % 7 == 6 ? "fetching" : "ready";
  if (phase == "paused") return "paused";
  if (phase == "ended") return "ready";
  return index % 6 == 5 ? "gone" : index % 4 == 3 ? "waiting" : index % 9 == 8 ? "evaluating" : "training";
}

void fill(wire::RoomMemberInfo* member, int index, const std::string& state) {
  const int kinds = int(std::size(kNames));
  member->set_member("m" + std::to_string(index));
  member->set_name(std::string(kNames[index % kinds]) + (index < kinds ? "" : " " + std::to_string(index / kinds + 1)));
  member->set_check_code(std::string("K7QM2P9X").substr(size_t(index) % 4) + std::string("WT4C").substr(0, size_t(index) % 4));
  member->set_state(state);
  member->set_slot(state == "asking" ? -1 : index);
  member->set_seen_ms(nowMs() - (state == "gone" ? 42'000 : 900));
  member->set_cores(4 + 2 * (index % 5));
  member->set_memory_bytes((uint64_t(8) << 30) * uint64_t(1 + index % 3));
  member->set_program_version("0.1.0");
  member->set_clock_offset_ms(index == 3 ? 3'601'000 : 40 * index - 100);
  member->set_round_trip_s(0.0006 + 0.004 * (index % 6));
  member->set_uplink_mbit_s(94 - 7 * (index % 8));
  member->set_downlink_mbit_s(310 - 21 * (index % 8));
  member->set_examples(120 + 13 * index);
  member->set_test_examples(14 + index);
  member->set_sent_bytes(131'200 * 3);
  member->set_received_bytes((int64_t(60) << 20) + 131'200 * 3);
  member->set_address("192.168.1." + std::to_string(20 + index) + ":50" + std::to_string(100 + index));
}

bool inRound(const std::string& state) { return state == "training" || state == "evaluating" || state == "waiting"; }

}  // namespace

wire::HostedRoom room(int members, const std::string& phase, int asking) {
  wire::HostedRoom room;
  room.set_room("room-1");
  room.set_name("Lab three");
  room.set_ticket(kTicket);
  room.set_ticket_expires_ms(nowMs() + 11 * 3'600'000 + 20 * 60'000);
  room.set_ticket_uses_left(64 - members);
  room.add_addresses("192.168.1.20:47110");
  room.add_addresses("[fe80::1c2d:3e4f]:47110");
  room.set_phase(phase);
  room.set_rounds(5);
  room.set_scenario_name("Front desk");
  room.set_authority_sha256(std::string(64, 'a'));
  for (int i = 0; i < members; ++i) fill(room.add_members(), i, stateIn(phase, i));
  for (int i = 0; i < asking; ++i) fill(room.add_members(), members + i, "asking");
  int ready = 0;
  for (const auto& member : room.members()) ready += member.state() == "ready";
  room.set_ready(ready);
  room.set_wanted(phase == "gathering" ? 4 : 0);
  if (phase == "gathering") return room;
  room.set_run("20261122-120011-fake");
  room.set_round(phase == "ended" ? 5 : 2);
  for (auto& member : *room.mutable_members())
    if (inRound(member.state())) member.set_round(2);
  return room;
}

namespace {

void addContract(wire::Membership& m) {
  m.set_contract_json(R"({"template":{"name":"instruction"},"fields":["instruction","response"],"label":"desk",
    "labels":["office","garden","kitchen"],"max_length":256,"test_fraction":0.1,"seed":1})");
}

void addFiles(wire::Membership& m) {
  m.add_files("/data/desk-questions.csv");
  m.add_files("/data/desk-questions-2.csv");
  for (const char* column : {"question", "answer", "topic", "date"}) m.add_available_columns(column);
  (*m.mutable_columns())["instruction"] = "question";
  (*m.mutable_columns())["response"] = "answer";
  (*m.mutable_columns())["desk"] = "topic";
}

void addReport(wire::Membership& m, bool problems) {
  auto* report = m.mutable_readiness();
  report->set_records(412);
  report->set_test_records(45);
  report->set_tokens(18'230);
  report->set_truncated(3);
  report->set_duplicates(6);
  report->set_emails(2);
  report->set_phone_numbers(1);
  if (problems) report->set_unknown_labels(17);
  if (problems) report->add_problems("17 records have the label \"attic\", which the room does not know: office, garden, kitchen");
  report->add_hints("3 records are longer than 256 tokens and are cut on the right");
  report->add_samples("Which desk is it? My printer is jammed again.\n office");
  report->add_samples("Which desk is it? The tap in the greenhouse drips.\n garden");
  const std::pair<const char*, int> labels[] = {{"office", 201}, {"garden", 120}, {"kitchen", 91}};
  for (const auto& [label, count] : labels) {
    auto* one = report->add_labels();
    one->set_label(label);
    one->set_count(count);
  }
}

void addConsent(wire::Membership& m) {
  auto* facts = m.mutable_consent();
  facts->set_who("Prof. Lovelace");
  facts->set_base_model("microworld");
  facts->set_base_sha256(std::string("4f1c09ab77e2") + std::string(52, '0'));
  facts->set_base_bytes(61 << 20);
  facts->set_trained("LoRA rank 8 on q_proj, k_proj, v_proj, o_proj (32,768 numbers)");
  facts->set_payload_bytes_round(131'200);
  facts->set_rounds(5);
  for (const char* number : {"number of records", "mean loss", "held-out loss, correct answers and count", "seconds of training"})
    facts->add_numbers(number);
  facts->set_cores(8);
  facts->set_memory_bytes(int64_t(740) << 20);
  facts->set_steps(40);
}

void addScore(wire::CardScore* score, double loss, double exact, double low, double high) {
  score->set_loss(loss);
  score->set_exact(exact);
  score->set_low(low);
  score->set_high(high);
  score->set_records(45);
}

bool oneOf(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}

}  // namespace

wire::Membership membership(const std::string& state) {
  wire::Membership m;
  m.set_membership("part-1");
  m.set_state(state);
  m.set_address("192.168.1.20:47110");
  m.set_slot(-1);
  m.set_host_seen_ms(nowMs() - 1200);
  if (state == "connecting") return m;
  m.set_room("room-1");
  m.set_room_name("Lab three");
  m.set_host_name("Prof. Lovelace");
  m.set_check_code("K7QM2P9X");
  if (oneOf(state, {"asking", "refused"})) return m;
  if (state == "fetching") {
    m.set_fetch_done(23 << 20);
    m.set_fetch_total(61 << 20);
    return m;
  }
  addContract(m);
  addFiles(m);
  addReport(m, state == "mapping");
  if (state == "mapping") return m;
  addConsent(m);
  if (state == "consenting") return m;
  m.set_slot(2);
  m.set_run("20261122-120011-fake");
  m.set_rounds(5);
  m.set_round(oneOf(state, {"done", "left"}) ? 5 : state == "ready" ? 0 : 2);
  auto* left = m.mutable_left();
  left->set_update_bytes(3'250'586);
  left->set_numbers(40);
  left->set_wire_bytes(3'301'204);
  if (state == "waiting") m.set_sentence("Round 2 goes on with the updates of the others.");
  if (state == "reconnecting") m.set_sentence("The host does not answer since 21 s; trying again every 5 s.");
  if (state != "done") return m;
  auto* card = m.mutable_card();
  addScore(card->mutable_base(), 3.41, 0.04, 0.01, 0.15);
  addScore(card->mutable_together(), 1.32, 0.78, 0.64, 0.87);
  card->set_sentence("Together answers 74 percentage points more of your records than the base model.");
  return m;
}

wire::DoctorReply doctorReply() {
  wire::DoctorReply reply;
  const auto add = [&reply](const char* check, const char* state, const char* sentence, const char* command = "") {
    auto* line = reply.add_lines();
    line->set_check(check);
    line->set_state(state);
    line->set_sentence(sentence);
    line->set_command(command);
  };
  add("Interfaces", "ok", "enp3s0 has 192.168.1.31 and fe80::5a2b; this machine is on one network.");
  add("Tunnels", "warning", "tun0 is a tunnel: rooms on the local network may not be seen through it.");
  add("Test with myself", "ok", "This machine listens on port 47110 and reaches itself by each address.");
  add("Far port", "problem", "192.168.1.20:47110 does not answer within 3 s; a firewall there or in between may drop it.",
      "sudo firewall-cmd --add-port=47110/tcp && sudo firewall-cmd --add-service=mdns --permanent");
  add("Clock", "ok", "This clock is 0.2 s ahead of the host's.");
  return reply;
}

wire::FoundRooms foundRooms() {
  wire::FoundRooms found;
  const auto add = [&found](const char* id, const char* name, const char* host, int members, bool known, uint32_t protocol) {
    auto* room = found.add_rooms();
    room->set_room(id);
    room->set_name(name);
    room->set_host_name(host);
    room->set_members(members);
    room->set_known(known);
    room->set_protocol(protocol);
    room->add_addresses("192.168.1.2" + std::to_string(members) + ":47110");
  };
  add("room-1", "Lab three", "lovelace", 4, false, 1);
  add("room-2", "Bakery chain", "till-1", 7, true, 1);
  add("room-3", "Old room", "attic", 2, false, 9);
  return found;
}

// ---------------------------------------------------------------------------------------------------------------- service

class FakeLab::Service final : public wire::Lab::Service {
 public:
  using Context = grpc::ServerContext;

  grpc::Status planned() { return std::exchange(failure, grpc::Status::OK); }

  grpc::Status HostRoom(Context*, const wire::HostRoomRequest* request, wire::HostedRoom* reply) override {
    std::lock_guard lock(mutex);
    hosts.push_back(*request);
    if (auto status = planned(); !status.ok()) return status;
    *reply = room(0);
    reply->set_name(request->name());
    reply->set_wanted(request->min_members());
    *state.add_rooms() = *reply;
    return tell();
  }

  grpc::Status JoinRoom(Context*, const wire::JoinRoomRequest* request, wire::Membership* reply) override {
    std::lock_guard lock(mutex);
    joins.push_back(*request);
    if (auto status = planned(); !status.ok()) return status;
    *reply = membership("asking");
    *state.add_memberships() = *reply;
    return tell();
  }

  grpc::Status RoomCommand(Context*, const wire::HostCommand* command, wire::LabAck*) override {
    std::lock_guard lock(mutex);
    orders.push_back(*command);
    if (auto status = planned(); !status.ok()) return status;
    using K = wire::HostCommand;
    auto* rooms = state.mutable_rooms();
    auto one = std::find_if(rooms->begin(), rooms->end(), [&](const auto& r) { return r.room() == command->room(); });
    if (one == rooms->end()) return {grpc::StatusCode::NOT_FOUND, "no room " + command->room()};
    if (command->kind() == K::CLOSE) rooms->erase(one);
    else apply(*one, *command);
    return tell();
  }

  void apply(wire::HostedRoom& room, const wire::HostCommand& command) {
    using K = wire::HostCommand;
    switch (command.kind()) {
      case K::START: room.set_phase("running"); room.set_run("20261122-120011-fake"); break;
      case K::STOP: room.set_phase("ended"); break;
      case K::PAUSE: room.set_phase("paused"); break;
      case K::UNPAUSE: room.set_phase("running"); break;
      case K::NEW_TICKET: room.set_ticket(std::string(kTicket) + "New"); room.set_ticket_uses_left(64); break;
      default: break;
    }
    auto* members = room.mutable_members();
    for (auto member = members->begin(); member != members->end(); ++member) {
      if (member->member() != command.member()) continue;
      if (command.kind() == K::ADMIT) member->set_state("enrolled");
      if (command.kind() == K::REVOKE) member->set_state("revoked");
      if (command.kind() == K::REFUSE) return void(members->erase(member));
    }
  }

  grpc::Status MemberCommand(Context*, const wire::MembershipCommand* command, wire::LabAck*) override {
    std::lock_guard lock(mutex);
    wishes.push_back(*command);
    if (auto status = planned(); !status.ok()) return status;
    using K = wire::MembershipCommand;
    auto* all = state.mutable_memberships();
    auto one = std::find_if(all->begin(), all->end(), [&](const auto& m) { return m.membership() == command->membership(); });
    if (one == all->end()) return {grpc::StatusCode::NOT_FOUND, "no membership " + command->membership()};
    switch (command->kind()) {
      case K::CONSENT: one->set_state("ready"); break;
      case K::DECLINE:
      case K::LEAVE: one->set_state("left"); break;
      case K::PAUSE: one->set_state("paused"); break;
      case K::UNPAUSE: one->set_state("waiting"); break;
      case K::SET_LIMITS: one->set_upload_cap_mbit_s(command->upload_cap_mbit_s()); one->set_gentle(command->gentle()); break;
      case K::RUN_ALONE: one->mutable_card()->set_alone_progress(0.4); break;
      case K::SET_DATA:
        *one->mutable_files() = command->files();
        *one->mutable_columns() = command->columns();
        break;
      case K::FORGET: all->erase(one); break;
      default: break;
    }
    return tell();
  }

  grpc::Status Doctor(Context*, const wire::DoctorRequest* request, wire::DoctorReply* reply) override {
    std::lock_guard lock(mutex);
    questions.push_back(*request);
    *reply = doctor;
    return planned();
  }

  grpc::Status tell() {
    ++version;
    changed.notify_all();
    return grpc::Status::OK;
  }

  // Sends what `take` returns now and after every change, until the caller has gone.
  template <class Message, class Take>
  grpc::Status stream(Context* context, grpc::ServerWriter<Message>* writer, Take take) {
    std::unique_lock lock(mutex);
    int sent = -1;
    while (!context->IsCancelled()) {
      if (sent != version) {
        sent = version;
        const Message message = take();
        lock.unlock();
        const bool written = writer->Write(message);
        lock.lock();
        if (!written) break;
        continue;
      }
      changed.wait_for(lock, std::chrono::milliseconds(50));
    }
    return grpc::Status::OK;
  }

  grpc::Status Watch(Context* context, const wire::LabWatchRequest*, grpc::ServerWriter<wire::LabState>* writer) override {
    {
      std::lock_guard lock(mutex);
      ++watchCount;
    }
    return stream(context, writer, [this] {
      wire::LabState now = state;
      now.set_now_ms(nowMs());
      return now;
    });
  }

  grpc::Status Browse(Context* context, const wire::BrowseRequest*, grpc::ServerWriter<wire::FoundRooms>* writer) override {
    return stream(context, writer, [this] { return found; });
  }

  mutable std::mutex mutex;
  std::condition_variable changed;
  int version = 0, watchCount = 0;
  wire::LabState state;
  wire::FoundRooms found;
  wire::DoctorReply doctor = doctorReply();
  grpc::Status failure;
  std::vector<wire::HostRoomRequest> hosts;
  std::vector<wire::JoinRoomRequest> joins;
  std::vector<wire::HostCommand> orders;
  std::vector<wire::MembershipCommand> wishes;
  std::vector<wire::DoctorRequest> questions;
};

FakeLab::FakeLab() : service_(std::make_unique<Service>()) {}
FakeLab::~FakeLab() = default;
grpc::Service& FakeLab::service() { return *service_; }

void FakeLab::change(const std::function<void(wire::LabState&)>& change) {
  std::lock_guard lock(service_->mutex);
  change(service_->state);
  (void)service_->tell();
}
void FakeLab::set(const wire::HostedRoom& room) {
  change([&](wire::LabState& state) {
    state.Clear();
    *state.add_rooms() = room;
  });
}
void FakeLab::set(const wire::Membership& membership) {
  change([&](wire::LabState& state) {
    state.Clear();
    *state.add_memberships() = membership;
  });
}
void FakeLab::setFound(const wire::FoundRooms& found) {
  std::lock_guard lock(service_->mutex);
  service_->found = found;
  (void)service_->tell();
}
void FakeLab::setDoctor(const wire::DoctorReply& reply) {
  std::lock_guard lock(service_->mutex);
  service_->doctor = reply;
}
void FakeLab::failNext(int code, const std::string& message) {
  std::lock_guard lock(service_->mutex);
  service_->failure = grpc::Status(static_cast<grpc::StatusCode>(code), message);
}

#define FEDLLM_COPY(what) std::lock_guard lock(service_->mutex); return service_->what
std::vector<wire::HostRoomRequest> FakeLab::hosted() const { FEDLLM_COPY(hosts); }
std::vector<wire::JoinRoomRequest> FakeLab::joined() const { FEDLLM_COPY(joins); }
std::vector<wire::HostCommand> FakeLab::roomCommands() const { FEDLLM_COPY(orders); }
std::vector<wire::MembershipCommand> FakeLab::memberCommands() const { FEDLLM_COPY(wishes); }
std::vector<wire::DoctorRequest> FakeLab::examined() const { FEDLLM_COPY(questions); }
int FakeLab::watches() const { FEDLLM_COPY(watchCount); }
#undef FEDLLM_COPY

}  // namespace fedllm::test
