// fedllm export and fedllm inspect from the outside, without a training module.
#include "support/cli.h"

using namespace fedllm::tests;

namespace {
const QString kGolden = QStringLiteral(FEDLLM_SOURCE_DIR "/../shared/data/golden/");
}

class tst_verb_export : public QObject {
  Q_OBJECT
  Cli cli_;

 private slots:
  void initTestCase() {
    if (!QFile::exists(kGolden)) QSKIP("shared golden data is not here");
  }

  void exports_and_inspects_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("architecture");
    QTest::newRow("llama") << "llama_gqa_tied" << "llama";
    QTest::newRow("gpt2") << "gpt2_tied" << "gpt2";
    QTest::newRow("gpt_neox") << "gptneox_parallel" << "gptneox";
  }
  void exports_and_inspects() {
    QFETCH(QString, name);
    QFETCH(QString, architecture);
    const QString model = kGolden + name, adapter = model + "/adapter_warm";
    const auto original = cli_.run({"inspect", adapter, "--json"});
    VERIFY_OK(original);
    QCOMPARE(text_of(original.last(), "kind"), std::string("adapter"));

    const QString peft = cli_.path("/peft_" + name);
    VERIFY_OK(cli_.run({"export", adapter, "--to", "peft", "--out", peft}));
    const auto copy = cli_.run({"inspect", peft, "--json"});
    QVERIFY(copy.last()["adapter_sha256"] == original.last()["adapter_sha256"]);
    QVERIFY(copy.last()["modules"] == original.last()["modules"]);

    const QString gguf = cli_.path("/" + name + ".gguf");
    VERIFY_OK(cli_.run({"export", adapter, "--to", "gguf", "--model", model, "--out", gguf}));
    const auto file = cli_.run({"inspect", gguf, "--json"});
    VERIFY_OK(file);
    QCOMPARE(text_of(file.last(), "architecture"), architecture.toStdString());
    QCOMPARE(file.last()["tensors"].size(), 2 * original.last()["modules"].size());
    QCOMPARE(file.last()["values"]["adapter.lora.alpha"].get<double>(), 8.0);

    const QString merged = cli_.path("/merged_" + name);
    VERIFY_OK(cli_.run({"export", adapter, "--to", "merged", "--model", model, "--out", merged}));
    const auto before = cli_.run({"inspect", model, "--json"}), after = cli_.run({"inspect", merged, "--json"});
    VERIFY_OK(after);
    QVERIFY(after.last()["parameters"] == before.last()["parameters"]);
    QVERIFY(after.last()["tensors"] == before.last()["tensors"]);
    QVERIFY(after.last()["sha256"] != before.last()["sha256"]);
    QVERIFY(after.last()["memory_to_train"]["total_bytes"].get<int64_t>() > after.last()["bytes"].get<int64_t>());
  }

  void a_base_for_llama_cpp() {
    const QString out = cli_.path("/base.gguf");
    VERIFY_OK(cli_.run({"export", kGolden + "llama_mha_untied", "--to", "gguf-base", "--out", out}));
    const auto file = cli_.run({"inspect", out, "--json"});
    QCOMPARE(text_of(file.last(), "type"), std::string("model"));
    QVERIFY(cli_.run({"inspect", out}).out.startsWith("GGUF version 3: llama model, "));
  }

  void says_what_is_wrong_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    const QString adapter = kGolden + "gpt2_tied/adapter_warm", out = "x";
    QTest::newRow("no format") << QStringList{"export", adapter, "--out", out} << 2 << "export needs --to peft, gguf, merged or gguf-base";
    QTest::newRow("no path") << QStringList{"export", adapter, "--to", "peft"} << 2 << "export needs --out PATH";
    QTest::newRow("type") << QStringList{"export", adapter, "--to", "merged", "--out", out, "--dtype", "int8"} << 2 << "expected f32, f16 or bf16, got int8";
    QTest::newRow("no base") << QStringList{"export", adapter, "--to", "gguf", "--out", out} << 1 << "name it with --model";
    QTest::newRow("other base") << QStringList{"export", adapter, "--to", "merged", "--out", out, "--model", kGolden + "llama_gqa_tied"} << 1
                                << "which the model in";
    QTest::newRow("no adapter") << QStringList{"export", "/nowhere", "--to", "peft", "--out", out} << 1 << "/nowhere/adapter_config.json";
    QTest::newRow("nothing") << QStringList{"inspect", "nothing-of-this-name"} << 1
                             << "expected a model folder, an adapter folder, a .gguf file or a run, got nothing-of-this-name";
    QTest::newRow("no gguf") << QStringList{"inspect", kGolden + "README.md"} << 1 << "expected a GGUF file";
  }
  void says_what_is_wrong() {
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QString, words);
    const auto result = cli_.run(arguments);
    QCOMPARE(result.code, code);
    QVERIFY2(result.err.contains(words.toUtf8()), result.err.constData());
    QVERIFY(result.one_line() || code == 2);
  }
};

QTEST_GUILESS_MAIN(tst_verb_export)
#include "tst_verb_export.moc"
