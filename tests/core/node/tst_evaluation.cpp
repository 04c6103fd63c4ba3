// What is scored and how it is summed: caps, deterministic choice, topics, and no dependence on workers.
#include <QTest>

#include "node/evaluation.h"
#include "support/mini_world.h"
#include "support/noop_backend.h"

using namespace fedllm;
using namespace fedllm::node;

namespace {

// Ten records: topics a and b, two without a topic, three controls.
EvalSet small_set() {
  EvalSet set;
  const char* topics[] = {"a", "a", "a", "b", "b", "", "", "c", "c", "c"};
  for (int i = 0; i < 10; ++i) {
    data::Example example;
    example.ids = {1, 2, 3 + i};
    example.prompt_length = 1;
    set.records.push_back({example, topics[i], i >= 7});
  }
  return set;
}

// Fails at one record and returns too few scores on demand.
class Broken final : public fedllm::tests::NoopBackend {
 public:
  bool short_answer = false;
  Result<std::vector<train::Score>> score(const train::BaseModel&, const adapter::AdapterState*,
                                          std::span<const data::Example> examples, const StopFlag&) override {
    if (!short_answer) return internal_error("the model broke", "broken");
    return std::vector<train::Score>(examples.size() - 1);
  }
};

struct Tools {
  explicit Tools(train::Backend& backend, int workers) : pool(workers), tools{backend, base, pool, gate, {}} {}
  fedllm::tests::NoopBase base;
  WorkerPool pool;
  PauseGate gate;
  EvalTools tools;
};

}  // namespace

class TestEvaluation : public QObject {
  Q_OBJECT
 private slots:
  void sums_by_topic_and_leaves_controls_out_of_the_whole() {
    fedllm::tests::NoopBackend backend;
    Tools tools(backend, 2);
    const auto scores = evaluate(tools.tools, nullptr, small_set());
    QVERIFY(scores.ok());
    QCOMPARE(scores->size(), size_t{4});
    QCOMPARE(scores->at("").records, int64_t{7});
    QCOMPARE(scores->at("a").records, int64_t{3});
    QCOMPARE(scores->at("b").records, int64_t{2});
    QCOMPARE(scores->at("c").records, int64_t{3});
    QCOMPARE(scores->at("").tokens, int64_t{14});
  }
  void the_number_of_workers_does_not_matter() {
    fedllm::tests::NoopBackend backend;
    EvalSet set;
    for (int i = 0; i < 500; ++i) set.records.push_back({{{1, 2, i}, 1, -1, false}, i % 3 ? "x" : "y", false});
    double losses[3];
    int at = 0;
    for (const int workers : {1, 2, 4}) {
      Tools tools(backend, workers);
      losses[at++] = evaluate(tools.tools, nullptr, set)->at("").loss_sum;
    }
    QVERIFY(losses[0] == losses[1] && losses[1] == losses[2]);
  }
  void only_some_records_on_request() {
    fedllm::tests::NoopBackend backend;
    Tools tools(backend, 1);
    const std::vector<size_t> only = {0, 3, 9};
    const auto scores = evaluate(tools.tools, nullptr, small_set(), &only);
    QCOMPARE(scores->at("").records, int64_t{2});
    QCOMPARE(scores->at("c").records, int64_t{1});
  }
  void errors_of_the_backend_come_through() {
    Broken backend;
    Tools tools(backend, 2);
    QCOMPARE(evaluate(tools.tools, nullptr, small_set()).status().message(), std::string("the model broke"));
    backend.short_answer = true;
    QCOMPARE(evaluate(tools.tools, nullptr, small_set()).status().message(), std::string("expected 10 scores, got 9"));
  }
  void stopping_is_cancelled() {
    fedllm::tests::NoopBackend backend;
    Tools tools(backend, 2);
    tools.tools.stop.request();
    QCOMPARE(evaluate(tools.tools, nullptr, small_set()).status().code(), Code::cancelled);
  }
  void an_empty_set_has_no_topics() {
    fedllm::tests::NoopBackend backend;
    Tools tools(backend, 1);
    QVERIFY(evaluate(tools.tools, nullptr, EvalSet())->empty());
  }

  void the_choice_is_fixed_by_seed_and_topic() {
    const auto first = choose(1000, 20, 5, "kind");
    QCOMPARE(first.size(), size_t{20});
    QVERIFY(std::is_sorted(first.begin(), first.end()));
    QVERIFY(std::adjacent_find(first.begin(), first.end()) == first.end());
    QCOMPARE(choose(1000, 20, 5, "kind"), first);
    QVERIFY(choose(1000, 20, 6, "kind") != first);
    QVERIFY(choose(1000, 20, 5, "home") != first);
    QCOMPARE(choose(3, 20, 5, "kind"), (std::vector<size_t>{0, 1, 2}));
  }

  void caps_follow_the_work_of_the_run() {
    // 4 clients x 30 steps x 16 records x 5 rounds: 0.15 x 3 x 9600 = 4320 records to score in all.
    const EvalLimits limits{256, 9600, 6, 8};
    const EvalCaps caps = eval_caps(limits, 2);
    QCOMPARE(caps.global, 216);  // 0.6 x 4320 / 6 / 2
    QCOMPARE(caps.client, 108);  // 0.4 x 4320 / 8 / 2
    QVERIFY(6 * 2 * caps.global + 8 * 2 * caps.client <= 4320);
    // Never more than asked for, never fewer than 16, unless fewer were asked for.
    QCOMPARE(eval_caps({256, 100000000, 6, 8}, 2).global, 256);
    QCOMPARE(eval_caps({256, 10, 6, 8}, 2).global, 16);
    QCOMPARE(eval_caps({10, 10, 6, 8}, 2).global, 10);
    QCOMPARE(eval_caps({256, 9600, 6, 0}, 2).global, 256);
    QCOMPARE(eval_caps({256, 9600, 6, 0}, 2).client, 0);
  }
};

QTEST_GUILESS_MAIN(TestEvaluation)
#include "tst_evaluation.moc"
