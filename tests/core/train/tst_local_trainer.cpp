// Local training: same bits on any thread, a base shared and untouched, and every way it may end early.
#include <dlfcn.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <thread>

#include "core/train/tiny_model.h"
#include "train/plain_autograd.h"

using namespace fedllm;
using namespace tiny;

class TestLocalTrainer : public QObject {
  Q_OBJECT
  train::Backend* backend_ = nullptr;
  Folder folder_;
  std::shared_ptr<const train::BaseModel> model_;
  adapter::AdapterState start_;

  train::LocalOptions options(int steps = 12) const {
    train::LocalOptions o;
    o.steps = steps, o.batch_size = 4, o.learning_rate = 1e-2, o.seed = 11;
    return o;
  }
  train::LocalResult run(const train::LocalOptions& o, int count = 20) { return must(backend_->train(*model_, start_, examples(count), o)); }
  double distance(const adapter::AdapterState& state) { return adapter::l2_norm(must(adapter::difference(state, start_))); }

 private slots:
  void initTestCase() {
    backend_ = must(train::open_backend());
    model_ = must(backend_->load_base(folder_.path(), kVocab));
    start_ = adapter::initial_state(must(model_->lora_layout({.rank = 4, .alpha = 8})), 5);
  }

  void learns() {
    auto o = options(150);
    std::vector<double> losses;
    std::vector<int> steps;
    o.on_step = [&](int step, double loss, int64_t, double seconds) { steps.push_back(step); losses.push_back(loss); QVERIFY(seconds > 0); };
    const auto result = run(o);
    QCOMPARE(steps.front(), 1);
    QCOMPARE(steps.back(), 150);
    QCOMPARE(result.last_loss, losses.back());
    double mean = 0;
    for (double loss : losses) mean += loss / 150;
    QVERIFY(std::abs(mean - result.mean_loss) < 1e-9);
    QVERIFY2(losses.back() < 0.5 * losses.front(), qPrintable(QString("%1 -> %2").arg(losses.front()).arg(losses.back())));
    // What training reports is what scoring finds.
    const auto before = must(backend_->score(*model_, &start_, examples(20), {})), after = must(backend_->score(*model_, &result.adapter, examples(20), {}));
    double first = 0, last = 0;
    for (const auto& s : before) first += s.loss_sum / 40;
    for (const auto& s : after) last += s.loss_sum / 40;
    QVERIFY(last < 0.5 * first);
  }

