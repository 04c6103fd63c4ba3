// Mutations of everything that may be asked of a core's Lab, while one core holds a room and another is a member of it. Every question
// is answered, what is refused is refused in a sentence, what the Lab shows stays within its limits, a room is closed by the command that
// names it alone; and room and member train together afterwards.
#include "support/lab_core.h"

#include <QTest>

#include <optional>
#include <set>

#include "support/fuzz.h"
#include "support/raw_call.h"

using namespace fedllm;
using tests::Fuzz;
using tests::LabCore;
using tests::MiniWorld;
using tests::RawAnswer;

namespace {

constexpr const char* kService = "/fedllm.wire.Lab/";
constexpr int kMostOpen = 16;   // rooms, and memberships
constexpr double kMostCap_mbit_s = 1e6;

struct Stage {
  Stage() : host(world, "/host"), guest(world, "/guest"), host_stub(host.server->channel()), guest_stub(guest.server->channel()) {
    put_right();
    if (QTest::currentTestFailed()) qFatal("no room to play in");
  }

  // The room and the membership are there again, whatever was commanded.
  void put_right() {
    const wire::LabState hosting = host.lab.state();
    for (const wire::HostedRoom& other : hosting.rooms())
      if (other.name() != "lab") (void)host.tell(other.room(), wire::HostCommand::CLOSE);
    wire::HostRoomRequest request = tests::room_of(world);
    request.set_ticket_uses(1 << 20);
    const grpc::Status hosted = host.call(&wire::Lab::Stub::HostRoom, request, &room);
    QVERIFY2(hosted.ok(), hosted.error_message().c_str());
    const wire::LabState state = guest.lab.state();
    const bool goes_on = state.memberships_size() == 1 && state.memberships(0).state() != "refused" && state.memberships(0).state() != "left";
    if (goes_on) return;
    for (const wire::Membership& over : state.memberships()) QVERIFY(guest.tell(over.membership(), wire::MembershipCommand::FORGET).ok());
    const grpc::Status joined = guest.call(&wire::Lab::Stub::JoinRoom, joining(), &membership);
    QVERIFY2(joined.ok(), joined.error_message().c_str());
  }

  wire::JoinRoomRequest joining() const {
    wire::JoinRoomRequest join;
    join.set_ticket(room.ticket());
    join.add_files(world.path("/train.jsonl"));
    join.set_format("jsonl");
    (*join.mutable_columns())["instruction"] = "instruction";
    join.set_slot(-1);
    join.set_name("anna");
    join.set_consent(true);
    join.set_upload_cap_mbit_s(1000);
    return join;
  }

  const MiniWorld world;
  LabCore host, guest;
  grpc::GenericStub host_stub, guest_stub;
  wire::HostedRoom room;
  wire::Membership membership;
};

}  // namespace

class TestFuzzLab : public QObject {
  Q_OBJECT

  std::unique_ptr<Stage> stage_;

  // Questions that a test may not ask: they would listen or look for somebody beyond loopback.
  static bool stays_here(const wire::HostRoomRequest& request) { return request.bind() == "127.0.0.1:0"; }
  static bool stays_here(const wire::JoinRoomRequest&) { return true; }   // the ticket ends with its own hash
  bool stays_here(const wire::DoctorRequest& request) const {
    return request.ticket_or_address().empty() || request.ticket_or_address() == stage_->room.ticket();
  }
  template <class Command>
  static bool stays_here(const Command&) {
    return true;
  }

  // How `stub` answers a mutation of `valid`; nothing where it was not asked.
  template <class Message>
  std::optional<RawAnswer> ask(Fuzz& fuzz, grpc::GenericStub& stub, const char* method, const Message& valid, Message* asked = nullptr) {
    static const std::string other = stage_->joining().SerializeAsString();
    Message message;
    std::string bytes;
    bool parsed = false;
    for (int tries = 0; !parsed && tries < 4; ++tries)   // what is no message never comes as far as the Lab
      parsed = message.ParseFromString(bytes = fuzz.mutate.message(valid.SerializeAsString(), other));
    fuzz.trying(bytes);
    if (parsed && !stays_here(message)) return std::nullopt;
    if (parsed) fuzz.parsed();
    RawAnswer answer = tests::raw_call(stub, std::string(kService) + method, {bytes}, 60);
    fuzz.answer(std::string(method) + " " + tests::code_text(answer.status));
    check(method, answer.status, parsed);
    if (parsed && asked) *asked = message;
    return answer;
  }

