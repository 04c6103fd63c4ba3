// Mutations of everything a peer may send to an open room: half of them handed to the room's desk as messages, the others as bytes
// over its TLS server. Nobody is let in without proof of the ticket, nobody takes another's slot, what the room shows of its members
// stays within its limits, and an honest member enrols, fetches, takes its place and trains through a run afterwards.
#include "support/room_guest.h"

#include <QTest>

#include <cmath>

#include "lab/open_room.h"
#include "support/fuzz.h"
#include "support/raw_call.h"

using namespace fedllm;
using tests::Fuzz;
using tests::MiniWorld;
using tests::OpenedHome;
using tests::RoomGuest;

namespace {

constexpr int kMostMembers = 24;
constexpr const char* kService = "/fedllm.wire.Room/";

struct Stage {
  Stage() : home(world) {
    world.scenario.partition.clients = 4;
    lab::RoomOptions options = home.options();
    options.ticket_uses = 1 << 20;
    options.limits.members = kMostMembers;
    options.hand_out_data = true;
    auto opened = home.open(options);
    if (!opened.ok()) qFatal("%s", opened.status().to_string().c_str());
    room = std::move(*opened);
    desk = static_cast<lab::OpenRoom*>(room.get());
    ticket = *net::parse_ticket(room->ticket());
    honest = std::make_unique<RoomGuest>(world.path("/honest"), room->ticket());
    hostile = std::make_unique<RoomGuest>(world.path("/hostile"), room->ticket());
    honest_id = honest->enrol("anna").member();
    const wire::EnrolReply in = hostile->enrol("eve");
    hostile_id = in.member();
    stub = std::make_unique<grpc::GenericStub>(
        net::room_channel(ticket.addresses[0], hostile->authority_pem, {hostile->key->key_pem(), in.certificate_pem()}));
    stranger = std::make_unique<grpc::GenericStub>(net::room_channel(ticket.addresses[0], hostile->authority_pem, {}));
    if (honest->ready(1).slot() != 1) qFatal("the honest member got no slot");
    wire::RoomInfo info;
    if (!hostile->hello(&info).ok()) qFatal("the hostile member was not let in");
    scenario_sha256 = info.scenario().sha256();
  }

  MiniWorld world;
  OpenedHome home;
  std::unique_ptr<lab::RoomHost> room;
  lab::RoomDesk* desk = nullptr;
  net::Ticket ticket;
  std::unique_ptr<RoomGuest> honest, hostile;
  std::string honest_id, hostile_id, scenario_sha256;
  std::unique_ptr<grpc::GenericStub> stub, stranger;
};

wire::ReadyRequest ready_request() {
  wire::ReadyRequest request;
  request.set_slot(2);
  request.set_examples(40);
  request.set_test_examples(5);
  for (const char* label : {"animal", "colour"}) {
    request.add_labels()->set_label(label);
    request.mutable_labels(request.labels_size() - 1)->set_count(20);
  }
  return request;
}

wire::MemberBeat beat() {
  wire::MemberBeat beat;
  beat.set_state("training");
  beat.set_round(2);
  beat.set_round_trip_s(0.01);
  beat.set_uplink_mbit_s(100);
  beat.set_downlink_mbit_s(100);
  beat.set_rss_bytes(1 << 20);
  beat.set_gentle(true);
  beat.set_upload_cap_mbit_s(10);
  return beat;
}

wire::MemberHello hello() {
  wire::MemberHello hello;
  hello.set_protocol(lab::kRoomProtocol);
  hello.set_name("eve");
  hello.set_program_version("0.1");
  hello.set_cores(4);
  hello.set_memory_bytes(1 << 30);
  hello.set_clock_ms(1'700'000'000'000);
  return hello;
}

}  // namespace

class TestFuzzRoom : public QObject {
  Q_OBJECT

  std::unique_ptr<Stage> stage_;

