// Conversations through the core: checked, previewed, tokenised into a store, trained and tried.
#include <QTest>

#include <filesystem>

#include "base/file.h"
#include "data/chat_format.h"
#include "node/control_service_data.h"
#include "node/token_store.h"
#include "node/try_it.h"
#include "spec/scenario_json.h"
#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::node;
using namespace fedllm::tests;

namespace {

std::string conversation(int i) {
  const std::string n = std::to_string(i);
  return R"({"messages":[{"role":"user","content":"One )" + n + R"(?"},{"role":"assistant","content":"Two )" + n +
         R"(."},{"role":"user","content":"Three?"},{"role":"assistant","content":"Four."}]})" "\n";
}

// Forty conversations of four turns over the mini world's model, whose tokenizer knows no control tokens.
struct ChatWorld : MiniWorld {
  ChatWorld() {
    std::string text;
    for (int i = 0; i < 40; ++i) text += conversation(i);
    write_text(path("/chat.jsonl"), text);
    scenario.dataset.files = {"chat.jsonl"};
    scenario.dataset.label.clear();
    scenario.evaluation.control_files.clear();
    scenario.training.max_length = 200;
  }
  void say_format(const std::string& chat_template) {
    write_text(path("/base/tokenizer_config.json"), R"({"eos_token":"<eos>","chat_template":")" + chat_template + "\"}");
  }
  wire::CheckReply check() const {
    ScenarioQueries queries(path("/home"));
    wire::CheckRequest request;
    request.set_scenario_json(spec::to_json(scenario));
    request.set_base_dir(path());
    request.set_open_files(true);
    return queries.check(request, nullptr);
  }
  Result<wire::PreviewReply> preview() const {
    ScenarioQueries queries(path("/home"));
    wire::PreviewRequest request;
    request.set_scenario_json(spec::to_json(scenario));
    request.set_base_dir(path());
    request.set_count(1);
    request.set_client(-1);
    return queries.preview(request);
  }
};

std::string said(const wire::CheckReply& reply, const std::string& code) {
  for (const wire::Problem& problem : reply.problems())
    if (problem.code() == code) return problem.severity() + ": " + problem.message();
  return {};
}

std::string scored_text(const wire::PreviewRecord& record) {
  std::string out;
  for (const wire::TextSpan& span : record.scored())
    out += "[" + record.text().substr(static_cast<size_t>(span.begin()), static_cast<size_t>(span.end() - span.begin())) + "]";
  return out;
}

}  // namespace

class TestTextInfo : public QObject {
  Q_OBJECT
 private slots:
  void check_tells_format_and_missing_tokens() {
    ChatWorld world;
    const wire::CheckReply plain = world.check();
    QCOMPARE(plain.text().template_name(), std::string("chatml"));   // what conversations are where the model says nothing
    QCOMPARE(plain.text().model_format(), std::string());
    QCOMPARE(plain.text().turns(), int64_t{160});
    QCOMPARE(plain.text().looked_at(), int64_t{40});
    QCOMPARE(said(plain, "dataset.template.tokens"),
             std::string("warning: the format chatml writes <|im_start|> and <|im_end|>, which the tokenizer does not know as "
                         "tokens: read as plain text"));
    world.say_format("<|user|> eos_token");
    const wire::CheckReply zephyr = world.check();
    QCOMPARE(zephyr.text().template_name(), std::string("zephyr"));
    QCOMPARE(zephyr.text().model_format_reason(), std::string("its chat template writes <|user|> and eos_token"));
    QVERIFY(said(zephyr, "dataset.template.tokens").empty());
    QVERIFY(zephyr.has_forecast());
    world.scenario.dataset.text_template.name = "raw";
    QCOMPARE(world.check().text().notes(0),
             std::string("the base model's own prompt format is zephyr, the records are written as raw"));
  }

