// Pretraining: learns a pattern, writes what it measured, same seed same file; bad corpora are refused.
#include <cmath>
#include <filesystem>

#include "core/train/tiny_model.h"

using namespace fedllm;
using namespace tiny;

class TestPretrain : public QObject {
  Q_OBJECT
  train::Backend* backend_ = nullptr;
  QTemporaryDir dir_;

  std::string path(const char* name) const { return dir_.filePath(name).toStdString(); }

  // Documents that count upwards from a random token.
  std::string corpus(int documents = 300, int largest = kVocab) const {
    Rng rng(4);
    std::string bytes;
    const auto put = [&](int id) { bytes.push_back(static_cast<char>(id & 255)), bytes.push_back(static_cast<char>(id >> 8)); };
    for (int d = 0; d < documents; ++d) {
      int id = 3 + static_cast<int>(rng.below(static_cast<uint64_t>(largest - 3)));
      for (int t = 0; t < 12; ++t, id = id + 1 < largest ? id + 1 : 3) put(id);
      put(kEos);
    }
    return bytes;
  }
  train::PretrainOptions options(const char* out, int64_t steps = 60) const {
    train::PretrainOptions o;
    o.corpus = path("corpus.bin"), o.config_json = config(), o.out_dir = path(out), o.steps = steps, o.batch_size = 8, o.length = 16, o.learning_rate = 1e-2;
    return o;
  }

 private slots:
  void initTestCase() {
    backend_ = must(train::open_backend());
    QVERIFY(write_file_atomic(path("corpus.bin"), corpus()).ok());
  }

  void learnsAndWritesWhatItMeasured() {
    auto o = options("a", 150);
    double first = 0;
    int64_t calls = 0;
    o.progress = [&](int64_t step, int64_t steps, double loss) { if (step == 1) first = loss; QCOMPARE(steps, int64_t{150}); ++calls; };
    const auto result = must(backend_->pretrain(o));
    QCOMPARE(calls, int64_t{150});
    QVERIFY2(result.held_out_loss < 0.5 * first, qPrintable(QString("%1 -> %2").arg(first).arg(result.held_out_loss)));
    const auto model = must(backend_->load_base(o.out_dir, kVocab));
    QCOMPARE(model->facts().parameters, result.parameters);
    QCOMPARE(model->facts().weight_bytes, 2 * result.parameters);
    // The file alone gives about the held-out loss on fresh documents of the same kind.
    std::vector<data::Example> documents;
    for (int start = 3; start < 20; ++start) {
      data::Example e;
      for (int t = 0; t < 12; ++t) e.ids.push_back(start + t);
      e.ids.push_back(kEos);
      documents.push_back(e);
    }
    double sum = 0;
    int64_t tokens = 0;
    for (const auto& s : must(backend_->score(*model, nullptr, documents, {}))) sum += s.loss_sum, tokens += s.tokens;
    QVERIFY(std::abs(sum / static_cast<double>(tokens) - result.held_out_loss) < 0.25);
  }

  void sameSeedSameFile() {
    QVERIFY(backend_->pretrain(options("b", 8)).ok());
    QVERIFY(backend_->pretrain(options("c", 8)).ok());
    auto other = options("d", 8);
    other.seed = 2;
    QVERIFY(backend_->pretrain(other).ok());
    const auto file = [&](const char* name) { return must(read_file(path(name) + "/model.safetensors")); };
    QVERIFY(file("b") == file("c"));
    QVERIFY(file("b") != file("d"));
  }

  void refusesAndStops() {
    auto o = options("e");
    o.corpus = path("missing.bin");
    REFUSED(backend_->pretrain(o).status(), Code::not_found, "missing.bin");
    QVERIFY(write_file_atomic(path("odd.bin"), "abc").ok());
    o.corpus = path("odd.bin");
    REFUSED(backend_->pretrain(o).status(), Code::data_loss, "expected 16-bit token ids, got 3 bytes");
    QVERIFY(write_file_atomic(path("large.bin"), corpus(5, kVocab + 30)).ok());
    o.corpus = path("large.bin");
    REFUSED(backend_->pretrain(o).status(), Code::invalid_argument, "the model's vocabulary has 40");
    o = options("e");
    o.length = kPositions + 1;
    REFUSED(backend_->pretrain(o).status(), Code::invalid_argument, "a length of 2 to 32");
    o = options("e", 0);
    REFUSED(backend_->pretrain(o).status(), Code::invalid_argument, "at least 1 step");
    o = options("e");
    o.config_json = "[]";
    REFUSED(backend_->pretrain(o).status(), Code::invalid_argument, "not a JSON object");
    o.config_json = config(R"("vocab_size": 60000, "hidden_size": 16384)");
    REFUSED(backend_->pretrain(o).status(), Code::invalid_argument, "expected at most 536870912 parameters");
    o = options("corpus.bin");           // a file where the folder should be: said before the first step
    o.progress = [&](int64_t, int64_t, double) { QFAIL("trained although nothing can be written"); };
    QVERIFY(!backend_->pretrain(o).ok());
    o = options("e", 1);
    o.learning_rate = 1e39;
    REFUSED(backend_->pretrain(o).status(), Code::aborted, "the held-out loss is");
    o = options("e");
    o.progress = [&](int64_t step, int64_t, double) { if (step == 2) o.stop.request(); };
    REFUSED(backend_->pretrain(o).status(), Code::cancelled, "before step 3 of 60");
    QVERIFY(!std::filesystem::exists(path("e") + "/model.safetensors"));
  }
};

QTEST_GUILESS_MAIN(TestPretrain)
#include "tst_pretrain.moc"