  void look_at_room() {
    const wire::HostedRoom state = stage_->room->state();
    QVERIFY(state.members_size() <= kMostMembers);
    std::set<int> held;
    for (const auto& member : state.members()) {
      QVERIFY(member.name().size() <= 80 && !member.name().empty() && member.program_version().size() <= 40);
      QVERIFY(member.cores() >= 0 && member.cores() <= 4096 && member.round() >= 0);
      for (const double number : {member.round_trip_s(), member.uplink_mbit_s(), member.downlink_mbit_s()}) QVERIFY(std::isfinite(number) && number >= 0);
      QVERIFY(member.labels_size() <= 1000 && member.examples() >= 0 && member.test_examples() >= 0);
      for (const int64_t count : member.label_counts()) QVERIFY(count >= 0);
      QVERIFY(member.slot() >= -1 && member.slot() < 4);
      if (member.slot() >= 0 && member.state() != "left") QVERIFY2(held.insert(member.slot()).second, "two members hold one slot");
      if (member.member() == stage_->honest_id) QCOMPARE(member.slot(), 1);
    }
    QVERIFY(state.ByteSizeLong() < 1 << 20);
  }

  // A message for the desk; false: it was none.
  template <class Message>
  static bool read(Fuzz& fuzz, const Message& valid, Message& message) {
    static const std::string other = ready_request().SerializeAsString();
    if (!message.ParseFromString(fuzz.trying(fuzz.mutate.message(valid.SerializeAsString(), other)))) {
      fuzz.answer("not a message");
      return false;
    }
    fuzz.parsed();
    return true;
  }

  wire::EnrolRequest asking(Fuzz& fuzz) const {
    wire::EnrolRequest asks = (fuzz.below(8) == 0 ? stage_->hostile : stage_->honest)->asking("eve");
    if (fuzz.below(4) != 0) return asks;
    // Somebody who holds a ticket proves whatever request it likes.
    asks.set_certificate_request(fuzz.mutate.raw(asks.certificate_request(), asks.certificate_request()));
    asks.set_proof(net::proof_of(stage_->ticket.secret, stage_->ticket.authority, asks.certificate_request()));
    return asks;
  }

  bool proves(const wire::EnrolRequest& asks) const {
    return asks.protocol() == lab::kRoomProtocol && !asks.name().empty() && asks.name().size() <= 64 &&
           asks.proof() == net::proof_of(stage_->ticket.secret, stage_->ticket.authority, asks.certificate_request()) &&
           net::key_fingerprint(asks.certificate_request()).ok();
  }

  void enrol(Fuzz& fuzz) {
    wire::EnrolRequest asks;
    if (!read(fuzz, asking(fuzz), asks)) return;
    const int before = stage_->room->state().members_size();
    auto replies = std::make_shared<lab::EnrolOutlet>();
    stage_->desk->enrol(asks, "192.0.2." + std::to_string(fuzz.below(250)) + ":" + std::to_string(fuzz.below(65536)), replies);
    const bool proved = proves(asks);
    fuzz.answer(proved ? "Enrol with proof" : "Enrol without proof");
    if (!proved) QCOMPARE(stage_->room->state().members_size(), before);
  }

  void tell_desk(Fuzz& fuzz) {
    lab::RoomDesk& desk = *stage_->desk;
    const std::string& me = stage_->hostile_id;
    wire::MemberHello greets;
    wire::ReadyRequest readies;
    wire::MemberBeat beats;
    switch (fuzz.below(16)) {
      case 0: return enrol(fuzz);
      case 1: case 2: case 3: case 4: case 5:
        if (!read(fuzz, hello(), greets)) return;
        return fuzz.answer(desk.hello(me, greets, "192.0.2.1:1").accepted() ? "Hello accepted" : "Hello refused");
      case 6: {
        if (!read(fuzz, ready_request(), readies)) return;
        const wire::ReadyReply reply = desk.ready(me, readies);
        fuzz.answer(reply.accepted() ? "Ready accepted" : "Ready refused");
        QVERIFY(!reply.accepted() || (reply.slot() >= 0 && reply.slot() < 4 && reply.slot() != 1));
        return;
      }
      case 7: return fuzz.answer(desk.may_enter(fuzz.trying(fuzz.mutate.raw(me, stage_->honest_id))));
      default:
        if (!read(fuzz, beat(), beats)) return;
        (void)desk.beat(me, beats);
        return fuzz.answer("Beat");
    }
  }

