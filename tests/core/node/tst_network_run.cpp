// A run that a room's members train: the simulation's result from the same files, and what happens when members come, go, break
// off or never answer.
#include <QElapsedTimer>
#include <future>

#include "fed/strategy.h"
#include "support/room_play.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

std::string hash_of(const node::RunOutcome& outcome) {
  const auto hash = summary_of(outcome)["adapter_sha256"];
  return hash.is_string() ? hash.get<std::string>() : outcome.error;
}

// A room with a run on and as many members as wanted.
struct Play {
  explicit Play(int members = kSlots) : members(members) { network = world.network(room); }
  void start() {
    ledger = world.memory_ledger();
    run = world.create_run(*ledger);
    go_on();
    while (static_cast<int>(in.size()) < members) {
      const int slot = static_cast<int>(in.size());
      in.push_back(std::make_unique<RoomMember>(world.prepare(backend, slot, run), room.channel(slot), backend, slot));
      if (!in.back()->come()) qFatal("member %zu was not let in", in.size() - 1);
    }
  }
  void go_on() {
    auto started = node::RunExecutor::start(*ledger, backend, world.home(), run, 1, network);
    if (!started.ok()) qFatal("%s", started.status().to_string().c_str());
    executor = std::move(started).value();
  }
  std::string simulated() {
    NoopBackend plain;
    auto other = world.memory_ledger();
    return hash_of(run_to_end(world, *other, plain, world.create_run(*other)));
  }
  std::vector<std::string> rejections() const {
    std::vector<std::string> verdicts;
    for (const auto& event : events_of(*ledger, run, "client_rejected")) verdicts.push_back(detail(event)["verdict"]);
    return verdicts;
  }

  RoomWorld world;
  Room room;
  NoopBackend backend;
  std::shared_ptr<node::NetworkRun> network;
  const int members;
  std::unique_ptr<ledger::Ledger> ledger;
  std::string run;
  std::unique_ptr<node::RunExecutor> executor;
  std::vector<std::unique_ptr<RoomMember>> in;
};

}  // namespace

class TestNetworkRun : public QObject {
  Q_OBJECT
 private slots:
  void the_same_files_give_the_simulations_adapter() {
    Play play;
    play.world.scenario.training.local_steps = 80;  // so much that 20 held-out records are worth scoring
    std::mutex mutex;
    std::vector<ledger::Event> told;
    play.network->tell = [&](const ledger::Event& event) {
      std::lock_guard lock(mutex);
      told.push_back(event);
    };
    play.start();
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(hash_of(outcome), play.simulated());
    QVERIFY(play.rejections().empty());
    // The global curve is the sum of what the members told, by topic.
    std::map<std::string, double> records;
    for (const auto& event : events_of(*play.ledger, play.run, "eval")) {
      QVERIFY(!event.client);
      if (*event.round == 3) records[detail(event)["topic"]] = *metric(event, "records");
    }
    QCOMPARE(records.size(), size_t{4});
    for (const char* topic : {"animal", "colour", "tool"}) QVERIFY(records[topic] >= 20);
    QCOMPARE(records[""], records["animal"] + records["colour"] + records["tool"]);
    for (const auto& event : told) QVERIFY2(!event.client, event.kind.c_str());
    QVERIFY(std::ranges::any_of(told, [](const auto& event) { return event.kind == "round_committed"; }));
    QCOMPARE(told.back().kind, std::string("done"));
  }

