// Merged checkpoints through the network: the logits are PEFT's merged ones.
#include <QTemporaryDir>

#include "golden/model_cases.h"
#include "train/merge.h"

using namespace fedllm;
using namespace golden;

class TestModelMerged : public QObject {
  Q_OBJECT
 private slots:
  void logits_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"llama_gqa_tied", "llama_mha_untied", "llama_bias", "llama_rope_llama3", "qwen2_tied", "qwen3_tied_headdim", "gpt2_tied", "gptneox_parallel"})
      QTest::newRow(name) << name;
  }
  void logits() {
    QFETCH(QString, name);
    if (!present("golden/" + name.toStdString())) QSKIP("shared/data/golden is not there");
    const std::string folder = data_dir() + "/golden/" + name.toStdString();
    QTemporaryDir dir;
    const std::string out = dir.path().toStdString() + "/merged";
    must(train::write_merged(must(train::open_model_folder(folder)), must(adapter::load_peft(folder + "/adapter_warm_after5")), std::nullopt, out));
    train::Backend* backend = must(train::open_backend());
    const auto model = must(backend->load_base(out, 0));
    const auto input = read_input(read_json(folder + "/inputs.json"), true);
    const auto probe = must(backend->probe(*model, nullptr, input));
    const double error = worst(probe.logits, read_tensor(folder + "/lora_warm_after5_logits.safetensors", "logits_merged"), input.attention_mask,
                               static_cast<size_t>(model->vocab_size()));
    QVERIFY2(error <= 2e-5, qPrintable(QString::number(error)));
  }
};

QTEST_GUILESS_MAIN(TestModelMerged)
#include "tst_model_merged.moc"
