// Machines of their own on a bad network: a host and two members in network namespaces on one bridge, with delay, loss and
// little bandwidth; one member's cable is cut for 20 seconds and plugged in again.
#include <unistd.h>

#include "support/lan.h"

using namespace fedllm::tests;

namespace {

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

  QString why_not;
  QString not_bad;   // why there is no delay and loss; the cut is there all the same

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
    if (why_not.isEmpty()) not_bad = on_shell(QStringLiteral("tc -n %1 qdisc add dev e0 root netem delay 50ms loss 2% rate 20mbit").arg(name));
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
    if (!network.not_bad.isEmpty()) qInfo("the network is a good one: %s", qPrintable(network.not_bad));
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
    qint64 back_ms = 0;   // when the host heard of it again
    for (const Json& line : lan.host->lines())
      if (back_ms == 0 && line.is_object() && line.value("client", -1) == 1 && time_of(line) > healed_ms) back_ms = time_of(line);
    QVERIFY(back_ms > 0);
    const double seconds = static_cast<double>(back_ms - healed_ms) / 1000;
    qInfo("the host hears of the member %.2f s after the cut heals", seconds);
    QVERIFY2(seconds < 15, "the member came back late");
    QCOMPARE(lan.commits(), (std::vector<int>{1, 1, 1, 1, 1}));
  }
};

QTEST_GUILESS_MAIN(TestLanNamespaces)
#include "tst_lan_namespaces.moc"
