// The federation service and its client over the in-process channel, against a scripted host: answers, chunks, broken
// updates, hundreds of attending clients without a thread each, and bytes counted to the last one.
#include <QTest>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "base/crc32.h"
#include "net/chunks.h"
#include "net/local_server.h"
#include "node/client.h"
#include "node/federation_service.h"

using namespace fedllm;
using namespace fedllm::node;

namespace {

class ScriptedHost final : public FederationHost {
 public:
  std::string version_bytes;
  size_t wanted = 0;
  std::vector<ReceivedUpdate> updates;
  std::vector<wire::ReportRequest> reports;
  bool keep_going = true;

  wire::JoinReply join(const wire::JoinRequest& request) override {
    wire::JoinReply reply;
    reply.set_accepted(request.name() != "thirteen");
    reply.set_client(request.client());
    if (!reply.accepted()) reply.set_reason("no client 13");
    reply.set_codec("f32");
    return reply;
  }
  std::shared_ptr<const std::string> payload(int, uint64_t version) override {
    return version == 5 ? std::make_shared<const std::string>(version_bytes) : nullptr;
  }
  size_t update_bytes(int) const override { return wanted; }
  void pushed(ReceivedUpdate update, std::function<void(wire::PushReply)> reply) override {
    wire::PushReply answer;
    answer.set_accepted(update.header.failure().empty());
    answer.set_reason(update.header.failure());
    {
      std::lock_guard lock(mutex_);
      updates.push_back(std::move(update));
    }
    reply(answer);
  }
  wire::ReportReply reported(const wire::ReportRequest& report) override {
    std::lock_guard lock(mutex_);
    reports.push_back(report);
    wire::ReportReply reply;
    reply.set_keep_going(keep_going);
    return reply;
  }

 private:
  std::mutex mutex_;
};

struct Fixture {
  explicit Fixture(int clients = 4) : traffic(clients), service(host, traffic, "run-1") {
    auto started = net::LocalServer::start(service.grpc_service());
    if (!started.ok()) qFatal("%s", started.status().to_string().c_str());
    server = std::move(started).value();
    channel = server->channel();
  }
  ScriptedHost host;
  net::Traffic traffic;
  FederationService service;
  std::unique_ptr<net::LocalServer> server;
  std::shared_ptr<grpc::Channel> channel;
};

int threads_now() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  }
  return -1;
}

std::string bytes_of(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 13 % 241);
  return bytes;
}

template <class Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 5000; ++i) {
    if (condition()) return true;
    QTest::qSleep(1);
  }
  return false;
}

// Speaks to the service without FederationClient's good manners.
wire::PushReply push_raw(Fixture& fixture, const std::vector<wire::PushMessage>& messages) {
  auto stub = wire::Federation::NewStub(fixture.channel);
  grpc::ClientContext context;
  wire::PushReply reply;
  auto writer = stub->Push(&context, &reply);
  for (const wire::PushMessage& message : messages) {
    if (!writer->Write(message)) break;
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) reply.set_reason("gRPC: " + status.error_message());
  return reply;
}

wire::PushMessage header_of(const std::string& run, uint64_t bytes, uint32_t crc) {
  wire::PushMessage message;
  message.mutable_header()->set_run(run);
  message.mutable_header()->set_client(2);
  message.mutable_header()->set_total_bytes(bytes);
  message.mutable_header()->set_crc32(crc);
  return message;
}

wire::PushMessage chunk_of(const std::string& bytes) {
  wire::PushMessage message;
  message.set_chunk(bytes);
  return message;
}

}  // namespace

class TestFederation : public QObject {
  Q_OBJECT
 private slots:
  void join_is_answered() {
    Fixture fixture;
    FederationClient client(fixture.channel, "run-1", 2);
    const auto reply = client.join("two", 10);
    QVERIFY(reply.ok());
    QCOMPARE(reply->codec(), std::string("f32"));
    FederationClient refused(fixture.channel, "run-1", 13);
    QCOMPARE(refused.join("thirteen", 1).status().message(), std::string("the coordinator refused client 13: no client 13"));
  }

