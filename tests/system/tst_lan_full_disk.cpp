// A full disk on the host of a room, with real processes: the host's home is on a small disk of its own that fills during a round.
// The host says so in one sentence, nothing committed is lost, and with room again the same room goes on to the same adapter.
#include "support/lan.h"
#include "support/small_disk.h"

using namespace fedllm::tests;

namespace {

QString g_why_not;   // no mounts of its own

}  // namespace

class TestLanFullDisk : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    SKIP_WITHOUT_TRAINING();
    if (!g_why_not.isEmpty()) QSKIP(qPrintable(g_why_not));
  }

  void the_room_goes_on_when_there_is_room() {
    Lan lan(2);
    const std::string sha256 = lan.simulated();
    SmallDisk disk(lan.host->cli.home(), 24);
    if (!disk.why_not.isEmpty()) QSKIP(qPrintable(disk.why_not));
    const Json room = lan.serve();
    lan.join_all();
    QVERIFY(lan.host->wait_for(event_is("round_committed", 1)).is_object());
    disk.fill();
    QVERIFY(disk.left() <= 0);

    const CliResult full = lan.host->finish();
    QVERIFY2(full.code == 1 && full.one_line(), full.err.constData());
    QVERIFY2(full.err.contains("full") && full.err.contains("the room again"), full.err.constData());
    qInfo("%s", full.err.trimmed().constData());
    for (int i = 0; i < 2; ++i) {
      const CliResult member = lan.member(i).finish(15'000);
      QVERIFY2(member.code == 1 && member.one_line(), member.err.constData());
    }

    disk.free();
    const CliResult runs = lan.host->cli.run({"runs", "--json"});
    VERIFY_OK(runs);
    QCOMPARE(runs.objects().size(), size_t{1});
    QVERIFY(runs.last().at("rounds_done").get<int>() >= 1);
    const Json again = lan.serve();
    QVERIFY(again.at("room") == room.at("room"));
    lan.join_all();
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    const Json resumed = lan.host->wait_for(event_is("resumed"), 100);
    QVERIFY(resumed.is_object());
    QCOMPARE(text_of(resumed, "run"), text_of(runs.last(), "run"));
    for (const int times : lan.commits()) QVERIFY2(times <= 1, "a committed round was trained again");
    QCOMPARE(lan.host->cli.run({"runs", "--json"}).objects().size(), size_t{1});
  }
};

// Before there is any thread: a process with threads gets no namespace of its own.
int main(int argc, char** argv) {
  g_why_not = own_mounts();
  QCoreApplication application(argc, argv);
  TestLanFullDisk test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_lan_full_disk.moc"
