// Local training: same bits on any thread, a base shared and untouched, and every way it may end early.
#include <dlfcn.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <thread>

#include "core/train/tiny_model.h"
#include "fed/gradient_sketch.h"
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
    auto* get = reinterpret_cast<train::OpenPlain* (*)()>(dlsym(module, train::kPlainSymbol));
    QVERIFY(get);
    auto o = options(25);
    o.learning_rate = 3e-3, o.weight_decay = 0.05, o.clip_norm = 0.5;
    const auto layout = must(model_->lora_layout({.rank = 4, .alpha = 8, .target_modules = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}}));
    const auto start = adapter::initial_state(layout, 5);
    const auto fused = must(backend_->train(*model_, start, examples(20), o)), plain = must(must(get()(folder_.path(), {}))->train(start, examples(20), o));
    QVERIFY(std::abs(fused.mean_loss - plain.mean_loss) < 1e-5);
    const double moved = adapter::l2_norm(must(adapter::difference(plain.adapter, start)));
    const double apart = adapter::l2_norm(must(adapter::difference(plain.adapter, fused.adapter)));
    QVERIFY2(apart < 1e-3 * moved, qPrintable(QString("%1 of %2").arg(apart).arg(moved)));
  }

  // modules_to_save: a tied head starts as the embedding, changes nothing yet, and then learns beside the factors.
  void trainsTensorsWhole() {
    const auto layout = must(model_->lora_layout({.rank = 4, .alpha = 8, .modules_to_save = {"lm_head", "model.norm"}}));
    QCOMPARE(layout->saved().size(), size_t{2});
    const auto start = must(train::start_state(*model_, layout, 5));
    QVERIFY(std::equal(start_.values.begin(), start_.values.end(), start.values.begin()));   // the same factors
    const auto base = must(backend_->score(*model_, nullptr, examples(6), {})), same = must(backend_->score(*model_, &start, examples(6), {}));
    for (size_t i = 0; i < base.size(); ++i) QVERIFY(std::abs(base[i].loss_sum - same[i].loss_sum) < 1e-5);

    auto o = options(60);
    std::vector<double> losses;
    int64_t tokens = 0;
    o.on_step = [&](int step, double loss, int64_t count, double seconds) {
      losses.push_back(loss), tokens += count;
      QVERIFY(step == static_cast<int>(losses.size()) && seconds > 0);
    };
    const auto trained = must(backend_->train(*model_, start, examples(20), o));
    QCOMPARE(losses.size(), size_t{60});
    QCOMPARE(tokens, trained.tokens);
    QVERIFY2(losses.back() < 0.5 * losses.front(), qPrintable(QString("%1 -> %2").arg(losses.front()).arg(losses.back())));
    for (size_t t = 0; t < 2; ++t) QVERIFY(!std::ranges::equal(trained.adapter.saved(t), start.saved(t)));

    auto* get = reinterpret_cast<train::OpenPlain* (*)()>(dlsym(dlopen(std::getenv("FEDLLM_TRAIN_MODULE"), RTLD_NOW | RTLD_NOLOAD), train::kPlainSymbol));
    o = options(25);
    o.weight_decay = 0.05, o.clip_norm = 0.5;
    const auto ours = must(backend_->train(*model_, start, examples(20), o)), torchs = must(must(get()(folder_.path(), {}))->train(start, examples(20), o));
    const double moved = adapter::l2_norm(must(adapter::difference(torchs.adapter, start))), apart = adapter::l2_norm(must(adapter::difference(torchs.adapter, ours.adapter)));
    QVERIFY2(apart < 1e-3 * moved, qPrintable(QString("%1 of %2").arg(apart).arg(moved)));

    // What goes for factors goes for them: the proximal pull, frozen factors, another optimizer, stopping.
    o.proximal_mu = 10;
    QVERIFY(adapter::l2_norm(must(adapter::difference(must(backend_->train(*model_, start, examples(20), o)).adapter, start))) < 0.9 * moved);
    o.proximal_mu = 0, o.factors = train::Factors::b, o.optimizer = train::ClientOptimizer::sgd;
    const auto frozen = must(backend_->train(*model_, start, examples(20), o));
    QVERIFY(std::ranges::equal(frozen.adapter.a(0), start.a(0)) && !std::ranges::equal(frozen.adapter.b(0), start.b(0)) && !std::ranges::equal(frozen.adapter.saved(0), start.saved(0)));
    o.dropout = 0.1;
    REFUSED(backend_->train(*model_, start, examples(20), o).status(), Code::unimplemented, "LoRA dropout is not done for adapters of the head or of whole tensors");
    o.dropout = 0;
    o.stop.request();
    REFUSED(backend_->train(*model_, start, examples(20), o).status(), Code::cancelled, "stopped before step 1 of 25");
    REFUSED(model_->tensor("model.layers.9.x.weight").status(), Code::not_found, "has no tensor model.layers.9.x.weight");
  }

  // Batches of several units, with and without dropout: who computes which sequence does not show.
  void sameBitsForAnyNumberOfWorkers() {
    std::vector<data::Example> long_ones;
    Rng rng(9);
    for (int i = 0; i < 24; ++i) {
      data::Example example;
      for (int t = 0; t < 12 + static_cast<int>(rng.below(20)); ++t) example.ids.push_back(3 + static_cast<int32_t>(rng.below(kVocab - 3)));
      example.prompt_length = 3 + static_cast<int>(rng.below(5));
      long_ones.push_back(std::move(example));
    }
    for (const double dropout : {0.0, 0.2}) {
      auto o = options(6);
      o.batch_size = 11, o.dropout = dropout;
      const auto expected = must(backend_->train(*model_, start_, long_ones, o));
      QVERIFY(distance(expected.adapter) > 0);
      for (const int workers : {2, 3, 5, 40}) {
        o.workers = workers;
        const auto got = must(backend_->train(*model_, start_, long_ones, o));
        QVERIFY2(got.adapter.values == expected.adapter.values, qPrintable(QString("%1 workers, dropout %2").arg(workers).arg(dropout)));
        QCOMPARE(got.mean_loss, expected.mean_loss);
      }
    }
  }

  // Only the last layer is adapted: later epochs start at it.
  void whatLiesBelowIsKeptAndChangesNothing() {
    const auto layout = must(model_->lora_layout({.rank = 4, .alpha = 8, .target_modules = {"q_proj", "up_proj"}, .layers_to_transform = {1}}));
    const auto start = adapter::initial_state(layout, 5);
    const auto all = examples(20);
    for (const int workers : {1, 3}) {
      auto o = options(25);
      o.batch_size = 7, o.workers = workers, o.dropout = 0.1;
      const auto kept = must(backend_->train(*model_, start, all, o));
      o.cache_bytes = 0;
      const auto computed = must(backend_->train(*model_, start, all, o));
      QVERIFY(adapter::l2_norm(must(adapter::difference(kept.adapter, start))) > 0);
      QVERIFY(kept.adapter.values == computed.adapter.values);
      QCOMPARE(kept.mean_loss, computed.mean_loss);
    }
  }

  // What does not learn stays to the bit, weight decay or not; what learns moves as it does beside it while the other's
  // gradient is 0 (B = 0 at the start: that of A).
  void frozenFactorsStay() {
    auto o = options(8);
    o.weight_decay = 0.1;
    adapter::AdapterState warm = start_;
    Rng rng(4);
    for (float& value : warm.values) value += 0.05f * static_cast<float>(rng.normal());
    for (const auto learns : {train::Factors::a, train::Factors::b}) {
      o.factors = learns;
      for (const double dropout : {0.0, 0.2}) {
        o.dropout = dropout;
        const auto result = must(backend_->train(*model_, warm, examples(12), o));
        for (const adapter::ModuleSlot& slot : warm.layout->modules()) {
          const auto same = [&](size_t from, size_t count) { return std::equal(warm.values.begin() + from, warm.values.begin() + from + count, result.adapter.values.begin() + from); };
          QCOMPARE(same(slot.a_offset, slot.a_size()), learns == train::Factors::b);
          QCOMPARE(same(slot.b_offset, slot.b_size()), learns == train::Factors::a);
        }
      }
    }
    auto one = options(1);
    one.weight_decay = 0;
    const auto both = must(backend_->train(*model_, start_, examples(12), one));
    one.factors = train::Factors::b;
    QVERIFY(must(backend_->train(*model_, start_, examples(12), one)).adapter.values == both.adapter.values);
  }

  // theta - lr g by a step of SGD without clipping; a correction moves it by lr more, SCAFFOLD's sign.
  // A step in the space of cores is the projection of the step that B would take, and leaves the span of the basis never.
  void coresTakeTheProjectedStep() {
    auto o = options(1);
    o.factors = train::Factors::b, o.optimizer = train::ClientOptimizer::sgd, o.learning_rate = 0.1, o.clip_norm = 0;
    const auto free = run(o);
    for (const int heads : {1, 2}) {
      o.cores = must(adapter::Cores::make(start_.layout, heads, 3));
      o.head_scales = heads > 1;   // its gradient is 0 where the core is 0
      const auto bound = run(o);
      const auto want = o.cores->project(free.adapter.values), got = o.cores->project(bound.adapter.values);
      double most = 0, apart = 0;
      for (size_t i = 0; i < want.size(); ++i) most = std::max(most, double{std::abs(want[i])}), apart = std::max(apart, double{std::abs(want[i] - got[i])});
      QVERIFY2(most > 0 && apart < 1e-5 * most, qPrintable(QString("%1 of %2").arg(apart).arg(most)));
      auto again = bound.adapter;
      o.cores->expand(got, again.values);
      for (size_t i = 0; i < again.values.size(); ++i) QVERIFY(std::abs(again.values[i] - bound.adapter.values[i]) < 1e-6);
    }
  }
  void coresLearn() {
    auto o = options(100);
    o.factors = train::Factors::b, o.learning_rate = 0.05;
    o.cores = must(adapter::Cores::make(start_.layout, 2, 3)), o.head_scales = true;
    std::vector<double> losses;
    o.on_step = [&](int, double loss, int64_t, double) { losses.push_back(loss); };
    const auto result = run(o);
    QVERIFY2(losses.back() < 0.8 * losses.front(), qPrintable(QString("%1 -> %2").arg(losses.front()).arg(losses.back())));
    for (size_t m = 0; m < start_.layout->modules().size(); ++m) QVERIFY(std::ranges::equal(result.adapter.a(m), start_.a(m)));
  }
  // The mean over the batches at the start, of what learns alone; plain SGD's steps are its measure.
  void gradientsAloneAreThoseOfTheStart() {
    auto o = options(1);
    o.optimizer = train::ClientOptimizer::sgd, o.learning_rate = 1, o.clip_norm = 0;
    auto start = start_;
    Rng rng(4);
    for (float& x : start.values) x = static_cast<float>(rng.normal() * 0.1);
    for (const auto factors : {train::Factors::both, train::Factors::a, train::Factors::b}) {
      o.factors = factors, o.gradient_only = false;
      const auto stepped = must(adapter::difference(start, must(backend_->train(*model_, start, examples(20), o)).adapter));
      o.gradient_only = true;
      const auto found = must(backend_->train(*model_, start, examples(20), o));
      QVERIFY(adapter::l2_norm(found.adapter) > 0 && std::isfinite(found.mean_loss) && found.tokens > 0);
      for (size_t i = 0; i < stepped.values.size(); ++i) QVERIFY(std::abs(found.adapter.values[i] - stepped.values[i]) <= 1e-6F);
      for (size_t m = 0; m < start_.layout->modules().size(); ++m) {
        if (factors == train::Factors::b) QVERIFY(std::ranges::all_of(found.adapter.a(m), [](float x) { return x == 0; }));
      }
    }
    // Two batches of two are one of four.
    o.factors = train::Factors::both, o.batch_size = 4;
    const auto whole = must(backend_->train(*model_, start, examples(4), o));
    o.steps = 2, o.batch_size = 2;
    const auto halves = must(backend_->train(*model_, start, examples(4), o));
    QVERIFY(std::abs(whole.mean_loss - halves.mean_loss) < 1e-5);
    QVERIFY(adapter::l2_norm(must(adapter::difference(whole.adapter, halves.adapter))) < 1e-5 * adapter::l2_norm(whole.adapter));
  }
  // LoRA gradients alone find the gradient of the weights: against the one that A = 1 gives, where its rank is the adapter's.
  void aSketchFindsTheGradientOfTheWeights() {
    const auto of_rank = [&](int rank) { return must(model_->lora_layout({.rank = rank, .alpha = 2.0 * rank, .target_modules = {"q_proj", "o_proj"}})); };
    const auto layout = of_rank(8), full = of_rank(kHidden);
    auto data = examples(1);
    data[0].ids.resize(8), data[0].prompt_length = 6;   // no more positions than the adapter's rank
    auto o = options(1);
    o.gradient_only = true, o.factors = train::Factors::b, o.batch_size = 1;
    auto identity = adapter::AdapterState::zeros(full);
    for (size_t m = 0; m < full->modules().size(); ++m)
      for (int i = 0; i < kHidden; ++i) identity.a(m)[static_cast<size_t>(i) * kHidden + i] = 1;
    const auto gradient = must(backend_->train(*model_, identity, data, o)).adapter;   // s G
    fed::GradientSketch sketch(layout, 5);
    while (!sketch.done()) {
      o.factors = sketch.wants_b() ? train::Factors::b : train::Factors::a;
      sketch.take(must(backend_->train(*model_, sketch.place(), data, o)).adapter);
    }
    const auto step = sketch.step(0.5, 0);
    double apart = 0, most = 0;
    for (size_t m = 0; m < layout->modules().size(); ++m)
      for (int out = 0; out < layout->modules()[m].out_features; ++out)
        for (int in = 0; in < kHidden; ++in) {
          double product = 0;
          for (int r = 0; r < 8; ++r) product += double{step.b(m)[out * 8 + r]} * step.a(m)[r * kHidden + in];
          const double want = -0.5 * gradient.b(m)[out * kHidden + in] / full->scale(m);
          apart = std::max(apart, std::abs(layout->scale(m) * product - want)), most = std::max(most, std::abs(want));
        }
    QVERIFY2(most > 0 && apart < 1e-4 * most, qPrintable(QString("%1 of %2").arg(apart).arg(most)));
    auto more = o;
    more.gradient_only = false;
    const auto loss = [&](const adapter::AdapterState* state) { return must(backend_->score(*model_, state, data, {}))[0].loss_sum; };
    const auto small = sketch.step(0.01, 0);
    QVERIFY(loss(&small) < loss(nullptr));
  }
  void whatIsMarkedAloneLearns() {
    auto o = options(6);
    o.factors = train::Factors::b, o.weight_decay = 0.1;
    o.learns.assign(start_.values.size(), 0);
    auto start = start_;
    Rng rng(4);
    for (float& x : start.values) x = static_cast<float>(rng.normal() * 0.1);
    const auto& slot = start_.layout->modules()[0];
    for (int out = 0; out < slot.out_features; ++out) o.learns[slot.b_offset + static_cast<size_t>(out * slot.rank + 1)] = 1;
    const auto trained = must(backend_->train(*model_, start, examples(20), o)).adapter;
    for (size_t i = 0; i < start.values.size(); ++i) QCOMPARE(trained.values[i] != start.values[i], o.learns[i] != 0);
    o.learns.pop_back();
    const auto refused = backend_->train(*model_, start, examples(20), o);
    QVERIFY(!refused.ok());
    QCOMPARE(refused.status().message(), "expected " + std::to_string(start.values.size()) + " marks of what learns, and none where cores are trained, got " +
                                             std::to_string(start.values.size() - 1));
  }
  void coresWithoutFrozenFactorAreRefused() {
    auto o = options(1);
    o.cores = must(adapter::Cores::make(start_.layout, 1, 3));
    const auto result = backend_->train(*model_, start_, examples(20), o);
    QCOMPARE(result.status().code(), Code::invalid_argument);
    QVERIFY(result.status().message().find("cores") != std::string::npos);
  }
  // What runs too hot is not slower for it (subnormal numbers), and leaves the caller's arithmetic as it was.
  void subnormalNumbersAreZeroInsideAlone() {
    auto o = options(3);
    volatile float tiny = 1e-39F;
    o.on_step = [&](int, double, int64_t, double) { QCOMPARE(tiny * 2.0F, 0.0F); };
    (void)run(o);
    QVERIFY(tiny * 2.0F > 0.0F);
  }
  // Ditto: drawn towards somewhere else than where it starts.
  void anAnchorDraws() {
    auto o = options(30);
    const auto free = run(o);
    o.proximal_mu = 20, o.anchor = start_.values;
    for (float& x : o.anchor) x += 0.05F;
    const auto drawn = run(o);
    const auto from_anchor = [&](const adapter::AdapterState& state) { return adapter::l2_norm(must(adapter::difference(state, {state.layout, o.anchor}))); };
    QVERIFY(from_anchor(drawn.adapter) < 0.5 * from_anchor(free.adapter));
    o.anchor.pop_back();
    QCOMPARE(backend_->train(*model_, start_, examples(20), o).status().code(), Code::invalid_argument);
  }
  // HetLoRA's penalty makes the last components small, and only the loss without it is told.
  void aPenaltyShrinksTheTail() {
    auto o = options(60);
    const auto free = run(o);
    double first = 0;
    o.on_step = [&](int step, double loss, int64_t, double) { if (step == 1) first = loss; };
    (void)run(o);
    const double plain = first;
    o.tail = {2, 0.5};
    const auto penalised = run(o);
    QCOMPARE(first, plain);
    QVERIFY(adapter::tail_product(penalised.adapter, 0.5) < 0.5 * adapter::tail_product(free.adapter, 0.5));
  }

  void plainStepsOfSgd() {
    auto o = options(1);
    o.optimizer = train::ClientOptimizer::sgd, o.learning_rate = 0.5, o.clip_norm = 0, o.weight_decay = 0;
    const auto all = examples(6);
    o.batch_size = 6;
    const auto once = must(backend_->train(*model_, start_, all, o));
    o.correction.assign(start_.values.size(), 0.25f);
    const auto corrected = must(backend_->train(*model_, start_, all, o));
    for (size_t i = 0; i < start_.values.size(); ++i) QVERIFY(std::abs(once.adapter.values[i] - corrected.adapter.values[i] - 0.125f) < 1e-6f);
    // Twice as far at twice the rate; with momentum 0.5 a second step from flat ground would go half as far again.
    o.correction.clear(), o.learning_rate = 1;
    const auto twice = must(backend_->train(*model_, start_, all, o));
    QVERIFY(adapter::l2_norm(must(adapter::difference(once.adapter, start_))) > 0);
    for (size_t i = 0; i < start_.values.size(); ++i)
      QVERIFY(std::abs((twice.adapter.values[i] - start_.values[i]) - 2 * (once.adapter.values[i] - start_.values[i])) < 1e-6f);
    o.correction.assign(3, 0);
    const auto wrong = backend_->train(*model_, start_, all, o);
    QVERIFY(!wrong.ok());
    QVERIFY2(wrong.status().message().find("expected a correction of") != std::string::npos, wrong.status().message().c_str());
    o.correction.clear(), o.momentum = 1;
    QVERIFY(!backend_->train(*model_, start_, all, o).ok());
  }

  void buffersOfEarlierClientsChangeNothing() {
    std::shared_ptr<train::TrainBuffers> buffers;
    auto o = options(6);
    const auto fresh = must(backend_->train(*model_, start_, examples(20), o)), other = must(backend_->train(*model_, start_, examples(7), o));
    o.buffers = &buffers;
    for (const int workers : {1, 3, 2}) {
      o.workers = workers;
      QVERIFY(must(backend_->train(*model_, start_, examples(20), o)).adapter.values == fresh.adapter.values);
      QVERIFY(buffers);
      QVERIFY(must(backend_->train(*model_, start_, examples(7), o)).adapter.values == other.adapter.values);
    }
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
