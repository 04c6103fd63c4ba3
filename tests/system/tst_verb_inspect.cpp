// fedllm inspect on base models: what a config asks for and is not done, and the memory of training against what it takes.
#include <sys/resource.h>

#include "support/cli.h"
#include "support/random_model.h"

using namespace fedllm::tests;

namespace {

// Of the largest child so far; bytes.
double children_peak() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace

class tst_verb_inspect : public QObject {
  Q_OBJECT
  Cli cli_;

  QString model(const QString& name, const Json& config) const {
    QDir().mkpath(cli_.path("/" + name));
    write_random_model(cli_.path("/" + name).toStdString(), config);
    return cli_.path("/" + name);
  }

 private slots:
  void initTestCase() {
    if (!QFile::exists(Cli::program())) QSKIP("fedllm is not built");
  }

  void tells_what_a_config_says_and_training_does_not() {
    Json config = tiny_configs()[4];
    config["resid_pdrop"] = 0.1, config["attn_pdrop"] = 0.0;
    const QString folder = model("dropouts", config);
    const CliResult text = cli_.run({"inspect", folder}), json = cli_.run({"inspect", folder, "--json"});
    VERIFY_OK(text);
    QVERIFY2(text.out.contains("note: resid_pdrop 0.1 is not applied: training runs the base model without its own dropout\n"), text.out.constData());
    QVERIFY(!text.out.contains("attn_pdrop"));
    QCOMPARE(json.last()["notes"].size(), size_t{1});
  }

  // A program that has opened its module and a tiny model is what the figure does not count.
  void memory_to_train_is_what_training_takes() {
    SKIP_WITHOUT_TRAINING();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("sanitizers hold memory of their own");
#endif
    Json ids = Json::array();
    for (int row = 0; row < 4; ++row) {
      Json line = Json::array();
      for (int t = 0; t < 256; ++t) line.push_back((row * 977 + t * 31) % 3000);
      ids.push_back(line);
    }
    cli_.write("/many.json", QByteArray::fromStdString(Json({{"input_ids", ids}, {"labels", ids}}).dump()));
    cli_.write("/few.json", R"({"input_ids": [[5, 6, 7]], "labels": [[5, 6, 7]]})");
    const auto train = [&](const QString& folder, const QString& inputs, const QString& steps) {
      return cli_.run({"train", "--model", folder, "--inputs", cli_.path(inputs), "--steps", steps, "--rank", "8", "--target-modules", "all-linear", "--json"});
    };
    VERIFY_OK(train(model("tiny", tiny_configs()[0]), "/few.json", "0"));
    const double idle = children_peak();
    // The larger one last: the peak is of all children so far.
    const Json gpt2 = {{"model_type", "gpt2"}, {"n_embd", 192}, {"n_head", 6}, {"n_layer", 4}, {"n_positions", 256}, {"vocab_size", 3000}};
    const Json llama = {{"model_type", "llama"}, {"hidden_size", 256}, {"intermediate_size", 704}, {"num_attention_heads", 8}, {"num_key_value_heads", 2},
                        {"num_hidden_layers", 8}, {"max_position_embeddings", 512}, {"vocab_size", 4000}, {"tie_word_embeddings", true}};
    for (const auto& [name, config] : {std::pair("gpt2", gpt2), std::pair("llama", llama)}) {
      const QString folder = model(name, config);
      const Json said = cli_.run({"inspect", folder, "--json"}).last()["memory_to_train"];
      VERIFY_OK(train(folder, "/many.json", "2"));
      const double taken = children_peak() - idle, ratio = said["total_bytes"].get<double>() / taken;
      QVERIFY2(ratio > 0.75 && ratio < 1.25, qPrintable(QString("%1: said %2, taken %3").arg(name).arg(said["total_bytes"].get<double>()).arg(taken)));
    }
  }
};

QTEST_GUILESS_MAIN(tst_verb_inspect)
#include "tst_verb_inspect.moc"