  void every_method_that_rooms_take_gives_the_simulations_adapter_data() {
    QTest::addColumn<QStringList>("settings");
    const auto row = [](const char* name, const QStringList& settings) { QTest::newRow(name) << settings; };
    row("FFA-LoRA", {"strategy.aggregator=ffa-lora"});
    row("RoLoRA, int8 up", {"strategy.aggregator=rolora", "codec=int8", "downlink_codec=f16"});
    row("LoRA-A2", {"strategy.aggregator=lora-a2"});
    row("FedSVD", {"strategy.aggregator=fedsvd"});
    row("Fed-SB", {"strategy.aggregator=fed-sb"});
    row("Fed-SB, f16, part of the clients", {"strategy.aggregator=fed-sb", "codec=f16", "cohort.size=2"});
    row("RAVAN, FedAdam", {"strategy.aggregator=ravan", "strategy.parameters={\"heads\":2}", "strategy.server_optimizer=fedadam"});
    row("FlexLoRA", {"strategy.aggregator=flexlora"});
    row("LoRA-FAIR", {"strategy.aggregator=lora-fair"});
    row("RBLA", {"strategy.aggregator=rbla"});
    row("HetLoRA", {"strategy.aggregator=hetlora", "strategy.parameters={\"decay\":1}"});
    row("SCAFFOLD", {"strategy.control_variates=true", "training.optimizer=sgd", "training.learning_rate=0.1"});
    row("SCAFFOLD, int8 up, part of the clients", {"strategy.control_variates=true", "codec=int8", "downlink_codec=f32", "cohort.size=2"});
    row("FLoRA", {"strategy.aggregator=flora"});
    row("FLoRA, accumulator cut, f16", {"strategy.aggregator=flora", "strategy.parameters={\"merged_rank\":6}", "codec=f16"});
    row("FedEx-LoRA", {"strategy.aggregator=fedex-lora"});
    row("FedEx-LoRA, int8", {"strategy.aggregator=fedex-lora", "codec=int8"});
    row("FedSA-LoRA", {"strategy.aggregator=fedsa-lora"});
    row("FedSA-LoRA, part of the clients", {"strategy.aggregator=fedsa-lora", "cohort.size=2"});
    row("Ditto", {"strategy.aggregator=ditto"});
    row("FLASC", {"codec=top-k", "downlink_codec=top-k", "downlink_density=0.5"});
  }
  void every_method_that_rooms_take_gives_the_simulations_adapter() {
    QFETCH(QStringList, settings);
    Play play;
    for (const QString& setting : settings) {
      const Status set = spec::apply_set(play.world.scenario, setting.toStdString());
      QVERIFY2(set.ok(), set.to_string().c_str());
    }
    play.start();
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QVERIFY(play.rejections().empty());
    QCOMPARE(hash_of(outcome), play.simulated());
  }

  // On the host's machine, so the host has to say so.
  void a_program_of_the_hosts_own_needs_its_consent() {
    const std::string program = "exec:" + std::string(FEDLLM_SOURCE_DIR) + "/resources/scripts/mean.py";
    Play play;
    play.world.scenario.strategy.aggregator = program;
    play.network->allow_program = true;
    play.start();
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(hash_of(outcome), play.simulated());
    play.network->allow_program = false;
    play.run = play.world.create_run(*play.ledger);
    play.go_on();
    const node::RunOutcome refused = play.executor->wait();
    QCOMPARE(refused.state, ledger::RunState::failed);
    QVERIFY2(refused.error.find("which allows it with --allow-program") != std::string::npos, refused.error.c_str());
  }

  void nobody_speaks_for_another_slot() {
    Play play(2);
    play.network->members[2].test_examples = 0;
    play.start();
    Puppet mine(play.room, 2, play.run);
    QVERIFY(mine.come());
    const wire::Task train = mine.next(wire::Task::TRAIN);
    QCOMPARE(train.round(), 1);
    for (const int holds : {2, -1, 99}) {
      node::FederationClient liar(play.room.channel(holds), play.run, 1);
      QCOMPARE(liar.join("liar", 36).status().code(), Code::permission_denied);
      QCOMPARE(liar.pull(train.version(), train.payload_bytes()).status().code(), Code::permission_denied);
      wire::ReportRequest report;
      report.set_round(1);
      QCOMPARE(liar.report(report).status().code(), Code::permission_denied);
      QCOMPARE(liar.evaluated({}).status().code(), Code::permission_denied);
      QCOMPARE(liar.push(Puppet::header(train), {}).status().code(), Code::permission_denied);
      std::promise<Code> ended;
      liar.attend([](const wire::Task&) {}, [&](const Status& status) { ended.set_value(status.code()); });
      QCOMPARE(ended.get_future().get(), Code::permission_denied);
    }
    // A member of the room that came after the run began has a slot, but not in this run.
    node::FederationClient late(play.room.channel(7), play.run, 7);
    QVERIFY(late.join("late", 36).status().message().ends_with("this run has no client 7 with records"));
    wire::UpdateHeader stranger = Puppet::header(train);
    const std::string payload(train.payload_bytes(), '\0');
    const auto reply = late.push(stranger, payload);
    QVERIFY(reply.ok() && !reply->accepted());
    QVERIFY2(reply->reason().ends_with("the client is not in the round's cohort"), reply->reason().c_str());
  }