  void check_tells_records_without_a_scored_token() {
    ChatWorld world;
    world.say_format("<|user|> eos_token");
    world.scenario.training.max_length = 12;   // "<|user|>\nOne …" alone is longer
    const wire::CheckReply reply = world.check();
    QCOMPARE(reply.text().unscored(), int64_t{40});
    QCOMPARE(said(reply, "training.max_length.unscored"),
             std::string("warning: 40 of the first 40 records have no token to learn from: the prompt alone fills 12 tokens"));
  }

  void preview_shows_what_is_scored() {
    ChatWorld world;
    world.say_format("<|user|> eos_token");
    const auto reply = world.preview();
    QVERIFY2(reply.ok(), reply.status().to_string().c_str());
    const wire::PreviewRecord& record = reply->records(0);
    QCOMPARE(record.text(), std::string("<|user|>\nOne 0?<eos>\n<|assistant|>\nTwo 0.<eos>\n<|user|>\nThree?<eos>\n"
                                        "<|assistant|>\nFour.<eos>\n"));   // with the tokenizer's own end of text
    QCOMPARE(scored_text(record), std::string("[Two 0.<eos>][Four.<eos>]"));
    QCOMPARE(record.scored_tokens(), 13);
    QCOMPARE(record.turns(), 4);
    QCOMPARE(reply->text().template_name(), std::string("zephyr"));
    world.scenario.dataset = MiniWorld().scenario.dataset;   // single turns, as before
    const auto single = world.preview();
    QVERIFY2(single.ok(), single.status().to_string().c_str());
    QCOMPARE(scored_text(single->records(0)), "[" + single->records(0).text().substr(static_cast<size_t>(single->records(0).response_start())) + "]");
  }

  void a_token_store_keeps_the_ranges() {
    ChatWorld world;
    ScenarioFacts facts(world.path("/home"));
    const auto opened = facts.open(world.scenario, world.path());
    QVERIFY2(opened.ok(), opened.status().to_string().c_str());
    WorkerPool pool(2);
    for (const int max_length : {200, 90, 60, 20}) {   // whole; in the second question; in the first answer; before it
      const TokenSource source{opened->dataset, opened->text_template, opened->tokenizer, opened->model_dir, max_length};
      const auto store = *TokenStore::open(source, world.path("/home"), pool, {});
      for (int64_t record = 0; record < 40; ++record) {
        const data::Example direct = *tokenize_record(source, record), stored = store->example(record);
        QCOMPARE(stored.ids, direct.ids);
        QCOMPARE(stored.scored, direct.scored);
        QCOMPARE(stored.prompt_length, direct.prompt_length);
        QCOMPARE(stored.truncated, direct.truncated);
      }
      QCOMPARE(store->example(0).scored.size(), size_t(max_length == 200 ? 2 : max_length == 90 ? 1 : 0));
    }
  }

  void a_prompt_is_asked_in_the_runs_format() {
    ChatWorld world;
    const auto ledger = world.open_ledger();
    NoopBackend backend;
    const std::string run = world.create_run(*ledger);
    const RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    TryIt try_it(*ledger, [&]() -> Result<train::Backend*> { return &backend; }, world.home());
    const auto items = try_it.try_items(run);
    QVERIFY2(items.ok(), items.status().to_string().c_str());
    QVERIFY(items->items(0).prompt().starts_with("One "));   // the question itself, not its format
    QVERIFY(items->items(0).expected().starts_with("Two "));
    wire::TryRequest request;
    request.set_run(run);
    request.set_prompt("One 1?");
    request.set_round(-1);
    request.set_client(-1);
    const auto reply = try_it.try_prompt(request);
    QVERIFY2(reply.ok(), reply.status().to_string().c_str());
    QCOMPARE(reply->answer(), std::string("t"));   // the no-op backend repeats the prompt's last two bytes: "assistant\n"
  }
};

QTEST_GUILESS_MAIN(TestTextInfo)
#include "tst_text_info.moc"
