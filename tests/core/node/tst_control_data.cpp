// What the control service answers about a scenario's data: check, import, preview, partition counts, try-it.
#include <QElapsedTimer>
#include <QTest>

#include <numeric>

#include "spec/method_facts.h"
#include "support/control_fixture.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

#define VERIFY_GRPC(call)                                      \
  do {                                                         \
    const grpc::Status verified = (call);                      \
    QVERIFY2(verified.ok(), verified.error_message().c_str()); \
  } while (0)

wire::CheckReply check(ControlFixture& f, const std::string& json, bool open_files = true) {
  grpc::ClientContext context;
  wire::CheckRequest request;
  request.set_scenario_json(json);
  request.set_base_dir(f.world.path());
  request.set_open_files(open_files);
  wire::CheckReply reply;
  if (const auto status = f.stub->Check(&context, request, &reply); !status.ok()) qFatal("%s", status.error_message().c_str());
  return reply;
}

grpc::Status partition(ControlFixture& f, const spec::Scenario& scenario, wire::PartitionReply& reply, bool with_tokens = false) {
  grpc::ClientContext context;
  wire::PartitionRequest request;
  request.set_scenario_json(spec::to_json(scenario));
  request.set_base_dir(f.world.path());
  request.set_with_tokens(with_tokens);
  return f.stub->PartitionPreview(&context, request, &reply);
}

grpc::Status import(ControlFixture& f, const spec::Scenario& scenario, std::vector<wire::ImportReply>& replies) {
  grpc::ClientContext context;
  wire::ImportRequest request;
  request.set_scenario_json(spec::to_json(scenario));
  request.set_base_dir(f.world.path());
  const auto reader = f.stub->ImportDataset(&context, request);
  wire::ImportReply reply;
  while (reader->Read(&reply)) replies.push_back(reply);
  return reader->Finish();
}

std::string problem_at(const wire::CheckReply& reply, const std::string& path) {
  for (const wire::Problem& problem : reply.problems())
    if (problem.path() == path) return problem.severity() + ": " + problem.message();
  return {};
}

}  // namespace

class TestControlData : public QObject {
  Q_OBJECT
 private slots:
  void a_good_scenario_has_no_problem_and_a_forecast() {
    ControlFixture f;
    const wire::CheckReply reply = check(f, spec::to_json(f.world.scenario));
    for (const wire::Problem& problem : reply.problems()) QVERIFY2(problem.severity() != "error", problem.message().c_str());
    QCOMPARE(reply.forecast().clients(), 4);
    QCOMPARE(reply.forecast().train_records(), 96);
    QCOMPARE(reply.forecast().test_records(), 24);
    QVERIFY(reply.forecast().update_payload_bytes() > 4 * reply.forecast().adapter_parameters());
    QCOMPARE(reply.forecast().linear_modules_size(), 7);
    QCOMPARE(size_t(reply.forecast().methods_size()), spec::methods().size());
    QCOMPARE(reply.forecast().methods(0).aggregator(), std::string("fedavg"));
    QCOMPARE(reply.forecast().methods(0).up(0), reply.forecast().update_payload_bytes());
    spec::Scenario own = f.world.scenario;
    own.strategy.aggregator = "exec:mine.py";
    const wire::ForecastInfo scripted = check(f, spec::to_json(own)).forecast();
    QCOMPARE(scripted.methods(scripted.methods_size() - 1).aggregator(), own.strategy.aggregator);
    QCOMPARE(scripted.methods(scripted.methods_size() - 1).up(0), scripted.update_payload_bytes());
    QVERIFY(!check(f, spec::to_json(f.world.scenario), false).has_forecast());
  }

