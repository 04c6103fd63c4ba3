#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <QtTest>
#include <cmath>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "ledger/ledger.h"

using namespace fedllm;
using namespace fedllm::ledger;

namespace {

std::unique_ptr<Ledger> open(const QTemporaryDir& home, bool read_only = false, const Clock* clock = nullptr) {
  auto opened = Ledger::open({home.path().toStdString(), home.path().toStdString(), read_only, clock});
  return opened.ok() ? std::move(*opened) : nullptr;
}

RunRow row(const std::string& name, int rounds = 3) {
  RunRow row;
  row.name = name;
  row.rounds = rounds;
  row.scenario_json = "{}";
  return row;
}

Event step(const std::string& run, int number) {
  return {
      run, 0, 0, "client_step", 1, 2, {{"step", double(number)}, {"loss", 1.0 / (number + 1)}, {"tokens", 64}, {"seconds", 0.01}},
      ""};
}

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

#define VERIFY_OK(status)                                  \
  do {                                                     \
    const auto verified = (status);                        \
    QVERIFY2(verified.ok(), verified.to_string().c_str()); \
  } while (0)

}  // namespace

class TstLedger : public QObject {
  Q_OBJECT
 private slots:
  void events_read_back_as_written() {
    QTemporaryDir home;
    ManualClock clock;
    clock.advance_ms(1'795'000'000'000);
    auto ledger = open(home, false, &clock);
    const auto run = ledger->create_run(row("a"));
    QVERIFY(run.ok());
    QCOMPARE(run->created_ms, 1'795'000'000'000);
    Event event{run->id,
                0,
                0,
                "eval",
                0,
                std::nullopt,
                {{"loss", 1.25}, {"exact", std::nan("")}, {"x\"y", 3e300}},
                R"({"topic":"Gerät"})"};
    QCOMPARE(ledger->append(event).value(), 1u);
    QCOMPARE(ledger->append({run->id, 0, 0, "done", std::nullopt, 7, {}, ""}).value(), 2u);
    const auto events = ledger->events(run->id, 1, 10).value();
    QCOMPARE(events.size(), 2u);
    QCOMPARE(events[0].kind, std::string("eval"));
    QCOMPARE(events[0].time_ms, 1'795'000'000'000);
    QVERIFY(events[0].round == 0 && !events[0].client);
    QVERIFY(!events[1].round && events[1].client == 7);
    QCOMPARE(events[0].metrics.size(), 3u);
    QCOMPARE(events[0].metrics[0], (std::pair<std::string, double>{"loss", 1.25}));
    QVERIFY(std::isnan(events[0].metrics[1].second));
    QCOMPARE(events[0].metrics[2], (std::pair<std::string, double>{"x\"y", 3e300}));
    QCOMPARE(events[0].detail, std::string(R"({"topic":"Gerät"})"));
    QVERIFY(events[1].metrics.empty() && events[1].detail.empty());
  }

  void seq_counts_per_run_without_gaps_across_sessions() {
    QTemporaryDir home;
    std::string a, b;
    {
      auto ledger = open(home);
      a = ledger->create_run(row("a"))->id;
      b = ledger->create_run(row("b"))->id;
      VERIFY_OK(ledger->append_batch({step(a, 1), step(b, 1), step(a, 2)}));
    }
    auto ledger = open(home);
    QCOMPARE(ledger->append(step(a, 3)).value(), 3u);
    QCOMPARE(ledger->last_seq(b).value(), 1u);
    QCOMPARE(ledger->events(a, 2, 10)->size(), 2u);
    QCOMPARE(ledger->events(a, 1, 2)->size(), 2u);
    QCOMPARE(ledger->events(a, 4, 2)->size(), 0u);
  }

  void unknown_run_is_named_with_the_nearest() {
    QTemporaryDir home;
    auto ledger = open(home);
    QCOMPARE(ledger->run("x").status().message(), std::string("no run \"x\"; there are no runs in this home"));
    const std::string id = ledger->create_run(row("a"))->id;
    std::string near = id;
    near.back() = near.back() == 'z' ? 'y' : 'z';
    const Status missing = ledger->run(near).status();
    QCOMPARE(missing.code(), Code::not_found);
    QCOMPARE(missing.message(), "no run \"" + near + "\"; the nearest is " + id);
    QCOMPARE(ledger->append(step("nobody", 1)).status().code(), Code::not_found);
    QVERIFY(!ledger->set_state("nobody", RunState::done).ok());
  }