  void pull_brings_a_version_in_chunks() {
    Fixture fixture;
    fixture.host.version_bytes = bytes_of(2 * net::kChunkBytes + 77);
    FederationClient client(fixture.channel, "run-1", 1);
    const auto payload = client.pull(5, fixture.host.version_bytes.size());
    QVERIFY2(payload.ok(), payload.status().to_string().c_str());
    QCOMPARE(payload->bytes, fixture.host.version_bytes);
    QCOMPARE(payload->crc32, crc32(fixture.host.version_bytes));
    // Three chunk messages: payload, its tag and length (1 + 3 or 2 bytes), size and checksum in the first.
    wire::Chunk first;
    first.set_total_bytes(fixture.host.version_bytes.size());
    first.set_crc32(crc32(fixture.host.version_bytes));
    first.set_data(fixture.host.version_bytes.substr(0, net::kChunkBytes));
    wire::Chunk second, third;
    second.set_data(fixture.host.version_bytes.substr(net::kChunkBytes, net::kChunkBytes));
    third.set_data(fixture.host.version_bytes.substr(2 * net::kChunkBytes));
    const size_t wire =
        first.SerializeAsString().size() + second.SerializeAsString().size() + third.SerializeAsString().size() + 15;
    QCOMPARE(fixture.traffic.of(1).downlink_wire, static_cast<int64_t>(wire));
    QCOMPARE(fixture.traffic.of(1).downlink_payload, static_cast<int64_t>(fixture.host.version_bytes.size()));
  }
  void pull_refuses_an_unexpected_size_and_an_unknown_version() {
    Fixture fixture;
    fixture.host.version_bytes = bytes_of(1000);
    FederationClient client(fixture.channel, "run-1", 1);
    QCOMPARE(client.pull(5, 999).status().message(),
             std::string("expected a payload of 999 bytes, the peer declares 1000 bytes"));
    QCOMPARE(client.pull(6, 1000).status().code(), Code::not_found);
    FederationClient stranger(fixture.channel, "run-2", 1);
    QCOMPARE(stranger.pull(5, 1000).status().message(), std::string("this coordinator holds run run-1, not \"run-2\""));
  }

  void push_arrives_whole() {
    Fixture fixture;
    const std::string payload = bytes_of(net::kChunkBytes + 5);
    fixture.host.wanted = payload.size();
    FederationClient client(fixture.channel, "run-1", 3);
    wire::UpdateHeader header;
    header.set_round(2);
    header.set_mean_loss(1.5);
    const auto reply = client.push(header, payload);
    QVERIFY(reply.ok());
    QVERIFY(reply->accepted());
    QCOMPARE(fixture.host.updates.size(), size_t{1});
    QCOMPARE(fixture.host.updates[0].payload.bytes, payload);
    QCOMPARE(fixture.host.updates[0].header.client(), 3);
    QCOMPARE(fixture.host.updates[0].traffic.uplink_payload, static_cast<int64_t>(payload.size()));
    QCOMPARE(fixture.traffic.of(3).uplink_payload, static_cast<int64_t>(payload.size()));
    QVERIFY(fixture.host.updates[0].push_seconds >= 0);
  }
  void push_of_a_failure_carries_no_payload() {
    Fixture fixture;
    fixture.host.wanted = 100;
    FederationClient client(fixture.channel, "run-1", 0);
    wire::UpdateHeader header;
    header.set_failure("out of memory");
    const auto reply = client.push(header, {});
    QVERIFY(reply.ok());
    QVERIFY(!reply->accepted());
    QCOMPARE(reply->reason(), std::string("out of memory"));
  }

