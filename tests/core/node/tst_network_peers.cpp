// What a room's coordinator does not believe: updates and evaluations that cannot be true, floods of reports; a door that shuts
// while all of it is under way; and how a network run is started and resumed.
#include <QElapsedTimer>

#include <cmath>
#include <limits>

#include "node/run_manager.h"
#include "support/room_play.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

// A puppet that speaks for slot 2, and one in slot 1 that says nothing and so keeps the round open.
struct Stage {
  explicit Stage(double test_fraction = 0) {
    world.scenario.rounds = 2;
    world.scenario.dataset.test_fraction = test_fraction;
    network = world.network(room);
    const int64_t held_out = test_fraction > 0 ? 24 : 0;
    network->members = {{1, "colour", 36, 0}, {2, "tool", 36, held_out}};
    ledger = world.memory_ledger();
    run = world.create_run(*ledger);
    executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 1, network)).value();
    prepared = world.prepare(backend, 2, run);
    puppet = std::make_unique<Puppet>(room, 2, run);
    silent = std::make_unique<Puppet>(room, 1, run);
    if (!puppet->come() || !silent->come()) qFatal("the puppets were not let in");
  }
  ~Stage() {
    executor->stop(true);
    executor->wait();
    puppet.reset();
    silent.reset();
    executor.reset();
  }
  std::string payload(float value) const {
    adapter::AdapterState delta = adapter::AdapterState::zeros(prepared->layout);
    delta.values[1] = value;
    return (*codec::make_codec("f32"))->encode(delta, nullptr);
  }
  wire::PushReply push(const wire::UpdateHeader& header, const std::string& bytes) {
    auto reply = puppet->client.push(header, bytes);
    if (!reply.ok()) qFatal("%s", reply.status().to_string().c_str());
    return *reply;
  }

  RoomWorld world;
  Room room;
  NoopBackend backend;
  std::shared_ptr<node::NetworkRun> network;
  std::unique_ptr<ledger::Ledger> ledger;
  std::string run;
  std::unique_ptr<node::RunExecutor> executor;
  std::unique_ptr<node::PreparedRun> prepared;
  std::unique_ptr<Puppet> puppet, silent;
};

wire::TopicSums sums(const std::string& topic, double loss, int64_t tokens, int64_t exact, int64_t records) {
  wire::TopicSums one;
  one.set_topic(topic);
  one.set_loss_sum(loss);
  one.set_tokens(tokens);
  one.set_exact(exact);
  one.set_records(records);
  return one;
}

}  // namespace

class TestNetworkPeers : public QObject {
  Q_OBJECT
 private slots:
  void bad_updates_are_refused_with_the_reason_data() {
    QTest::addColumn<int>("fault");
    QTest::addColumn<QString>("reason");
    QTest::newRow("another base") << 0 << "the update of client 2 in round 1 was refused: it started from another version of the adapter";
    QTest::newRow("another version") << 1 << "the update of client 2 in round 1 was refused: it started from another version of the adapter";
    QTest::newRow("a number missing") << 2 << "the update of client 2 in round 1 was refused: it holds numbers that are infinite or not a number";
    QTest::newRow("a loss missing") << 3 << "the update of client 2 in round 1 was refused: it holds numbers that are infinite or not a number";
    QTest::newRow("too long") << 4 << "[net.chunks] expected a payload of";
    QTest::newRow("too much weight") << 5 << "expected an update made from at most 36 examples, got 1000000000";
    QTest::newRow("no examples") << 6 << "the update of client 2 in round 1 was refused: it was made from no examples";
    QTest::newRow("a time missing") << 7 << "its times are not numbers of 0 or more";
    QTest::newRow("another codec") << 8 << "expected codec f32, got \"f16\"";
    QTest::newRow("damaged") << 9 << "payload: the checksum does not match, so bytes were changed on the way";
    QTest::newRow("a loss that spoils the mean") << 11 << "its loss is too high to be true";
    QTest::newRow("a time that spoils the mean") << 12 << "its times are too long to be true";
    QTest::newRow("numbers that overflow sums") << 13 << "the update is too large to be true";
    QTest::newRow("a failure told at length") << 14 << QString(498, QChar(0xe9)) + QChar(0x2026);
    QTest::newRow("another round") << 10 << "the update of client 2 in round 2 was refused: it belongs to another round";
  }
  void bad_updates_are_refused_with_the_reason() {
    QFETCH(int, fault);
    QFETCH(QString, reason);
    Stage stage;
    const wire::Task train = stage.puppet->next(wire::Task::TRAIN);
    QCOMPARE(train.round(), 1);
    wire::UpdateHeader header = Puppet::header(train);
    std::string bytes = stage.payload(fault == 2 ? NAN : fault == 13 ? 3e38f : 0.5f);
    if (fault == 0) header.set_base_key(std::string(32, '0'));
    if (fault == 1) header.set_base_version(7);
    if (fault == 3) header.set_mean_loss(std::numeric_limits<double>::infinity());
    if (fault == 4) bytes += "xxxx";
    if (fault == 5) header.set_num_examples(1000000000);
    if (fault == 6) header.set_num_examples(0);
    if (fault == 7) header.set_train_seconds(NAN);
    if (fault == 8) header.set_codec("f16");
    if (fault == 11) header.set_mean_loss(1e308);
    if (fault == 12) header.set_train_seconds(1e308);
    if (fault == 9) bytes[40] ^= 1;
    if (fault == 10) header.set_round(2);
    if (fault == 14) bytes.clear();
    if (fault == 14) header.set_failure(QString(600, QChar(0xe9)).toStdString());
    const wire::PushReply reply = stage.push(header, bytes);
    QVERIFY(!reply.accepted());
    QVERIFY2(QString::fromStdString(reply.reason()).startsWith(reason), reply.reason().c_str());
    // The round goes on without it.
    QVERIFY(!stage.executor->finished());
    if (fault == 10) {
      QVERIFY(stage.push(Puppet::header(train), stage.payload(0.5f)).accepted());
    } else if (fault != 4) {  // what cannot be one of this round's at all is not even told
      QVERIFY(wait_for(*stage.ledger, stage.run, "client_rejected"));
    }
  }

