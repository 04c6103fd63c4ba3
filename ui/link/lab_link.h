// LabLink: the core's Lab service over the link's channel: the newest state of rooms and memberships, the rooms that the
// network shows, and commands. The state is whole whenever it comes; what was last known stays while the core is away
// (isLive() is false then) and comes anew when it is back. Errors: the core's own sentence. GUI thread.
#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <memory>

#include "base/status.h"
#include "wire/lab.pb.h"

namespace fedllm::ui {

class CoreLink;

class LabLink : public QObject {
  Q_OBJECT
 public:
  explicit LabLink(CoreLink* core, QObject* parent = nullptr);
  ~LabLink() override;

  const wire::LabState& state() const;
  bool isKnown() const;                        // a first state has come
  bool isLive() const;                         // it is the core's present one
  QString problem() const;                     // why there is no lab in this core; empty: there is
  qint64 nowMs() const;                        // the core's clock
  const wire::HostedRoom* room(const std::string& id) const;
  const wire::Membership* membership(const std::string& id) const;

  void browse(bool on);                        // looks for rooms while on
  const wire::FoundRooms& found() const;
  bool isSearching() const;                    // no list has come yet

  template <class Reply>
  using Answer = std::function<void(Result<Reply>)>;
  // `context`: the answer is dropped when it is destroyed before.
  void hostRoom(const wire::HostRoomRequest& request, QObject* context, Answer<wire::HostedRoom> answer);
  void joinRoom(const wire::JoinRoomRequest& request, QObject* context, Answer<wire::Membership> answer);
  void roomCommand(const wire::HostCommand& command, QObject* context, Answer<wire::LabAck> answer);
  void memberCommand(const wire::MembershipCommand& command, QObject* context, Answer<wire::LabAck> answer);
  void doctor(const wire::DoctorRequest& request, QObject* context, Answer<wire::DoctorReply> answer);

 signals:
  void changed();
  void foundChanged();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::ui