  void a_unique_start_of_an_id_is_enough() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string a = ledger->create_run(row("a"))->id, b = ledger->create_run(row("b"))->id;
    QVERIFY(a != b);
    QCOMPARE(ledger->run(a)->name, std::string("a"));
    size_t common = 0;
    while (a[common] == b[common]) ++common;
    QCOMPARE(ledger->run(a.substr(0, common + 1))->id, a);
    const Status ambiguous = ledger->run(a.substr(0, common)).status();
    QCOMPARE(ambiguous.code(), Code::invalid_argument);
    QVERIFY(QString::fromStdString(ambiguous.message()).contains("is the start of 2 runs"));
    QVERIFY(!ledger->run("").ok());
    QVERIFY(!ledger->run("%").ok());
  }

  void runs_come_newest_first_with_state_and_summary() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string a = ledger->create_run(row("a"))->id, b = ledger->create_run(row("b"))->id;
    VERIFY_OK(ledger->set_state(a, RunState::failed, "the disk is full"));
    VERIFY_OK(ledger->set_summary(b, R"({"state":"done"})"));
    const auto runs = ledger->runs().value();
    QCOMPARE(runs.size(), 2u);
    QCOMPARE(runs[0].id, b);
    QCOMPARE(runs[0].summary_json, std::string(R"({"state":"done"})"));
    QCOMPARE(runs[1].state, RunState::failed);
    QCOMPARE(runs[1].error, std::string("the disk is full"));
    VERIFY_OK(ledger->mark_interrupted());
    QCOMPARE(ledger->run(b)->state, RunState::interrupted);
    QCOMPARE(ledger->run(a)->state, RunState::failed);
  }

  void a_request_starts_one_run() {
    QTemporaryDir home;
    auto ledger = open(home);
    RunRow wanted = row("a");
    wanted.request_id = "r-1";
    const std::string id = ledger->create_run(wanted)->id;
    QCOMPARE(ledger->create_run(wanted).status().code(), Code::already_exists);
    QCOMPARE(ledger->run_by_request("r-1").value()->id, id);
    QVERIFY(!ledger->run_by_request("r-2").value());
    QVERIFY(!ledger->run_by_request("").value());
    QVERIFY(ledger->create_run(row("b")).ok() && ledger->create_run(row("c")).ok());
  }

  void a_version_is_committed_with_its_events_or_not_at_all() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(row("a"))->id;
    const std::string path = "runs/" + id + "/round1.bin";
    QVERIFY(QDir(QString::fromStdString(ledger->run_dir(id))).exists());
    const Event commit{id, 0, 0, "round_committed", 1, std::nullopt, {{"version", 1}}, ""};
    const Status early = ledger->commit_version({id, 1, path, "ab", ""}, {commit});
    QCOMPARE(early.code(), Code::failed_precondition);
    QCOMPARE(ledger->last_seq(id).value(), 0u);
    VERIFY_OK(write_file_atomic(ledger->absolute(path), "x"));
    VERIFY_OK(ledger->commit_version({id, 1, path, "ab", "s"}, {commit}));
    QCOMPARE(ledger->run(id)->rounds_done, 1);
    QCOMPARE(ledger->versions(id)->at(0).sha256, std::string("ab"));
    QCOMPARE(ledger->versions(id)->at(0).state_path, std::string("s"));
    const Status twice = ledger->commit_version({id, 1, path, "cd", ""}, {commit});
    QCOMPARE(twice.code(), Code::already_exists);
    QCOMPARE(twice.message(), "round 1 of run " + id + " is already committed");
    QCOMPARE(ledger->last_seq(id).value(), 1u);
    QCOMPARE(ledger->append(step(id, 1)).value(), 2u);
  }

  void delete_removes_rows_and_folder() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(row("a"))->id;
    VERIFY_OK(write_file_atomic(ledger->run_dir(id) + "/f", "x"));
    QVERIFY(ledger->append(step(id, 1)).ok());
    VERIFY_OK(ledger->delete_run(id));
    QVERIFY(!ledger->run(id).ok());
    QVERIFY(!QFile::exists(home.path() + "/runs/" + QString::fromStdString(id)));
    QCOMPARE(ledger->append(step(id, 1)).status().code(), Code::not_found);
    QVERIFY(!ledger->delete_run(id).ok());
  }

  void waiting_ends_with_the_event_or_the_time() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(row("a"))->id;
    QVERIFY(!ledger->wait_for_events(id, 1, 0.05));
    QElapsedTimer timer;
    timer.start();
    std::thread later([&] {
      QThread::msleep(50);
      (void)ledger->append(step(id, 1));
    });
    QVERIFY(ledger->wait_for_events(id, 1, 20));
    later.join();
    QVERIFY(timer.elapsed() < 10'000);
    QVERIFY(ledger->wait_for_events(id, 1, 0));
    QVERIFY(!ledger->wait_for_events(id, 2, 0.01));
  }

  void subscribers_hear_every_commit_until_they_leave() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(row("a"))->id;
    std::vector<std::string> heard;
    const uint64_t token = ledger->subscribe([&](const std::string& run) { heard.push_back(run); });
    QVERIFY(ledger->append(step(id, 1)).ok());
    VERIFY_OK(ledger->set_state(id, RunState::paused));
    ledger->unsubscribe(token);
    QVERIFY(ledger->append(step(id, 2)).ok());
    QCOMPARE(heard, (std::vector<std::string>{id, id}));
    QCOMPARE(ledger->last_seq(id).value(), 2u);
  }

  void a_reader_sees_a_live_writer_and_cannot_write() {
    QTemporaryDir home;
    auto writer = open(home);
    const std::string id = writer->create_run(row("a"))->id;
    auto reader = open(home, true);
    QVERIFY(reader);
    QVERIFY(writer->append(step(id, 1)).ok());
    QCOMPARE(reader->events(id, 1, 10)->size(), 1u);
    QVERIFY(reader->wait_for_events(id, 1, 1));
    QCOMPARE(reader->append(step(id, 1)).status().code(), Code::failed_precondition);
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
    QVERIFY(writer->create_run(row("a")).ok());
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
    QCOMPARE(ledger->append(step(id, 2)).value(), 4u);
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
    const std::string id = open(home)->create_run(row("a"))->id;
    uint64_t before = 0;
    for (int round = 0; round < 5; ++round) {
      const pid_t child = ::fork();
      if (child == 0) {
        auto ledger = open(home);
        for (int batch = 0;; ++batch) {
          std::vector<Event> events;
          for (int i = 0; i < 10; ++i) events.push_back(step(id, i));
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
    const std::string id = open(home)->create_run(row("a"))->id;
    const int status = in_child([&] {
      ::signal(SIGXFSZ, SIG_IGN);
      auto ledger = open(home);
      const rlimit limit{400'000, 400'000};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
      for (int i = 0; i < 100'000; ++i) {
        const auto seq = ledger->append(step(id, i));
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
    QCOMPARE(ledger->append(step(id, 1)).value(), last + 1);
  }

  void many_threads_append_and_read() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(row("a"))->id;
    std::vector<std::thread> threads;
    std::atomic<bool> good = true;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          good = good && ledger->append(step(id, i)).ok();
          if (t == 0) good = good && ledger->events(id, 1, 50).ok() && ledger->runs().ok();
        }
      });
    for (auto& thread : threads) thread.join();
    QVERIFY(good);
    QCOMPARE(ledger->last_seq(id).value(), 400u);
    QCOMPARE(ledger->events(id, 1, 1000)->size(), 400u);
  }

  void a_hundred_thousand_events_write_and_read_in_seconds() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(row("a"))->id;
    QElapsedTimer timer;
    timer.start();
    for (int batch = 0; batch < 1000; ++batch) {
      std::vector<Event> events;
      for (int i = 0; i < 100; ++i) events.push_back(step(id, batch * 100 + i));
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

QTEST_GUILESS_MAIN(TstLedger)
#include "tst_ledger.moc"
