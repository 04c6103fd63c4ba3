// The data contract, the member's scenario made of it, what examine() finds, and the scanners for identifiers.
#include <QTest>

#include <fstream>

#include "data/text_template.h"
#include "lab/data_contract.h"
#include "lab/member_card.h"
#include "lab/member_events.h"
#include "lab/member_hints.h"
#include "node/evaluation_report.h"
#include "node/member_setup.h"
#include "spec/validate.h"
#include "support/mini_world.h"

using namespace fedllm;
using namespace fedllm::lab;
using fedllm::tests::MiniWorld;
using fedllm::tests::write_text;

namespace {

std::shared_ptr<const data::Dataset> import(const spec::DatasetSpec& spec, const std::string& home) {
  data::ImportOptions options;
  options.spec = spec;
  options.home = home;
  auto dataset = data::Dataset::import(options);
  if (!dataset.ok()) qFatal("%s", dataset.status().to_string().c_str());
  return std::move(dataset).value();
}

spec::DatasetSpec files_of(const std::vector<std::string>& files, const std::string& label) {
  spec::DatasetSpec spec;
  spec.files = files;
  spec.label = label;
  return spec;
}

wire::LedgerEvent told(const std::string& kind, int round, const std::string& detail) {
  wire::LedgerEvent event;
  event.set_kind(kind);
  if (round >= 0) event.set_round(round);
  event.set_detail(detail);
  return event;
}

}  // namespace

class TestDataContract : public QObject {
  Q_OBJECT
 private slots:
  void emails() {
    for (const char* text : {"a@b.org", "write to Jane.Doe+x@mail.example.co.uk, please", "<me@x-y.de>", "grüße@müller.de",
                             "a@@b.org c@d.com", "mail:x_1%2@sub.domain.info."})
      QVERIFY2(has_email(text), text);
    for (const char* text : {"", "@", "@handle", "a@b", "a@b.c", "user@localhost", "5 @ 3.50", "x[i]@3.5", "foo@.com", "foo.@bar.com",
                             "foo@bar.", "foo@-bar.com", "a @b.org", "foo@bar.c0m1", "1@2.3.4"})
      QVERIFY2(!has_email(text), text);
    const std::string many(200'000, '@'), word = std::string(200'000, 'a') + "@";
    QVERIFY(!has_email(many));
    QVERIFY(!has_email(word));
  }

