// The command line's side of the control service: nobody there, a core of another version, a core that dies mid-stream.
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <grpcpp/grpcpp.h>

#include <thread>

#include "node/control_client.h"
#include "node/control_service.h"
#include "wire/control.grpc.pb.h"

using namespace fedllm;

namespace {

// Says hello with any protocol, and sends one event before it waits for its end.
class ScriptedCore final : public wire::Control::Service {
 public:
  ScriptedCore(const std::string& socket, uint32_t protocol) : protocol_(protocol) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~ScriptedCore() override { hang_up(); }
  void hang_up() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  grpc::Status Hello(grpc::ServerContext*, const wire::HelloRequest*, wire::HelloReply* reply) override {
    reply->set_protocol(protocol_);
    reply->set_program_version("9.8.7");
    reply->set_pid(4711);
    return grpc::Status::OK;
  }
  grpc::Status GetRun(grpc::ServerContext*, const wire::RunRef* request, wire::RunInfo*) override {
    return {grpc::StatusCode::NOT_FOUND, "no run \"" + request->run() + "\""};
  }
  grpc::Status Watch(grpc::ServerContext* context, const wire::WatchRequest* request,
                     grpc::ServerWriter<wire::EventBatch>* writer) override {
    wire::EventBatch batch;
    batch.set_run(request->run());
    batch.add_events()->set_seq(request->from_seq());
    writer->Write(batch);
    while (!context->IsCancelled()) QThread::msleep(5);
    return grpc::Status::CANCELLED;
  }

 private:
  const uint32_t protocol_;
  std::unique_ptr<grpc::Server> server_;
};

HomePaths at(const QTemporaryDir& folder) {
  HomePaths paths;
  paths.home = folder.path().toStdString();
  paths.socket = paths.home + "/core.sock";
  return paths;
}

}  // namespace

class TestControlClient : public QObject {
  Q_OBJECT
 private slots:
  void nobody_answers_within_the_time() {
    const QTemporaryDir folder;
    QElapsedTimer timer;
    timer.start();
    const auto client = node::ControlClient::connect(at(folder), "1", 0.3);
    QCOMPARE(client.status().code(), Code::unavailable);
    QVERIFY(timer.elapsed() >= 250 && timer.elapsed() < 5000);
  }

  void a_core_that_starts_a_little_later_is_found() {
    const QTemporaryDir folder;
    std::unique_ptr<ScriptedCore> core;
    std::thread later([&] {
      QThread::msleep(300);
      core = std::make_unique<ScriptedCore>(at(folder).socket, node::kControlProtocol);
    });
    const auto client = node::ControlClient::connect(at(folder), "1", 10);
    later.join();
    QVERIFY2(client.ok(), client.status().message().c_str());
    QCOMPARE((*client)->hello().program_version(), std::string("9.8.7"));
    QCOMPARE((*client)->get_run("x").status().message(), std::string("no run \"x\""));
    QCOMPARE((*client)->get_run("x").status().code(), Code::not_found);
  }

  void a_core_of_another_protocol_is_refused_by_number() {
    const QTemporaryDir folder;
    const ScriptedCore core(at(folder).socket, 99);
    const Status refused = node::ControlClient::connect(at(folder), "1", 5).status();
    QCOMPARE(refused.code(), Code::failed_precondition);
    for (const char* part : {"version 9.8.7", "process 4711", "protocol 99", "this program 1"})
      QVERIFY2(refused.message().find(part) != std::string::npos, refused.message().c_str());
  }

  void a_stream_that_breaks_is_an_error_and_one_that_was_enough_is_not() {
    const QTemporaryDir folder;
    ScriptedCore core(at(folder).socket, node::kControlProtocol);
    const auto client = node::ControlClient::connect(at(folder), "1", 5);
    QVERIFY(client.ok());
    uint64_t seq = 0;
    const Status enough = (*client)->watch("r", 7, [&](const wire::EventBatch& batch) {
      seq = batch.events(0).seq();
      return false;
    });
    QVERIFY2(enough.ok(), enough.message().c_str());
    QCOMPARE(seq, uint64_t{7});
    std::thread killer;
    const Status broken = (*client)->watch("r", 1, [&](const wire::EventBatch&) {
      killer = std::thread([&] { core.hang_up(); });
      return true;
    });
    killer.join();
    QVERIFY(!broken.ok() && !broken.message().empty());
  }
};

QTEST_GUILESS_MAIN(TestControlClient)
#include "tst_control_client.moc"
