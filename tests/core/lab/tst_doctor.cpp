// The connection doctor against real sockets on this machine: a room that answers, another room, a closed port, something
// that is no room, a name that nobody knows, a mistyped ticket; and firewalls as their files tell.
#include "support/test_room.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include "lab/doctor.h"
#include "lab/doctor_firewall.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

// No daemon: what discovery says does not depend on the machine, and takes no longer than it must.
wire::DoctorReply examine(const std::string& target, int own_port = 0) {
  QElapsedTimer timer;
  timer.start();
  wire::DoctorReply reply = lab::examine_connection({target, own_port});
  if (timer.elapsed() > 10'500) qFatal("the doctor took %lld ms", static_cast<long long>(timer.elapsed()));
  for (const wire::DoctorLine& line : reply.lines())
    if (line.sentence().empty() || (line.state() != "ok" && line.state() != "warning" && line.state() != "problem"))
      qFatal("a line without a sentence or state: %s", line.ShortDebugString().c_str());
  return reply;
}

std::vector<wire::DoctorLine> lines_of(const wire::DoctorReply& reply, const std::string& check) {
  std::vector<wire::DoctorLine> found;
  for (const wire::DoctorLine& line : reply.lines())
    if (line.check() == check) found.push_back(line);
  return found;
}

std::string only(const wire::DoctorReply& reply, const std::string& check) {
  const auto found = lines_of(reply, check);
  return found.size() == 1 ? found[0].state() + ": " + found[0].sentence() : std::to_string(found.size()) + " lines";
}

net::Ticket ticket_to(const TestRoom& room, const std::vector<net::Address>& addresses) {
  net::Ticket ticket;
  ticket.authority = room.authority->fingerprint();
  ticket.secret = net::new_secret();
  ticket.addresses = addresses;
  return ticket;
}

}  // namespace

