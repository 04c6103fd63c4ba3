// fedllm bench from the outside, on the smallest work it takes: every subcommand prints one JSON object whose figures hang
// together, both sides of `bench train` compute the same losses, and bad input gets one sentence and the right exit code.
#include <cmath>

#include "support/cli.h"

using namespace fedllm::tests;

namespace {

// One object on stdout; its numbers are finite and positive where they are named.
Json measured(const Cli& cli, const QStringList& arguments, std::initializer_list<const char*> positive) {
  const CliResult result = cli.run(QStringList{"bench"} + arguments + QStringList{"--json", "--runs", "1"});
  if (result.code != 0 || result.objects().size() != 1 || !result.last().is_object()) {
    QTest::qFail(("exit code " + std::to_string(result.code) + ": " + result.err.toStdString() + result.out.toStdString()).c_str(), __FILE__, __LINE__);
    return {};
  }
  const Json json = result.last();
  for (const char* name : positive) {
    const Json::json_pointer at(name);
    if (!json.contains(at) || !json[at].is_number() || !(json[at].get<double>() > 0))
      QTest::qFail((std::string(name) + " of " + json.dump()).c_str(), __FILE__, __LINE__);
  }
  return json;
}

bool python_has_torch() {
  QProcess python;
  python.start("/usr/bin/python3", {"-c", "import torch"});
  return python.waitForFinished(60000) && python.exitStatus() == QProcess::NormalExit && python.exitCode() == 0;
}

}  // namespace

