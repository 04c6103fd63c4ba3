// Runs through the control service: start, wait, pause, resume, stop, delete, watch and heartbeat, with the no-op backend.
#include <QElapsedTimer>
#include <QTest>

#include <filesystem>

#include "support/control_fixture.h"

using namespace fedllm;
using namespace fedllm::tests;
using Stub = wire::Control::Stub;

namespace {

// Every event from `from_seq` until `enough` events are there; also the sizes of the batches.
struct Watched {
  std::vector<wire::Event> events;
  std::vector<int> sizes;
  std::vector<bool> live;
  grpc::Status status;
};

Watched watch(Stub& stub, const std::string& run, uint64_t from_seq, size_t enough, const std::function<void(size_t)>& at = {}) {
  Watched watched;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  wire::WatchRequest request;
  request.set_run(run);
  request.set_from_seq(from_seq);
  const auto reader = stub.Watch(&context, request);
  wire::EventBatch batch;
  while (reader->Read(&batch)) {
    watched.sizes.push_back(batch.events_size());
    watched.live.push_back(batch.live());
    for (const wire::Event& event : batch.events()) watched.events.push_back(event);
    if (at) at(watched.events.size());
    if (watched.events.size() >= enough) context.TryCancel();
  }
  watched.status = reader->Finish();
  return watched;
}

ledger::Event note(const std::string& run, int i) {
  return {run, 0, 0, "warning", std::nullopt, std::nullopt, {{"i", double(i)}}, ""};
}

#define VERIFY_GRPC(call)                                      \
  do {                                                         \
    const grpc::Status verified = (call);                      \
    QVERIFY2(verified.ok(), verified.error_message().c_str()); \
  } while (0)

}  // namespace

class TestControlRuns : public QObject {
  Q_OBJECT
 private slots:
  void hello_tells_who_answers() {
    ControlFixture f;
    grpc::ClientContext context;
    wire::HelloReply hello;
    VERIFY_GRPC(f.stub->Hello(&context, {}, &hello));
    QCOMPARE(hello.protocol(), node::kControlProtocol);
    QCOMPARE(hello.program_version(), std::string("1.2.3"));
    QCOMPARE(hello.home(), f.world.path("/home"));
    QVERIFY(hello.pid() > 0 && hello.cores() > 0 && hello.memory_bytes() > 1'000'000 && hello.can_train());
  }

  void a_run_goes_to_its_end_and_is_described() {
    ControlFixture f;
    const wire::RunInfo started = f.start();
    QCOMPARE(started.state(), std::string("running"));
    f.runs.wait(started.run());
    const wire::RunInfo done = f.info(started.run());
    QCOMPARE(done.state(), std::string("done"));
    QCOMPARE(done.rounds_done(), 3);
    QCOMPARE(done.last_seq(), uint64_t(events_of(*f.ledger, started.run()).size()));
    QVERIFY(std::filesystem::exists(done.adapter_dir() + "/adapter_model.safetensors"));
    QCOMPARE(adapter_of(done).size(), size_t{64});
    grpc::ClientContext context;
    wire::ListRunsReply list;
    VERIFY_GRPC(f.stub->ListRuns(&context, {}, &list));
    QCOMPARE(list.runs_size(), 1);
    QCOMPARE(list.runs(0).run(), started.run());
  }

  void one_request_starts_one_run() {
    ControlFixture f;
    const std::string first = f.start("r1").run();
    QCOMPARE(f.start("r1").run(), first);
    f.runs.wait(first);
    QCOMPARE(f.start("r1").run(), first);
    QVERIFY(f.start("r2").run() != first);
    QCOMPARE(f.ledger->runs()->size(), size_t{2});
  }

