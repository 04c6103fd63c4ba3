// RoomHost over its real TLS server on loopback, with members made of raw stubs.
#include "support/room_guest.h"

#include <QTest>

using namespace fedllm;
using tests::MiniWorld;
using tests::OpenedHome;
using tests::RoomGuest;

namespace {

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

const wire::RoomMemberInfo* shown(const wire::HostedRoom& room, const std::string& member) {
  for (const auto& one : room.members())
    if (one.member() == member) return &one;
  return nullptr;
}

class TestRoomHost : public QObject {
  Q_OBJECT

  MiniWorld world_;
  int guests_ = 0;

  std::unique_ptr<lab::RoomHost> opened(OpenedHome& home, const lab::RoomOptions& options) {
    auto room = home.open(options);
    if (!room.ok()) qFatal("%s", room.status().to_string().c_str());
    return std::move(*room);
  }
  RoomGuest guest(const lab::RoomHost& room) { return RoomGuest(world_.path("/guest" + std::to_string(++guests_)), room.ticket()); }

 private slots:
  void init() { std::filesystem::remove_all(world_.path("/home/rooms")); }

  void enrolsWithItsTicket() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options());
    RoomGuest one = guest(*room);
    const wire::EnrolReply reply = one.enrol("anna");
    QVERIFY2(reply.accepted(), reply.reason().c_str());
    QCOMPARE(reply.check_code(), *net::check_code(one.ticket.authority, one.request));
    QCOMPARE(*net::common_name_of(reply.certificate_pem()), reply.member());
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    QVERIFY(info.accepted());
    QCOMPARE(info.room(), room->id());
    QVERIFY(info.base_model_size() >= 3);
    QCOMPARE(info.rounds(), world_.scenario.rounds);
    const wire::HostedRoom state = room->state();
    QCOMPARE(state.ticket_uses_left(), 63);
    const auto* member = shown(state, reply.member());
    QVERIFY(member);
    QCOMPARE(member->name(), std::string("anna"));
    QCOMPARE(member->check_code(), reply.check_code());
  }

  void refusesWhatIsNotTheTicket() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options());
    RoomGuest one = guest(*room), other = guest(*room);
    wire::EnrolRequest asks = one.asking("anna");
    asks.set_proof(std::string(32, 'x'));
    QVERIFY(has(one.enrol(asks).reason(), "not valid"));
    asks.set_proof(other.asking("anna").proof());   // made for another key
    QVERIFY(!one.enrol(asks).accepted());
    asks = one.asking("anna");
    asks.set_protocol(0);
    QVERIFY(has(one.enrol(asks).reason(), "protocol 1, the member 0"));
    QVERIFY(!one.enrol(one.asking("")).accepted());
    QVERIFY(!one.enrol(one.asking(std::string(65, 'n'))).accepted());
    asks = one.asking("anna");
    asks.set_certificate_request("no request at all");
    asks.set_proof(net::proof_of(one.ticket.secret, one.ticket.authority, asks.certificate_request()));
    QVERIFY(!one.enrol(asks).accepted());
    QVERIFY(room->new_ticket().ok());
    QVERIFY(has(one.enrol("anna").reason(), "present one"));   // replaced
    QCOMPARE(room->state().members_size(), 0);
  }

  void ticketsEnd() {
    OpenedHome home(world_);
    lab::RoomOptions options = home.options();
    options.ticket_uses = 1;
    {
      const auto room = opened(home, options);
      RoomGuest one = guest(*room), two = guest(*room);
      QVERIFY(one.enrol("anna").accepted());
      QVERIFY(has(two.enrol("ben").reason(), "as often as it may be"));
      QVERIFY(one.enrol("anna").accepted());   // a key that is known does not use the ticket
    }
    options.name = "short";
    options.ticket_valid_s = 0;
    const auto room = opened(home, options);
    RoomGuest one = guest(*room);
    QTest::qWait(5);
    QVERIFY(has(one.enrol("anna").reason(), "expired"));
  }

  void countsFailedAttempts() {
    OpenedHome home(world_);
    lab::RoomOptions options = home.options();
    options.limits.enrols_per_minute = 3;
    const auto room = opened(home, options);
    RoomGuest one = guest(*room);
    for (int i = 0; i < 5; ++i) QVERIFY(one.enrol("anna").accepted());   // no failure
    wire::EnrolRequest wrong = one.asking("anna");
    wrong.set_proof("?");
    for (int i = 0; i < 3; ++i) QVERIFY(has(one.enrol(wrong).reason(), "not valid"));
    QVERIFY(has(one.enrol(wrong).reason(), "too many attempts"));
    QVERIFY(has(one.enrol("anna").reason(), "too many attempts"));
  }

  void asksItsHost() {
    OpenedHome home(world_);
    lab::RoomOptions options = home.options();
    options.ask = true;
    const auto room = opened(home, options);
    RoomGuest one = guest(*room), two = guest(*room);
    std::string code;
    const auto admit = [&](bool yes) {
      return [&room, &code, yes](const wire::EnrolReply& waiting) {
        code = waiting.check_code();
        const wire::HostedRoom state = room->state();
        QCOMPARE(shown(state, code)->state(), std::string("asking"));
        QVERIFY(room->admit(code, yes).ok());
      };
    };
    const wire::EnrolReply in = one.enrol(one.asking("anna"), admit(true));
    QVERIFY(in.accepted());
    QCOMPARE(in.check_code(), code);
    const wire::EnrolReply out = two.enrol(two.asking("ben"), admit(false));
    QVERIFY(!out.accepted());
    QVERIFY(has(out.reason(), "not now"));
    QCOMPARE(room->state().members_size(), 1);
    QCOMPARE(room->admit(code, true).code(), Code::not_found);   // decided already
    QVERIFY(one.enrol("anna").accepted());                       // known: nobody is asked again
  }

  void knowsItsMembersAgain() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options());
    RoomGuest one = guest(*room), two = guest(*room);
    const wire::EnrolReply first = one.enrol("anna"), other = two.enrol("anna");
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    QCOMPARE(one.ready(3).slot(), 3);
    QCOMPARE(one.enrol("anna").member(), first.member());
    QVERIFY(one.hello(&info).ok());
    QCOMPARE(info.your_slot(), 3);
    const wire::HostedRoom state = room->state();
    QCOMPARE(shown(state, other.member())->name(), std::string("anna (2)"));
    QCOMPARE(state.ticket_uses_left(), 62);
  }

  void refusesAnotherRoomsCertificate() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options()), other = opened(home, home.options("other"));
    RoomGuest one = guest(*room), stranger = guest(*other);
    const std::string pem = stranger.enrol("eve").certificate_pem();
    one.enter({stranger.key->key_pem(), pem});
    wire::RoomInfo info;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
    QVERIFY(!one.room->Hello(&context, wire::MemberHello(), &info).ok());
    QVERIFY(!info.accepted());
    one.enter({});   // without any
    QCOMPARE(one.hello(&info).error_code(), grpc::StatusCode::UNAUTHENTICATED);
    std::string bytes;
    QCOMPARE(one.fetch(std::string(64, '0'), 0, &bytes).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  }

  void cutsOffTheRevoked() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options());
    RoomGuest one = guest(*room);
    const std::string member = one.enrol("anna").member();
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    const auto notices = one.attend();
    wire::RoomNotice notice;
    QVERIFY(notices->Read(&notice));
    QCOMPARE(notice.phase().phase(), std::string("gathering"));
    QVERIFY(room->revoke(member).ok());
    QVERIFY(notices->Read(&notice));
    QVERIFY(has(notice.removed(), "removed"));
    QVERIFY(!notices->Read(&notice));
    (void)notices->Finish();
    QCOMPARE(one.hello(&info).error_code(), grpc::StatusCode::PERMISSION_DENIED);
    QVERIFY(has(one.enrol("anna").reason(), "removed"));
    QCOMPARE(room->state().members(0).state(), std::string("revoked"));
    QCOMPARE(room->revoke("nobody").code(), Code::not_found);
  }

  void theHostGivesSlots() {
    OpenedHome home(world_);
    std::string anna, ben;
    {
      const auto room = opened(home, home.options());
      RoomGuest one = guest(*room), two = guest(*room);
      anna = one.enrol("anna").member();
      ben = two.enrol("ben").member();
      wire::RoomInfo info;
      QVERIFY(one.hello(&info).ok() && two.hello(&info).ok());
      QCOMPARE(one.ready(0).slot(), 0);
      const auto notices = one.attend();
      wire::RoomNotice notice;
      QVERIFY(notices->Read(&notice));
      QCOMPARE(room->assign("nobody", 1).code(), Code::not_found);
      QCOMPARE(room->assign(anna, -1).code(), Code::invalid_argument);
      QVERIFY(has(room->assign(ben, 0).message(), "anna"));   // who has none takes nobody's
      QVERIFY(room->assign(anna, 3).ok());
      while (notice.notice_case() != wire::RoomNotice::kSlot) QVERIFY(notices->Read(&notice));
      QCOMPARE(notice.slot(), 3);
      QVERIFY(room->assign(ben, 5).ok());
      QVERIFY(room->assign(ben, 3).ok());                     // they change places
      QCOMPARE(shown(room->state(), anna)->slot(), 5);
      QCOMPARE(shown(room->state(), ben)->slot(), 3);
      QCOMPARE(one.ready(0).slot(), 5);                       // the host's word counts more than the wish
      QVERIFY(two.hello(&info).ok());
      QCOMPARE(info.your_slot(), 3);
    }
    const auto room = opened(home, home.options());           // and longer than the room is open
    QCOMPARE(shown(room->state(), ben)->slot(), 3);
    QVERIFY(room->state().slots_fixed().empty());
    lab::RoomOptions handing = home.options("hands out");
    handing.hand_out_data = true;
    const auto fixed = opened(home, handing);
    RoomGuest one = guest(*fixed);
    QVERIFY(has(fixed->assign(one.enrol("cleo").member(), 1).message(), "hands out its data"));
    QVERIFY(!fixed->state().slots_fixed().empty());
  }

  void servesWhatItOffersFromAnyOffset() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options());
    RoomGuest one = guest(*room);
    one.enrol("anna");
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    for (const wire::BlobRef& blob : info.base_model()) {
      std::string whole, rest;
      QVERIFY(one.fetch(blob.sha256(), 0, &whole).ok());
      QCOMPARE(whole.size(), size_t(blob.bytes()));
      QVERIFY(one.fetch(blob.sha256(), blob.bytes() / 3, &rest).ok());
      QCOMPARE(rest, whole.substr(blob.bytes() / 3));
      rest.clear();
      QVERIFY(one.fetch(blob.sha256(), blob.bytes(), &rest).ok());
      QVERIFY(rest.empty());
      QCOMPARE(one.fetch(blob.sha256(), blob.bytes() + 1, &rest).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    }
    std::string scenario, bytes;
    QVERIFY(one.fetch(info.scenario().sha256(), 0, &scenario).ok());
    QVERIFY(!has(scenario, "train.jsonl"));   // the host's files stay unnamed
    for (const char* wanted : {"", "../../etc/passwd", "0000000000000000000000000000000000000000000000000000000000000000"})
      QCOMPARE(one.fetch(wanted, 0, &bytes).error_code(), grpc::StatusCode::NOT_FOUND);
  }

  void givesSlots() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options());
    RoomGuest one = guest(*room), two = guest(*room);
    one.enrol("anna");
    two.enrol("ben");
    QCOMPARE(one.ready(1).slot(), 1);
    QVERIFY(!two.ready(1).accepted());
    QCOMPARE(two.ready(-1).slot(), 0);
    QCOMPARE(two.ready(-1).slot(), 0);   // its own again
    QCOMPARE(two.ready(2).slot(), 2);    // moves
    QVERIFY(!two.ready(2'000'000'000).accepted());
    QVERIFY(!one.ready(1, 0).accepted());
    QVERIFY(!one.ready(1, -5).accepted());
    QVERIFY(!one.ready(1, INT64_MAX).accepted());
    wire::ReadyRequest shard;
    shard.set_wants_shard(true);
    wire::ReadyReply reply;
    QVERIFY(one.call(&wire::Room::Stub::Ready, shard, &reply).ok());
    QVERIFY(has(reply.reason(), "does not hand out data"));
    QCOMPARE(room->start().status().code(), Code::failed_precondition);   // ready, but nobody is connected
  }

  void takesSillyNumbersCalmly() {
    OpenedHome home(world_);
    const auto room = opened(home, home.options());
    RoomGuest one = guest(*room);
    const std::string member = one.enrol("an\x01na\n").member();
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    QVERIFY(one.hello(&info, 99).ok());
    QVERIFY(!info.accepted() && has(info.reason(), "protocol 1, the member 99"));
    wire::MemberBeat beat;
    beat.set_state("<b>owned</b>");
    beat.set_round(-7);
    beat.set_round_trip_s(std::numeric_limits<double>::quiet_NaN());
    beat.set_uplink_mbit_s(std::numeric_limits<double>::infinity());
    beat.set_downlink_mbit_s(-1e300);
    wire::BeatReply reply;
    QVERIFY(one.call(&wire::Room::Stub::Beat, beat, &reply).ok());
    QVERIFY(reply.clock_ms() > 0);
    const wire::HostedRoom state = room->state();
    const auto* known = shown(state, member);
    QVERIFY(!has(known->state(), "owned"));
    QVERIFY(!has(known->name(), "\n"));
    QCOMPARE(known->round(), 0);
    QCOMPARE(known->round_trip_s(), 0.0);
    QCOMPARE(known->uplink_mbit_s(), 0.0);
    QCOMPARE(known->downlink_mbit_s(), 0.0);
  }

  void staysItselfWhenOpenedAgain() {
    OpenedHome home(world_);
    wire::HostedRoom before;
    RoomGuest one = [&] {
      const auto room = opened(home, home.options());
      RoomGuest made = guest(*room);
      made.enrol("anna");
      made.ready(2);
      before = room->state();
      return made;
    }();
    const auto room = opened(home, home.options());
    const wire::HostedRoom now = room->state();
    QCOMPARE(now.authority_sha256(), before.authority_sha256());
    QCOMPARE(now.ticket(), before.ticket());
    QCOMPARE(now.addresses(0), before.addresses(0));
    QCOMPARE(now.ticket_uses_left(), 63);
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    QCOMPARE(info.your_slot(), 2);
  }

  void saysWhatIsDamaged() {
    OpenedHome home(world_);
    opened(home, home.options()).reset();
    for (const auto& folder : std::filesystem::directory_iterator(world_.path("/home/rooms")))
      tests::write_text(folder.path().string() + "/room.json", "{\"name\": 3");
    const auto again = home.open(home.options());
    QCOMPARE(again.status().code(), Code::data_loss);
    QVERIFY(has(again.status().message(), "room.json"));
    QCOMPARE(home.open(home.options("")).status().code(), Code::invalid_argument);
    lab::RoomOptions wrong = home.options("other");
    wrong.scenario_json = R"({"rounds": -1})";
    QVERIFY(!home.open(wrong).ok());
  }
};

}  // namespace

QTEST_GUILESS_MAIN(TestRoomHost)
#include "tst_room_host.moc"
