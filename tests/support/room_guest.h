// RoomGuest: a member of a room made of raw stubs, so that a test can say what no well-behaved member says. OpenedHome: a home with a
// ledger and a run manager, in which rooms are opened on loopback. Include it before Qt, whose word `slots` is a field of room.proto.
#pragma once

#include "wire/room.grpc.pb.h"

#include <chrono>
#include <memory>
#include <string>

#include "lab/room_host.h"
#include "net/authority.h"
#include "net/tls.h"
#include "support/mini_world.h"
#include "support/noop_backend.h"

namespace fedllm::tests {

class OpenedHome {
 public:
  OpenedHome(const MiniWorld& world, const std::string& below = "/home", train::Backend* backend = nullptr)
      : world_(world), backend_(backend ? backend : &own_) {
    paths.home = paths.ledger_dir = world.path(below);
    ledger = world.open_ledger(paths.home);
    runs = std::make_unique<node::RunManager>(*ledger, paths, [this] { return Result<train::Backend*>(backend_); });
  }
  lab::RoomOptions options(const std::string& name = "lab") const {
    lab::RoomOptions options;
    options.name = name;
    options.scenario_json = spec::to_json(world_.scenario);
    options.base_dir = world_.path();
    options.bind = {"127.0.0.1", 0};
    options.announce = false;
    return options;
  }
  Result<std::unique_ptr<lab::RoomHost>> open(const lab::RoomOptions& options) {
    return lab::RoomHost::open({*ledger, *runs, paths, "test"}, options);
  }

  HomePaths paths;
  std::unique_ptr<ledger::Ledger> ledger;

 private:
  const MiniWorld& world_;
  NoopBackend own_;
  train::Backend* backend_;

 public:
  std::unique_ptr<node::RunManager> runs;
};

class RoomGuest {
 public:
  explicit RoomGuest(const std::string& folder, const std::string& ticket_text) : ticket(*net::parse_ticket(ticket_text)) {
    auto opened = net::MemberKey::open(folder);
    if (!opened.ok()) qFatal("%s", opened.status().to_string().c_str());
    key = std::move(*opened);
    request = *key->certificate_request();
    authority_pem = net::fetch_authority(ticket.addresses, ticket.authority, 10)->authority_pem;
  }

  wire::EnrolRequest asking(const std::string& name) const {
    wire::EnrolRequest asks;
    asks.set_protocol(lab::kRoomProtocol);
    asks.set_name(name);
    asks.set_certificate_request(request);
    asks.set_proof(net::proof_of(ticket.secret, ticket.authority, request));
    asks.set_program_version("test");
    return asks;
  }
  // The last answer; on_waiting where the first says that the host decides.
  wire::EnrolReply enrol(const wire::EnrolRequest& asks, const std::function<void(const wire::EnrolReply&)>& on_waiting = {}) {
    grpc::ClientContext context;
    set_deadline(context);
    const auto stub = wire::Room::NewStub(net::room_channel(ticket.addresses[0], authority_pem, {}));
    const auto reader = stub->Enrol(&context, asks);
    wire::EnrolReply reply, last;
    while (reader->Read(&reply)) {
      last = reply;
      if (reply.waiting() && on_waiting) on_waiting(reply);
    }
    (void)reader->Finish();
    if (last.accepted()) enter({key->key_pem(), last.certificate_pem()});
    return last;
  }
  wire::EnrolReply enrol(const std::string& name) { return enrol(asking(name)); }
  void enter(const net::KeyAndCertificate& identity) {
    room = wire::Room::NewStub(net::room_channel(ticket.addresses[0], authority_pem, identity));
  }

  template <class Request, class Reply>
  grpc::Status call(grpc::Status (wire::Room::Stub::*method)(grpc::ClientContext*, const Request&, Reply*), const Request& request,
                    Reply* reply) {
    grpc::ClientContext context;
    set_deadline(context);
    return (room.get()->*method)(&context, request, reply);
  }
  grpc::Status hello(wire::RoomInfo* info, uint32_t protocol = lab::kRoomProtocol) {
    wire::MemberHello hello;
    hello.set_protocol(protocol);
    hello.set_clock_ms(INT64_MAX);
    return call(&wire::Room::Stub::Hello, hello, info);
  }
  wire::ReadyReply ready(int slot, int64_t examples = 10) {
    wire::ReadyRequest request;
    request.set_slot(slot);
    request.set_examples(examples);
    wire::ReadyReply reply;
    const grpc::Status status = call(&wire::Room::Stub::Ready, request, &reply);
    if (!status.ok()) qFatal("%s", status.error_message().c_str());
    return reply;
  }
  grpc::Status fetch(const std::string& sha256, uint64_t offset, std::string* bytes) {
    grpc::ClientContext context;
    set_deadline(context);
    wire::FetchRequest request;
    request.set_sha256(sha256);
    request.set_offset(offset);
    const auto reader = room->Fetch(&context, request);
    wire::BlobChunk chunk;
    while (reader->Read(&chunk)) bytes->append(chunk.data());
    return reader->Finish();
  }
  // The room's notices; the caller reads.
  std::unique_ptr<grpc::ClientReader<wire::RoomNotice>> attend() {
    attendance = std::make_unique<grpc::ClientContext>();
    set_deadline(*attendance);
    return room->Attend(attendance.get(), wire::AttendRoomRequest());
  }

  net::Ticket ticket;
  std::unique_ptr<net::MemberKey> key;
  std::string request, authority_pem;
  std::unique_ptr<wire::Room::Stub> room;
  std::unique_ptr<grpc::ClientContext> attendance;

 private:
  static void set_deadline(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    context.set_wait_for_ready(true);
  }
};

}  // namespace fedllm::tests