  void a_scenario_that_cannot_run_is_refused_before_there_is_a_run() {
    ControlFixture f;
    const auto refused = [&](const std::string& json) {
      wire::StartRunRequest request = f.start_request();
      request.set_scenario_json(json);
      grpc::ClientContext context;
      wire::RunInfo info;
      return f.stub->StartRun(&context, request, &info);
    };
    QCOMPARE(refused("{").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    spec::Scenario broken = f.world.scenario;
    broken.lora.rank = 0;
    broken.rounds = 0;
    const grpc::Status twice = refused(spec::to_json(broken));
    QCOMPARE(twice.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    QVERIFY2(twice.error_message().find("(and 1 more problem)") != std::string::npos, twice.error_message().c_str());
    spec::Scenario missing = f.world.scenario;
    missing.dataset.files = {"nowhere.jsonl"};
    const grpc::Status nowhere = refused(spec::to_json(missing));
    QCOMPARE(nowhere.error_code(), grpc::StatusCode::NOT_FOUND);
    QVERIFY2(nowhere.error_message().find("dataset.files: cannot open " + f.world.path("/nowhere.jsonl")) != std::string::npos,
             nowhere.error_message().c_str());
    QVERIFY(f.ledger->runs()->empty());
  }

  void a_run_that_fails_inside_says_so_and_the_next_one_runs() {
    ControlFixture f;
    write_text(f.world.path("/base/tokenizer.json"), "{}");
    const std::string run = f.start().run();
    f.runs.wait(run);
    QCOMPARE(f.info(run).state(), std::string("failed"));
    QVERIFY2(!f.info(run).error().empty(), "a failed run has its sentence");
    QCOMPARE(events_of(*f.ledger, run).back().kind, std::string("failed"));
    write_tokenizer(f.world.path("/base"));
    const std::string next = f.start().run();
    f.runs.wait(next);
    QCOMPARE(f.info(next).state(), std::string("done"));
  }

  void a_second_run_waits_its_turn() {
    ControlFixture f;
    f.backend.step_seconds = 0.01;
    const std::string first = f.start().run(), second = f.start().run();
    QVERIFY(wait_for(*f.ledger, first, "client_step"));
    QCOMPARE(events_of(*f.ledger, second, "queued").size(), size_t{1});
    QVERIFY(events_of(*f.ledger, second, "run_started").empty());
    f.runs.wait(second);
    QCOMPARE(f.info(first).state(), std::string("done"));
    QCOMPARE(f.info(second).state(), std::string("done"));
    QCOMPARE(adapter_of(f.info(first)), adapter_of(f.info(second)));
    QVERIFY(events_of(*f.ledger, first).back().time_ms <= events_of(*f.ledger, second, "run_started").front().time_ms);
  }

  void a_waiting_run_can_be_stopped_and_gone_on_with() {
    ControlFixture f;
    f.backend.step_seconds = 0.02;
    const std::string first = f.start().run(), second = f.start().run();
    VERIFY_GRPC(f.stop(second, false));
    f.runs.wait(second);
    QCOMPARE(f.info(second).state(), std::string("paused"));
    VERIFY_GRPC(f.call(&Stub::Resume, second));
    f.backend.step_seconds = 0;
    f.runs.wait(second);
    QCOMPARE(f.info(second).state(), std::string("done"));
    QCOMPARE(adapter_of(f.info(first)), adapter_of(f.info(second)));
  }

  void pausing_freezes_in_place_and_changes_nothing() {
    ControlFixture f;
    const std::string calm = f.start().run();
    f.runs.wait(calm);
    f.backend.step_seconds = 0.005;
    const std::string run = f.start().run();
    QVERIFY(wait_for(*f.ledger, run, "client_step"));
    VERIFY_GRPC(f.call(&Stub::Pause, run));
    VERIFY_GRPC(f.call(&Stub::Pause, run));  // twice is once
    QTest::qWait(100);
    const uint64_t frozen = f.info(run).last_seq();
    QCOMPARE(f.info(run).state(), std::string("paused"));
    QTest::qWait(200);
    QCOMPARE(f.info(run).last_seq(), frozen);
    VERIFY_GRPC(f.call(&Stub::Resume, run));
    QCOMPARE(f.call(&Stub::Resume, run).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    f.runs.wait(run);
    QCOMPARE(f.info(run).state(), std::string("done"));
    QCOMPARE(events_of(*f.ledger, run, "paused").size(), size_t{1});
    QCOMPARE(adapter_of(f.info(run)), adapter_of(f.info(calm)));
  }

  void stopping_saves_and_resuming_gives_the_same_adapter() {
    ControlFixture f;
    const std::string calm = f.start().run();
    f.runs.wait(calm);
    f.backend.step_seconds = 0.005;
    const std::string run = f.start().run();
    QVERIFY(wait_for(*f.ledger, run, "round_committed", 2));
    VERIFY_GRPC(f.stop(run, false));
    f.runs.wait(run);
    QCOMPARE(f.info(run).state(), std::string("paused"));
    const int done = f.info(run).rounds_done();
    QVERIFY(done >= 1 && done < 3);
    VERIFY_GRPC(f.call(&Stub::Resume, run));
    f.runs.wait(run);
    QCOMPARE(f.info(run).state(), std::string("done"));
    QCOMPARE(adapter_of(f.info(run)), adapter_of(f.info(calm)));
    const auto resumed = events_of(*f.ledger, run, "resumed");
    QCOMPARE(resumed.size(), size_t{1});
    QCOMPARE(metric(resumed[0], "from_round"), std::optional<double>(done));
    const grpc::Status over = f.call(&Stub::Resume, run);
    QCOMPARE(over.error_message(), "run " + run + " is done; there is nothing to resume");
  }

  // Its base model takes long to go, so that the run is still coming down when its last event is there.
  void a_run_can_be_resumed_as_soon_as_its_last_event_is_there() {
    ControlFixture f;
    struct SlowToGo final : NoopBackend {
      Result<std::shared_ptr<const train::BaseModel>> load_base(const std::string& folder, const train::LoadOptions& options) override {
        FEDLLM_ASSIGN_OR_RETURN(auto base, NoopBackend::load_base(folder, options));
        const auto* model = base.get();
        return std::shared_ptr<const train::BaseModel>(model, [base](auto*) { QTest::qSleep(400); });
      }
    } slow;
    slow.step_seconds = 0.005;
    node::RunManager runs(*f.ledger, f.world.home(), [&]() -> Result<train::Backend*> { return &slow; });
    node::StartOptions options;
    options.scenario_json = spec::to_json(f.world.scenario);
    options.base_dir = f.world.path();
    const std::string run = runs.start(options)->id;
    QVERIFY(wait_for(*f.ledger, run, "client_step"));
    QVERIFY(runs.stop(run, false).ok());
    QVERIFY(wait_for(*f.ledger, run, "stopped"));
    QVERIFY(runs.busy(run));
    const auto resumed = runs.resume(run);
    QVERIFY2(resumed.ok(), resumed.status().to_string().c_str());
    runs.wait(run);
    QCOMPARE(f.ledger->run(run)->state, ledger::RunState::done);
    QCOMPARE(runs.resume(run).status().message(), "run " + run + " is done; there is nothing to resume");
  }

  void an_abandoned_run_has_failed() {
    ControlFixture f;
    f.backend.step_seconds = 0.01;
    const std::string run = f.start().run();
    QVERIFY(wait_for(*f.ledger, run, "client_step"));
    VERIFY_GRPC(f.stop(run, true));
    f.runs.wait(run);
    QCOMPARE(f.info(run).state(), std::string("failed"));
    QCOMPARE(f.info(run).error(), std::string("stopped by the user"));
    VERIFY_GRPC(f.stop(run, true));
  }

  void a_running_run_is_not_deleted() {
    ControlFixture f;
    f.backend.step_seconds = 0.01;
    const std::string run = f.start().run();
    const auto remove = [&](const std::string& id) {
      grpc::ClientContext context;
      wire::RunRef ref;
      ref.set_run(id);
      wire::Empty empty;
      return f.stub->DeleteRun(&context, ref, &empty);
    };
    QCOMPARE(remove(run).error_message(), "run " + run + " is running; stop it before deleting it");
    VERIFY_GRPC(f.stop(run, false));
    f.runs.wait(run);
    VERIFY_GRPC(remove(run));
    VERIFY_GRPC(remove(run));
    QVERIFY(f.ledger->runs()->empty());
    QCOMPARE(f.call(&Stub::GetRun, run).error_code(), grpc::StatusCode::NOT_FOUND);
  }

  void watching_gives_history_in_batches_and_then_goes_on_live() {
    ControlFixture f;
    const std::string run = f.world.create_run(*f.ledger);
    std::vector<ledger::Event> history;
    for (int i = 0; i < 1200; ++i) history.push_back(note(run, i));
    QVERIFY(f.ledger->append_batch(history).ok());
    bool went_live = false;
    const Watched watched = watch(*f.stub, run, 1, 1300, [&](size_t seen) {
      if (seen < 1200 || went_live) return;
      went_live = true;
      for (int i = 0; i < 100; ++i) (void)f.ledger->append(note(run, 1200 + i));
    });
    QCOMPARE(watched.events.size(), size_t{1300});
    for (size_t i = 0; i < watched.events.size(); ++i) QCOMPARE(watched.events[i].seq(), uint64_t(i + 1));
    QCOMPARE(watched.sizes[0], 500);
    QCOMPARE(watched.sizes[2], 200);
    QVERIFY(!watched.live[0] && !watched.live[1] && watched.live[2]);
  }

  void watching_from_the_end_says_at_once_that_it_is_live() {
    ControlFixture f;
    const std::string run = f.world.create_run(*f.ledger);
    bool first = true;
    const Watched watched = watch(*f.stub, run, 0, 1, [&](size_t) {
      if (std::exchange(first, false)) (void)f.ledger->append(note(run, 0));
    });
    QCOMPARE(watched.sizes[0], 0);
    QVERIFY(watched.live[0]);
    QCOMPARE(watched.events.size(), size_t{1});
  }

  void watching_nobody_is_an_error_with_a_sentence() {
    ControlFixture f;
    const Watched watched = watch(*f.stub, "nobody", 1, 1);
    QCOMPARE(watched.status.error_code(), grpc::StatusCode::NOT_FOUND);
    QCOMPARE(watched.status.error_message(), std::string("no run \"nobody\"; there are no runs in this home"));
  }

  void watchers_of_a_busy_run_miss_nothing() {
    ControlFixture f;
    const std::string run = f.start().run();
    const Watched early = watch(*f.stub, run, 1, 50);
    f.runs.wait(run);
    const size_t all = events_of(*f.ledger, run).size();
    const Watched late = watch(*f.stub, run, 1, all);
    QCOMPARE(late.events.size(), all);
    for (size_t i = 0; i < early.events.size(); ++i) {
      QCOMPARE(early.events[i].seq(), uint64_t(i + 1));
      QCOMPARE(early.events[i].SerializeAsString(), late.events[i].SerializeAsString());
    }
    QCOMPARE(late.events.back().kind(), std::string("done"));
  }

  void re_attaching_to_ten_thousand_events_is_quick() {
    ControlFixture f;
    const std::string run = f.world.create_run(*f.ledger);
    std::vector<ledger::Event> history;
    for (int i = 0; i < 10'000; ++i)
      history.push_back({run, 0, 0, "client_step", 1, 2, {{"step", i}, {"loss", 0.5}, {"tokens", 64}, {"seconds", 0.01}}, ""});
    QVERIFY(f.ledger->append_batch(history).ok());
    QElapsedTimer timer;
    timer.start();
    const Watched watched = watch(*f.stub, run, 1, 10'000);
    qInfo("10 000 events watched in %lld ms", timer.elapsed());
    QCOMPARE(watched.events.size(), size_t{10'000});
    QVERIFY(timer.elapsed() < 2000);
  }

  void the_heart_beats_once_a_second_and_names_what_runs() {
    ControlFixture f;
    f.backend.step_seconds = 0.05;
    const std::string run = f.start().run();
    grpc::ClientContext context;
    const auto reader = f.stub->Beat(&context, {});
    wire::Heartbeat first, second;
    QElapsedTimer timer;
    timer.start();
    QVERIFY(reader->Read(&first));
    QVERIFY(timer.elapsed() < 900);
    QVERIFY(reader->Read(&second));
    QVERIFY(second.time_ms() - first.time_ms() >= 500 && timer.elapsed() < 5000);
    QVERIFY(first.rss_bytes() > 1'000'000);
    QCOMPARE(first.running_size(), 1);
    QCOMPARE(first.running(0).run(), run);
    QCOMPARE(f.control.idle_seconds(), 0.0);
    context.TryCancel();
    (void)reader->Finish();
  }

  void what_runs_is_stopped_and_saved_when_the_manager_goes() {
    MiniWorld world;
    NoopBackend backend;
    backend.step_seconds = 0.02;
    auto ledger = world.open_ledger();
    std::string first, second;
    {
      node::RunManager runs(*ledger, world.home(), [&]() -> Result<train::Backend*> { return &backend; });
      node::StartOptions options;
      options.scenario_json = spec::to_json(world.scenario);
      options.base_dir = world.path();
      first = runs.start(options)->id;
      second = runs.start(options)->id;
      QVERIFY(wait_for(*ledger, first, "client_step"));
    }
    QCOMPARE(ledger->run(first)->state, ledger::RunState::paused);
    QCOMPARE(ledger->run(second)->state, ledger::RunState::paused);
  }

  void without_a_training_module_a_run_fails_with_the_reason() {
    MiniWorld world;
    auto ledger = world.open_ledger();
    node::RunManager runs(*ledger, world.home(),
                          []() -> Result<train::Backend*> { return failed_precondition("cannot open the training module x"); });
    node::StartOptions options;
    options.scenario_json = spec::to_json(world.scenario);
    options.base_dir = world.path();
    const std::string run = runs.start(options)->id;
    runs.wait(run);
    QCOMPARE(ledger->run(run)->error, std::string("cannot open the training module x"));
    QCOMPARE(detail(events_of(*ledger, run).back())["message"].get<std::string>(),
             std::string("cannot open the training module x"));
  }
};

QTEST_GUILESS_MAIN(TestControlRuns)
#include "tst_control_runs.moc"