  void call(Fuzz& fuzz, const char* method, const google::protobuf::Message& valid, grpc::GenericStub& stub, double seconds = 10) {
    static const std::string other = beat().SerializeAsString();
    const auto answer = tests::raw_call(stub, std::string(kService) + method, {fuzz.trying(fuzz.mutate.message(valid.SerializeAsString(), other))}, seconds);
    std::string what = tests::code_text(answer.status);
    if (answer.status.ok() && !answer.replies.empty() && std::string_view(method) == "Enrol")
      what = answer.reply<wire::EnrolReply>().accepted() ? "accepted" : "refused";
    fuzz.answer(std::string(method) + " " + what);
  }

  void tell_server(Fuzz& fuzz) {
    wire::FetchRequest fetch;
    fetch.set_sha256(stage_->scenario_sha256);
    fetch.set_offset(100);
    wire::AttendRoomRequest attend;
    attend.set_member(stage_->hostile_id);
    wire::LeaveRequest leave;
    leave.set_reason("no reason");
    grpc::GenericStub& stub = fuzz.below(8) == 0 ? *stage_->stranger : *stage_->stub;
    switch (fuzz.below(32)) {
      case 0: return call(fuzz, "Attend", attend, stub, 0.01);
      case 1: return call(fuzz, "Leave", leave, stub);
      case 2: case 3: case 4: case 5: case 6: return call(fuzz, "Enrol", asking(fuzz), *stage_->stranger);
      case 7: case 8: case 9: return call(fuzz, "Ready", ready_request(), stub);
      case 10: case 11: case 12: case 13: case 14: case 15: case 16: return call(fuzz, "Fetch", fetch, stub);
      case 17: case 18: case 19: case 20: case 21: case 22: return call(fuzz, "Hello", hello(), stub);
      default: return call(fuzz, "Beat", beat(), stub);
    }
  }

  // As if the others were not there.
  void an_honest_member_finds_its_place() {
    RoomGuest& honest = *stage_->honest;
    wire::RoomInfo info;
    const grpc::Status greeted = honest.hello(&info);
    QVERIFY2(greeted.ok(), greeted.error_message().c_str());
    QVERIFY(info.accepted());
    QCOMPARE(info.your_slot(), 1);
    std::string scenario;
    QVERIFY(honest.fetch(info.scenario().sha256(), 0, &scenario).ok());
    QVERIFY(spec::parse_scenario(scenario).ok());
    const wire::ReadyReply reply = honest.ready(-1, 40);
    QVERIFY2(reply.accepted(), reply.reason().c_str());
    QCOMPARE(reply.slot(), 1);
    const auto notices = honest.attend();
    wire::RoomNotice notice;
    QVERIFY(notices->Read(&notice));
    QVERIFY(notice.has_phase());
    const auto run = stage_->room->start();
    QVERIFY2(run.ok(), run.status().to_string().c_str());
    while (notices->Read(&notice) && !notice.has_run()) {
    }
    QVERIFY(notice.has_run());
    QCOMPARE(notice.run().slot(), 1);
    QVERIFY(stage_->room->stop_run(true).ok());
    honest.attendance->TryCancel();
    (void)notices->Finish();
    QTRY_VERIFY(stage_->room->state().phase() != "running");
  }

 private slots:
  void init() { stage_ = std::make_unique<Stage>(); }
  void cleanup() { stage_.reset(); }

  void desk() {
    Fuzz fuzz("room desk", 8'000, 320'000);
    while (fuzz.next()) {
      tell_desk(fuzz);
      if (fuzz.index() % 64 == 0) look_at_room();
    }
    look_at_room();
    QVERIFY(fuzz.memory_is_bounded());
    an_honest_member_finds_its_place();
  }

  void server() {
    Fuzz fuzz("room server", 1'000, 40'000);
    while (fuzz.next()) {
      tell_server(fuzz);
      if (fuzz.index() % 64 == 0) look_at_room();
    }
    look_at_room();
    QVERIFY(fuzz.memory_is_bounded());
    an_honest_member_finds_its_place();
  }
};

QTEST_GUILESS_MAIN(TestFuzzRoom)
#include "tst_fuzz_room.moc"
