// The client's side of the federation as a machine of its own uses it: what it counts, how it paces, what it may be told, and that
// a call under way can be ended. In-process channel, scripted host.
#include <QTest>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "net/local_server.h"
#include "node/client.h"
#include "node/federation_service.h"
#include "node/simulated_client.h"
#include "support/room_play.h"
#include "wire/room.pb.h"

using namespace fedllm;
using namespace fedllm::node;

namespace {

class Host final : public FederationHost {
 public:
  size_t wanted = 0;
  bool answer = true;
  std::vector<wire::EvaluationReport> reports;
  wire::UpdateHeader last;

  wire::JoinReply join(const wire::JoinRequest& request) override {
    wire::JoinReply reply;
    reply.set_accepted(request.examples() == 40 && request.test_examples() == 22);
    reply.set_client(request.client());
    return reply;
  }
  std::shared_ptr<const std::string> payload(int, uint64_t) override { return std::make_shared<const std::string>(std::string(300'000, 'v')); }
  std::shared_ptr<const std::string> merged_payload(uint64_t, uint64_t) override { return payload(0, 0); }
  size_t update_bytes(int) const override { return wanted; }
  void pushed(ReceivedUpdate update, std::function<void(wire::PushReply)> reply) override {
    last = update.header;
    if (!answer) return held_.push_back(std::move(reply));
    wire::PushReply accepted;
    accepted.set_accepted(true);
    reply(accepted);
  }
  wire::ReportReply reported(const wire::ReportRequest&) override { return {}; }
  wire::EvaluationReply evaluated(const wire::EvaluationReport& report) override {
    reports.push_back(report);
    wire::EvaluationReply reply;
    reply.set_accepted(true);
    return reply;
  }
  void release() {
    for (auto& reply : held_) reply({});
    held_.clear();
  }

 private:
  std::vector<std::function<void(wire::PushReply)>> held_;
};

struct Fixture {
  Fixture() : traffic(4), service(host, traffic, "run-1") {
    auto started = net::LocalServer::start(service.grpc_service());
    if (!started.ok()) qFatal("%s", started.status().to_string().c_str());
    server = std::move(started).value();
  }
  Host host;
  net::Traffic traffic;
  FederationService service;
  std::unique_ptr<net::LocalServer> server;
};

}  // namespace

class TestMemberClient : public QObject {
  Q_OBJECT
 private slots:
  void what_leaves_is_counted_from_the_messages() {
    LeftMeter meter;
    wire::ReportRequest report;
    report.set_run("r");
    report.set_client(3);
    report.set_round(2);
    for (int i = 1; i <= 2; ++i) {
      auto* step = report.add_steps();
      step->set_step(i);
      step->set_loss(1.5);
      step->set_tokens(10);
      step->set_seconds(0.1);
    }
    meter.sent(report);
    QCOMPARE(meter.count().numbers, int64_t{6});  // loss, tokens, seconds; run, client, round and step are the protocol's
    QCOMPARE(meter.count().text_bytes, int64_t{0});
    wire::ReadyRequest ready;
    ready.set_slot(1);
    ready.set_examples(40);
    ready.set_test_examples(22);
    meter.sent(ready);
    QCOMPARE(meter.count().numbers, int64_t{8});
    auto* label = ready.add_labels();
    label->set_label("tool");
    label->set_count(7);
    meter.sent(ready);
    QCOMPARE(meter.count().label_counts, int64_t{1});
    QCOMPARE(meter.count().text_bytes, int64_t{4});  // a label's name is text of the data
    wire::PushMessage chunk;
    chunk.set_chunk(std::string(1000, 'x'));
    meter.sent(chunk, 1000);
    QCOMPARE(meter.count().update_bytes, int64_t{1000});
    const LeftCount before = meter.count();
    LeftMeter later;
    later.restore(before);
    QVERIFY(later.count() == before);
    QVERIFY(later.count() - before == LeftCount());
    later.uploaded(10, 1e-9);  // too small to tell anything
    QCOMPARE(later.uplink_mbit_s(), 0.0);
    later.uploaded(1'000'000, 2);
    QCOMPARE(later.uplink_mbit_s(), 4.0);
  }

  void join_and_evaluation_tell_counts_and_sums_alone() {
    Fixture fixture;
    LeftMeter meter;
    FederationClient client(fixture.server->channel(), "run-1", 2, {10, nullptr, &meter});
    QVERIFY(client.join("two", 40, 22).ok());
    QVERIFY(!client.join("two", 40, 21).ok());
    wire::EvaluationReport report;
    report.set_round(4);
    report.add_sums()->set_records(22);
    const auto reply = client.evaluated(report);
    QVERIFY2(reply.ok() && reply->accepted(), reply.status().to_string().c_str());
    QCOMPARE(fixture.host.reports.size(), size_t{1});
    QCOMPARE(fixture.host.reports[0].client(), 2);
    QCOMPARE(fixture.host.reports[0].run(), std::string("run-1"));
    QVERIFY(meter.count().numbers >= 5);
    const auto version = client.pull(1, 300'000);
    QVERIFY(version.ok());
    QCOMPARE(meter.count().downlink_payload, int64_t{300'000});
    QVERIFY(!client.pull(1, 299'999).ok());
  }

  void an_upload_stays_below_its_cap() {
    Fixture fixture;
    UploadPace pace;
    LeftMeter meter;
    fixture.host.wanted = 500'000;
    FederationClient client(fixture.server->channel(), "run-1", 0, {10, &pace, &meter});
    const std::string payload(500'000, 'u');
    SystemClock clock;
    double began_s = clock.seconds();
    QVERIFY(client.push({}, payload)->accepted());
    const double free_s = clock.seconds() - began_s;
    pace.set_mbit_s(8);  // half a second for 4 Mbit, a quarter of a second of it as burst
    began_s = clock.seconds();
    QVERIFY(client.push({}, payload)->accepted());
    const double capped_s = clock.seconds() - began_s;
    QVERIFY2(capped_s > 0.2 && capped_s > free_s, std::to_string(capped_s).c_str());
    QCOMPARE(meter.count().update_bytes, int64_t{1'000'000});
    QCOMPARE(fixture.host.last.total_bytes(), uint64_t{500'000});
    StopFlag stop;
    stop.request();
    QVERIFY(!pace.wait(1 << 30, stop));
  }

  void a_call_under_way_can_be_ended() {
    Fixture fixture;
    fixture.host.wanted = 10;
    fixture.host.answer = false;
    FederationClient client(fixture.server->channel(), "run-1", 0);
    Status ended;
    std::thread push([&] { ended = client.push({}, "0123456789").status(); });
    QTest::qSleep(100);
    client.interrupt();
    push.join();
    QCOMPARE(ended.code(), Code::cancelled);
    fixture.host.release();
    fixture.host.answer = true;
    client.use(fixture.server->channel());
    QVERIFY(client.push({}, "0123456789")->accepted());
  }

  void attendance_tells_its_end_once() {
    Fixture fixture;
    FederationClient client(fixture.server->channel(), "run-1", 1);
    std::atomic<int> tasks{0}, ends{0};
    client.attend([&](const wire::Task&) { ++tasks; }, [&](const Status&) { ++ends; });
    for (int i = 0; i < 2000 && fixture.service.attending() == 0; ++i) QTest::qSleep(1);
    wire::Task task;
    task.set_kind(wire::Task::EVALUATE);
    QVERIFY(fixture.service.send(1, task));
    for (int i = 0; i < 2000 && tasks == 0; ++i) QTest::qSleep(1);
    QCOMPARE(int(tasks), 1);
    fixture.service.finish_all();
    for (int i = 0; i < 2000 && ends == 0; ++i) QTest::qSleep(1);
    client.leave();
    QCOMPARE(int(ends), 1);
  }

  // A host that names no basis, or something that is none, gets no training and no word of this machine.
  void cores_need_their_basis() {
    tests::RoomWorld world;
    world.scenario.strategy.aggregator = "fed-sb";
    tests::NoopBackend backend;
    const auto run = world.prepare(backend, 0, "run-1");
    Fixture fixture;
    PauseGate gate;
    ClientHooks hooks;
    std::vector<std::string> why;
    hooks.failed = [&](const wire::Task&, const Status& status) { why.push_back(status.message()); };
    hooks.wait_for_link = [] { return false; };
    SimulatedClient client({*run, backend, gate, {}, &hooks}, fixture.server->channel(), 0);
    wire::Task task;
    task.set_kind(wire::Task::TRAIN);
    task.set_round(2);
    task.set_version(1);
    task.set_factors(wire::Task::CORE);
    task.set_payload_bytes(300'000);
    client.work(task, 0);
    task.set_merged_sha256(std::string(64, 'a'));   // 300,000 times "v"
    client.work(task, 0);
    QCOMPARE(why.size(), size_t{2});
    QCOMPARE(why[0], std::string("version 1 comes without the basis of its cores"));
    QVERIFY2(why[1].find("the accumulator beside the base cannot be read") == 0, why[1].c_str());
    QCOMPARE(backend.trained(run->client_seed(0, 2).value()), 0);
    QVERIFY(!fixture.host.last.failure().empty());
  }

  // The xxHash project's own values.
  void a_payload_is_known_by_its_xxh3() {
    QCOMPARE(payload_hash(""), std::string("99aa06d3014798d86001c324468d497f"));
    QCOMPARE(payload_hash("a"), std::string("a96faf705af16834e6c632b61e964e1f"));
    QVERIFY(payload_hash(std::string(1000, 'v')) != payload_hash(std::string(1001, 'v')));
  }

  void the_last_version_is_kept_by_number_and_hashes() {
    const auto task = [](uint64_t version, const char* payload, const char* merged = "") {
      wire::Task task;
      task.set_version(version);
      task.set_payload_hash(payload);
      task.set_merged_sha256(merged);
      return task;
    };
    VersionCache cache;
    QVERIFY(!cache.find(task(0, "")));
    const auto adapter = std::make_shared<const adapter::AdapterState>();
    const ReceivedVersion version{adapter, adapter, nullptr};
    cache.put(task(1, ""), version);
    QVERIFY(!cache.find(task(1, "")));  // without a hash nothing is known to be the same
    cache.put(task(1, "aa"), version);
    QVERIFY(cache.find(task(1, "aa"))->adapter == adapter);
    // An empty payload is the same every round; what is not sent, or lies beside the base, is not.
    for (const wire::Task& other : {task(1, "bb"), task(2, "aa"), task(1, "aa", "cc")}) QVERIFY(!cache.find(other));
  }
};

QTEST_GUILESS_MAIN(TestMemberClient)
#include "tst_member_client.moc"
