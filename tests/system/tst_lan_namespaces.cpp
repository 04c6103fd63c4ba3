// Machines of their own on a bad network: a host and two members in network namespaces on one bridge, with delay, loss and
// little bandwidth; one member's cable is cut for 20 seconds and plugged in again. Two machines find each other by Avahi. What this
// kernel does not permit is skipped with the reason.
#include <unistd.h>

#include "support/lan.h"
#include "support/two_machines.h"

using namespace fedllm::tests;

namespace {

constexpr const char* k20Mbit = "tbf rate 20mbit burst 32k latency 400ms";

QString on_shell(const QString& command) {  // what went wrong, empty: nothing
  QProcess shell;
  shell.start("sh", {"-c", command});
  if (!shell.waitForFinished(10'000)) return command + " does not end";
  return shell.exitCode() == 0 ? QString() : command + ": " + QString::fromUtf8(shell.readAllStandardError()).trimmed();
}

// Machines 0, 1, ... with the addresses 10.98.7.1, 10.98.7.2, ... The bridge is in a namespace of its own, so that nothing of
// this machine's network is touched.
class BadNetwork {
 public:
  explicit BadNetwork(int machines) {
    must("ip netns add " + bridge());
    must("ip -n " + bridge() + " link add br0 type bridge");
    must("ip -n " + bridge() + " link set br0 up");
    for (int i = 0; i < machines; ++i) add(i);
  }
  ~BadNetwork() {
    for (const QString& name : made_) (void)on_shell("ip netns del " + name);
  }
  QStringList prefix(int i) const { return {"ip", "netns", "exec", machine(i)}; }
  void cut(int i) { must(QStringLiteral("ip -n %1 link set p%2 down").arg(bridge()).arg(i)); }
  void heal(int i) { must(QStringLiteral("ip -n %1 link set p%2 up").arg(bridge()).arg(i)); }

  // "netem delay 50ms", for what every machine sends. What forbids it; empty: done.
  QString shape(const QString& discipline) {
    QString wrong;
    for (const QString& name : made_) {
      if (name == bridge() || !wrong.isEmpty()) continue;
      wrong = on_shell(QStringLiteral("tc -n %1 qdisc replace dev e0 root %2").arg(name, discipline));
    }
    return wrong;
  }

  QString why_not;

 private:
  QString bridge() const { return QStringLiteral("flb%1").arg(::getpid()); }
  QString machine(int i) const { return QStringLiteral("fl%1m%2").arg(::getpid()).arg(i); }
  void must(const QString& command) {
    if (!why_not.isEmpty()) return;
    why_not = on_shell(command);
    if (why_not.isEmpty() && command.startsWith("ip netns add ")) made_ += command.mid(13);
  }
  void add(int i) {
    const QString name = machine(i), on = "ip -n " + name;
    must("ip netns add " + name);
    must(QStringLiteral("ip link add e0 netns %1 type veth peer name p%2 netns %3").arg(name).arg(i).arg(bridge()));
    must(QStringLiteral("ip -n %1 link set p%2 master br0 up").arg(bridge()).arg(i));
    must(on + QStringLiteral(" addr add 10.98.7.%1/24 dev e0").arg(i + 1));
    must(on + " link set e0 up");
    must(on + " link set lo up");
  }

  QStringList made_;
};

}  // namespace

class TestLanNamespaces : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void a_cut_of_20_seconds_changes_nothing() {
    BadNetwork network(3);
    if (!network.why_not.isEmpty()) QSKIP(qPrintable(network.why_not));
    QString good = network.shape("netem delay 50ms loss 2% rate 20mbit");
    if (!good.isEmpty()) good += "; " + network.shape(k20Mbit);
    if (!good.isEmpty()) qInfo("no delay and no loss: %s", qPrintable(good));
    Lan lan(2, {network.prefix(0), network.prefix(1), network.prefix(2)});
    lan.bind = "10.98.7.1:0";
    lan.scenario["rounds"] = 4;
    lan.scenario["training"] = {{"local_steps", 20}, {"batch_size", 8}, {"max_length", 64}};
    const std::string sha256 = lan.simulated();
    lan.serve();
    lan.join_all();
    QVERIFY(lan.member(1).wait_for(event_is("client_started", 2)).is_object());
    network.cut(2);
    QTest::qSleep(20'000);
    QVERIFY(lan.host->running() && lan.member(0).running() && lan.member(1).running());
    network.heal(2);
    const qint64 healed_ms = QDateTime::currentMSecsSinceEpoch();
    QVERIFY2(network.why_not.isEmpty(), qPrintable(network.why_not));
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    Json back;   // what the host heard of it first
    for (const Json& line : lan.host->lines())
      if (back.is_null() && line.is_object() && line.value("client", -1) == 1 && time_of(line) > healed_ms) back = line;
    QVERIFY(back.is_object() && text_of(back, "event") != "client_rejected");
    const double seconds = static_cast<double>(time_of(back) - healed_ms) / 1000;
    qInfo("the host hears of the member %.2f s after the cut heals (%s); goal 5 s", seconds, text_of(back, "event").c_str());
    QVERIFY2(seconds < 15, "the member came back late");
    QCOMPARE(lan.commits(), (std::vector<int>{1, 1, 1, 1, 1}));
  }

  void a_slow_or_lossy_network_changes_nothing_data() {
    QTest::addColumn<QString>("discipline");
    QTest::addColumn<bool>("slow");
    QTest::newRow("20 Mbit/s") << QString(k20Mbit) << true;
    QTest::newRow("50 ms, 2 % loss") << "netem delay 50ms loss 2%" << false;
  }
  void a_slow_or_lossy_network_changes_nothing() {
    QFETCH(QString, discipline);
    QFETCH(bool, slow);
    BadNetwork network(3);
    if (!network.why_not.isEmpty()) QSKIP(qPrintable(network.why_not));
    if (const QString wrong = network.shape(discipline); !wrong.isEmpty()) QSKIP(qPrintable(wrong));
    Lan lan(2, {network.prefix(0), network.prefix(1), network.prefix(2)});
    lan.bind = "10.98.7.1:0";
    lan.scenario["rounds"] = 2;
    lan.scenario["lora"] = {{"rank", 64}, {"alpha", 64}};
    lan.scenario["training"] = {{"local_steps", 1}, {"batch_size", 2}, {"max_length", 64}};
    const std::string sha256 = lan.simulated();
    lan.serve();
    lan.join_all();
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    const Json last = lan.host->wait_for(event_is("round_committed", 2), 100);
    const double megabits = last.at("uplink_payload_bytes").get<double>() * 8e-6 / 2, seconds = last.at("transfer_s").get<double>();
    qInfo("an update of %.1f Mbit: a member's pull and push together took %.2f s", megabits, seconds);
    // What one member sends cannot be faster than its cable, but for a burst.
    if (slow) QVERIFY2(seconds > 0.5 * megabits / 20, "the network was not slow");
  }

  void a_room_is_found_on_another_machine() {
    Wire wire;
    if (!wire.why_not.isEmpty()) QSKIP(qPrintable(wire.why_not));
    Lan lan(1, {wire.a->prefix(), wire.b->prefix()});
    lan.bind = "10.99.7.1:0";
    lan.announce = true;
    lan.min_members = 2;
    const Json room = lan.serve();
    QVERIFY2(room.at("addresses").at(0).get<std::string>().starts_with("10.99.7.1:"), room.dump().c_str());
    lan.member(0).start({"rooms", "--seconds", "2", "--json"});
    const CliResult found = lan.member(0).finish();
    VERIFY_OK(found);
    QCOMPARE(found.objects().size(), size_t{1});
    QCOMPARE(text_of(found.last(), "name"), std::string("lab"));
    QCOMPARE(text_of(found.last(), "room"), text_of(room, "room"));
    const std::vector<std::string> addresses = found.last().at("addresses");
    QVERIFY(std::ranges::find(addresses, room.at("addresses").at(0).get<std::string>()) != addresses.end());
    lan.join(0);
    QVERIFY2(lan.host->wait_for(member_is("m0", "ready")).is_object(), lan.member(0).so_far().err.constData());
  }
};

QTEST_GUILESS_MAIN(TestLanNamespaces)
#include "tst_lan_namespaces.moc"
