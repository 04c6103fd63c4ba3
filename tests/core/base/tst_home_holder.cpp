// Who holds a home: read only while the lock is held, whatever the file says; damaged files leave parts unknown.
#include <QtTest>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/home_holder.h"

using namespace fedllm;

class TestHomeHolder : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  HomePaths paths() const {
    HomePaths paths;
    paths.home = paths.ledger_dir = dir_.path().toStdString();
    paths.lock = paths.home + "/core.lock";
    return paths;
  }

 private slots:
  void what_is_written_reads_back() {
    const HomeHolder holder = parse_holder(serialize_holder({4711, "resume", 1'795'000'000'123}));
    QCOMPARE(holder.pid, 4711);
    QCOMPARE(holder.verb, std::string("resume"));
    QCOMPARE(holder.since_ms, int64_t{1'795'000'000'123});
    QVERIFY(!holder.is_core());
    QVERIFY(parse_holder("1\ncore\n2\n").is_core());
  }

  void what_is_damaged_stays_unknown_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("pid");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("empty") << QByteArray() << 0 << "another process of fedllm";
    QTest::newRow("number only, as older versions wrote") << QByteArray("12\n") << 12 << "another process of fedllm (process 12)";
    QTest::newRow("no number") << QByteArray("x\nrun\n5") << 0 << "fedllm run";
    QTest::newRow("negative") << QByteArray("-3\nrun\n-5") << 0 << "fedllm run";
    QTest::newRow("too large") << QByteArray("99999999999999999999\nrun\n1") << 0 << "fedllm run";
    QTest::newRow("verb that is none") << QByteArray("7\nrm -rf \x1b[2J\n0\n") << 7 << "another process of fedllm (process 7)";
    QTest::newRow("no line ends") << QByteArray(120, 'a') << 0 << "another process of fedllm";
  }
  void what_is_damaged_stays_unknown() {
    QFETCH(QByteArray, text);
    QFETCH(int, pid);
    QFETCH(QString, sentence);
    const HomeHolder holder = parse_holder(text.toStdString());
    QCOMPARE(holder.pid, pid);
    QCOMPARE(QString::fromStdString(holder.sentence()), sentence);
  }

  void since_is_said_in_local_time() {
    const HomeHolder holder{4711, "run", 1'795'000'000'000};
    const QString local = QDateTime::fromMSecsSinceEpoch(holder.since_ms).toString("yyyy-MM-dd hh:mm");
    QCOMPARE(QString::fromStdString(holder.sentence()), "fedllm run (process 4711, since " + local + ")");
  }

  void a_file_without_its_lock_is_nobody() {
    QVERIFY(!home_holder(paths()));
    QVERIFY(write_file_atomic(paths().lock, serialize_holder({4711, "run", 1})).ok());
    QVERIFY(!home_holder(paths()));
    const int fd = ::open(paths().lock.c_str(), O_RDWR | O_CLOEXEC);
    QVERIFY(fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0);
    QCOMPARE(home_holder(paths())->pid, 4711);
    ::close(fd);
    QVERIFY(!home_holder(paths()));
  }
};

QTEST_GUILESS_MAIN(TestHomeHolder)
#include "tst_home_holder.moc"