  void phone_numbers() {
    for (const char* text : {"+49 171 1234567", "call +14155550123 now", "0171/1234567", "(555) 123-4567", "555-123-4567",
                             "1-800-555-0199", "555.123.4567", "089-12345678", "01711234567", "tel: 555-1234", "+44 (0)20 7946 0958",
                             "00 49 171 1234567"})
      QVERIFY2(has_phone_number(text), text);
    for (const char* text : {"", "2024-01-15", "15.01.2024", "1/2/2024", "01/02/2024", "1914-1918", "192.168.100.200", "3.14159265",
                             "1,000,000", "978-3-16-148410-0", "5551234567", "12345", "version 10.2.3", "room 555", "4 + 5 = 9",
                             "x555-1234", "555-1234th", "$555-123-4567", "0.12345678901", "000000000000", "+", "(((((", "(1) 2 3 4",
                             "1 2 3 4 5 6 7 8 9", "2000 2001 2002"})
      QVERIFY2(!has_phone_number(text), text);
    QVERIFY(!has_phone_number(std::string(300'000, '(')));
    QVERIFY(!has_phone_number(std::string(300'000, '7')));
  }

  void contract_survives_its_json() {
    MiniWorld world;
    const auto dataset = import(files_of({world.path("/train.jsonl")}, "label"), world.path("/home"));
    world.scenario.dataset.bad_lines = "skip";
    const auto contract = contract_of(world.scenario, dataset.get());
    QVERIFY2(contract.ok(), contract.status().to_string().c_str());
    QCOMPARE(contract->fields, (std::vector<std::string>{"instruction", "response"}));
    QCOMPARE(contract->labels, (std::vector<std::string>{"animal", "colour", "tool"}));
    const auto again = parse_contract(contract_json(*contract));
    QVERIFY2(again.ok(), again.status().to_string().c_str());
    QCOMPARE(contract_json(*again), contract_json(*contract));
    QCOMPARE(again->test_fraction, 0.2);
    QCOMPARE(again->bad_lines, std::string("skip"));
    world.scenario.dataset.test_files = {"public.jsonl"};
    QCOMPARE(contract_of(world.scenario, dataset.get())->test_fraction, 0.0);
  }

  void hostile_contracts_are_refused() {
    for (const std::string& text :
         {std::string(""), std::string("[]"), std::string("{\"max_length\": 1}"), std::string("{\"max_length\": 1e99}"),
          std::string("{\"test_fraction\": 1}"), std::string("{\"test_fraction\": -0.1}"), std::string("{\"labels\": [1]}"),
          std::string("{\"label\": 7}"), std::string("{\"template\": \"x\"}"), std::string("{\"bad_lines\": \"ignore\"}"),
          std::string("{\"seed\": -1}"), std::string(100'000, '['), "{\"label\": \"" + std::string(70'000, 'x') + "\"}"})
      QVERIFY2(!parse_contract(text).ok(), text.substr(0, 60).c_str());
    std::string many = "{\"labels\": [\"a\"";
    for (int i = 0; i < 1000; ++i) many += ",\"l\"";
    QVERIFY(!parse_contract(many + "]}").ok());
  }

  void the_members_scenario_names_no_file_of_the_host() {
    MiniWorld world;
    world.scenario.dataset.test_files = {"/etc/passwd"};
    world.scenario.clients = {{.client = 2, .local_steps = 9}, {.client = 7, .learning_rate = 0.5}};
    world.scenario.cohort.size = 3;
    DataContract contract = *contract_of(world.scenario, nullptr);
    contract.text_template = {"custom", "Q: {question}{?hint} ({hint}){/hint}\nA:", " {answer}"};
    contract.fields = {"question", "answer", "hint"};
    const auto member = member_scenario(world.scenario, contract, {"mine.csv"}, "csv", {{"question", "answer"}, {"answer", "frage"}, {"label", "kind"}});
    QVERIFY2(member.ok(), member.status().to_string().c_str());
    QCOMPARE(member->dataset.files.size(), size_t{1});
    QVERIFY(member->dataset.files[0].ends_with("/mine.csv") && member->dataset.files[0].starts_with("/"));
    QVERIFY(member->dataset.test_files.empty() && member->evaluation.control_files.empty());
    QCOMPARE(member->dataset.text_template.prompt, std::string("Q: {answer}{?hint} ({hint}){/hint}\nA:"));
    QCOMPARE(member->dataset.text_template.response, std::string(" {frage}"));  // the two swapped
    QCOMPARE(member->dataset.label, std::string("kind"));
    QCOMPARE(member->partition.method, std::string("by_file"));
    QCOMPARE(member->clients.size(), size_t{2});  // the slot's values hold
    const spec::Scenario shown = shown_scenario(*member, 2, "Lab 2");
    QVERIFY(!spec::has_errors(spec::validate(shown)));
    QCOMPARE(*shown.training.local_steps, 9);
    QCOMPARE(*shown.clients.at(0).name, std::string("Lab 2"));
    QVERIFY(!member_scenario(world.scenario, contract, {"x"}, "auto", {{"nonsense", "y"}}).ok());
    QVERIFY(!member_scenario(world.scenario, contract, {}, "auto", {}).ok());
    const auto problems = mapping_problems(contract, {{"question", "frage"}}, {"frage", "antwort", "kind"});
    QCOMPARE(problems.size(), size_t{2});  // answer and label
    QVERIFY2(problems[0].find("\"answer\"") != std::string::npos && problems[0].find("frage, antwort, kind") != std::string::npos, problems[0].c_str());
  }

  void examine_counts() {
    MiniWorld world;
    std::string lines;
    const auto add = [&](const std::string& question, const std::string& answer, const std::string& label) {
      lines += nlohmann::json{{"instruction", question}, {"response", answer}, {"label", label}}.dump() + "\n";
    };
    for (int i = 0; i < 28; ++i) add("Which is number " + std::to_string(i) + "?", "it", i % 2 ? "tool" : "animal");
    add("Which is number 3?", "it", "tool");                                   // a duplicate but for its label
    add("Write to jane@example.org", "done", "plant");                         // unknown label, e-mail
    add("Call +49 171 1234567 or jane@example.org", "done", "tool");           // both
    add("Long", std::string(400, 'x'), "tool");                                // truncated
    add(std::string(400, 'y'), "never seen", "tool");                          // truncated, nothing to learn
    write_text(world.path("/own.jsonl"), lines);
    const auto dataset = import(files_of({world.path("/own.jsonl")}, "label"), world.path("/home"));
    DataContract contract;
    contract.text_template = *data::resolve_template({}, dataset->fields());
    contract.label = "label";
    contract.labels = {"animal", "tool"};
    contract.max_length = 128;
    contract.test_fraction = 0.2;
    const auto tokenizer = data::Tokenizer::load(world.path("/base"));
    QVERIFY(tokenizer.ok());
    const auto found = examine(*dataset, contract.text_template, **tokenizer, contract, {});
    QVERIFY2(found.ok(), found.status().to_string().c_str());
    QCOMPARE(found->records, int64_t{33});
    QCOMPARE(found->duplicates, int64_t{1});
    QCOMPARE(found->emails, int64_t{2});
    QCOMPARE(found->phone_numbers, int64_t{1});
    QCOMPARE(found->unknown_labels, int64_t{1});
    QCOMPARE(found->truncated, int64_t{2});
    QCOMPARE(found->test_records, int64_t{7});
    QVERIFY(found->tokens > 33 * 40 && found->tokens < 33 * 129);
    QVERIFY(found->problems.empty());
    QCOMPARE(found->labels.size(), size_t{3});
    QVERIFY(std::ranges::any_of(found->hints, [](const std::string& hint) { return hint.find("only 7 records are held out") != std::string::npos; }));
    contract.max_length = 8;
    QVERIFY(!examine(*dataset, contract.text_template, **tokenizer, contract, {})->problems.empty());
    StopFlag stop;
    stop.request();
    QCOMPARE(examine(*dataset, contract.text_template, **tokenizer, contract, stop).status().code(), Code::cancelled);
  }

  // The rule: what a slot trains on and holds out is a function of its file alone.
  void a_member_splits_its_file_as_the_simulation_does() {
    MiniWorld world;
    spec::Scenario scenario = world.scenario;
    scenario.partition = {};
    scenario.partition.method = "by_file";
    scenario.dataset.files.clear();
    const std::vector<std::vector<const char*>> labels = {{"tool", "animal"}, {"animal", "colour", "tool"}, {"colour"}};
    for (size_t file = 0; file < labels.size(); ++file) {
      std::string text;
      for (int i = 0; i < 31; ++i) text += fedllm::tests::record_line(labels[file][static_cast<size_t>(i) % labels[file].size()], i);
      scenario.dataset.files.push_back(world.path("/part" + std::to_string(file) + ".jsonl"));
      write_text(scenario.dataset.files.back(), text);
    }
    const auto all = import(files_of(scenario.dataset.files, "label"), world.path("/home"));
    const auto input = data::partition_input(*all, scenario);
    const auto simulated = data::partition_records(*input, scenario, all->hash());
    QVERIFY(simulated.ok());
    for (size_t slot = 0; slot < labels.size(); ++slot) {
      const auto own = import(files_of({scenario.dataset.files[slot]}, "label"), world.path("/home"));
      const auto member = node::member_partition(*own, scenario);
      QVERIFY2(member.ok(), member.status().to_string().c_str());
      QCOMPARE(member->clients.size(), size_t{1});
      QCOMPARE(member->clients[0].size(), simulated->clients[slot].size());
      for (size_t i = 0; i < member->clients[0].size(); ++i)
        QVERIFY(*own->read(member->clients[0][i]) == *all->read(simulated->clients[slot][i]));
      QVERIFY(member->counts.test_records > 0);
    }
  }

  void sums_over_few_records_are_not_told() {
    const auto score = [](int64_t records) { return train::Score{double(records), records * 3, records / 2, records}; };
    node::TopicScores scores = {{"", score(19)}, {"a", score(19)}};
    QVERIFY(node::evaluation_report(scores, true).suppressed());
    QCOMPARE(node::evaluation_report(scores, true).sums_size(), 0);
    scores = {{"", score(60)}, {"a", score(25)}, {"b", score(30)}, {"c", score(5)}};
    QCOMPARE(node::evaluation_report(scores, false).sums_size(), 1);
    // "c" alone could be had by subtraction: the smallest told topic is left out with it.
    const auto told = node::evaluation_report(scores, true);
    QCOMPARE(told.sums_size(), 2);
    QCOMPARE(told.sums(1).topic(), std::string("b"));
    QCOMPARE(told.sums(1).records(), int64_t{30});
    scores = {{"", score(50)}, {"a", score(25)}, {"b", score(25)}};
    QCOMPARE(node::evaluation_report(scores, true).sums_size(), 3);
    scores[""].loss_sum = std::numeric_limits<double>::infinity();
    QVERIFY(!node::evaluation_report(scores, false).failure().empty());
  }

  void global_events_are_reduced_to_what_is_known() {
    auto event = told("eval", 2, R"({"adapter":"global","topic":"tool","path":"/etc/passwd"})");
    for (const auto& [key, value] : {std::pair("loss", 1.5), std::pair("exact", double(INFINITY)), std::pair("secret", 3.0)}) {
      auto* metric = event.add_metrics();
      metric->set_key(key);
      metric->set_value(value);
    }
    const auto checked = checked_event(event, 1, 5);
    QVERIFY(checked.has_value());
    QCOMPARE(checked->event.metrics.size(), size_t{2});
    QVERIFY(std::isnan(checked->event.metrics[1].second));
    QVERIFY(checked->event.detail.find("passwd") == std::string::npos);
    QCOMPARE(adapter_and_topic(checked->event), std::pair(std::string("global"), std::string("tool")));
    QVERIFY(!checked_event(told("eval", 2, R"({"adapter":"client"})"), 1, 5));
    QVERIFY(!checked_event(told("eval", 6, R"({"adapter":"global"})"), 1, 5));
    QVERIFY(!checked_event(told("client_step", 2, ""), 1, 5));
    QVERIFY(!checked_event(told("round_committed", -1, ""), 1, 5));
    QVERIFY(checked_event(told("round_started", 1, R"({"cohort":[0,1]})"), 1, 5)->event.detail.find("[0]") != std::string::npos);
    QVERIFY(checked_event(told("round_started", 1, R"({"cohort":[0,2]})"), 1, 5)->event.detail.find("[-1]") != std::string::npos);
    const std::string hash(64, 'a');
    QCOMPARE(checked_event(told("done", -1, R"({"summary":{"adapter_sha256":")" + hash + R"("}})"), 1, 5)->adapter_sha256, hash);
    QVERIFY(checked_event(told("done", -1, R"({"summary":{"adapter_sha256":"../x"}})"), 1, 5)->adapter_sha256.empty());
    QVERIFY(checked_event(told("warning", -1, std::string(100'000, '[')), 1, 5)->event.detail.size() < 100);
  }

  void the_card_says_what_the_records_allow() {
    const auto [low, high] = wilson(8, 10);
    QVERIFY(std::abs(low - 0.4902) < 1e-3 && std::abs(high - 0.9433) < 1e-3);
    QCOMPARE(wilson(0, 0), std::pair(0.0, 1.0));
    CardScores scores;
    QVERIFY(card_of(scores).sentence().find("None of your records") == 0);
    scores.base = train::Score{100, 100, 2, 100};
    scores.together = train::Score{50, 100, 80, 100};
    scores.alone = train::Score{50, 100, 78, 100};
    const auto card = card_of(scores);
    QCOMPARE(card.together().exact(), 0.8);
    QVERIFY2(card.sentence().find("better than the base model") != std::string::npos, card.sentence().c_str());
    QVERIFY2(card.sentence().find("not clearly different from alone") != std::string::npos, card.sentence().c_str());
  }
};

QTEST_GUILESS_MAIN(TestDataContract)
#include "tst_data_contract.moc"
