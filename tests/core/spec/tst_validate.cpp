#include <QtTest>

#include <algorithm>
#include <cmath>

#include "spec/scenario_json.h"
#include "spec/validate.h"

using namespace fedllm;
using namespace fedllm::spec;

namespace {

Scenario sound() {
  Scenario s;
  s.dataset.files = {"a.jsonl"};
  s.dataset.label = "topic";
  s.partition.clients = 4;
  return s;
}

const Problem* find(const std::vector<Problem>& problems, const std::string& code) {
  const auto found = std::find_if(problems.begin(), problems.end(), [&](const Problem& p) { return p.code == code; });
  return found == problems.end() ? nullptr : &*found;
}

}  // namespace

class TestValidate : public QObject {
  Q_OBJECT
 private slots:
  void a_sound_scenario_has_no_problem() {
    const auto problems = validate(sound());
    QVERIFY2(problems.empty(), problems.empty() ? "" : problems[0].message.c_str());
  }

  void problems_data() {
    QTest::addColumn<QString>("set");       // applied to a sound scenario, ';' between
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("message");   // a part of it
    QTest::addColumn<bool>("is_error");
    const auto row = [](const char* set, const char* code, const char* path, const char* message, bool is_error = true) {
      QTest::newRow(set) << QString(set) << QString(code) << QString(path) << QString(message) << is_error;
    };
    row("name=", "name.empty", "name", "no name", false);
    row("base_model=", "base_model.missing", "base_model", "got nothing");
    row("rounds=0", "rounds.range", "rounds", "expected a whole number from 1 to 100000, got 0");
    row("base_precision=int4", "base_precision.unknown", "base_precision", "expected one of auto, f32, bf16, int8, got \"int4\"");
    row("codec=f166", "codec.unknown", "codec", "expected one of f32, f16, bf16, int8, int4, top-k, random-mask, sign, got \"f166\"; did you mean \"f16\"?");
    row("evaluation.metrics=[\"bleu\"]", "evaluation.metrics.unknown", "evaluation.metrics", "expected one of label_accuracy, label_accuracy_norm, final_number, rouge_l, f1, got \"bleu\"");
    row("evaluation.metrics=[\"f1\",\"f1\"]", "evaluation.metrics.repeated", "evaluation.metrics.1", "\"f1\" is given twice", false);
    row("evaluation.answer_records=0", "evaluation.answer_records.range", "evaluation.answer_records", "expected a whole number from 1 to 100000, got 0");
    row("evaluation.max_new_tokens=0", "evaluation.max_new_tokens.range", "evaluation.max_new_tokens", "expected a whole number from 1 to 4096, got 0");
    row("dataset.label=;evaluation.metrics=[\"label_accuracy\"]", "evaluation.metrics.no-label", "evaluation.metrics", "label_accuracy expects the field that holds the label, got nothing");
    row("codec_density=0", "codec_density.range", "codec_density", "expected a number more than 0 and at most 1, got 0");
    row("codec_density=0.5", "codec_density.unused", "codec_density", "the density has no effect with codec f32, only with top-k and random-mask", false);
    row("downlink_codec=sign", "downlink_codec.unknown", "downlink_codec", "expected one of f32, f16, bf16, int8, int4, top-k, got \"sign\"");
    row("downlink_density=2;downlink_codec=top-k", "downlink_density.range", "downlink_density", "expected a number more than 0 and at most 1, got 2");
    row("downlink_density=0.5", "downlink_density.unused", "downlink_density", "the density has no effect with codec f32, only with top-k", false);
    row("strategy.aggregator=flora;downlink_codec=top-k", "downlink_codec.sparse", "downlink_codec", "expected f32, f16, bf16, int8 or int4 with FLoRA");
    row("dataset.files=[]", "dataset.files.missing", "dataset.files", "expected at least one file, got none");
    row("dataset.files=[\"\"]", "dataset.files.empty", "dataset.files.0", "got nothing");
    row("dataset.files=[\"a\",\"a\"]", "dataset.files.repeated", "dataset.files.1", "given twice", false);
    row("dataset.format=jsnl", "dataset.format.unknown", "dataset.format", "did you mean \"jsonl\"?");
    row("dataset.bad_lines=drop", "dataset.bad_lines.unknown", "dataset.bad_lines", "expected one of refuse, skip");
    row("dataset.template=instruct", "dataset.template.unknown", "dataset.template", "did you mean \"instruction\"?");
    row("dataset.template={\"prompt\":\"{a}\"}", "dataset.template.response.missing", "dataset.template.response", "got nothing");
    row("dataset.template={\"response\":\"a\"}", "dataset.template.response.constant", "dataset.template.response", "no {field}",
        false);
    row("dataset.test_fraction=1", "dataset.test_fraction.range", "dataset.test_fraction", "at least 0 and less than 1, got 1");
    row("dataset.test_fraction=0", "dataset.test_fraction.none", "dataset.test_fraction", "no held-out loss", false);
    row("dataset.test_files=a.jsonl", "dataset.test_files.overlap", "dataset.test_files", "also a training file");
    row("partition.method=dirichelt", "partition.method.unknown", "partition.method", "did you mean \"dirichlet\"?");
    row("partition.clients=null", "partition.clients.missing", "partition.clients", "iid expects a number of clients");
    row("partition.clients=0", "partition.clients.range", "partition.clients", "from 1 to 10000, got 0");
    row("partition.clients=1", "partition.clients.one", "partition.clients", "nothing to average", false);
    row("partition.alpha=0", "partition.alpha.range", "partition.alpha", "more than 0, got 0");
    row("partition.method=by_column", "partition.column.missing", "partition.column", "got nothing");
    row("partition.method=by_file;partition.clients=3", "partition.clients.unused", "partition.clients", "the data decide",
        false);
    row("partition.method=by_file", "partition.method.one_file", "partition.method", "one client", false);
    row("partition.method=dirichlet;dataset.label=", "dataset.label.missing", "dataset.label", "dirichlet expects the field");
    row("partition.labels_per_client=2;dataset.label=", "dataset.label.missing", "dataset.label", "labels_per_client expects");
    row("partition.labels_per_client=0", "partition.labels_per_client.range", "partition.labels_per_client", "got 0");
    row("partition.labels_per_client=2;partition.method=quantity", "partition.labels_per_client.unused",
        "partition.labels_per_client", "not used with quantity", false);
    row("partition.min_records=-1", "partition.min_records.range", "partition.min_records", "got -1");
    row("lora.rank=0", "lora.rank.range", "lora.rank", "from 1 to 4096, got 0");
    row("lora.alpha=0", "lora.alpha.range", "lora.alpha", "more than 0");
    row("lora.dropout=1", "lora.dropout.range", "lora.dropout", "less than 1, got 1");
    row("lora.target_modules=[]", "lora.target_modules.missing", "lora.target_modules", "at least one module");
    row("lora.target_modules=[\"q\",\"q\"]", "lora.target_modules.repeated", "lora.target_modules.1", "given twice");
    row("training.local_steps=null", "training.local_steps.missing", "training.local_steps", "got neither");
    row("training={\"local_steps\":1,\"local_epochs\":1}", "training.local_steps.both", "training.local_steps", "got both");
    row("training.local_steps=0", "training.local_steps.range", "training.local_steps", "got 0");
    row("training.local_epochs=0", "training.local_epochs.range", "training.local_epochs", "got 0");
    row("training.batch_size=0", "training.batch_size.range", "training.batch_size", "got 0");
    row("training.learning_rate=0", "training.learning_rate.range", "training.learning_rate", "more than 0");
    row("training.learning_rate=1", "training.learning_rate.large", "training.learning_rate", "usually diverges", false);
    row("training.max_length=1", "training.max_length.range", "training.max_length", "got 1");
    row("training.weight_decay=-1", "training.weight_decay.range", "training.weight_decay", "0 or more, got -1");
    row("training.clip_norm=-1", "training.clip_norm.range", "training.clip_norm", "0 or more");
    row("training.warmup_fraction=2", "training.warmup_fraction.range", "training.warmup_fraction", "from 0 to 1, got 2");
    row("strategy.aggregator=fedprox", "strategy.aggregator.unknown", "strategy.aggregator", "set strategy.proximal_mu");
    row("strategy.server_optimizer=fedavg", "strategy.server_optimizer.unknown", "strategy.server_optimizer",
        "did you mean \"fedavgm\"?");
    row("strategy.server_learning_rate=0", "strategy.server_learning_rate.range", "strategy.server_learning_rate", "more than 0");
    row("strategy.server_momentum=1", "strategy.server_momentum.range", "strategy.server_momentum", "less than 1");
    row("strategy.aggregator=scaffold", "strategy.aggregator.unknown", "strategy.aggregator", "set strategy.control_variates");
    row("strategy.aggregator=fedadam", "strategy.aggregator.unknown", "strategy.aggregator", "set strategy.server_optimizer to fedadam");
    row("strategy.aggregator=flroa", "strategy.aggregator.unknown", "strategy.aggregator", "did you mean \"flora\"?");
    row("strategy.aggregator=lora-a2;strategy.parameters={\"share\":0}", "strategy.parameters.range", "strategy.parameters", "parameter share: expected a number from 0.001 to 1, got 0");
    row("strategy.aggregator=rolora;strategy.server_optimizer=fedadam", "strategy.server_optimizer.method", "strategy.server_optimizer", "RoLoRA sets the next adapter itself: expected none, got \"fedadam\"");
    row("strategy.aggregator=rolora;codec=int8", "downlink_codec.method", "downlink_codec", "expected f32, f16 or bf16, got \"int8\"");
    row("strategy.aggregator=flora;strategy.parameters={\"merged_rank\":0.5}", "strategy.parameters.range", "strategy.parameters", "parameter merged_rank: expected a whole number from 0 to 4096, got 0.5");
    row("strategy.aggregator=lora-fair;strategy.parameters={\"lambda\":-1}", "strategy.parameters.range", "strategy.parameters", "parameter lambda: expected a number from 0 to");
    row("strategy.aggregator=lora-fair;strategy.parameters={\"mu\":1}", "strategy.parameters.unknown", "strategy.parameters", "LoRA-FAIR has no parameter \"mu\"; it has lambda, cosine");
    row("strategy.parameters={\"mu\":1}", "strategy.parameters.unknown", "strategy.parameters", "FedIT has no parameter \"mu\"; it has none");
    row("strategy.aggregator=fedex-lora;lora.modules_to_save=[\"lm_head\"]", "lora.modules_to_save.method", "lora.modules_to_save", "not done for whole tensors");
    row("strategy.aggregator=ravan;strategy.parameters={\"heads\":3}", "strategy.parameters.heads", "strategy.parameters", "RAVAN: expected a rank that 3 heads divide, got 8");
    row("strategy.aggregator=fed-sb;rounds=1", "rounds.method", "rounds", "Fed-SB finds the basis of its cores in the first round and trains from the second on: expected at least 2 rounds, got 1");
    row("strategy.aggregator=fed-sb;lora.modules_to_save=[\"lm_head\"]", "lora.modules_to_save.cores", "lora.modules_to_save", "Fed-SB trains cores of LoRA modules alone");
    row("strategy.aggregator=exec:", "strategy.aggregator.script", "strategy.aggregator", "the path of a program behind exec:, got nothing");
    row("strategy.control_variates=true", "strategy.control_variates.heuristic", "strategy.control_variates", "without momentum; otherwise this is a heuristic", false);
    row("strategy.control_variates=true;strategy.aggregator=rbla", "strategy.control_variates.method", "strategy.control_variates", "done for fedavg, got \"rbla\"");
    row("strategy.server_beta1=1", "strategy.server_beta1.range", "strategy.server_beta1", "less than 1");
    row("strategy.server_beta2=-1", "strategy.server_beta2.range", "strategy.server_beta2", "at least 0");
    row("strategy.server_tau=0", "strategy.server_tau.range", "strategy.server_tau", "more than 0");
    row("training.optimizer=adam", "training.optimizer.unknown", "training.optimizer", "did you mean \"adamw\"?");
    row("training.momentum=1", "training.momentum.range", "training.momentum", "less than 1");
    row("training.momentum=0.5", "training.momentum.unused", "training.momentum", "not used with adamw", false);
    row("clients.1.rank=0", "clients.rank.range", "clients.1.rank", "got 0");
    row("clients.1.rank=1", "clients.rank.method", "clients.1.rank", "FedIT needs the same rank of every client");
    row("strategy.proximal_mu=-1", "strategy.proximal_mu.range", "strategy.proximal_mu", "0 or more");
    row("cohort={\"size\":1,\"fraction\":1}", "cohort.size.both", "cohort.size", "got both");
    row("cohort.fraction=0", "cohort.fraction.range", "cohort.fraction", "more than 0 and at most 1, got 0");
    row("cohort.size=0", "cohort.size.range", "cohort.size", "got 0");
    row("cohort.size=5", "cohort.size.too_many", "cohort.size", "expected at most 4");
    row("clients.4.speed=1", "clients.unknown_client", "clients.4", "expected a client from 0 to 3, got 4");
    row("clients=[{\"client\":1},{\"client\":1}]", "clients.repeated", "clients.1", "given twice");
    row("clients=[{\"client\":-1}]", "clients.unknown_client", "clients.-1", "got -1");
    row("clients.1.speed=0", "clients.speed.range", "clients.1.speed", "more than 0");
    row("clients.1.local_steps=0", "clients.local_steps.range", "clients.1.local_steps", "got 0");
    row("clients.1.learning_rate=-1", "clients.learning_rate.range", "clients.1.learning_rate", "got -1");
    row("clients.1.uplink_mbit_s=0", "clients.uplink_mbit_s.range", "clients.1.uplink_mbit_s", "got 0");
    row("clients.1.downlink_mbit_s=0", "clients.downlink_mbit_s.range", "clients.1.downlink_mbit_s", "got 0");
    row("clients.1.latency_ms=-1", "clients.latency_ms.range", "clients.1.latency_ms", "got -1");
    row("clients.1.name=a;clients.2.name=a", "clients.name.repeated", "clients.2.name", "called \"a\"", false);
    row("network.uplink_mbit_s=0", "network.uplink_mbit_s.range", "network.uplink_mbit_s", "got 0");
    row("network.downlink_mbit_s=0", "network.downlink_mbit_s.range", "network.downlink_mbit_s", "got 0");
    row("network.latency_ms=-1", "network.latency_ms.range", "network.latency_ms", "got -1");
    row("network.quorum=0", "network.quorum.range", "network.quorum", "got 0");
    row("network.quorum=0.5", "network.quorum.timing", "network.quorum", "depend on timing", false);
    row("network.deadline_s=-1", "network.deadline_s.range", "network.deadline_s", "got -1");
    row("network.deadline_s=9", "network.deadline_s.timing", "network.deadline_s", "more than 9 s", false);
    row("evaluation.max_records=0", "evaluation.max_records.range", "evaluation.max_records", "got 0");
    row("evaluation.control_files=[\"\"]", "evaluation.control_files.empty", "evaluation.control_files.0", "got nothing");
  }
  void problems() {
    QFETCH(QString, set);
    QFETCH(QString, code);
    QFETCH(QString, path);
    QFETCH(QString, message);
    QFETCH(bool, is_error);
    Scenario s = sound();
    for (const QString& one : set.split(';')) {
      const Status status = apply_set(s, one.toStdString());
      QVERIFY2(status.ok(), status.to_string().c_str());
    }
    const auto all = validate(s);
    const Problem* problem = find(all, code.toStdString());
    QVERIFY2(problem, all.empty() ? "no problem" : all[0].code.c_str());
    QCOMPARE(QString::fromStdString(problem->path), path);
    QVERIFY2(QString::fromStdString(problem->message).contains(message), problem->message.c_str());
    QCOMPARE(problem->severity == Problem::Severity::error, is_error);
    QCOMPARE(has_errors(all), is_error);
  }

