// FakeLab: the Lab service in-process, scripted by a test and registered beside a FakeCore. It plays along where a page expects
// an effect (an admitted member is enrolled, a declined membership ends) and remembers what it was asked. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/lab_scenes.h"

namespace grpc {
class Service;
}

namespace fedllm::test {

class FakeLab {
 public:
  FakeLab();
  ~FakeLab();
  grpc::Service& service();

  void change(const std::function<void(wire::LabState&)>& change);   // watchers get the new state
  void set(const wire::HostedRoom& room);                            // the only room; no memberships
  void set(const wire::Membership& membership);                      // the only membership; no rooms
  void setFound(const wire::FoundRooms& found);
  void setDoctor(const wire::DoctorReply& reply);
  void failNext(int code, const std::string& message);               // the next unary call fails with this gRPC code

  std::vector<wire::HostRoomRequest> hosted() const;
  std::vector<wire::JoinRoomRequest> joined() const;
  std::vector<wire::HostCommand> roomCommands() const;
  std::vector<wire::MembershipCommand> memberCommands() const;
  std::vector<wire::DoctorRequest> examined() const;
  int watches() const;                                               // how often Watch was opened

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace fedllm::test