  void broken_pushes_are_answers_with_a_reason_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("reason");
    QTest::newRow("another run") << 0 << "[node.federation] expected an update of run run-1, got one of \"run-9\"";
    QTest::newRow("too large") << 1 << "[net.chunks] expected a payload of 10 bytes, the peer declares 11 bytes";
    QTest::newRow("cut short") << 2 << "[net.chunks] expected a payload of 10 bytes, the stream ended after 4";
    QTest::newRow("damaged") << 3 << "[net.chunks] the checksum of a payload does not fit: expected 1, got";
    QTest::newRow("chunk first") << 4 << "[net.chunks] a chunk came before the size of its payload";
    QTest::newRow("nothing") << 5 << "[node.federation] an update ended before its header";
  }
  void broken_pushes_are_answers_with_a_reason() {
    QFETCH(int, kind);
    QFETCH(QString, reason);
    Fixture fixture;
    fixture.host.wanted = 10;
    std::vector<wire::PushMessage> messages;
    if (kind == 0) messages = {header_of("run-9", 10, 1)};
    if (kind == 1) messages = {header_of("run-1", 11, 1), chunk_of("0123456789A")};
    if (kind == 2) messages = {header_of("run-1", 10, 1), chunk_of("0123")};
    if (kind == 3) messages = {header_of("run-1", 10, 1), chunk_of("0123456789")};
    if (kind == 4) messages = {chunk_of("0123456789")};
    const wire::PushReply reply = push_raw(fixture, messages);
    QVERIFY(!reply.accepted());
    QVERIFY2(QString::fromStdString(reply.reason()).startsWith(reason), reply.reason().c_str());
    // What names this run is handed on, so that its round does not wait.
    QCOMPARE(fixture.host.updates.size(), size_t(kind >= 1 && kind <= 3 ? 1 : 0));
  }

  void reports_say_whether_to_go_on() {
    Fixture fixture;
    FederationClient client(fixture.channel, "run-1", 1);
    wire::ReportRequest report;
    report.add_steps()->set_loss(2.5);
    QCOMPARE(client.report(report).value(), true);
    fixture.host.keep_going = false;
    QCOMPARE(client.report(report).value(), false);
    QCOMPARE(fixture.host.reports.size(), size_t{2});
    QCOMPARE(fixture.host.reports[0].client(), 1);
  }

  void tasks_arrive_in_order_and_every_byte_is_counted() {
    Fixture fixture;
    FederationClient client(fixture.channel, "run-1", 2);
    std::mutex mutex;
    std::vector<int> rounds;
    client.attend([&](const wire::Task& task) {
      std::lock_guard lock(mutex);
      rounds.push_back(task.round());
    });
    QVERIFY(soon([&] { return fixture.service.attending() == 1; }));
    wire::Task task;
    task.set_kind(wire::Task::TRAIN);
    int64_t bytes = 0;
    for (int round = 1; round <= 50; ++round) {
      task.set_round(round);
      bytes += net::wire_bytes(task);
      QVERIFY(fixture.service.send(2, task));
    }
    QVERIFY(!fixture.service.send(3, task));
    QVERIFY(soon([&] {
      std::lock_guard lock(mutex);
      return rounds.size() == 50;
    }));
    for (int i = 0; i < 50; ++i) QCOMPARE(rounds[static_cast<size_t>(i)], i + 1);
    QCOMPARE(fixture.traffic.of(2).downlink_wire, bytes);
    fixture.service.finish_all();
    QVERIFY(soon([&] { return fixture.service.attending() == 0; }));
  }

  void a_client_that_attends_again_replaces_its_stream() {
    Fixture fixture;
    std::atomic<int> first{0}, second{0};
    FederationClient one(fixture.channel, "run-1", 1), again(fixture.channel, "run-1", 1);
    one.attend([&](const wire::Task&) { ++first; });
    QVERIFY(soon([&] { return fixture.service.attending() == 1; }));
    QVERIFY(fixture.service.send(1, wire::Task()));
    QVERIFY(soon([&] { return first == 1; }));
    again.attend([&](const wire::Task&) { ++second; });
    QVERIFY(soon([&] { return fixture.service.send(1, wire::Task()) && second > 0; }));
    QCOMPARE(fixture.service.attending(), 1);
  }

  void hundreds_of_clients_need_no_thread_each() {
    constexpr int kClients = 300;
    Fixture fixture(kClients);
    std::vector<std::unique_ptr<FederationClient>> clients;
    std::atomic<int> tasks{0};
    const int before = threads_now();
    for (int i = 0; i < kClients; ++i) {
      clients.push_back(std::make_unique<FederationClient>(fixture.channel, "run-1", i));
      QVERIFY(clients.back()->join("client", 1).ok());
      clients.back()->attend([&](const wire::Task&) { ++tasks; });
    }
    QVERIFY(soon([&] { return fixture.service.attending() == kClients; }));
    for (int i = 0; i < kClients; ++i) QVERIFY(fixture.service.send(i, wire::Task()));
    QVERIFY(soon([&] { return tasks == kClients; }));
    QVERIFY2(threads_now() - before < 40,
             qPrintable(QString("%1 threads for %2 clients").arg(threads_now() - before).arg(kClients)));
    // Clients that leave take their streams along.
    for (int i = 0; i < kClients / 2; ++i) clients[static_cast<size_t>(i)].reset();
    QVERIFY(soon([&] { return fixture.service.attending() == kClients - kClients / 2; }));
  }
};

QTEST_GUILESS_MAIN(TestFederation)
#include "tst_federation.moc"