  void a_broken_upload_comes_again() {
    Play play(2);
    play.network->members[2].test_examples = 0;
    play.start();
    auto run = play.world.prepare(play.backend, 2, play.run);
    Puppet puppet(play.room, 2, play.run);
    QVERIFY(puppet.come());
    const wire::Task train = puppet.next(wire::Task::TRAIN);
    QCOMPARE(train.round(), 1);
    // Half an update, and the connection is gone.
    {
      auto stub = wire::Federation::NewStub(play.room.channel(2));
      grpc::ClientContext context;
      wire::PushReply reply;
      auto writer = stub->Push(&context, &reply);
      wire::PushMessage message;
      *message.mutable_header() = Puppet::header(train);
      message.mutable_header()->set_run(play.run);
      message.mutable_header()->set_client(2);
      message.mutable_header()->set_total_bytes(train.payload_bytes());
      QVERIFY(writer->Write(message));
      message.set_chunk(std::string(train.payload_bytes() / 2, 'x'));
      QVERIFY(writer->Write(message));
      context.TryCancel();
      QVERIFY(!writer->Finish().ok());
    }
    puppet.client.leave();
    // The same machine comes back and answers the same round as if nothing had been.
    RoomMember back(std::move(run), play.room.channel(2), play.backend, 2);
    QVERIFY(back.come());
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QVERIFY(play.rejections().empty());
    QCOMPARE(hash_of(outcome), play.simulated());
  }

  void a_member_that_vanishes_is_waited_for_once() {
    Play play;
    play.world.scenario.rounds = 6;
    play.start();
    QVERIFY(wait_for(*play.ledger, play.run, "round_committed", 3));
    play.in[2]->go();
    QElapsedTimer clock;
    clock.start();
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QVERIFY2(clock.elapsed() < 15000, qPrintable(QString("%1 ms").arg(clock.elapsed())));
    const auto verdicts = play.rejections();
    QVERIFY(verdicts.size() >= 2);
    for (const std::string& verdict : verdicts) QCOMPARE(verdict, std::string("absent"));
    int waited = 0;
    for (const auto& event : events_of(*play.ledger, play.run, "round_committed")) waited += *metric(event, "wall_s") > 1.5;
    QVERIFY2(waited <= 1, qPrintable(QString::number(waited)));
  }

  void all_vanish_and_come_back() {
    Play play;
    play.backend.step_seconds = 0.01;
    play.start();
    QVERIFY(wait_for(*play.ledger, play.run, "round_committed", 2));
    for (auto& member : play.in) member->go();
    QVERIFY(wait_for(*play.ledger, play.run, "warning"));
    const auto events = events_of(*play.ledger, play.run).size();
    QTest::qSleep(1000);
    QVERIFY(!play.executor->finished());
    QCOMPARE(events_of(*play.ledger, play.run).size(), events);  // it waits in silence
    for (auto& member : play.in) QVERIFY(member->come());
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(play.ledger->versions(play.run)->size(), size_t{4});
  }

  void a_member_that_never_answers_costs_the_deadline() {
    Play play(2);
    play.world.scenario.rounds = 2;
    play.world.scenario.network.deadline_s = 1.5;
    for (auto& slot : play.network->members) slot.test_examples = 0;
    play.start();
    Puppet silent(play.room, 2, play.run);
    QVERIFY(silent.come());
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(play.rejections(), (std::vector<std::string>{"late", "late"}));
  }

  void who_holds_a_round_in_silence_is_missed_and_comes_back() {
    Play play(0);
    play.world.scenario.rounds = 2;
    play.world.scenario.network.deadline_s = 1;
    play.network->members = {{2, "tool", 36, 0}};
    play.start();
    Puppet silent(play.room, 2, play.run);
    QVERIFY(silent.come());
    QCOMPARE(silent.next(wire::Task::TRAIN).round(), 1);
    // Nothing was accepted at the deadline and nobody else is there: the run says so and waits, it neither fails nor spins.
    QVERIFY(wait_for(*play.ledger, play.run, "client_rejected"));
    QTRY_VERIFY(std::ranges::any_of(events_of(*play.ledger, play.run, "warning"), [](const auto& event) { return event.round == 1; }));
    const auto events = events_of(*play.ledger, play.run).size();
    QTest::qSleep(1500);
    QVERIFY(!play.executor->finished());
    QCOMPARE(events_of(*play.ledger, play.run).size(), events);
    // It is heard of again, and asked again.
    wire::ReportRequest report;
    report.set_round(1);
    QVERIFY(!silent.client.report(report).value());
    QCOMPARE(silent.next(wire::Task::TRAIN).round(), 1);
    silent.client.leave();
    RoomMember awake(play.world.prepare(play.backend, 2, play.run), play.room.channel(2), play.backend, 2);
    QVERIFY(awake.come());
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(play.rejections(), std::vector<std::string>{"silent"});
  }

