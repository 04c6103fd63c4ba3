// A room's connection over a wire between two machines (network namespaces): a slow and lossy one is used to the full, and
// after a cut the channel is back within the goal of 5 s.
#include "support/test_room.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTest>

#include <cstdio>
#include <thread>

#include "base/file.h"
#include "support/two_machines.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

constexpr const char* kHost = "10.99.7.1";

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// The host: serves until its standard input ends. folder: of the authority.
int serve(const std::string& folder) {
  const auto authority = new_authority(folder);
  EchoRoom service;
  net::RoomServerOptions options;
  options.bind = {kHost, 47110};
  options.services = {&service};
  const auto server = net::RoomServer::start(*authority, *authority->issue_server(), options);
  std::printf("%s\n", server.ok() ? "serving" : server.status().to_string().c_str());
  std::fflush(stdout);
  char byte;
  while (::read(0, &byte, 1) > 0) {
  }
  return 0;
}

// The member: "call" says when each call came back, five a second; "send" how fast 1 MB goes, in calls of 250 KB.
int member(const std::string& what, const std::string& folder) {
  const auto pem = read_file(folder + "/authority.pem");
  const auto channel = net::room_channel({kHost, 47110}, pem.ok() ? *pem : "", {});
  wire::RoomInfo info;
  if (what == "send") {
    if (!hello(channel, &info, 20, true).ok()) return 1;
    const double start = now();
    std::vector<std::thread> calls;
    for (int i = 0; i < 4; ++i)
      calls.emplace_back([&] {
        wire::RoomInfo reply;
        if (!hello(channel, &reply, 60, true, std::string(250'000, 'x')).ok()) std::_Exit(2);
      });
    for (std::thread& call : calls) call.join();
    std::printf("sent %.3f\n", now() - start);
    std::fflush(stdout);
    return 0;
  }
  for (;;) {
    const bool ok = hello(channel, &info, 60, true).ok();
    std::printf("%s %.3f\n", ok ? "ok" : "failed", now());
    if (std::fflush(stdout) != 0) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace

class TestNetLink : public QObject {
  Q_OBJECT
  std::unique_ptr<QProcess> act(const Machine& machine, const QString& role, const QString& folder) {
    return machine.start({QCoreApplication::applicationFilePath(), "--" + role, folder});
  }

 private slots:
  void is_back_after_a_cut_data() {
    QTest::addColumn<bool>("silent");
    QTest::newRow("the cable is pulled") << false;
    QTest::newRow("packets are lost") << true;
  }
  void is_back_after_a_cut() {
    QFETCH(bool, silent);
    Wire wire(false);
    if (!wire.why_not.isEmpty()) QSKIP(qPrintable(wire.why_not));
    QTemporaryDir dir;
    const auto host = act(*wire.a, "serve", dir.path());
    QVERIFY(!line_like(*host, "^serving$").isEmpty());
    const auto caller = act(*wire.b, "call", dir.path());
    QVERIFY(!line_like(*caller, "^ok ").isEmpty());
    QVERIFY(silent ? wire.silence(true) : wire.cut());
    QTest::qWait(20'000);
    const double mended = now();
    QVERIFY(silent ? wire.silence(false) : wire.mend());
    double back = 0, before = 0;
    // What came before the cut is still to be read.
    while (back < mended) {
      const QString line = line_like(*caller, "^ok ", 20'000);
      QVERIFY2(!line.isEmpty(), "not back within 20 s");
      before = back;
      back = line.mid(3).toDouble();
    }
    qInfo("back %.1f s after a cut of 20 s; goal 5 s", back - mended);
    QVERIFY2(back - before > 18, "the cut was none");
    QVERIFY2(back - mended < 8, QByteArray::number(back - mended));
    caller->kill();
    caller->waitForFinished();
    host->closeWriteChannel();
    QVERIFY(host->waitForFinished(5000));
  }
  void a_slow_link_is_used_to_the_full() {
    Wire wire(false);
    if (!wire.why_not.isEmpty()) QSKIP(qPrintable(wire.why_not));
    if (!wire.shape("delay 25ms rate 20mbit")) QSKIP("the kernel cannot shape a link (netem)");
    QTemporaryDir dir;
    const auto host = act(*wire.a, "serve", dir.path());
    QVERIFY(!line_like(*host, "^serving$").isEmpty());
    const auto sender = act(*wire.b, "send", dir.path());
    const QString line = line_like(*sender, "^sent ", 60'000);
    QVERIFY(!line.isEmpty());
    const double mbit_s = 8.0 / line.mid(5).toDouble();
    qInfo("%.1f Mbit/s of 20 at 50 ms there and back", mbit_s);
    QVERIFY2(mbit_s > 8, QByteArray::number(mbit_s));
    QVERIFY(sender->waitForFinished(5000));
    host->closeWriteChannel();
    QVERIFY(host->waitForFinished(5000));
  }
};

int main(int argc, char** argv) {
  net::require_tls13();
  const std::string role = argc == 3 ? argv[1] : "";
  if (role == "--serve") return serve(argv[2]);
  if (role == "--call" || role == "--send") return member(role.substr(2), argv[2]);
  QCoreApplication application(argc, argv);
  TestNetLink test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_net_link.moc"