  void one_update_counts_and_refusals_are_told_once() {
    Stage stage;
    const wire::Task train = stage.puppet->next(wire::Task::TRAIN);
    QVERIFY(stage.push(Puppet::header(train), stage.payload(0.5f)).accepted());
    for (int i = 0; i < 5; ++i) {
      const wire::PushReply again = stage.push(Puppet::header(train), stage.payload(0.7f));
      QVERIFY(!again.accepted());
      QVERIFY2(QString::fromStdString(again.reason()).endsWith("the client has already answered"), again.reason().c_str());
    }
    QCOMPARE(events_of(*stage.ledger, stage.run, "client_rejected").size(), size_t{1});
    QCOMPARE(events_of(*stage.ledger, stage.run, "client_update").size(), size_t{1});
  }

  void reports_beyond_the_rounds_steps_are_not_recorded() {
    Stage stage;
    const wire::Task train = stage.puppet->next(wire::Task::TRAIN);
    wire::ReportRequest report;
    report.set_round(train.round());
    for (int step = 1; step <= 4; ++step) {
      report.add_steps()->set_step(step);
      report.mutable_steps(step - 1)->set_loss(1);
    }
    for (int i = 0; i < 100; ++i) QVERIFY(stage.puppet->client.report(report).value());
    report.mutable_steps(0)->set_loss(NAN);
    QVERIFY(stage.puppet->client.report(report).value());
    QVERIFY(stage.push(Puppet::header(train), stage.payload(0.5f)).accepted());  // behind them in the mailbox
    const size_t kept = events_of(*stage.ledger, stage.run, "client_step").size();
    QVERIFY2(kept >= 4 && kept <= 8 * 4, qPrintable(QString::number(kept)));
  }