  void a_cohort_that_left_is_drawn_again_from_the_others() {
    for (const bool silent : {false, true}) {
      Play play(0);
      play.world.scenario.rounds = 4;
      play.world.scenario.cohort.size = 1;
      play.world.scenario.network.deadline_s = 1;
      for (auto& slot : play.network->members) slot.test_examples = 0;
      play.start();
      // One is never there, or there in silence; whenever the cohort is it, another takes the round.
      std::vector<std::unique_ptr<RoomMember>> in;
      std::unique_ptr<Puppet> puppet;
      int lost = -1;
      for (int round = 1; round <= 4 && lost < 0; ++round) lost = fed::sample_cohort(play.world.scenario, kSlots, round)[0];
      if (silent) {
        puppet = std::make_unique<Puppet>(play.room, lost, play.run);
        QVERIFY(puppet->come());
      }
      for (int slot = 0; slot < kSlots; ++slot) {
        if (slot == lost) continue;
        in.push_back(std::make_unique<RoomMember>(play.world.prepare(play.backend, slot, play.run), play.room.channel(slot), play.backend, slot));
        QVERIFY(in.back()->come());
      }
      const node::RunOutcome outcome = play.executor->wait();
      QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
      std::map<int, int> drawn, trained;
      for (int round = 1; round <= 4; ++round) drawn[round] = fed::sample_cohort(play.world.scenario, kSlots, round)[0];
      for (const auto& event : events_of(*play.ledger, play.run, "client_update")) trained[*event.round] = *event.client;
      QCOMPARE(trained.size(), size_t{4});
      for (const auto& [round, client] : trained) {
        QVERIFY(client != lost);
        if (drawn[round] != lost) QCOMPARE(client, drawn[round]);  // who is there takes the round that is his
      }
      for (const std::string& verdict : play.rejections()) QCOMPARE(verdict, std::string(silent ? "silent" : "absent"));
    }
  }

  void a_useless_member_does_not_end_the_run_of_the_others() {
    Play play(0);
    play.world.scenario.rounds = 1;
    play.world.scenario.cohort.size = 1;
    play.network->members = {{0, "animal", 36, 0}, {1, "colour", 36, 0}};
    play.start();
    const int useless = fed::sample_cohort(play.world.scenario, 2, 1)[0], other = 1 - useless;
    Puppet puppet(play.room, useless, play.run);
    QVERIFY(puppet.come());
    RoomMember good(play.world.prepare(play.backend, other, play.run), play.room.channel(other), play.backend, other);
    QVERIFY(good.come());
    const wire::Task train = puppet.next(wire::Task::TRAIN);
    wire::UpdateHeader header = Puppet::header(train);
    header.set_num_examples(0);
    QVERIFY(!puppet.client.push(header, std::string(train.payload_bytes(), '\0'))->accepted());
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(*events_of(*play.ledger, play.run, "client_update").at(0).client, other);
  }

  // However short the training: what is never told helps nobody.
  void enough_is_scored_to_be_told() {
    RoomWorld world;
    NoopBackend backend;
    world.scenario.rounds = 1;
    world.scenario.training.local_steps = 1;
    QCOMPARE(world.prepare(backend, 2, "r")->eval.records.size(), size_t(node::kFewestTold));
    world.scenario.dataset.test_fraction = 0.2;
    QCOMPARE(world.prepare(backend, 2, "r")->eval.records.size(), size_t{12});  // all there are
  }

  void stop_and_resume_go_on_after_the_last_commit() {
    Play play;
    play.backend.step_seconds = 0.02;
    play.start();
    QVERIFY(wait_for(*play.ledger, play.run, "round_committed", 2));
    play.executor->stop(false);
    QCOMPARE(play.executor->wait().state, ledger::RunState::paused);
    QCOMPARE(play.in[0]->trained() >= 1, true);
    play.executor.reset();
    play.go_on();
    for (auto& member : play.in) {
      member->go();
      QVERIFY(member->come());
    }
    const node::RunOutcome outcome = play.executor->wait();
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(hash_of(outcome), play.simulated());
    QCOMPARE(play.ledger->versions(play.run)->size(), size_t{4});
  }
};

QTEST_GUILESS_MAIN(TestNetworkRun)
#include "tst_network_run.moc"