  void the_forecast_of_time_comes_from_earlier_runs() {
    ControlFixture f;
    QCOMPARE(check(f, spec::to_json(f.world.scenario)).forecast().high_s(), 0.0);
    f.backend.step_seconds = 0.004;
    f.runs.wait(f.start().run());
    const wire::ForecastInfo forecast = check(f, spec::to_json(f.world.scenario)).forecast();
    // 3 rounds of 4 clients of 6 steps of 4 ms or more, on all cores; the evaluation comes on top.
    QVERIFY2(forecast.low_s() > 0 && forecast.low_s() <= forecast.high_s(), std::to_string(forecast.low_s()).c_str());
    QVERIFY2(forecast.high_s() > 0.004 * 3 * 6, std::to_string(forecast.high_s()).c_str());
    spec::Scenario longer = f.world.scenario;
    longer.training.max_length = 64;  // steps of another length were never measured
    QCOMPARE(check(f, spec::to_json(longer)).forecast().high_s(), 0.0);
  }

  void every_problem_is_named_with_its_path() {
    ControlFixture f;
    QVERIFY(problem_at(check(f, "{\"rounds\": }"), "").starts_with("error: "));
    spec::Scenario s = f.world.scenario;
    s.lora.target_modules = {"q_proj", "qq_proj"};
    QCOMPARE(problem_at(check(f, spec::to_json(s)), "lora.target_modules"),
             std::string("error: the base model has no module \"qq_proj\"; it has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj"));
    s = f.world.scenario;
    s.base_model = "nowhere";
    s.dataset.files = {"no.jsonl"};
    const wire::CheckReply both = check(f, spec::to_json(s));
    QVERIFY(problem_at(both, "base_model").find("/nowhere/config.json") != std::string::npos);
    QVERIFY(problem_at(both, "dataset").find("/no.jsonl") != std::string::npos);
    s = f.world.scenario;
    s.lora.rank = 0;
    QVERIFY(problem_at(check(f, spec::to_json(s)), "lora.rank").starts_with("error: "));
  }

  void importing_ends_with_the_dataset() {
    ControlFixture f;
    std::vector<wire::ImportReply> replies;
    VERIFY_GRPC(import(f, f.world.scenario, replies));
    QVERIFY(!replies.empty() && replies.back().has_dataset());
    const wire::DatasetInfo& info = replies.back().dataset();
    QCOMPARE(info.records(), 120);
    QCOMPARE(info.labels_size(), 3);
    QCOMPARE(info.fields_size(), 3);
    QVERIFY(info.resolved_prompt().find("{instruction}") != std::string::npos);
    QVERIFY(info.resolved_response().find("{response}") != std::string::npos);
  }

  void a_bad_line_refuses_the_import_or_is_skipped() {
    ControlFixture f;
    write_text(f.world.path("/bad.jsonl"), record_line("tool", 1) + "{broken\n" + record_line("tool", 2));
    spec::Scenario s = f.world.scenario;
    s.dataset.files = {"bad.jsonl"};
    std::vector<wire::ImportReply> replies;
    const grpc::Status refused = import(f, s, replies);
    QVERIFY(!refused.ok());
    QVERIFY2(
        refused.error_message().find("bad.jsonl") != std::string::npos && refused.error_message().find("2") != std::string::npos,
        refused.error_message().c_str());
    s.dataset.bad_lines = "skip";
    VERIFY_GRPC(import(f, s, replies));
    QCOMPARE(replies.back().dataset().records(), 2);
    QCOMPARE(replies.back().dataset().skipped(), 1);
    QCOMPARE(replies.back().dataset().bad_lines_size(), 1);
  }

