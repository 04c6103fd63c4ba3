#include <QtTest>

#include <algorithm>

#include "spec/scenario_json.h"

using namespace fedllm;
using namespace fedllm::spec;

namespace {

Scenario with(std::initializer_list<std::string_view> sets, Scenario s = {}) {
  for (std::string_view set : sets)
    if (const Status status = apply_set(s, set); !status.ok()) qFatal("%s", status.to_string().c_str());
  return s;
}

QString refusal(std::string_view set) {
  Scenario s;
  const Status status = apply_set(s, set);
  if (!(s == Scenario())) return "changed the scenario";
  return QString::fromStdString(status.message());
}

}  // namespace

class TestScenarioEdit : public QObject {
  Q_OBJECT
 private slots:
  void value_is_json_if_it_parses() {
    QCOMPARE(with({"lora.rank=4"}).lora.rank, 4);
    QCOMPARE(with({"training.learning_rate=1e-4"}).training.learning_rate, 1e-4);
    QCOMPARE(with({"partition.method=dirichlet"}).partition.method, std::string("dirichlet"));
    QCOMPARE(with({"name=\"a=b\""}).name, std::string("a=b"));
    QCOMPARE(with({"name=a=b {c"}).name, std::string("a=b {c"));
    QCOMPARE(with({"name="}).name, std::string());
    QCOMPARE(with({"lora.target_modules=[\"q_proj\",\"v_proj\"]"}).lora.target_modules,
             (std::vector<std::string>{"q_proj", "v_proj"}));
    QCOMPARE(with({"dataset.files=a.jsonl"}).dataset.files, std::vector<std::string>{"a.jsonl"});
    QCOMPARE(with({"evaluation.exact_match=false"}).evaluation.exact_match, false);
    QCOMPARE(with({"dataset.template.response={b}"}).dataset.text_template.response, std::string("{b}"));
    QCOMPARE(with({R"(lora={"rank": 2})"}).lora.rank, 2);
  }

  void steps_and_epochs_exclude_each_other() {
    const Scenario epochs = with({"training.local_epochs=2"});
    QVERIFY(!epochs.training.local_steps);
    QCOMPARE(*epochs.training.local_epochs, 2);
    const Scenario steps = with({"training.local_steps=7"}, epochs);
    QCOMPARE(*steps.training.local_steps, 7);
    QVERIFY(!steps.training.local_epochs);
  }

  void cohort_size_and_fraction_exclude_each_other() {
    const Scenario size = with({"cohort.fraction=0.5", "cohort.size=3"});
    QCOMPARE(*size.cohort.size, 3);
    QVERIFY(!size.cohort.fraction);
    const Scenario fraction = with({"cohort.fraction=0.5"}, size);
    QVERIFY(!fraction.cohort.size);
    QVERIFY(!with({"cohort.fraction=null"}, fraction).cohort.fraction);
  }

  void method_removes_clients_where_the_data_decide() {
    Scenario s = with({"partition.clients=4"});
    QVERIFY(!with({"partition.method=by_file"}, s).partition.clients);
    QVERIFY(!with({"partition.method=by_column"}, s).partition.clients);
    for (const char* kept : {"partition.method=iid", "partition.method=dirichlet", "partition.method=quantity"})
      QCOMPARE(*with({kept}, s).partition.clients, 4);
  }

  void overrides_by_client() {
    Scenario s = with({"clients.3.speed=0.5", "clients.0.name=ward", "clients.3.x=1"});
    QCOMPARE(s.clients.size(), size_t(2));
    QCOMPARE(s.clients[0].client, 0);
    QCOMPARE(*s.clients[0].name, std::string("ward"));
    QCOMPARE(*s.clients[1].speed, 0.5);
    QCOMPARE(with({"clients.0.name=null"}, s).clients.size(), size_t(1));   // says nothing any more
  }

  void overrides_in_any_order_are_found() {
    Scenario s;
    s.clients = {{.client = 3, .speed = 2.0}, {.client = 1, .speed = 4.0}};   // as a file may have them
    const Scenario changed = with({"clients.1.speed=5"}, s);
    QCOMPARE(changed.clients.size(), size_t(2));
    QCOMPARE(*changed.clients[1].speed, 5.0);
    QCOMPARE(*value_at(s, "clients.1.speed"), std::string("4"));
  }