  static void check(const std::string& method, const grpc::Status& status, bool parsed) {
    if (status.ok()) return;
    if (!parsed) {
      QCOMPARE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);   // gRPC's own answer to what is no message
      return;
    }
    const std::string& sentence = status.error_message();
    QVERIFY2(!sentence.empty() && sentence.size() <= net::kMostSentence, (method + ": " + sentence).c_str());
    const bool ours = status.error_code() != grpc::StatusCode::UNKNOWN && status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED &&
                      status.error_code() != grpc::StatusCode::UNAVAILABLE && status.error_code() != grpc::StatusCode::INTERNAL;
    QVERIFY2(ours, (method + ": " + sentence).c_str());
  }

  void look_at(const LabCore& core) {
    const wire::LabState state = core.lab.state();
    QVERIFY(state.rooms_size() <= kMostOpen && state.memberships_size() <= kMostOpen && state.ByteSizeLong() < 1 << 20);
    std::set<std::string> names;
    for (const wire::HostedRoom& room : state.rooms()) {
      QVERIFY2(names.insert(room.name()).second, "two rooms of one name");
      QVERIFY(!room.name().empty() && !room.ticket().empty() && room.ready() >= 0 && room.wanted() >= 0);
      std::set<int> held;
      for (const wire::RoomMemberInfo& member : room.members())
        QVERIFY2(member.slot() < 0 || member.state() == "left" || held.insert(member.slot()).second, room.ShortDebugString().c_str());
    }
    for (const wire::Membership& member : state.memberships()) {
      QVERIFY(!member.state().empty() && member.slot() >= -1);
      QVERIFY(member.upload_cap_mbit_s() >= 0 && member.upload_cap_mbit_s() <= kMostCap_mbit_s);
    }
  }

  void command_host(Fuzz& fuzz) {
    wire::HostCommand command, asked;
    command.set_room(stage_->room.room());
    command.set_kind(static_cast<wire::HostCommand::Kind>(fuzz.below(10)));
    const wire::LabState before = stage_->host.lab.state();
    if (before.rooms(0).members_size() > 0) command.set_member(before.rooms(0).members(0).member());
    command.set_slot(1);
    if (!ask(fuzz, stage_->host_stub, "RoomCommand", command, &asked)) return;
    const bool closed = asked.kind() == wire::HostCommand::CLOSE && asked.room() == stage_->room.room();
    QCOMPARE(stage_->host.lab.state().rooms_size(), before.rooms_size() - (closed ? 1 : 0));
    if (closed) stage_->put_right();
  }

  void command_guest(Fuzz& fuzz) {
    wire::MembershipCommand command, asked;
    command.set_membership(stage_->membership.membership());
    command.set_kind(static_cast<wire::MembershipCommand::Kind>(fuzz.below(9)));
    command.set_upload_cap_mbit_s(100);
    command.set_gentle(true);
    command.set_tell_labels(true);
    command.add_files(stage_->world.path("/train.jsonl"));
    command.set_format("jsonl");
    (*command.mutable_columns())["response"] = "response";
    const int before = stage_->guest.lab.state().memberships_size();
    if (!ask(fuzz, stage_->guest_stub, "MemberCommand", command, &asked)) return;
    const bool forgotten = before > 0 && asked.kind() == wire::MembershipCommand::FORGET && asked.membership() == stage_->membership.membership();
    QCOMPARE(stage_->guest.lab.state().memberships_size(), before - (forgotten ? 1 : 0));
  }

  void host(Fuzz& fuzz) {
    wire::HostRoomRequest request = tests::room_of(stage_->world);
    request.set_name("another");
    request.set_min_members(2);
    request.set_ticket_uses(3);
    request.set_ticket_valid_s(60);
    request.set_hand_out_data(fuzz.below(2) == 0);
    if (const auto answer = ask(fuzz, stage_->host_stub, "HostRoom", request); answer && answer->status.ok())
      QVERIFY(!answer->reply<wire::HostedRoom>().room().empty());
  }

  void join(Fuzz& fuzz) {
    if (const auto answer = ask(fuzz, stage_->guest_stub, "JoinRoom", stage_->joining()); answer && answer->status.ok())
      QCOMPARE(answer->reply<wire::Membership>().membership(), stage_->membership.membership());   // there is one room
  }

  void examine(Fuzz& fuzz) {
    wire::DoctorRequest request;
    request.set_ticket_or_address(stage_->room.ticket());
    request.set_room(stage_->room.room());
    request.set_membership(stage_->membership.membership());
    if (const auto answer = ask(fuzz, fuzz.below(2) == 0 ? stage_->host_stub : stage_->guest_stub, "Doctor", request); answer && answer->status.ok())
      QVERIFY(answer->reply<wire::DoctorReply>().lines_size() > 0);
  }

  // Streams that somebody opens with anything, and goes.
  void listen(Fuzz& fuzz) {
    const char* method = fuzz.below(2) == 0 ? "Watch" : "Browse";
    const auto answer = tests::raw_call(stage_->host_stub, std::string(kService) + method,
                                        {fuzz.trying(fuzz.mutate.message(stage_->joining().SerializeAsString(), {}))}, 10, 1);
    fuzz.answer(std::string(method) + " " + tests::code_text(answer.status));
    QVERIFY(!answer.replies.empty() || answer.status.error_code() == grpc::StatusCode::UNIMPLEMENTED);
  }

 private slots:
  void initTestCase() { qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus"); }

  void questions() {
    stage_ = std::make_unique<Stage>();
    Fuzz fuzz("lab", 400, 10'000);
    while (fuzz.next()) {
      if (fuzz.below(128) == 0) examine(fuzz);   // takes 1.5 s
      else switch (fuzz.below(16)) {
        case 0: host(fuzz); break;
        case 1: join(fuzz); break;
        case 2: listen(fuzz); break;
        default: fuzz.below(2) == 0 ? command_host(fuzz) : command_guest(fuzz);
      }
      if (fuzz.index() % 16 == 0) {
        look_at(stage_->host);
        look_at(stage_->guest);
        stage_->put_right();
      }
    }
    if (QTest::currentTestFailed()) return;
    QVERIFY(fuzz.memory_is_bounded());
    train_together();
  }

 private:
  // As if nothing had been asked.
  void train_together() {
    LabCore &host = stage_->host, &guest = stage_->guest;
    (void)host.tell(stage_->room.room(), wire::HostCommand::CLOSE);
    const wire::LabState joined = guest.lab.state();
    for (const wire::Membership& old : joined.memberships()) QVERIFY(guest.tell(old.membership(), wire::MembershipCommand::FORGET).ok());
    stage_->put_right();
    QTRY_COMPARE_WITH_TIMEOUT(host.lab.state().rooms(0).ready(), 1, 30'000);
    if (host.lab.state().rooms(0).phase() == "running") {   // a run of members who have forgotten the room
      QVERIFY(host.tell(stage_->room.room(), wire::HostCommand::STOP).ok());
      QTRY_COMPARE_WITH_TIMEOUT(host.lab.state().rooms(0).phase(), std::string("ended"), 30'000);
    }
    const grpc::Status started = host.tell(stage_->room.room(), wire::HostCommand::START);
    QVERIFY2(started.ok(), started.error_message().c_str());
    QTRY_COMPARE_WITH_TIMEOUT(host.lab.state().rooms(0).phase(), std::string("ended"), 60'000);
    QCOMPARE(host.home.ledger->run(host.lab.state().rooms(0).run())->state, ledger::RunState::done);
    QTRY_COMPARE_WITH_TIMEOUT(guest.lab.state().memberships(0).state(), std::string("done"), 30'000);
  }
};

QTEST_GUILESS_MAIN(TestFuzzLab)
#include "tst_fuzz_lab.moc"
