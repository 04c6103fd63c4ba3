// The Lab service over its stub, as the studio speaks to it: one core hosts a room, another joins it, both are watched.
#include "support/lab_core.h"

#include <QTest>

using namespace fedllm;
using tests::LabCore;
using tests::MiniWorld;

namespace {

class TestLabService : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus"); }

  void hostsARoomAndWatchesIt() {
    const MiniWorld world;
    LabCore core(world, "/one");
    QVERIFY(!core.lab.busy());
    wire::HostedRoom room, again;
    QVERIFY(core.call(&wire::Lab::Stub::HostRoom, tests::room_of(world), &room).ok());
    QVERIFY(!room.ticket().empty());
    QCOMPARE(room.phase(), std::string("gathering"));
    QVERIFY(core.lab.busy());
    QVERIFY(core.call(&wire::Lab::Stub::HostRoom, tests::room_of(world), &again).ok());   // idempotent
    QCOMPARE(again.ticket(), room.ticket());
    grpc::ClientContext context;
    const auto watch = core.stub->Watch(&context, wire::LabWatchRequest());
    wire::LabState state;
    QVERIFY(watch->Read(&state));
    QCOMPARE(state.rooms_size(), 1);
    QCOMPARE(state.rooms(0).room(), room.room());
    QVERIFY(core.tell(room.room(), wire::HostCommand::NEW_TICKET).ok());
    while (watch->Read(&state) && state.rooms(0).ticket() == room.ticket()) {
    }
    QVERIFY(state.rooms(0).ticket() != room.ticket());
    const grpc::Status nobody = core.tell(room.room(), wire::HostCommand::START);
    QCOMPARE(nobody.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    QVERIFY(nobody.error_message().find("nobody is ready") != std::string::npos);
    QCOMPARE(core.tell("no such room", wire::HostCommand::START).error_code(), grpc::StatusCode::NOT_FOUND);
    QVERIFY(core.tell(room.room(), wire::HostCommand::CLOSE).ok());
    QVERIFY(core.tell(room.room(), wire::HostCommand::CLOSE).ok());
    while (watch->Read(&state) && state.rooms_size() > 0) {
    }
    QCOMPARE(state.rooms_size(), 0);
    core.lab.close();
    while (watch->Read(&state)) {
    }
    QCOMPARE(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(core.call(&wire::Lab::Stub::HostRoom, tests::room_of(world), &room).error_code(), grpc::StatusCode::UNAVAILABLE);
  }

  void refusesInOneSentence() {
    const MiniWorld world;
    LabCore core(world, "/one");
    wire::HostRoomRequest request = tests::room_of(world);
    wire::HostedRoom room;
    request.set_bind("127.0.0.1:notaport");
    QCOMPARE(core.call(&wire::Lab::Stub::HostRoom, request, &room).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    request = tests::room_of(world);
    request.set_scenario_json("{");
    QVERIFY(!core.call(&wire::Lab::Stub::HostRoom, request, &room).ok());
    wire::JoinRoomRequest join;
    join.set_ticket("fedllm1nonsense");
    wire::Membership membership;
    const grpc::Status status = core.call(&wire::Lab::Stub::JoinRoom, join, &membership);
    QCOMPARE(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    QVERIFY(!status.error_message().empty());
    QCOMPARE(core.tell("none", wire::MembershipCommand::LEAVE).error_code(), grpc::StatusCode::NOT_FOUND);
    const grpc::Status far_too_long = core.tell(std::string(100'000, 'x'), wire::HostCommand::START);   // more than a header may be
    QCOMPARE(far_too_long.error_code(), grpc::StatusCode::NOT_FOUND);
    QVERIFY(far_too_long.error_message().find("no room xxx") != std::string::npos && far_too_long.error_message().ends_with("…"));
    QVERIFY(core.tell("0123456789abcdef", wire::MembershipCommand::FORGET).ok());
    QVERIFY(!core.lab.busy());
  }

  // No daemon: what discovery says does not depend on the machine. A reader hears at once what the last one heard.
  void browsesAndSaysWhyNothingIsFound() {
    const MiniWorld world;
    LabCore core(world, "/one");
    const std::string without_daemon = "no Avahi daemon runs on this machine";
    grpc::ClientContext first, second, late;
    const auto one = core.stub->Browse(&first, wire::BrowseRequest());
    wire::FoundRooms rooms;
    QVERIFY(one->Read(&rooms));
    QCOMPARE(rooms.rooms_size(), 0);
    QVERIFY2(rooms.problem().find(without_daemon) != std::string::npos, rooms.problem().c_str());
    const auto two = core.stub->Browse(&second, wire::BrowseRequest());
    wire::FoundRooms again;
    QVERIFY(two->Read(&again));
    QCOMPARE(again.problem(), rooms.problem());
    first.TryCancel();
    while (one->Read(&rooms)) {
    }
    QCOMPARE(one->Finish().error_code(), grpc::StatusCode::CANCELLED);
    core.lab.close();
    while (two->Read(&again)) {
    }
    const grpc::Status ended = two->Finish();
    QCOMPARE(ended.error_code(), grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(ended.error_message(), std::string("the core is shutting down"));
    const auto three = core.stub->Browse(&late, wire::BrowseRequest());
    QVERIFY(!three->Read(&rooms));
    QCOMPARE(three->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }

  void theDoctorLooksAtARoomHere() {
    const MiniWorld world;
    LabCore core(world, "/one");
    wire::HostedRoom room;
    QVERIFY(core.call(&wire::Lab::Stub::HostRoom, tests::room_of(world), &room).ok());
    const auto line = [&](const wire::DoctorReply& reply, const std::string& check) -> std::string {
      for (const wire::DoctorLine& one : reply.lines())
        if (one.check() == check) return one.state() + ": " + one.sentence();
      return "none";
    };
    wire::DoctorRequest question;
    wire::DoctorReply reply;
    question.set_ticket_or_address(room.ticket());
    question.set_room(room.room());
    QVERIFY(core.call(&wire::Lab::Stub::Doctor, question, &reply).ok());
    const std::string reach = line(reply, "reach"), answer = line(reply, "answer");
    QVERIFY2(reach.starts_with("ok: 127.0.0.1:"), reach.c_str());
    QVERIFY2(answer.starts_with("ok: the ticket's room answers at 127.0.0.1:"), answer.c_str());
    std::string mistyped = room.ticket();
    mistyped[40] = mistyped[40] == 'A' ? 'B' : 'A';
    question.set_ticket_or_address(mistyped);
    question.set_room("no such room");
    QVERIFY(core.call(&wire::Lab::Stub::Doctor, question, &reply).ok());
    QVERIFY2(line(reply, "ticket").starts_with("problem: "), line(reply, "ticket").c_str());
    QCOMPARE(line(reply, "reach"), std::string("none"));
    question.set_ticket_or_address("");
    QVERIFY(core.call(&wire::Lab::Stub::Doctor, question, &reply).ok());   // this machine alone
    QVERIFY(line(reply, "interfaces") != "none" && line(reply, "firewall") != "none");
  }

  // START by hand, one member, the run to its end; then again in the same room.
  void aRoomRunsTwice() {
    const MiniWorld world;
    LabCore host(world, "/one"), guest(world, "/two");
    wire::HostedRoom room;
    QVERIFY(host.call(&wire::Lab::Stub::HostRoom, tests::room_of(world), &room).ok());
    wire::JoinRoomRequest join;
    join.set_ticket(room.ticket());
    join.add_files(world.path("/train.jsonl"));
    join.set_slot(-1);
    join.set_name("anna");
    join.set_consent(true);
    wire::Membership membership;
    const grpc::Status joined = guest.call(&wire::Lab::Stub::JoinRoom, join, &membership);
    QVERIFY2(joined.ok(), joined.error_message().c_str());
    QVERIFY(guest.lab.busy());
    std::string first;
    for (int round = 0; round < 2; ++round) {
      QTRY_COMPARE_WITH_TIMEOUT(host.lab.state().rooms(0).ready(), 1, 30'000);
      const grpc::Status started = host.tell(room.room(), wire::HostCommand::START);
      QVERIFY2(started.ok(), started.error_message().c_str());
      const std::string run = host.lab.state().rooms(0).run();
      QVERIFY(run != first);
      QTRY_COMPARE_WITH_TIMEOUT(host.lab.state().rooms(0).phase(), std::string("ended"), 60'000);
      QCOMPARE(host.home.ledger->run(run)->state, ledger::RunState::done);
      QTRY_COMPARE_WITH_TIMEOUT(guest.lab.state().memberships(0).state(), std::string("done"), 30'000);
      const auto mine = guest.home.ledger->run(guest.lab.state().memberships(0).run());
      QVERIFY(mine.ok() && mine->state == ledger::RunState::done);
      const auto sha = [](const std::string& summary) { return nlohmann::json::parse(summary).at("adapter_sha256").get<std::string>(); };
      QCOMPARE(sha(mine->summary_json), sha(host.home.ledger->run(run)->summary_json));
      first = run;
      // What each member sent is what the run says of all.
      const auto sent = nlohmann::json::parse(host.home.ledger->run(run)->summary_json).at("uplink_payload_bytes").get<int64_t>();
      QVERIFY(sent > 0);
      QTRY_COMPARE(host.lab.state().rooms(0).members(0).sent_bytes(), (round + 1) * sent);
      QVERIFY(host.lab.state().rooms(0).members(0).received_bytes() > sent);
    }
    // The member's doctor knows the host's clock: it is the same one here.
    wire::DoctorRequest question;
    question.set_membership(guest.lab.state().memberships(0).membership());
    wire::DoctorReply found;
    QTRY_VERIFY_WITH_TIMEOUT(guest.lab.state().memberships(0).round_trip_s() > 0, 10'000);
    QVERIFY(guest.call(&wire::Lab::Stub::Doctor, question, &found).ok());
    const bool compared = std::any_of(found.lines().begin(), found.lines().end(), [](const wire::DoctorLine& line) {
      return line.check() == "clocks" && line.state() == "ok" && line.sentence().find("the host's") != std::string::npos;
    });
    QVERIFY2(compared, found.ShortDebugString().c_str());
    // The host goes; the member hears it at once.
    QVERIFY(host.tell(room.room(), wire::HostCommand::CLOSE).ok());
    QTRY_VERIFY_WITH_TIMEOUT(!guest.lab.state().memberships(0).sentence().empty() && guest.lab.state().memberships(0).state() != "ready", 10'000);
    QVERIFY(guest.tell(guest.lab.state().memberships(0).membership(), wire::MembershipCommand::FORGET).ok());
    QCOMPARE(guest.lab.state().memberships_size(), 0);
    QVERIFY(!guest.lab.busy());
  }
};

}  // namespace

QTEST_GUILESS_MAIN(TestLabService)
#include "tst_lab_service.moc"
