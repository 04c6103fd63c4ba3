// Answers through the control service: text while it comes, in order; a cancelled call ends its generation, running or waiting;
// and nobody else waits behind answers.
#include <QElapsedTimer>
#include <QTest>

#include <future>

#include "support/control_fixture.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

// The no-op backend, and how many generations are under way and were stopped.
class CountingBackend final : public NoopBackend {
 public:
  std::atomic<int> speaking{0}, stopped{0};
  Result<train::Generated> generate(const train::BaseModel& base, const adapter::AdapterState* adapter, std::span<const int32_t> prompt,
                                    const train::GenerateOptions& options) override {
    ++speaking;
    auto made = NoopBackend::generate(base, adapter, prompt, options);
    if (!made.ok()) ++stopped;
    --speaking;
    return made;
  }
};

struct Call {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<wire::TryPart>> reader;
  std::vector<wire::TryPart> parts;
  grpc::Status end;

  Call(ControlFixture& f, const wire::TryRequest& request) { reader = f.stub->Answer(&context, request); }
  void read_all() {
    wire::TryPart part;
    while (reader->Read(&part)) parts.push_back(part);
    end = reader->Finish();
  }
};

}  // namespace

class TestControlAnswer : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    f_ = std::make_unique<ControlFixture>();
    f_->trainer = &backend_;
    backend_.speech = (*data::Tokenizer::load(f_->world.path("/base")))->encode("said letter by letter, né", false);
    backend_.token_seconds = 0;
    backend_.stopped = 0;
    request_.Clear();
    request_.set_run(f_->start().run());
    f_->runs.wait(request_.run());
    request_.set_prompt("Hey");
    request_.set_round(1);
    request_.set_client(-1);
    request_.set_max_new_tokens(100);
  }
  void cleanup() { f_.reset(); }

  void text_comes_in_order_and_the_reply_last() {
    backend_.token_seconds = 0.002;
    Call call(*f_, request_);
    call.read_all();
    QVERIFY2(call.end.ok(), call.end.error_message().c_str());
    std::string joined;
    int tokens = 0;
    for (size_t i = 0; i + 1 < call.parts.size(); ++i) {
      QVERIFY(!call.parts[i].has_reply() && call.parts[i].tokens() > tokens);
      tokens = call.parts[i].tokens();
      joined += call.parts[i].text();
    }
    QVERIFY2(call.parts.size() > 5, "expected the text in several parts");
    QVERIFY(call.parts.back().has_reply());
    QCOMPARE(joined, std::string("said letter by letter, né"));
    const wire::TryReply& reply = call.parts.back().reply();
    QCOMPARE(reply.answer(), joined);
    QCOMPARE(reply.tokens(), tokens);
    QCOMPARE(reply.ended(), std::string("eos"));
    QVERIFY(reply.tokens_per_s() > 10 && reply.tokens_per_s() < 501);
  }

  void a_reader_that_waits_gets_all_of_it_in_few_parts() {
    Call call(*f_, request_);
    QTRY_VERIFY(backend_.speaking == 0);
    QTest::qWait(50);
    call.read_all();
    std::string joined;
    for (const wire::TryPart& part : call.parts) joined += part.text();
    QCOMPARE(joined, std::string("said letter by letter, né"));
  }

  void errors_are_the_sentence_of_the_core() {
    request_.set_temperature(-1);
    Call call(*f_, request_);
    call.read_all();
    QVERIFY(call.parts.empty());
    QCOMPARE(call.end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    QCOMPARE(call.end.error_message(), std::string("expected a temperature of 0 or more, got -1"));
  }

  void a_cancelled_call_ends_its_generation() {
    backend_.token_seconds = 0.02;
    Call call(*f_, request_);
    wire::TryPart first;
    QVERIFY(call.reader->Read(&first));
    QCOMPARE(backend_.speaking.load(), 1);
    QElapsedTimer since;
    since.start();
    call.context.TryCancel();
    call.read_all();
    QCOMPARE(call.end.error_code(), grpc::StatusCode::CANCELLED);
    QTRY_COMPARE_WITH_TIMEOUT(backend_.speaking.load(), 0, 2000);
    QVERIFY2(since.elapsed() < 1000, "expected the generation to end with its call");
    QCOMPARE(backend_.stopped.load(), 1);
  }

  // Two speak, two wait; those that wait never begin once they are cancelled.
  void a_cancelled_call_that_waits_never_begins() {
    backend_.token_seconds = 0.02;
    std::vector<std::unique_ptr<Call>> calls;
    for (int i = 0; i < 4; ++i) calls.push_back(std::make_unique<Call>(*f_, request_));
    QTRY_COMPARE(backend_.speaking.load(), 2);
    for (auto& call : calls) call->context.TryCancel();
    for (auto& call : calls) {
      call->read_all();
      QCOMPARE(call->end.error_code(), grpc::StatusCode::CANCELLED);
    }
    QTRY_COMPARE_WITH_TIMEOUT(backend_.speaking.load(), 0, 2000);
    QTest::qWait(50);
    QCOMPARE(backend_.stopped.load(), 2);
    backend_.token_seconds = 0;
    Call after(*f_, request_);   // and the threads are free again
    after.read_all();
    QVERIFY(after.end.ok());
  }

  void nobody_waits_behind_answers() {
    backend_.token_seconds = 0.1;
    std::vector<std::unique_ptr<Call>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(std::make_unique<Call>(*f_, request_));
    QTRY_COMPARE(backend_.speaking.load(), 2);
    grpc::ClientContext context;
    wire::CheckRequest check;
    check.set_scenario_json(spec::to_json(f_->world.scenario));
    check.set_base_dir(f_->world.path());
    check.set_open_files(true);
    wire::CheckReply reply;
    QVERIFY(f_->stub->Check(&context, check, &reply).ok());
    QCOMPARE(backend_.speaking.load(), 2);
    const std::string second = f_->start("second").run();
    f_->runs.wait(second);
    QCOMPARE(f_->info(second).state(), std::string("done"));
    for (auto& call : calls) call->context.TryCancel();
    for (auto& call : calls) call->read_all();
  }

  void the_core_ends_in_the_middle_of_an_answer() {
    backend_.token_seconds = 0.05;
    Call call(*f_, request_);
    wire::TryPart first;
    QVERIFY(call.reader->Read(&first));
    auto reading = std::async(std::launch::async, [&] { call.read_all(); });
    f_.reset();
    reading.get();
    QVERIFY(!call.end.ok());
    QCOMPARE(backend_.speaking.load(), 0);
  }

 private:
  CountingBackend backend_;
  std::unique_ptr<ControlFixture> f_;
  wire::TryRequest request_;
};

QTEST_GUILESS_MAIN(TestControlAnswer)
#include "tst_control_answer.moc"