  void numbers_that_are_none() {
    Scenario s = sound();
    s.training.learning_rate = NAN;
    s.network.latency_ms = INFINITY;
    s.clients.push_back({.client = 0, .x = NAN});
    const auto all = validate(s);
    QVERIFY(find(all, "training.learning_rate.range"));
    QVERIFY(find(all, "network.latency_ms.range"));
    QVERIFY(find(all, "clients.x.range"));
    s = sound();
    s.name = "\xff";
    QVERIFY(find(validate(s), "name.utf8"));
  }

  void shipped_scenarios_are_sound() {
    QDir folder(QString(FEDLLM_SOURCE_DIR) + "/resources/scenarios");
    const QStringList files = folder.entryList({"*.json"}, QDir::Files);
    QVERIFY(!files.isEmpty());
    QSet<QString> names;
    for (const QString& file : files) {
      const auto scenario = load_scenario(folder.filePath(file).toStdString());
      QVERIFY2(scenario.ok(), scenario.status().to_string().c_str());
      for (const Problem& problem : validate(*scenario))
        QVERIFY2(false, (file.toStdString() + ": " + problem.path + ": " + problem.message).c_str());
      names.insert(QString::fromStdString(scenario->name));
    }
    QCOMPARE(names.size(), files.size());
  }

  void parse_and_validate_are_fast() {
    Scenario s = sound();
    s.partition.clients = 50;
    for (int k = 0; k < 50; ++k)
      s.clients.push_back({.client = k, .name = "client " + std::to_string(k), .speed = 1.5, .x = 1.0 * k, .y = 2.0});
    const std::string text = to_json(s);
    QElapsedTimer timer;
    timer.start();
    constexpr int kTimes = 20;
    size_t found = 0;
    for (int i = 0; i < kTimes; ++i) found += validate(*parse_scenario(text)).size();
    const double ms = timer.nsecsElapsed() / 1e6 / kTimes;
    qInfo("parse + validate of a 50-client scenario: %.3f ms", ms);
    QCOMPARE(found, size_t(0));
    QVERIFY(ms < 50);   // a guard against quadratic surprises; the figure is in the line above
  }
};

QTEST_GUILESS_MAIN(TestValidate)
#include "tst_validate.moc"
