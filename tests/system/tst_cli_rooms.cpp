// `fedllm rooms` and `fedllm doctor` from the outside: what a script reads, exit codes, and, between two machines of our own
// making, a room that another one announces.
#include <QTest>

#include "support/cli.h"
#include "support/two_machines.h"

using namespace fedllm::tests;

class TestCliRooms : public QObject {
  Q_OBJECT
 private slots:
  void without_a_daemon_rooms_says_so() {
    Cli cli;
    cli.environment().insert("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    for (const QStringList& arguments : {QStringList{"rooms"}, QStringList{"rooms", "--json", "--seconds", "20"}}) {
      QElapsedTimer timer;
      timer.start();
      const CliResult result = cli.run(arguments);
      QCOMPARE(result.code, 1);
      QVERIFY(result.out.isEmpty());
      QVERIFY2(result.one_line(), result.err.constData());
      QVERIFY2(result.err.contains("no Avahi daemon runs on this machine"), result.err.constData());
      QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()));
    }
  }
  void wrong_usage_is_told() {
    Cli cli;
    for (const QStringList& arguments : {QStringList{"rooms", "--seconds", "0"}, QStringList{"rooms", "--seconds", "x"},
                                         QStringList{"rooms", "here"}, QStringList{"doctor", "a", "b"}}) {
      const CliResult result = cli.run(arguments);
      QCOMPARE(result.code, 2);
      QVERIFY2(result.one_line(), result.err.constData());
    }
  }
  void the_doctor_speaks_json() {
    Cli cli;
    cli.environment().insert("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    const CliResult result = cli.run({"doctor", "127.0.0.1:1", "--json"});
    QCOMPARE(result.code, 1);
    QVERIFY2(result.one_line(), result.err.constData());
    QVERIFY2(result.err.contains("127.0.0.1:1 does not answer (Connection refused)"), result.err.constData());
    QStringList checks;
    for (const Json& line : result.objects()) {
      QVERIFY(line.is_object() && line.size() == 4);
      for (const char* key : {"state", "sentence"}) QVERIFY(!text_of(line, key).empty());
      QVERIFY(line.at("command").is_string());
      checks.append(QString::fromStdString(text_of(line, "check")));
    }
    for (const char* check : {"interfaces", "self", "reach", "discovery", "firewall"}) QVERIFY2(checks.contains(check), check);
    QCOMPARE(cli.run({"doctor", "fedllm1" + QString(60, 'A')}).code, 1);
  }
  void the_doctor_of_a_sound_machine_ends_well() {
    Cli cli;
    const CliResult result = cli.run({"doctor"});
    if (result.out.contains("problem ")) QSKIP("this machine has no network");
    QCOMPARE(result.code, 0);
    QVERIFY(result.err.isEmpty());
    QVERIFY2(result.out.contains("this machine reaches itself on port"), result.out.constData());
  }

  void a_room_of_another_machine_is_listed() {
    Wire wire;
    if (!wire.why_not.isEmpty()) QSKIP(qPrintable(wire.why_not));
    wire.a->stop_daemon();
    wire.a->announce("Lab 3", 47110, {"room=r-17", "name=Lab 3", "protocol=1", "host=tower"});
    QVERIFY(wire.a->start_daemon());
    QTest::qWait(1500);
    Cli cli;
    const auto list = wire.b->start({Cli::program(), "rooms", "--json", "--home", cli.home()});
    const CliResult result = Cli::finish(*list);
    VERIFY_OK(result);
    QCOMPARE(result.objects().size(), size_t{1});
    const Json seen = result.last();
    QCOMPARE(text_of(seen, "name"), std::string("Lab 3"));
    QCOMPARE(text_of(seen, "room"), std::string("r-17"));
    QCOMPARE(text_of(seen, "host"), std::string("tower"));
    QCOMPARE(seen.at("protocol").get<int>(), 1);
    QCOMPARE(seen.at("addresses").at(0).get<std::string>(), std::string("10.99.7.1:47110"));
  }
};

QTEST_GUILESS_MAIN(TestCliRooms)
#include "tst_cli_rooms.moc"
