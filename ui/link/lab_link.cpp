#include "ui/link/caller.h"
// gRPC first: its headers and Qt's keywords get along only in this order.
#include <QDateTime>
#include <QElapsedTimer>
#include <QTimer>

#include "ui/link/core_link.h"
#include "ui/link/lab_link.h"
#include "wire/lab.grpc.pb.h"

namespace fedllm::ui {
namespace {

constexpr int kAgainMs = 500;
constexpr int kCallMs = 30'000;
constexpr int kLongCallMs = 120'000;         // opening a room reads its data and base model

using StateCall = StreamCall<wire::LabWatchRequest, wire::LabState>;
using BrowseCall = StreamCall<wire::BrowseRequest, wire::FoundRooms>;

}  // namespace

class LabLink::Impl : public QObject {
 public:
  Impl(LabLink* link, CoreLink* core) : link_(link), core_(core) {
    connect(core, &CoreLink::stateChanged, this, [this] { onCore(); });
    again_.setSingleShot(true);
    connect(&again_, &QTimer::timeout, this, [this] { open(); });
    onCore();
  }

  void onCore() {
    if (core_->state() != CoreLink::State::Ready) return drop();
    if (!caller_.connected()) caller_.connect(core_->channel());
    problem_.clear();
    open();
  }

  void drop() {
    caller_.stop(std::exchange(watch_, 0));
    caller_.stop(std::exchange(browse_, 0));
    again_.stop();
    setLive(false);
  }

  void setLive(bool live) {
    if (std::exchange(live_, live) != live) emit link_->changed();
  }

  void open() {
    if (core_->state() != CoreLink::State::Ready || !problem_.isEmpty()) return;
    if (!watch_)
      watch_ = caller_.stream<StateCall>(
          wire::LabWatchRequest(), [this](wire::LabState state) { onState(std::move(state)); },
          [this](Status status) { onEnd(watch_, status); }, [](auto* stub, auto... a) { stub->Watch(a...); });
    if (wanted_ && !browse_)
      browse_ = caller_.stream<BrowseCall>(
          wire::BrowseRequest(), [this](wire::FoundRooms rooms) { onFound(std::move(rooms)); },
          [this](Status status) { onEnd(browse_, status); }, [](auto* stub, auto... a) { stub->Browse(a...); });
  }

  void onState(wire::LabState state) {
    state_ = std::move(state);
    sinceState_.start();
    known_ = live_ = true;
    emit link_->changed();
  }

  void onFound(wire::FoundRooms rooms) {
    found_ = std::move(rooms);
    searching_ = false;
    emit link_->foundChanged();
  }

  // A core without a lab is asked once; any other end is an accident, and the next try tells more.
  void onEnd(quint64& token, const Status& status) {
    token = 0;
    if (&token == &watch_) setLive(false);
    if (status.code() == Code::unimplemented) {
      problem_ = LabLink::tr("This core was built without the lab.");
      emit link_->changed();
      return;
    }
    again_.start(kAgainMs);
  }

  LabLink* link_;
  CoreLink* core_;
  wire::LabState state_;
  wire::FoundRooms found_;
  QString problem_;
  QElapsedTimer sinceState_;
  QTimer again_;
  bool known_ = false, live_ = false, wanted_ = false, searching_ = true;
  quint64 watch_ = 0, browse_ = 0;
  Caller<wire::Lab> caller_;                 // last: ends its calls before what they answer to goes
};

LabLink::LabLink(CoreLink* core, QObject* parent) : QObject(parent), impl_(std::make_unique<Impl>(this, core)) {}
LabLink::~LabLink() = default;
const wire::LabState& LabLink::state() const { return impl_->state_; }
bool LabLink::isKnown() const { return impl_->known_; }
bool LabLink::isLive() const { return impl_->live_; }
QString LabLink::problem() const { return impl_->problem_; }
const wire::FoundRooms& LabLink::found() const { return impl_->found_; }
bool LabLink::isSearching() const { return impl_->searching_; }

qint64 LabLink::nowMs() const {
  return impl_->known_ ? impl_->state_.now_ms() + impl_->sinceState_.elapsed() : QDateTime::currentMSecsSinceEpoch();
}

const wire::HostedRoom* LabLink::room(const std::string& id) const {
  for (const auto& room : impl_->state_.rooms())
    if (room.room() == id) return &room;
  return nullptr;
}

const wire::Membership* LabLink::membership(const std::string& id) const {
  for (const auto& membership : impl_->state_.memberships())
    if (membership.membership() == id) return &membership;
  return nullptr;
}

void LabLink::browse(bool on) {
  if (std::exchange(impl_->wanted_, on) == on) return;
  if (on) return impl_->open();
  impl_->caller_.stop(std::exchange(impl_->browse_, 0));
  impl_->searching_ = true;
}

void LabLink::hostRoom(const wire::HostRoomRequest& request, QObject* context, Answer<wire::HostedRoom> answer) {
  impl_->caller_.call<wire::HostedRoom>(request, kLongCallMs, true, context, std::move(answer), [](auto* s, auto... a) { s->HostRoom(a...); });
}
void LabLink::joinRoom(const wire::JoinRoomRequest& request, QObject* context, Answer<wire::Membership> answer) {
  impl_->caller_.call<wire::Membership>(request, kLongCallMs, true, context, std::move(answer), [](auto* s, auto... a) { s->JoinRoom(a...); });
}
void LabLink::roomCommand(const wire::HostCommand& command, QObject* context, Answer<wire::LabAck> answer) {
  impl_->caller_.call<wire::LabAck>(command, kCallMs, true, context, std::move(answer), [](auto* s, auto... a) { s->RoomCommand(a...); });
}
void LabLink::memberCommand(const wire::MembershipCommand& command, QObject* context, Answer<wire::LabAck> answer) {
  impl_->caller_.call<wire::LabAck>(command, kCallMs, true, context, std::move(answer), [](auto* s, auto... a) { s->MemberCommand(a...); });
}
void LabLink::doctor(const wire::DoctorRequest& request, QObject* context, Answer<wire::DoctorReply> answer) {
  impl_->caller_.call<wire::DoctorReply>(request, kCallMs, true, context, std::move(answer), [](auto* s, auto... a) { s->Doctor(a...); });
}

}  // namespace fedllm::ui
