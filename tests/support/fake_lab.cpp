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

}  // namespace

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
    auto* all = state.mutable_memberships();   // a room is joined once
    all->erase(std::remove_if(all->begin(), all->end(), [&](const auto& m) { return m.membership() == reply->membership(); }), all->end());
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

  template <class Members>
  static void assign(Members& members, const wire::HostCommand& command) {
    const auto moved = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.member() == command.member(); });
    if (moved == members.end()) return;
    for (auto& member : members)
      if (member.slot() == command.slot()) member.set_slot(moved->slot());
    moved->set_slot(command.slot());
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
    if (command.kind() == K::ASSIGN_SLOT) return assign(*members, command);
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
