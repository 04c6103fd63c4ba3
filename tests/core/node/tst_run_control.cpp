// A hand on a running run: pause, stop and save, abandon, resume, and what is refused.
#include <QElapsedTimer>
#include <QTest>

#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::tests;

class TestRunControl : public QObject {
  Q_OBJECT
 private slots:
  void pause_freezes_within_a_step_and_goes_on_in_place() {
    MiniWorld world;
    NoopBackend backend;
    backend.step_seconds = 0.01;
    world.scenario.training.local_steps = 30;
    auto ledger = world.memory_ledger();
    const std::string run = world.create_run(*ledger);
    QElapsedTimer whole;
    whole.start();
    auto executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 2)).value();
    QVERIFY(wait_for(*ledger, run, "client_step", 8));
    executor->pause();
    QVERIFY(executor->paused());
    QCOMPARE(ledger->run(run)->state, ledger::RunState::paused);
    QTest::qSleep(150);  // the steps under way end and are reported
    const size_t frozen = events_of(*ledger, run, "client_step").size();
    QTest::qSleep(400);
    QCOMPARE(events_of(*ledger, run, "client_step").size(), frozen);
    QVERIFY(!executor->finished());
    executor->unpause();
    QCOMPARE(ledger->run(run)->state, ledger::RunState::running);
    const node::RunOutcome outcome = executor->wait();
    QCOMPARE(outcome.state, ledger::RunState::done);
    QCOMPARE(events_of(*ledger, run, "paused").size(), size_t{1});
    QCOMPARE(events_of(*ledger, run, "unpaused").size(), size_t{1});
    QCOMPARE(events_of(*ledger, run, "client_step").size(), size_t{3 * 4 * 30});
    // The pause is nobody's running time.
    QVERIFY(summary_of(outcome)["wall_s"].get<double>() < static_cast<double>(whole.elapsed()) / 1000 - 0.5);
  }

  void stop_saves_and_a_new_start_goes_on() {
    MiniWorld world;
    NoopBackend backend;
    backend.step_seconds = 0.005;
    world.scenario.rounds = 4;
    auto ledger = world.memory_ledger();
    const std::string undisturbed = world.create_run(*ledger);
    const std::string hash = summary_of(run_to_end(world, *ledger, backend, undisturbed))["adapter_sha256"];

    const std::string run = world.create_run(*ledger);
    auto executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 2)).value();
    QVERIFY(wait_for(*ledger, run, "round_committed", 3));
    executor->stop(false);
    const node::RunOutcome stopped = executor->wait();
    executor.reset();
    QCOMPARE(stopped.state, ledger::RunState::paused);
    QCOMPARE(ledger->run(run)->state, ledger::RunState::paused);
    QCOMPARE(events_of(*ledger, run).back().kind, std::string("stopped"));
    const int done = ledger->run(run)->rounds_done;
    QVERIFY(done >= 2 && done <= 4);
    QVERIFY(summary_of(stopped)["rounds"] == done);
    QCOMPARE(summary_of(stopped)["adapter_sha256"].get<std::string>(), ledger->versions(run)->back().sha256);

    const node::RunOutcome finished = run_to_end(world, *ledger, backend, run);
    QVERIFY2(finished.state == ledger::RunState::done, finished.error.c_str());
    QCOMPARE(summary_of(finished)["adapter_sha256"].get<std::string>(), hash);
    QCOMPARE(*metric(events_of(*ledger, run, "resumed").front(), "from_round"), static_cast<double>(done));
    QCOMPARE(events_of(*ledger, run, "run_started").size(), size_t{1});
    QCOMPARE(events_of(*ledger, run, "round_committed").size(), size_t{5});
    // Totals cover both sessions.
    QVERIFY(summary_of(finished)["uplink_payload_bytes"] ==
            summary_of({ledger::RunState::done, ledger->run(undisturbed)->summary_json, ""})["uplink_payload_bytes"]);
    QVERIFY(summary_of(finished)["wall_s"].get<double>() > summary_of(stopped)["wall_s"].get<double>());
  }

  void a_run_killed_before_its_first_event_is_resumed() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.memory_ledger();
    const std::string run = world.create_run(*ledger);
    QTest::qSleep(5);
    QVERIFY(ledger->set_state(run, ledger::RunState::interrupted).ok());
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
    const auto events = events_of(*ledger, run);
    QCOMPARE(events[0].kind, std::string("resumed"));
    QCOMPARE(metric(events[0], "from_round"), std::optional<double>(0));
    QCOMPARE(events[1].kind, std::string("run_started"));
  }

  void abandoning_fails_the_run() {
    MiniWorld world;
    NoopBackend backend;
    backend.step_seconds = 0.005;
    auto ledger = world.memory_ledger();
    const std::string run = world.create_run(*ledger);
    auto executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 2)).value();
    QVERIFY(wait_for(*ledger, run, "client_step"));
    executor->stop(true);
    const node::RunOutcome outcome = executor->wait();
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QCOMPARE(outcome.error, std::string("stopped by the user"));
    QCOMPARE(ledger->run(run)->error, std::string("stopped by the user"));
  }

  void stop_while_paused_ends_the_run() {
    MiniWorld world;
    NoopBackend backend;
    backend.step_seconds = 0.005;
    auto ledger = world.memory_ledger();
    const std::string run = world.create_run(*ledger);
    auto executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 1)).value();
    QVERIFY(wait_for(*ledger, run, "client_step"));
    executor->pause();
    executor->stop(false);
    QCOMPARE(executor->wait().state, ledger::RunState::paused);
  }

  void destroying_a_running_executor_stops_and_saves() {
    MiniWorld world;
    NoopBackend backend;
    backend.step_seconds = 0.005;
    auto ledger = world.memory_ledger();
    const std::string run = world.create_run(*ledger);
    {
      auto executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 2)).value();
      QVERIFY(wait_for(*ledger, run, "client_step"));
    }
    QCOMPARE(ledger->run(run)->state, ledger::RunState::paused);
  }

  void a_finished_or_unknown_run_is_not_started() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.memory_ledger();
    const std::string run = world.create_run(*ledger);
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
    const auto again = node::RunExecutor::start(*ledger, backend, world.home(), run, 1);
    QVERIFY(again.status().message().ends_with("is done: there is no round left to run"));
    QCOMPARE(node::RunExecutor::start(*ledger, backend, world.home(), "nothing", 1).status().code(), Code::not_found);
  }
};

QTEST_GUILESS_MAIN(TestRunControl)
#include "tst_run_control.moc"
