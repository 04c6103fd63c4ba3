// kill -9 where it hurts most, with real processes: a member while its update is on the wire, the host while it aggregates. Both
// moments are proved, not hoped for; the adapter is that of an undisturbed run.
#include "net/ticket.h"

#include "support/lan.h"
#include "support/tcp_gate.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

constexpr int kBytesOnTheWire = 300'000;   // of an update, when its member dies

uint16_t port_of(const std::string& address) { return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))); }

// An adapter large enough to be hit: updates of MB, an aggregation of a tenth of a second.
void make_large(Lan& lan, int rank) {
  lan.scenario["lora"] = {{"rank", rank}, {"alpha", rank}, {"target_modules", {"q_proj", "k_proj", "v_proj", "o_proj"}}};
  lan.scenario["training"] = {{"local_steps", 1}, {"batch_size", 1}, {"max_length", 64}};
  lan.scenario["dataset"]["test_fraction"] = 0;
}

}  // namespace

class TestLanKills : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void a_member_dies_while_it_uploads() {
    Lan lan(2);
    make_large(lan, 128);
    const std::string sha256 = lan.simulated();
    const Json room = lan.serve();
    TcpGate gate(port_of(room.at("addresses").at(0).get<std::string>()));
    QStringList through_the_gate = lan.joining(1);
    net::Ticket ticket = *net::parse_ticket(text_of(room, "ticket"));
    ticket.addresses = {{"127.0.0.1", gate.port()}};
    lan.member(1).cli.write("/ticket", QByteArray::fromStdString(ticket.text()));
    through_the_gate[through_the_gate.indexOf("--ticket-file") + 1] = lan.member(1).cli.path("/ticket");
    lan.join(0);
    lan.member(1).start(through_the_gate);

    // What goes up besides updates is small, so the wire is held inside the second one.
    const auto update_of = [](int round) {
      return [round](const Json& line) { return event_is("client_update", round)(line) && line.value("client", -1) == 1; };
    };
    const Json first = lan.host->wait_for(update_of(1));
    QVERIFY2(first.is_object(), lan.host->so_far().err.constData());
    const int64_t update_bytes = first.at("uplink_payload_bytes").get<int64_t>();
    QVERIFY(update_bytes > 4 * kBytesOnTheWire);
    gate.hold_after(kBytesOnTheWire);
    QElapsedTimer timer;
    timer.start();
    while (!gate.held() && timer.elapsed() < 30'000) QTest::qSleep(2);
    QVERIFY2(gate.held(), "no update came");
    QVERIFY(std::ranges::none_of(lan.host->lines(), update_of(2)));
    lan.member(1).kill();
    gate.release();
    QVERIFY(lan.host->wait_for(member_is("m1", "gone")).is_object());
    QVERIFY(std::ranges::none_of(lan.host->lines(), update_of(2)));
    lan.member(1).start(through_the_gate);
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    QCOMPARE(lan.commits(), (std::vector<int>{1, 1, 1, 1}));
  }

  // Nobody evaluates, so between the last update of a round and the folder of its version there is the aggregation alone.
  void a_host_dies_while_it_aggregates() {
    Lan lan(2);
    make_large(lan, 512);
    lan.scenario["rounds"] = 6;
    const std::string sha256 = lan.simulated();
    Json room = lan.serve();
    lan.join_all();
    const QString run = QString::fromStdString(text_of(lan.host->wait_for(event_is("run_started")), "run"));
    const QString versions = lan.host->cli.home() + "/runs/" + run + "/rounds/";
    int inside = 0;
    for (int round = 1; round < 6 && inside == 0; ++round) {
      std::set<int> came;
      const auto all_updates = [&](const Json& line) {
        if (event_is("client_update", round)(line)) came.insert(line.at("client").get<int>());
        return came.size() == 2;
      };
      if (!lan.host->wait_for(all_updates).is_object()) break;
      lan.host->kill();
      const bool committing = QDir(versions + QStringLiteral("%1").arg(round, 4, 10, QChar('0'))).exists();
      const std::vector<Json> recorded = lan.host->cli.run({"show", run, "--json"}).objects();
      inside += std::ranges::count_if(recorded, event_is("client_update", round)) == 2 && !committing;
      room = lan.serve();
    }
    QVERIFY2(inside > 0, "the host was never killed while it aggregated");
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    for (const int times : lan.commits()) QVERIFY2(times <= 1, "a committed round was trained again");
  }
};

QTEST_GUILESS_MAIN(TestLanKills)
#include "tst_lan_kills.moc"