  void impossible_evaluations_do_not_count_data() {
    QTest::addColumn<int>("fault");
    QTest::addColumn<QString>("why");
    QTest::newRow("possible") << 0 << "";
    QTest::newRow("more records than held out") << 1 << "expected 20 to 24 records, got 25";
    QTest::newRow("too few to be told") << 2 << "expected 20 to 24 records, got 5";
    QTest::newRow("no number") << 3 << "a loss is not a number of 0 or more";
    QTest::newRow("more right than there are") << 4 << "its counts contradict each other";
    QTest::newRow("twice") << 5 << "it names a topic twice";
    QTest::newRow("topics beyond the total") << 6 << "its topics are more than its total";
    QTest::newRow("absurd") << 7 << "its loss is too high to be true";
    QTest::newRow("a long name") << 8 << "a topic's name is too long";
    QTest::newRow("failed") << 9 << "out of memory";
    QTest::newRow("sums that overflow") << 10 << "it counts more tokens than there can be";
    QTest::newRow("a thousand and one topics") << 11 << "it names 1001 topics";
    QTest::newRow("failed at length") << 12 << QString(1000 - 3, 'x') + QChar(0x2026);
  }
  void impossible_evaluations_do_not_count() {
    QFETCH(int, fault);
    QFETCH(QString, why);
    Stage stage(0.4);
    const wire::Task ask = stage.puppet->next(wire::Task::EVALUATE);
    QCOMPARE(ask.round(), 0);
    wire::EvaluationReport report;
    report.set_round(5);
    QCOMPARE(stage.puppet->client.evaluated(report)->reason(), std::string("round 5 is not being evaluated"));
    report.set_round(0);
    report.set_version_key(ask.payload_hash());
    *report.add_sums() = sums("", fault == 3 ? NAN : fault == 7 ? 1e9 : 50, 100, fault == 4 ? 25 : 3, fault == 1 ? 25 : fault == 2 ? 5 : 24);
    if (fault == 5) *report.add_sums() = report.sums(0);
    if (fault == 6) *report.add_sums() = sums("a", 1, 60, 1, 20), *report.add_sums() = sums("b", 1, 60, 1, 20);
    if (fault == 8) *report.add_sums() = sums(std::string(300, 'x'), 1, 60, 1, 20);
    if (fault == 9) report.set_failure("out of memory");
    if (fault == 10) report.mutable_sums(0)->set_tokens(INT64_MAX), *report.add_sums() = sums("a", 1, INT64_MAX, 1, 20), *report.add_sums() = sums("b", 1, INT64_MAX, 1, 20);
    if (fault == 11)
      while (report.sums_size() < 1001) report.add_sums();
    if (fault == 12) report.set_failure(std::string(100'000, 'x'));
    QVERIFY(stage.puppet->client.evaluated(report)->accepted());
    QCOMPARE(stage.puppet->next(wire::Task::TRAIN).round(), 1);
    const auto evals = events_of(*stage.ledger, stage.run, "eval");
    const auto warnings = events_of(*stage.ledger, stage.run, "warning");
    if (fault == 0) {
      QCOMPARE(metric(evals.at(0), "loss"), std::optional<double>(0.5));
      QVERIFY(warnings.empty());
      return;
    }
    QVERIFY(evals.empty());
    QCOMPARE(QString::fromStdString(detail(warnings.at(0))["message"]), "the evaluation of client 2 does not count: " + why);
  }

  void a_door_shuts_while_everything_is_under_way() {
    for (int times = 0; times < 3; ++times) {
      Stage stage;
      std::atomic<bool> quit{false};
      const wire::Task train = stage.puppet->next(wire::Task::TRAIN);
      std::vector<std::thread> peers;
      for (int kind = 0; kind < 3; ++kind) {
        peers.emplace_back([&, kind] {
          while (!quit) {
            node::FederationClient peer(stage.room.channel(2), stage.run, 2);
            if (kind == 0) peer.attend([](const wire::Task&) {});
            if (kind == 1) (void)peer.pull(train.version(), train.payload_bytes());
            if (kind == 2) (void)peer.push(Puppet::header(train), stage.payload(0.5f));
          }
        });
      }
      // An upload that stalls half way holds a stream open until the door ends it.
      auto stub = wire::Federation::NewStub(stage.room.channel(2));
      grpc::ClientContext context;
      wire::PushReply reply;
      auto stalled = stub->Push(&context, &reply);
      wire::PushMessage header;
      *header.mutable_header() = Puppet::header(train);
      header.mutable_header()->set_run(stage.run);
      header.mutable_header()->set_client(2);
      header.mutable_header()->set_total_bytes(train.payload_bytes());
      QVERIFY(stalled->Write(header));
      QTest::qSleep(50);
      if (times == 1) stage.room.door.drop(2);
      QElapsedTimer clock;
      clock.start();
      stage.executor->stop(true);
      QCOMPARE(stage.executor->wait().state, ledger::RunState::failed);
      QVERIFY2(clock.elapsed() < 10000, qPrintable(QString::number(clock.elapsed())));
      QCOMPARE(stage.puppet->client.join("puppet", 36).status().code(), Code::unavailable);
      quit = true;
      for (auto& peer : peers) peer.join();
      context.TryCancel();
      (void)stalled->Finish();
    }
  }

  void a_run_of_a_room_needs_the_room_again() {
    RoomWorld world;
    Room room;
    NoopBackend backend;
    backend.step_seconds = 0.01;
    auto ledger = world.memory_ledger();
    const auto network = world.network(room);
    node::RunManager manager(*ledger, world.home(), [&]() -> Result<train::Backend*> { return &backend; });
    node::StartOptions options;
    options.scenario_json = spec::to_json(world.scenario);
    options.base_dir = world.path();
    options.request_id = "room:r1:1";
    options.network = network;
    const auto row = manager.start(options);
    QVERIFY2(row.ok(), row.status().to_string().c_str());
    std::vector<std::unique_ptr<RoomMember>> in;
    for (int slot = 0; slot < kSlots; ++slot) {
      in.push_back(std::make_unique<RoomMember>(world.prepare(backend, slot, row->id), room.channel(slot), backend, slot));
      QVERIFY(in.back()->come());
    }
    QVERIFY(wait_for(*ledger, row->id, "round_committed", 2));
    QVERIFY(manager.stop(row->id, false).ok());
    manager.wait(row->id);
    const auto refused = manager.resume(row->id);
    QVERIFY2(refused.status().message().ends_with("is trained by the members of a room: open the room again to go on with it"),
             refused.status().message().c_str());
    QVERIFY(manager.resume(row->id, 0, network).ok());
    for (auto& member : in) {
      member->go();
      QVERIFY(member->come());
    }
    manager.wait(row->id);
    QCOMPARE(ledger->run(row->id)->state, ledger::RunState::done);
  }
};

QTEST_GUILESS_MAIN(TestNetworkPeers)
#include "tst_network_peers.moc"