  // The fused nodes take the steps that LibTorch's own operations and optimizer take.
  void agreesWithPlainAutograd() {
    void* module = dlopen(std::getenv("FEDLLM_TRAIN_MODULE"), RTLD_NOW | RTLD_NOLOAD);
    QVERIFY(module);
    auto* get = reinterpret_cast<train::PlainTrain* (*)()>(dlsym(module, train::kPlainSymbol));
    QVERIFY(get);
    auto o = options(25);
    o.learning_rate = 3e-3, o.weight_decay = 0.05, o.clip_norm = 0.5;
    const auto layout = must(model_->lora_layout({.rank = 4, .alpha = 8, .target_modules = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}}));
    const auto start = adapter::initial_state(layout, 5);
    const auto fused = must(backend_->train(*model_, start, examples(20), o)), plain = must(get()(*model_, start, examples(20), o));
    QVERIFY(std::abs(fused.mean_loss - plain.mean_loss) < 1e-5);
    const double moved = adapter::l2_norm(must(adapter::difference(plain.adapter, start)));
    const double apart = adapter::l2_norm(must(adapter::difference(plain.adapter, fused.adapter)));
    QVERIFY2(apart < 1e-3 * moved, qPrintable(QString("%1 of %2").arg(apart).arg(moved)));
  }

  void sameBitsOnAnyThread() {
    auto o = options();
    o.dropout = 0.1, o.clip_norm = 0.5, o.weight_decay = 0.01, o.proximal_mu = 0.1, o.warmup_fraction = 0.3;
    const auto expected = run(o);
    std::vector<adapter::AdapterState> results(4);
    std::vector<std::thread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = run(o).adapter; });
    for (auto& thread : threads) thread.join();
    for (const auto& result : results) QCOMPARE(result.values, expected.adapter.values);
    o.seed = 12;
    QVERIFY(run(o).adapter.values != expected.adapter.values);
  }

  void dropoutDiffersFromNone() {
    auto o = options();
    const auto plain = run(o);
    o.dropout = 0.3;
    QVERIFY(run(o).adapter.values != plain.adapter.values);
    o.dropout = 1;
    REFUSED(backend_->train(*model_, start_, examples(4), o).status(), Code::invalid_argument, "dropout in [0, 1)");
  }

  void baseStaysAsItWas() {
    const train::ProbeInput input{.batch = 1, .length = 4, .input_ids = {4, 5, 6, 7}};
    const auto before = must(backend_->probe(*model_, nullptr, input)).logits;
    run(options());
    QCOMPARE(must(backend_->probe(*model_, nullptr, input)).logits, before);
    QCOMPARE(must(backend_->load_base(folder_.path(), 0))->sha256(), model_->sha256());
  }

  void epochsAreReshuffledAndWhole() {
    auto o = options(6);                 // 5 examples in batches of 2: 3 steps an epoch
    o.batch_size = 2;
    std::vector<int64_t> tokens;
    o.on_step = [&](int, double, int64_t n, double) { tokens.push_back(n); };
    auto data = examples(5);
    for (int i = 0; i < 5; ++i) data[static_cast<size_t>(i)].prompt_length -= i % 4;   // different target counts
    int64_t all = 0;
    for (const auto& e : data) all += static_cast<int64_t>(e.ids.size()) - e.prompt_length;
    QVERIFY(backend_->train(*model_, start_, data, o).ok());
    QCOMPARE(tokens[0] + tokens[1] + tokens[2], all);
    QCOMPARE(tokens[3] + tokens[4] + tokens[5], all);
  }

  void fewerExamplesThanABatch() {
    auto o = options(2);
    o.batch_size = 16;
    const auto result = run(o, 3);
    QCOMPARE(result.tokens, int64_t{2 * 3 * 2});
  }

  void proximalTermHoldsBack() {
    auto o = options(30);
    o.clip_norm = 0;
    const double free = distance(run(o).adapter);
    o.proximal_mu = 10;
    QVERIFY(distance(run(o).adapter) < 0.7 * free);
  }

  // Two steps of which the first is at half the rate move about three quarters as far.
  void warmUpStartsSmall() {
    auto o = options(2);
    const double full = distance(run(o).adapter);
    o.warmup_fraction = 1;
    const double warmed = distance(run(o).adapter);
    QVERIFY2(warmed > 0.6 * full && warmed < 0.9 * full, qPrintable(QString("%1 of %2").arg(warmed).arg(full)));
  }

  void stopsWithinAStep() {
    auto o = options(1000);
    int last = 0;
    o.on_step = [&](int step, double, int64_t, double) { last = step; if (step == 3) o.stop.request(); };
    REFUSED(backend_->train(*model_, start_, examples(20), o).status(), Code::cancelled, "before step 4 of 1000");
    QCOMPARE(last, 3);
  }

  void notANumberNamesStepAndLoss() {
    Tensors spoiled = tensors();
    spoiled["model.layers.1.mlp.up_proj.weight"].values[5] = std::numeric_limits<float>::quiet_NaN();
    const Folder folder(config(), spoiled);
    const auto model = must(backend_->load_base(folder.path(), 0));
    REFUSED(backend_->train(*model, start_, examples(4), options(5)).status(), Code::aborted, "the loss is nan at step 1 of 5");
    auto o = options(5);
    o.learning_rate = 1e30;
    REFUSED(backend_->train(*model_, start_, examples(4), o).status(), Code::aborted, "at step 2 of 5");
    auto start = start_;
    start.values[0] = std::numeric_limits<float>::infinity();
    REFUSED(backend_->train(*model_, start, examples(4), options(5)).status(), Code::aborted, "at step 1 of 5");
  }

  void badExamples() {
    auto data = examples(3);
    data[1].ids[0] = kVocab;
    REFUSED(backend_->train(*model_, start_, data, options()).status(), Code::invalid_argument, "example 1 holds token id 40, the model's vocabulary has 40");
    data = examples(3);
    data[2].ids.assign(kPositions + 2, 4);
    REFUSED(backend_->train(*model_, start_, data, options()).status(), Code::invalid_argument, "example 2 has 34 tokens, the model has 32 positions");
    data[2].ids.assign(kPositions + 1, 4);
    QVERIFY(backend_->train(*model_, start_, data, options(1)).ok());
    REFUSED(backend_->train(*model_, start_, {}, options()).status(), Code::invalid_argument, "none of 0 examples");
    for (auto& e : data) e.prompt_length = static_cast<int32_t>(e.ids.size());
    REFUSED(backend_->train(*model_, start_, data, options()).status(), Code::invalid_argument, "none of 3 examples has a response token");
    REFUSED(backend_->train(*model_, start_, examples(3), options(0)).status(), Code::invalid_argument, "at least 1 local step, got 0");
  }

  void badAdapters() {
    auto layout = must(adapter::AdapterLayout::make({{"model.layers.9.self_attn.q_proj", kHidden, kHidden, 2}}, 4));
    REFUSED(backend_->train(*model_, adapter::AdapterState::zeros(layout), examples(3), options()).status(), Code::invalid_argument, "model.layers.9.self_attn.q_proj, which the base model lacks");
    layout = must(adapter::AdapterLayout::make({{"model.layers.0.self_attn.q_proj", kHidden, kHidden + 1, 2}}, 4));
    REFUSED(backend_->train(*model_, adapter::AdapterState::zeros(layout), examples(3), options()).status(), Code::invalid_argument, "expected [24, 24], got [25, 24]");
    REFUSED(backend_->train(*model_, {}, examples(3), options()).status(), Code::invalid_argument, "needs an adapter");
    auto cut = start_;
    cut.values.pop_back();
    REFUSED(backend_->train(*model_, cut, examples(3), options()).status(), Code::invalid_argument, "values, got");
  }
};

QTEST_GUILESS_MAIN(TestLocalTrainer)
#include "tst_local_trainer.moc"
