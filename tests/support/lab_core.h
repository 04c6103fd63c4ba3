// LabCore: a core's home with a Lab and stubs to its service, as the studio speaks to it. Include it before Qt, whose word `slots` is
// a field of room.proto.
#pragma once

#include "support/room_guest.h"

#include <filesystem>

#include "lab/lab.h"
#include "net/local_server.h"
#include "wire/lab.grpc.pb.h"

namespace fedllm::tests {

struct LabCore {
  LabCore(const MiniWorld& world, const std::string& below)
      : home(world, (std::filesystem::create_directories(world.path(below)), below), &backend),
        lab({*home.ledger, *home.runs, [this] { return Result<train::Backend*>(&backend); }, home.paths, "test"}) {
    server = std::move(net::LocalServer::start(lab.service()).value());
    stub = wire::Lab::NewStub(server->channel());
  }
  ~LabCore() {
    lab.close();
    server.reset();
  }
  template <class Request, class Reply>
  grpc::Status call(grpc::Status (wire::Lab::Stub::*method)(grpc::ClientContext*, const Request&, Reply*), const Request& request,
                    Reply* reply) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    return (stub.get()->*method)(&context, request, reply);
  }
  grpc::Status tell(const std::string& room, wire::HostCommand::Kind kind, const std::string& member = {}) {
    wire::HostCommand command;
    command.set_room(room);
    command.set_kind(kind);
    command.set_member(member);
    wire::LabAck ack;
    return call(&wire::Lab::Stub::RoomCommand, command, &ack);
  }
  grpc::Status tell(const std::string& membership, wire::MembershipCommand::Kind kind) {
    wire::MembershipCommand command;
    command.set_membership(membership);
    command.set_kind(kind);
    wire::LabAck ack;
    return call(&wire::Lab::Stub::MemberCommand, command, &ack);
  }
  NoopBackend backend;
  OpenedHome home;
  lab::Lab lab;
  std::unique_ptr<net::LocalServer> server;
  std::unique_ptr<wire::Lab::Stub> stub;
};

inline wire::HostRoomRequest room_of(const MiniWorld& world) {
  wire::HostRoomRequest request;
  request.set_name("lab");
  request.set_scenario_json(spec::to_json(world.scenario));
  request.set_base_dir(world.path());
  request.set_bind("127.0.0.1:0");
  return request;
}

}  // namespace fedllm::tests