class TestVerbBench : public QObject {
  Q_OBJECT
 private slots:
  void train_tells_speed_memory_and_the_limit() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    const Json json = measured(Cli(), {"train", "--shape", "small", "--steps", "2"},
                               {"/tokens", "/labels", "/engine/tokens_per_cpu_s", "/engine/tokens_per_s", "/engine/peak_bytes", "/limit_flops_per_cpu_s", "/fraction_of_limit"});
    if (QTest::currentTestFailed()) return;
    // Eight rows of 26 to 64 tokens, of which the last 40 % are scored.
    QCOMPARE(json["tokens"].get<int>(), 26 + 31 + 37 + 42 + 48 + 53 + 59 + 64);
    QVERIFY(std::abs(json["labels"].get<double>() / json["tokens"].get<double>() - 0.4) < 0.01);
    QVERIFY(!json.contains("speed_ratio"));
  }
  void train_beside_python_computes_the_same_losses() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    if (!python_has_torch()) QSKIP("python3-torch is not installed");
    const Json json = measured(Cli(), {"train", "--shape", "small", "--steps", "3", "--vs-python"},
                               {"/speed_ratio", "/speed_ratio_wall", "/memory_ratio", "/reference/tokens_per_cpu_s", "/reference/peak_bytes"});
    if (QTest::currentTestFailed()) return;
    QVERIFY(json["losses_agree"].get<bool>());
    QVERIFY(json["loss_difference"].get<double>() < 1e-5);
  }
  void stopping_a_generation_is_timed() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    const Json json = measured(Cli(), {"generate", "--shape", "small", "--cancel"},
                               {"/prompt_tokens", "/prompt_s", "/reading/median_ms", "/reading/worst_ms", "/writing/median_ms", "/writing/worst_ms"});
    if (QTest::currentTestFailed()) return;
    QVERIFY(json["reading"]["worst_ms"].get<double>() >= json["reading"]["median_ms"].get<double>());
    // The limit is 200 ms on a machine that is not busy with anything else.
    QVERIFY(json["reading"]["worst_ms"].get<double>() < 2000 && json["writing"]["worst_ms"].get<double>() < 2000);
  }
  void several_clients_are_compared_with_one() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    const Json json = measured(Cli(), {"train", "--shape", "small", "--steps", "1", "--clients", "3"},
                               {"/memory_ratio", "/throughput_ratio", "/throughput_ratio_cpu", "/cores_got"});
    if (QTest::currentTestFailed()) return;
    QCOMPARE(json["clients"].get<int>(), 3);
    QCOMPARE(json["cores"].get<int>(), 2);
  }
  void workers_that_share_a_batch_do_not_change_it() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    const Json json = measured(Cli(), {"train", "--shape", "small", "--steps", "3", "--workers", "2"}, {"/throughput_ratio", "/throughput_ratio_cpu", "/cores_got"});
    if (QTest::currentTestFailed()) return;
    QVERIFY(json["losses_equal"].get<bool>());
  }
  void generate_tells_its_part_of_the_bandwidth() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    const Json json = measured(Cli(), {"generate", "--shape", "small", "--tokens", "4"}, {"/tokens_per_cpu_s", "/read_bytes_per_cpu_s", "/fraction_of_limit"});
    if (QTest::currentTestFailed()) return;
    // Four blocks of 197,632 values and a head of 131,072, two bytes each.
    QVERIFY(std::abs(json["bytes_per_token"].get<double>() - 2 * (4 * 197632 + 131072)) < 8192);
  }
  void import_counts_the_records_of_a_file() {
    const Cli cli;
    cli.write("/three.jsonl", "{\"instruction\": \"a\", \"response\": \"b\"}\n{\"instruction\": \"c\", \"response\": \"d\"}\nnone\n{\"instruction\": \"e\", \"response\": \"f\"}\n");
    const Json json = measured(cli, {"import", "--data", cli.path("/three.jsonl")}, {"/records_per_s", "/bytes_per_s", "/again_seconds"});
    if (QTest::currentTestFailed()) return;
    QCOMPARE(json["records"].get<int>(), 3);
    QCOMPARE(json["skipped"].get<int>(), 1);
    const Json made = measured(cli, {"import", "--megabytes", "1"}, {"/records"});
    if (QTest::currentTestFailed()) return;
    QVERIFY(std::abs(made["bytes"].get<double>() - 1e6) < 2000);
  }
  void aggregate_counts_every_value() {
    const Json json = measured(Cli(), {"aggregate", "--clients", "3", "--parameters", "4096", "--payloads", "2", "--payload-parameters", "4096", "--products", "2", "--layers", "1"},
                               {"/cpu_s", "/bytes_per_cpu_s", "/read_bytes_per_cpu_s", "/fraction_of_limit", "/payloads/cpu_s", "/payloads/check_cpu_s", "/payloads/fraction_of_limit", "/flexlora/cpu_s"});
    if (QTest::currentTestFailed()) return;
    QCOMPARE(json["payloads"]["clients"].get<int>(), 2);
    QCOMPARE(json["payloads"]["parameters"].get<int>(), 4096);
    QCOMPARE(json["payloads"]["bytes"].get<int>(), 2 * (20 + 2 * 4096) + 4 * 4096);   // two payloads and their mean
    QCOMPARE(json["payloads"]["threads"].get<int>(), 1);
    QCOMPARE(json["flexlora"]["clients"].get<int>(), 2);
    QCOMPARE(json["flexlora"]["parameters"].get<int>(), 16 * (2 * 576 + 576 + 192));
    QCOMPARE(json["parameters"].get<int>(), 4096);
    QCOMPARE(json["clients"].get<int>(), 3);
  }
  void without_json_it_prints_a_table() {
    const CliResult result = Cli().run({"bench", "aggregate", "--parameters", "4096", "--runs", "1", "--payloads", "2", "--payload-parameters", "4096", "--products", "2", "--layers", "1"});
    QCOMPARE(result.code, 0);
    QVERIFY2(result.out.contains("GB/s"), result.out.constData());
    QVERIFY(!result.out.startsWith('{'));
  }

  void bad_input_gets_one_sentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("line");
    QTest::newRow("what") << QStringList{"everything"} << 2 << "bench measures one of aggregate, generate, import";
    QTest::newRow("shape") << QStringList{"train", "--shape", "7b"} << 2 << "--shape expects small, 15m or 135m, got \"7b\"";
    QTest::newRow("dtype") << QStringList{"train", "--dtype", "int4"} << 2 << "--dtype expects bf16 or f32, got \"int4\"";
    QTest::newRow("shape and model") << QStringList{"generate", "--shape", "small", "--model", "."} << 2 << "--shape or --model, got both";
    QTest::newRow("python and clients") << QStringList{"train", "--vs-python", "--clients", "2"} << 2 << "one of --vs-python, --clients and --workers, got several";
    QTest::newRow("precision") << QStringList{"train", "--precision", "int4"} << 2 << "int4";
    QTest::newRow("runs") << QStringList{"aggregate", "--runs", "0"} << 2 << "--runs expects a whole number from 1 up, got \"0\"";
    QTest::newRow("clients") << QStringList{"aggregate", "--clients", "many"} << 2 << "--clients expects a whole number from 1 up";
    QTest::newRow("model") << QStringList{"train", "--model", "/nowhere"} << 1 << "/nowhere/config.json";
    QTest::newRow("data") << QStringList{"import", "--data", "/nowhere.jsonl"} << 1 << "/nowhere.jsonl";
  }
  void bad_input_gets_one_sentence() {
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QString, line);
    const CliResult result = Cli().run(QStringList{"bench"} + arguments);
    QVERIFY2(result.one_line() && QString::fromUtf8(result.err).contains(line), result.err.constData());
    QCOMPARE(result.code, code);
    QVERIFY(result.out.isEmpty());
  }
  void an_interpreter_without_the_reference_is_named() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    const CliResult result = Cli().run({"bench", "train", "--shape", "small", "--steps", "1", "--runs", "1", "--vs-python", "--python", "/bin/false"});
    QCOMPARE(result.code, 1);
    QVERIFY2(result.one_line() && result.err.contains("/bin/false ended with exit code 1"), result.err.constData());
  }
  void a_python_without_pytorch_is_one_sentence() {
    if (!Cli::can_train()) QSKIP("the training module is not built");
    Cli cli;
    QDir().mkpath(cli.path("/site/torch"));   // a package of that name without what the loop needs
    cli.write("/site/torch/__init__.py", "raise ImportError('no PyTorch here')\n");
    cli.environment().insert("PYTHONPATH", cli.path("/site"));
    const CliResult result = cli.run({"bench", "train", "--shape", "small", "--steps", "1", "--runs", "1", "--vs-python"});
    QCOMPARE(result.code, 1);
    QVERIFY2(result.one_line() && result.err.contains("no PyTorch here") && result.err.contains("python3-torch"), result.err.constData());
  }
  void a_model_that_the_benchmark_cannot_count_is_refused() {
    const Cli cli;
    QDir().mkpath(cli.path("/model"));
    cli.write("/model/config.json", "{\"model_type\": \"llama\", \"hidden_size\": 8}");
    const CliResult result = cli.run({"bench", "train", "--model", cli.path("/model")});
    QCOMPARE(result.code, 1);
    QVERIFY2(result.one_line() && result.err.contains("num_hidden_layers"), result.err.constData());
  }
};

QTEST_GUILESS_MAIN(TestVerbBench)
#include "tst_verb_bench.moc"