  void a_preview_shows_the_text_and_where_the_loss_starts() {
    ControlFixture f;
    const auto preview = [&](int client, int64_t first, int count, wire::PreviewReply& reply) {
      grpc::ClientContext context;
      wire::PreviewRequest request;
      request.set_scenario_json(spec::to_json(f.world.scenario));
      request.set_base_dir(f.world.path());
      request.set_first(first);
      request.set_count(count);
      request.set_client(client);
      return f.stub->Preview(&context, request, &reply);
    };
    wire::PreviewReply reply;
    VERIFY_GRPC(preview(-1, 118, 5, reply));
    QCOMPARE(reply.records_size(), 2);
    const wire::PreviewRecord& record = reply.records(0);
    QCOMPARE(record.record(), 118);
    QVERIFY(record.text().find("Which colour is number 39?") != std::string::npos);
    QVERIFY(record.text().substr(static_cast<size_t>(record.response_start())).find("col") != std::string::npos);
    QVERIFY(record.text().substr(0, static_cast<size_t>(record.response_start())).find("Which") != std::string::npos);
    QCOMPARE(record.label(), std::string("colour"));
    QVERIFY(record.tokens() > 20 && !record.truncated());
    wire::PreviewReply of_client;
    VERIFY_GRPC(preview(1, 0, 3, of_client));
    QCOMPARE(of_client.records_size(), 3);
    wire::PreviewReply nobody;
    QCOMPARE(preview(4, 0, 1, nobody).error_message(), std::string("expected a client below 4, got 4"));
  }

  void partition_counts_add_up_and_come_quickly() {
    ControlFixture f;
    spec::Scenario s = f.world.scenario;
    s.partition.method = "dirichlet";
    wire::PartitionReply reply;
    VERIFY_GRPC(partition(f, s, reply));
    double slowest = 0;
    for (const double alpha : {0.1, 0.3, 1.0, 3.0, 10.0}) {
      s.partition.alpha = alpha;
      VERIFY_GRPC(partition(f, s, reply));
      QCOMPARE(reply.clients_size(), 4);
      QCOMPARE(reply.labels_size(), 3);
      QCOMPARE(reply.counts_size(), 12);
      QCOMPARE(std::accumulate(reply.counts().begin(), reply.counts().end(), int64_t{0}), 96);
      for (int client = 0; client < 4; ++client)
        QCOMPARE(reply.counts(client * 3) + reply.counts(client * 3 + 1) + reply.counts(client * 3 + 2),
                 reply.client_records(client));
      QCOMPARE(reply.test_records(), 24);
      slowest = std::max(slowest, reply.core_ms());
    }
    qInfo("a slider step took at most %.2f ms in the core", slowest);
    QVERIFY(reply.hash().empty());
    wire::PartitionReply exact;
    VERIFY_GRPC(partition(f, s, exact, true));
    QCOMPARE(exact.client_tokens_size(), 4);
    for (int client = 0; client < 4; ++client) QVERIFY(exact.client_tokens(client) > 10 * exact.client_records(client));
    QCOMPARE(exact.hash().size(), size_t{64});
    for (int i = 0; i < 12; ++i) QCOMPARE(exact.counts(i), reply.counts(i));
  }

  void a_wrong_part_elsewhere_does_not_hinder_the_preview() {
    ControlFixture f;
    spec::Scenario s = f.world.scenario;
    s.lora.rank = 0;
    wire::PartitionReply reply;
    VERIFY_GRPC(partition(f, s, reply));
    s.partition.clients = 0;
    const grpc::Status refused = partition(f, s, reply);
    QCOMPARE(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    QVERIFY2(refused.error_message().starts_with("partition.clients: "), refused.error_message().c_str());
  }

  void prompts_are_tried_on_a_run() {
    ControlFixture f;
    const std::string run = f.start().run();
    f.runs.wait(run);
    grpc::ClientContext context;
    wire::RunRef ref;
    ref.set_run(run);
    wire::TryItemsReply items;
    VERIFY_GRPC(f.stub->TryItems(&context, ref, &items));
    QVERIFY(items.items_size() > 3);
    grpc::ClientContext other;
    wire::TryRequest request;
    request.set_run(run);
    request.set_prompt(items.items(0).prompt());
    request.set_round(3);
    request.set_client(-1);
    wire::TryReply reply;
    VERIFY_GRPC(f.stub->TryPrompt(&other, request, &reply));
    QVERIFY(reply.first_choices_size() > 0);
  }
};

QTEST_GUILESS_MAIN(TestControlData)
#include "tst_control_data.moc"
