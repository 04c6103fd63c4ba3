// The ledger's file: sessions, readers beside a writer, schemas and files that are none, kills, full disks, speed.
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <fstream>

#include "base/file.h"
#include "ledger_samples.h"

using namespace fedllm;
using namespace fedllm::ledger;
using namespace fedllm::tests;

namespace {

std::unique_ptr<Ledger> open(const QTemporaryDir& home, bool read_only = false) { return open_file_ledger(home, read_only); }

// In a child process, so that being killed or a file limit ends only the child.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void execute(const QString& path, const std::string& sql) {
  sqlite3* db = nullptr;
  char* error = nullptr;
  if (sqlite3_open(qPrintable(path), &db) != SQLITE_OK || sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error) != SQLITE_OK)
    qFatal("%s", error ? error : "cannot open");
  sqlite3_close(db);
}

std::string schema_of(const QString& path) {
  sqlite3* db = nullptr;
  sqlite3_open(qPrintable(path), &db);
  std::string all;
  const auto add = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += std::string(values[0] ? values[0] : "") + ";\n";
    return 0;
  };
  sqlite3_exec(db, "SELECT sql FROM sqlite_master ORDER BY name; PRAGMA user_version", add, &all, nullptr);
  sqlite3_close(db);
  return all;
}

}  // namespace

class TstLedgerFile : public QObject {
  Q_OBJECT
 private slots:
  void seq_goes_on_in_the_next_session() {
    QTemporaryDir home;
    std::string a;
    {
      auto ledger = open(home);
      a = ledger->create_run(sample_row("a"))->id;
      VERIFY_OK(ledger->append_batch({sample_step(a, 1), sample_step(a, 2)}));
    }
    auto ledger = open(home);
    QCOMPARE(ledger->append(sample_step(a, 3)).value(), 3u);
    QCOMPARE(ledger->events(a, 2, 10)->size(), 2u);
  }

  void a_reader_sees_a_live_writer_and_cannot_write() {
    QTemporaryDir home;
    auto writer = open(home);
    const std::string id = writer->create_run(sample_row("a"))->id;
    auto reader = open(home, true);
    QVERIFY(reader);
    QVERIFY(writer->append(sample_step(id, 1)).ok());
    QCOMPARE(reader->events(id, 1, 10)->size(), 1u);
    QVERIFY(reader->wait_for_events(id, 1, 1));
    QCOMPARE(reader->append(sample_step(id, 1)).status().code(), Code::failed_precondition);
    QVERIFY(!reader->mark_interrupted().ok());
    writer.reset();
    QCOMPARE(open(home, true)->runs()->size(), 1u);
  }

  void a_home_without_a_ledger_reads_as_empty() {
    QTemporaryDir home;
    auto reader = open(home, true);
    QVERIFY(reader);
    QCOMPARE(reader->runs()->size(), 0u);
    QVERIFY(!QFile::exists(home.path() + "/ledger.db"));
    auto writer = open(home);
    QVERIFY(writer->create_run(sample_row("a")).ok());
  }

  void a_newer_ledger_is_refused_by_number() {
    QTemporaryDir home;
    open(home).reset();
    QFile file(home.path() + "/ledger.db");
    QVERIFY(file.open(QIODevice::ReadWrite));
    file.seek(60);  // user_version in SQLite's header, big-endian
    file.write(QByteArray::fromHex("00000009"));
    file.close();
    for (bool read_only : {false, true}) {
      const auto refused = Ledger::open({home.path().toStdString(), home.path().toStdString(), read_only, nullptr});
      QCOMPARE(refused.status().code(), Code::failed_precondition);
      QVERIFY2(QString::fromStdString(refused.status().message())
                   .endsWith("has schema 9, written by a newer version; this program knows schemas up to 1"),
               refused.status().message().c_str());
    }
  }

  // Old code's files stay readable, and what this code writes is still version 1.
  void the_golden_ledger_of_version_1_reads_and_is_what_is_written() {
    QTemporaryDir golden, fresh;
    const std::string sql = read_file(FEDLLM_SOURCE_DIR "/tests/core/ledger/ledger_v1.sql").value();
    execute(golden.filePath("ledger.db"), sql);
    open(fresh).reset();
    QCOMPARE(schema_of(fresh.filePath("ledger.db")), schema_of(golden.filePath("ledger.db")));

    auto ledger = open(golden);
    QVERIFY(ledger);
    const std::string id = "20261122-133001-a1b2";
    const RunRow row = ledger->run(id).value();
    QCOMPARE(row.name, std::string("first"));
    QCOMPARE(row.state, RunState::interrupted);
    QCOMPARE(row.rounds_done, 1);
    QCOMPARE(ledger->run_by_request("r-1").value()->id, id);
    QCOMPARE(ledger->runs()->front().error, std::string("the disk is full"));
    const auto events = ledger->events(id, 1, 10).value();
    QCOMPARE(events.size(), 3u);
    QCOMPARE(events[0].metrics[0], (std::pair<std::string, double>{"clients", 4}));
    QCOMPARE(events[1].metrics[1], (std::pair<std::string, double>{"loss", 0.1}));
    QVERIFY(std::isnan(events[1].metrics[2].second) && events[1].client == 2);
    QCOMPARE(ledger->versions(id)->at(0).path, "runs/" + id + "/round-1");
    QCOMPARE(ledger->append(sample_step(id, 2)).value(), 4u);
  }

