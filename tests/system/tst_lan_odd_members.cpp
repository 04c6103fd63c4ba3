// Members that are not like the host, with real processes: one of another version of the protocol, machines whose clocks are
// wrong. Whoever cannot take part is told why; the others train on to the same adapter.
#include "support/room_guest.h"

#include "node/federation_service.h"
#include "support/lan.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

constexpr uint32_t kOlder = 0;

// A reason says both numbers: what the room speaks and what the other does.
bool names_both(const std::string& reason, uint32_t mine, uint32_t other) {
  const std::string expected = "protocol " + std::to_string(mine);
  const size_t at = reason.find(expected);
  return at != std::string::npos && reason.find(std::to_string(other), at + expected.size()) != std::string::npos;
}

}  // namespace

class TestLanOddMembers : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  // At each of the three doors: as a newcomer, as a member of before whose program is older now, and in a run.
  void an_older_protocol_is_answered_with_both_numbers() {
    Lan lan(2);
    const std::string sha256 = lan.simulated();
    const Json room = lan.serve();
    QTemporaryDir folder;
    RoomGuest guest(folder.path().toStdString(), text_of(room, "ticket"));
    wire::EnrolRequest asks = guest.asking("older");
    asks.set_protocol(kOlder);
    const wire::EnrolReply refused = guest.enrol(asks);
    QVERIFY(!refused.accepted() && refused.certificate_pem().empty());
    QVERIFY2(names_both(refused.reason(), lab::kRoomProtocol, kOlder), refused.reason().c_str());
    QVERIFY(std::ranges::none_of(lan.host->lines(), event_is("member")));

    QVERIFY(guest.enrol("older").accepted());
    wire::RoomInfo info;
    QVERIFY(guest.hello(&info, kOlder).ok());   // a refusal is an answer
    QVERIFY(!info.accepted() && info.contract_json().empty());
    QVERIFY2(names_both(info.reason(), lab::kRoomProtocol, kOlder), info.reason().c_str());
    wire::RoomInfo newer;
    QVERIFY(guest.hello(&newer, lab::kRoomProtocol + 1).ok());
    QVERIFY2(names_both(newer.reason(), lab::kRoomProtocol, lab::kRoomProtocol + 1), newer.reason().c_str());

    lan.join_all();
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
  }

  void an_older_protocol_cannot_take_part_in_a_run() {
    Lan lan(2);
    lan.scenario["rounds"] = 2;
    lan.scenario["network"] = {{"deadline_s", 4}, {"quorum", 0.6}};
    lan.min_members = 3;
    const Json room = lan.serve();
    QTemporaryDir folder;
    RoomGuest guest(folder.path().toStdString(), text_of(room, "ticket"));
    const wire::EnrolReply let_in = guest.enrol("older");
    QVERIFY(let_in.accepted());
    wire::RoomInfo info;
    QVERIFY(guest.hello(&info).ok() && info.accepted());
    const auto notices = guest.attend();
    QVERIFY(guest.ready(2).accepted());
    lan.join_all();
    const Json started = lan.host->wait_for(event_is("run_started"));
    QVERIFY2(started.is_object(), lan.host->so_far().err.constData());

    const auto federation = wire::Federation::NewStub(net::room_channel(
        guest.ticket.addresses[0], guest.authority_pem, {guest.key->key_pem(), let_in.certificate_pem()}));
    wire::JoinRequest join;
    join.set_protocol(kOlder);
    join.set_run(text_of(started, "run"));
    join.set_client(2);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    wire::JoinReply reply;
    QVERIFY(federation->Join(&context, join, &reply).ok());
    QVERIFY(!reply.accepted() && reply.scenario_json().empty());
    QVERIFY2(names_both(reply.reason(), node::kFederationProtocol, kOlder), reply.reason().c_str());
    wire::LeaveReply left;
    QVERIFY(guest.call(&wire::Room::Stub::Leave, wire::LeaveRequest(), &left).ok());
    guest.attendance->TryCancel();

    const CliResult host = lan.host->finish();
    QVERIFY2(host.code == 0, host.err.constData());
    const std::string sha256 = text_of(host.last(), "adapter_sha256");
    for (const int i : {0, 1}) QCOMPARE(text_of(lan.member(i).finish().last(), "adapter_sha256"), sha256);
  }

  // Certificates leave room for it, and a ticket's time is the host's to judge.
  void wrong_clocks_change_nothing_data() {
    QTest::addColumn<int>("host");
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("second");
    QTest::newRow("members an hour ahead and behind") << 0 << 3600 << -3600;
    QTest::newRow("a host an hour ahead, a member a day behind") << 3600 << 0 << -86'400;
  }
  void wrong_clocks_change_nothing() {
    QFETCH(int, host);
    QFETCH(int, first);
    QFETCH(int, second);
    Lan lan(2);
    const std::string sha256 = lan.simulated();
    set_clock(*lan.host, host);
    set_clock(lan.member(0), first);
    set_clock(lan.member(1), second);
    lan.serve();
    lan.join_all();
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    for (const auto& [machine, shift] : {std::pair(lan.host.get(), host), {&lan.member(0), first}, {&lan.member(1), second}}) {
      const qint64 told = time_of(machine->wait_for(event_is("done"), 100)) - shift * qint64{1000};
      QVERIFY2(std::abs(told - QDateTime::currentMSecsSinceEpoch()) < 120'000, "the clock was not shifted");
    }
  }

  // An hour's ticket and a member two hours ahead: the time that counts is the host's.
  void a_members_clock_does_not_end_a_ticket() {
    Lan lan(1);
    const std::string sha256 = lan.simulated();
    lan.more = {"--ticket-hours", "1"};
    set_clock(lan.member(0), 2 * 3600);
    lan.serve();
    lan.join(0);
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
  }

 private:
  static void set_clock(LanMachine& machine, int shift_s) {
    if (shift_s == 0) return;
    machine.cli.environment().insert("LD_PRELOAD", FEDLLM_SHIFTED_CLOCK);
    machine.cli.environment().insert("SHIFTED_CLOCK_S", QString::number(shift_s));
  }
};

QTEST_GUILESS_MAIN(TestLanOddMembers)
#include "tst_lan_odd_members.moc"