class TestDoctor : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    net::require_tls13();
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus");
  }

  void tests_with_itself() {
    const auto reply = examine("");
    QCOMPARE(lines_of(reply, "interfaces").size(), size_t{1});
    const std::string self = only(reply, "self");
    QVERIFY2(self.starts_with("ok: this machine reaches itself on port ") || self.starts_with("warning: "), self.c_str());
    QCOMPARE(lines_of(reply, "reach").size(), size_t{0});
    QCOMPARE(only(reply, "discovery"), std::string("warning: rooms nearby cannot be found: no Avahi daemon runs on this machine; "
                                                   "an address or a ticket works all the same"));
    QVERIFY(!lines_of(reply, "discovery")[0].command().empty());
    QCOMPARE(lines_of(reply, "firewall").size(), size_t{1});
  }
  void compares_the_clocks_it_knows() {
    const auto reply = lab::examine_connection({"", 0, {{"the host", -3'600'000, 0.004},
                                                        {"Ada", 40, 0.2},
                                                        {"Bo", 2'500, 0.01},
                                                        {"Cy", 3 * 86'400'000LL, 0.01}}});
    const auto lines = lines_of(reply, "clocks");
    QCOMPARE(lines.size(), size_t{4});
    const char* expected[] = {"warning: this machine's clock is 3600 s behind the host's", "ok: this machine's clock agrees with Ada's to 0.10 s",
                              "ok: this machine's clock is 2.50 s ahead of Bo's", "problem: this machine's clock is 72.0 h ahead of Cy's"};
    for (size_t i = 0; i < lines.size(); ++i) QCOMPARE(lines[i].state() + ": " + lines[i].sentence(), std::string(expected[i]));
    QVERIFY(!lines[0].command().empty() && lines[1].command().empty());
  }
  void a_room_hosted_here_is_seen() {
    TestRoom room;
    QVERIFY(room.serve({"", 0}).ok());
    const auto reply = examine("", room.server->port());
    QVERIFY2(
        only(reply, "listening").starts_with("ok: this machine reaches itself on port " + std::to_string(room.server->port())),
        only(reply, "listening").c_str());
    const uint16_t port = room.server->port();
    room.server.reset();
    const auto closed = examine("", port);
    QVERIFY2(only(closed, "listening").starts_with("problem: this machine does not reach itself on port "),
             only(closed, "listening").c_str());
    QVERIFY(only(closed, "listening").find("Connection refused") != std::string::npos);
  }
  void the_tickets_room_answers() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    const auto reply = examine(ticket_to(room, {{"127.0.0.1", 1}, room.address()}).text());
    const auto reach = lines_of(reply, "reach");
    QCOMPARE(reach.size(), size_t{2});
    QCOMPARE(reach[0].sentence(),
             std::string("127.0.0.1:1 does not answer (Connection refused): the machine is there, but no room is "
                         "open on that port"));
    QCOMPARE(reach[0].state(), std::string("problem"));
    QCOMPARE(reach[1].state(), std::string("ok"));
    QCOMPARE(only(reply, "answer"), "ok: the ticket's room answers at " + room.address().text() + ", authority " +
                                        net::hex(room.authority->fingerprint()).substr(0, 12));
  }
  void another_room_is_told() {
    TestRoom room, other;
    QVERIFY(other.serve().ok());
    const auto reply = examine(ticket_to(room, {other.address()}).text());
    QCOMPARE(only(reply, "answer"),
             "problem: " + other.address().text() + ": another room answers: its authority is not the ticket's");
  }
  void an_address_is_enough() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    const auto reply = examine(room.address().text());
    QCOMPARE(only(reply, "reach"), "ok: " + room.address().text() + " can be reached");
    QCOMPARE(only(reply, "answer"), "ok: a room answers at " + room.address().text() + ", authority " +
                                        net::hex(room.authority->fingerprint()).substr(0, 12));
  }
  void what_is_no_room_is_told() {
    const SilentListener silent;
    const auto reply = examine("127.0.0.1:" + std::to_string(silent.port()));
    QVERIFY(only(reply, "reach").starts_with("ok: "));
    QVERIFY2(only(reply, "answer").starts_with("problem: nobody answers at 127.0.0.1:"), only(reply, "answer").c_str());
  }
  void unknown_names_and_mistyped_tickets_are_told() {
    const std::string unknown = only(examine("no-such-host.invalid:47110"), "reach");
    QVERIFY2(unknown.starts_with("problem: no-such-host.invalid:47110 does not answer ("), unknown.c_str());
    TestRoom room;
    std::string text = ticket_to(room, {{"127.0.0.1", 1}}).text();
    text[20] = text[20] == 'x' ? 'y' : 'x';
    const std::string mistyped = only(examine(text), "ticket");
    QVERIFY2(mistyped.starts_with("problem: the ticket is mistyped or cut short"), mistyped.c_str());
    QVERIFY(only(examine("1.2.3"), "ticket").starts_with("problem: \"1.2.3\" is not an address"));
    QVERIFY(only(examine(":5"), "ticket").starts_with("problem: expected a host"));
    QCOMPARE(only(examine(ticket_to(room, {}).text()), "ticket"),
             std::string("problem: the ticket has no address; ask for the host's"));
  }

  void firewalls_are_recognised_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("command");
    QTest::newRow("none") << "etc/hosts" << QByteArray() << "ok"
                          << "";
    QTest::newRow("ufw on") << "etc/ufw/ufw.conf" << QByteArray("# ufw\nENABLED=yes\n") << "warning"
                            << "sudo ufw allow 4711/tcp && sudo ufw allow 5353/udp";
    QTest::newRow("ufw off") << "etc/ufw/ufw.conf" << QByteArray("ENABLED=no\n") << "ok"
                             << "";
    QTest::newRow("firewalld") << "run/firewalld.pid" << QByteArray("7") << "warning"
                               << "sudo firewall-cmd --add-port=4711/tcp --add-service=mdns";
    QTest::newRow("nftables") << "etc/systemd/system/sysinit.target.wants/nftables.service" << QByteArray() << "warning"
                              << "sudo nft list ruleset";
  }
  void firewalls_are_recognised() {
    QFETCH(QString, path);
    QFETCH(QByteArray, content);
    QFETCH(QString, state);
    QFETCH(QString, command);
    QTemporaryDir root;
    QDir().mkpath(QFileInfo(root.filePath(path)).path());
    QFile file(root.filePath(path));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    file.close();
    const wire::DoctorLine line = lab::examine_firewall(root.path().toStdString(), 4711);
    QCOMPARE(QString::fromStdString(line.state()), state);
    QCOMPARE(QString::fromStdString(line.command()), command);
  }
};

QTEST_GUILESS_MAIN(TestDoctor)
#include "tst_doctor.moc"
