// The contract of every ledger, kept by SQLite's and by its twin in memory: what is appended and committed reads back, in
// order, whole or not at all, and whoever waits hears of it.
#include <atomic>
#include <cmath>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "ledger_samples.h"

using namespace fedllm;
using namespace fedllm::ledger;
using namespace fedllm::tests;

namespace {

std::unique_ptr<Ledger> open(const QTemporaryDir& home, const Clock* clock = nullptr) {
  QFETCH_GLOBAL(bool, memory);
  return memory ? Ledger::in_memory(home.path().toStdString(), clock) : open_file_ledger(home, false, clock);
}

}  // namespace

class TstLedger : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase_data() {
    QTest::addColumn<bool>("memory");
    QTest::newRow("file") << false;
    QTest::newRow("memory") << true;
  }

  void events_read_back_as_written() {
    QTemporaryDir home;
    ManualClock clock;
    clock.advance_ms(1'795'000'000'000);
    auto ledger = open(home, &clock);
    const auto run = ledger->create_run(sample_row("a"));
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

  void seq_counts_per_run_without_gaps() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string a = ledger->create_run(sample_row("a"))->id, b = ledger->create_run(sample_row("b"))->id;
    VERIFY_OK(ledger->append_batch({sample_step(a, 1), sample_step(b, 1), sample_step(a, 2)}));
    QCOMPARE(ledger->append(sample_step(a, 3)).value(), 3u);
    QCOMPARE(ledger->last_seq(b).value(), 1u);
    QCOMPARE(ledger->last_seq("nobody").value(), 0u);
    QCOMPARE(ledger->events(a, 2, 10)->size(), 2u);
    QCOMPARE(ledger->events(a, 1, 2)->size(), 2u);
    QCOMPARE(ledger->events(a, 4, 2)->size(), 0u);
    QCOMPARE(ledger->append_batch({sample_step(a, 4), sample_step("nobody", 1)}).code(), Code::not_found);  // all or none
    QCOMPARE(ledger->last_seq(a).value(), 3u);
    VERIFY_OK(ledger->append_batch({}));
  }

  void unknown_run_is_named_with_the_nearest() {
    QTemporaryDir home;
    auto ledger = open(home);
    QCOMPARE(ledger->run("x").status().message(), std::string("no run \"x\"; there are no runs in this home"));
    const std::string id = ledger->create_run(sample_row("a"))->id;
    std::string near = id;
    near.back() = near.back() == 'z' ? 'y' : 'z';
    const Status missing = ledger->run(near).status();
    QCOMPARE(missing.code(), Code::not_found);
    QCOMPARE(missing.message(), "no run \"" + near + "\"; the nearest is " + id);
    QCOMPARE(ledger->append(sample_step("nobody", 1)).status().code(), Code::not_found);
    QVERIFY(!ledger->set_state("nobody", RunState::done).ok());
  }

  void a_unique_start_of_an_id_is_enough() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string a = ledger->create_run(sample_row("a"))->id, b = ledger->create_run(sample_row("b"))->id;
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
    const std::string a = ledger->create_run(sample_row("a"))->id, b = ledger->create_run(sample_row("b"))->id;
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
    RunRow wanted = sample_row("a");
    wanted.request_id = "r-1";
    const std::string id = ledger->create_run(wanted)->id;
    QCOMPARE(ledger->create_run(wanted).status().code(), Code::already_exists);
    QCOMPARE(ledger->run_by_request("r-1").value()->id, id);
    QVERIFY(!ledger->run_by_request("r-2").value());
    QVERIFY(!ledger->run_by_request("").value());
    QVERIFY(ledger->create_run(sample_row("b")).ok() && ledger->create_run(sample_row("c")).ok());
  }

  void a_version_is_committed_with_its_events_or_not_at_all() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(sample_row("a"))->id;
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
    QCOMPARE(ledger->append(sample_step(id, 1)).value(), 2u);
  }

  void delete_removes_rows_and_folder() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(sample_row("a"))->id;
    VERIFY_OK(write_file_atomic(ledger->run_dir(id) + "/f", "x"));
    QVERIFY(ledger->append(sample_step(id, 1)).ok());
    VERIFY_OK(ledger->delete_run(id));
    QVERIFY(!ledger->run(id).ok());
    QVERIFY(!QFile::exists(home.path() + "/runs/" + QString::fromStdString(id)));
    QCOMPARE(ledger->append(sample_step(id, 1)).status().code(), Code::not_found);
    QVERIFY(!ledger->delete_run(id).ok());
  }

  void waiting_ends_with_the_event_or_the_time() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(sample_row("a"))->id;
    QVERIFY(!ledger->wait_for_events(id, 1, 0.05));
    QElapsedTimer timer;
    timer.start();
    std::thread later([&] {
      QThread::msleep(50);
      (void)ledger->append(sample_step(id, 1));
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
    const std::string id = ledger->create_run(sample_row("a"))->id;
    std::vector<std::string> heard;
    const uint64_t token = ledger->subscribe([&](const std::string& run) { heard.push_back(run); });
    QVERIFY(ledger->append(sample_step(id, 1)).ok());
    VERIFY_OK(ledger->set_state(id, RunState::paused));
    ledger->unsubscribe(token);
    QVERIFY(ledger->append(sample_step(id, 2)).ok());
    QCOMPARE(heard, (std::vector<std::string>{id, id}));
    QCOMPARE(ledger->last_seq(id).value(), 2u);
  }

  void many_threads_append_and_read() {
    QTemporaryDir home;
    auto ledger = open(home);
    const std::string id = ledger->create_run(sample_row("a"))->id;
    std::vector<std::thread> threads;
    std::atomic<bool> good = true;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          good = good && ledger->append(sample_step(id, i)).ok();
          if (t == 0) good = good && ledger->events(id, 1, 50).ok() && ledger->runs().ok();
        }
      });
    for (auto& thread : threads) thread.join();
    QVERIFY(good);
    QCOMPARE(ledger->last_seq(id).value(), 400u);
    QCOMPARE(ledger->events(id, 1, 1000)->size(), 400u);
  }
};

QTEST_GUILESS_MAIN(TstLedger)
#include "tst_ledger.moc"