  void a_file_that_is_no_ledger_is_named() {
    QTemporaryDir home;
    std::ofstream(home.filePath("ledger.db").toStdString()) << std::string(4096, 'x');
    for (bool read_only : {false, true}) {
      const auto refused = Ledger::open({home.path().toStdString(), home.path().toStdString(), read_only, nullptr});
      QCOMPARE(refused.status().code(), Code::data_loss);
      QVERIFY(refused.status().message().find("ledger.db: the file is not a ledger") != std::string::npos);
    }
  }

  // A process killed at a random moment leaves whole batches and an unbroken sequence, for the next process to go on from.
  void a_kill_during_writes_leaves_whole_batches() {
    QTemporaryDir home;
    const std::string id = open(home)->create_run(sample_row("a"))->id;
    uint64_t before = 0;
    for (int round = 0; round < 5; ++round) {
      const pid_t child = ::fork();
      if (child == 0) {
        auto ledger = open(home);
        for (int batch = 0;; ++batch) {
          std::vector<Event> events;
          for (int i = 0; i < 10; ++i) events.push_back(sample_step(id, i));
          if (!ledger->append_batch(events).ok()) ::_exit(3);
        }
      }
      QThread::msleep(30 + 17 * round);
      ::kill(child, SIGKILL);
      int status = 0;
      ::waitpid(child, &status, 0);
      QVERIFY(WIFSIGNALED(status));
      auto ledger = open(home);
      QVERIFY(ledger);
      const uint64_t last = ledger->last_seq(id).value();
      QVERIFY(last % 10 == 0);
      QVERIFY(last >= before);
      const auto events = ledger->events(id, 1, 10'000'000).value();
      QCOMPARE(events.size(), size_t(last));
      for (size_t i = 0; i < events.size(); ++i) QCOMPARE(events[i].seq, uint64_t(i + 1));
      before = last;
    }
    QVERIFY(before > 0);
  }

  // A file-size limit is a disk that fills: writes fail with a sentence, what was committed stays, and room lets it go on.
  void a_full_disk_is_said_and_loses_nothing() {
    QTemporaryDir home;
    const std::string id = open(home)->create_run(sample_row("a"))->id;
    const int status = in_child([&] {
      ::signal(SIGXFSZ, SIG_IGN);
      auto ledger = open(home);
      const rlimit limit{400'000, 400'000};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
      for (int i = 0; i < 100'000; ++i) {
        const auto seq = ledger->append(sample_step(id, i));
        if (seq.ok()) continue;
        const bool said = seq.status().code() == Code::resource_exhausted &&
                          seq.status().message().find("ledger.db: the disk is full") != std::string::npos;
        const bool kept = ledger->last_seq(id).ok() && *ledger->last_seq(id) == uint64_t(i);
        ::_exit(said && kept && i > 10 ? 42 : 4);
      }
      ::_exit(5);
    });
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 42);
    auto ledger = open(home);
    const uint64_t last = ledger->last_seq(id).value();
    QVERIFY(last > 10);
    QCOMPARE(ledger->append(sample_step(id, 1)).value(), last + 1);
  }

  void a_hundred_thousand_events_write_and_read_in_seconds() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(sample_row("a"))->id;
    QElapsedTimer timer;
    timer.start();
    for (int batch = 0; batch < 1000; ++batch) {
      std::vector<Event> events;
      for (int i = 0; i < 100; ++i) events.push_back(sample_step(id, batch * 100 + i));
      VERIFY_OK(ledger->append_batch(std::move(events)));
    }
    const qint64 written = timer.restart();
    size_t seen = 0;
    for (uint64_t from = 1;;) {
      const auto events = ledger->events(id, from, 500).value();
      if (events.empty()) break;
      seen += events.size();
      from = events.back().seq + 1;
    }
    qInfo("100 000 events: written in %lld ms, read in %lld ms", written, timer.elapsed());
    QCOMPARE(seen, 100'000u);
    QVERIFY2(written < 20'000 && timer.elapsed() < 20'000, "either direction took over 20 s");
  }
};

QTEST_GUILESS_MAIN(TstLedgerFile)
#include "tst_ledger_file.moc"