  void refusals_data() {
    QTest::addColumn<QString>("set");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* set, const char* message) {
      QTest::newRow(set) << QString(set) << QString::fromUtf8(message);
    };
    row("lora.rank", "--set: expected path=value, got \"lora.rank\"");
    row("=3", "--set: expected path=value, got \"=3\"");
    row("lora.rnk=3", "lora.rnk: unknown key, did you mean \"rank\"?");
    row("lorra.rank=3", "lorra.rank: unknown path, did you mean \"lora.rank\"?");
    row("rank=3", "rank: unknown key, did you mean \"lora.rank\"?");
    row("lora.rank.x=3", "lora.rank.x: unknown path, did you mean \"lora.rank\"?");
    row("lora.rank=many", "lora.rank: expected a whole number, got \"many\"");
    row("lora.rank=null", "lora.rank: expected a whole number, got null");
    row("name=5", "name: expected text, got 5");
    row("clients.x.speed=1", "clients.x: expected a client's 0-based index, got \"x\"");
    row("clients.-1.speed=1", "clients.-1: expected a client's 0-based index, got \"-1\"");
    row("clients.1=1", "clients.1: expected a field after the client's index, such as clients.1.speed");
    row("clients.1.client=2", "clients.1.client: unknown key, did you mean \"latency_ms\"?");
    row("format_version=1", "");
  }
  void refusals() {
    QFETCH(QString, set);
    QFETCH(QString, message);
    const QString got = refusal(set.toStdString());
    if (message.isEmpty() || set.startsWith("clients.1.client")) QVERIFY2(got.contains("unknown"), qPrintable(got));
    else QCOMPARE(got, message);
  }

  void invalid_utf8_is_refused() {
    QCOMPARE(refusal("name=\xff"), QString("--set: expected UTF-8 text, got other bytes at byte 5"));
  }

  void every_path_can_be_read_and_set() {
    const auto paths = scenario_paths();
    QCOMPARE(paths.front(), std::string("name"));
    QVERIFY(std::find(paths.begin(), paths.end(), "clients.K.speed") != paths.end());
    QVERIFY(std::find(paths.begin(), paths.end(), "dataset.template") != paths.end());
    for (std::string path : paths) {
      if (const size_t k = path.find(".K."); k != std::string::npos) path.replace(k, 3, ".0.");
      Scenario s;
      const auto value = value_at(s, path);
      QVERIFY2(value.ok(), path.c_str());
      QVERIFY2(apply_set(s, path + "=" + *value).ok(), path.c_str());
    }
  }

  void value_at_paths() {
    const Scenario s = with({"clients.2.name=ward", "lora.rank=8"});
    QCOMPARE(*value_at(s, "lora.rank"), std::string("8"));
    QCOMPARE(*value_at(s, "partition.method"), std::string("\"iid\""));
    QCOMPARE(*value_at(s, "clients.2.name"), std::string("\"ward\""));
    QCOMPARE(*value_at(s, "clients.1.name"), std::string("null"));
    QVERIFY(value_at(s, "clients.2")->starts_with(R"({"client":2,"name":"ward")"));
    QVERIFY(!value_at(s, "clients.two").ok());
    QCOMPARE(*value_at(s, "training.local_epochs"), std::string("null"));
    QCOMPARE(*value_at(s, "cohort"), std::string(R"({"size":null,"fraction":null})"));
    QCOMPARE(*value_at(s, "dataset.label"), std::string("\"\""));
    QVERIFY(!value_at(s, "lora.rnk").ok());
  }

  void difference_in_words() {
    const Scenario a = with({"lora.rank=8", "partition.alpha=0.5"});
    QCOMPARE(difference_sentence(a, a), std::string("no difference"));
    QCOMPARE(difference_sentence(a, with({"lora.rank=4", "partition.alpha=0.1", "name=copy"}, a)),
             std::string("partition.alpha 0.5 -> 0.1, lora.rank 8 -> 4"));
    QCOMPARE(difference_sentence(a, with({"name=copy"}, a)), std::string("name untitled -> copy"));
    QCOMPARE(difference_sentence(a, with({"training.local_epochs=2"}, a)),
             std::string("training.local_steps 30 -> none, training.local_epochs none -> 2"));
    QCOMPARE(difference_sentence(a, with({"clients.10.speed=2", "clients.2.speed=3", "clients.2.x=4"}, a)),
             std::string("clients.2.speed none -> 3, clients.10.speed none -> 2"));
    // Not valid, but there are words for it.
    QCOMPARE(difference_sentence(a, with({"clients.2147483647.speed=2", "clients.30000000.speed=3"}, a)),
             std::string("clients.30000000.speed none -> 3, clients.2147483647.speed none -> 2"));
    QCOMPARE(difference_sentence(a, with({"lora.target_modules=q_proj"}, a)),
             std::string("lora.target_modules [q_proj, k_proj, v_proj, o_proj] -> [q_proj]"));
    QCOMPARE(difference_sentence(a, with({"network.coordinator_x=4"}, a)), std::string("no difference"));
  }
};

QTEST_GUILESS_MAIN(TestScenarioEdit)
#include "tst_scenario_edit.moc"
