// A base with a merged update computes what the same base with that update as an adapter beside it computes, in every type
// and for Conv1D too, and is itself left alone.
#include <cmath>

#include "core/train/tiny_model.h"

using namespace fedllm;
using namespace tiny;

namespace {

const std::string kGolden = std::string(FEDLLM_SOURCE_DIR) + "/../shared/data/golden/";

// Both updates in one adapter of twice the rank.
adapter::AdapterState both(const adapter::AdapterState& x, const adapter::AdapterState& y) {
  std::vector<adapter::ModuleSlot> modules = x.layout->modules();
  for (size_t m = 0; m < modules.size(); ++m) modules[m].rank += y.layout->modules()[m].rank, modules[m].alpha = modules[m].rank;
  adapter::AdapterState sum = adapter::AdapterState::zeros(must(adapter::AdapterLayout::make(std::move(modules), 1)));
  for (size_t m = 0; m < sum.layout->modules().size(); ++m) {
    const auto &to = sum.layout->modules()[m], &a = x.layout->modules()[m], &b = y.layout->modules()[m];
    std::ranges::copy(x.a(m), sum.a(m).begin());
    std::ranges::copy(y.a(m), sum.a(m).begin() + static_cast<std::ptrdiff_t>(a.a_size()));
    for (int o = 0; o < to.out_features; ++o) {
      for (int r = 0; r < a.rank; ++r) sum.b(m)[o * to.rank + r] = static_cast<float>(x.layout->scale(m) * x.b(m)[o * a.rank + r]);
      for (int r = 0; r < b.rank; ++r) sum.b(m)[o * to.rank + a.rank + r] = static_cast<float>(y.layout->scale(m) * y.b(m)[o * b.rank + r]);
    }
  }
  return sum;
}

adapter::AdapterState random(const adapter::LayoutPtr& layout, uint64_t seed) {
  adapter::AdapterState state = adapter::AdapterState::zeros(layout);
  Rng rng(seed);
  for (float& x : state.values) x = static_cast<float>(0.2 * rng.normal());
  return state;
}

double apart(const std::vector<train::Score>& x, const std::vector<train::Score>& y) {
  double top = 0;
  for (size_t i = 0; i < x.size(); ++i) top = std::max(top, std::abs(x[i].loss_sum - y[i].loss_sum) / (1 + std::abs(x[i].loss_sum)));
  return top;
}

}  // namespace

class TestMergedBase : public QObject {
  Q_OBJECT
  train::Backend* backend_ = nullptr;
  Folder folder_;

 private slots:
  void initTestCase() { backend_ = must(train::open_backend()); }

  void equals_two_adapters_data() {
    QTest::addColumn<QString>("model");
    QTest::addColumn<int>("precision");
    QTest::newRow("f32") << "" << static_cast<int>(train::BasePrecision::automatic);
    QTest::newRow("bf16") << "" << static_cast<int>(train::BasePrecision::bf16);
    QTest::newRow("int8") << "" << static_cast<int>(train::BasePrecision::int8);
    QTest::newRow("Conv1D") << "gpt2_tied" << static_cast<int>(train::BasePrecision::automatic);
    QTest::newRow("Conv1D int8") << "gpt2_tied" << static_cast<int>(train::BasePrecision::int8);
  }
  void equals_two_adapters() {
    QFETCH(QString, model);
    QFETCH(int, precision);
    if (!model.isEmpty() && !QFileInfo::exists(QString::fromStdString(kGolden))) QSKIP("shared golden data is not here");
    const auto base = must(backend_->load_base(model.isEmpty() ? folder_.path() : kGolden + model.toStdString(), {.precision = static_cast<train::BasePrecision>(precision)}));
    const spec::LoraSpec lora{.rank = 3, .alpha = 6, .target_modules = model.isEmpty() ? std::vector<std::string>{"q_proj", "v_proj", "down_proj"} : std::vector<std::string>{"c_attn", "c_proj"}};
    spec::LoraSpec wide = lora;
    wide.rank = 5;
    const auto update = random(must(base->lora_layout(wide)), 7), adapter = random(must(base->lora_layout(lora)), 8);
    const auto plain = must(backend_->score(*base, nullptr, examples(6), {}));
    const auto merged = must(backend_->with_merged(base, update));
    QCOMPARE(merged->sha256(), base->sha256());
    const auto beside = both(update, adapter);
    const auto wanted = must(backend_->score(*base, &beside, examples(6), {})), got = must(backend_->score(*merged, &adapter, examples(6), {}));
    QVERIFY2(apart(wanted, got) < 2e-5, qPrintable(QString::number(apart(wanted, got))));
    QVERIFY(apart(plain, got) > 1e-3);
    // The base is what it was; an update of zeros changes nothing.
    QCOMPARE(apart(plain, must(backend_->score(*base, nullptr, examples(6), {}))), 0.0);
    const auto nothing = must(backend_->with_merged(base, adapter::AdapterState::zeros(update.layout)));
    QVERIFY(apart(plain, must(backend_->score(*nothing, nullptr, examples(6), {}))) < 1e-6);
    // Once more on top.
    const auto twice = must(backend_->with_merged(merged, adapter));
    QVERIFY(apart(wanted, must(backend_->score(*twice, nullptr, examples(6), {}))) < 2e-5);
  }

  void trains_like_a_merged_checkpoint() {
    const auto base = must(backend_->load_base(folder_.path(), kVocab));
    const auto layout = must(base->lora_layout({.rank = 4, .alpha = 8}));
    const auto merged = must(backend_->with_merged(base, random(layout, 3)));
    const auto start = adapter::initial_state(layout, 5);
    train::LocalOptions o;
    o.steps = 60, o.batch_size = 4, o.learning_rate = 1e-2, o.seed = 11;
    const auto result = must(backend_->train(*merged, start, examples(20), o));
    const auto before = must(backend_->score(*merged, &start, examples(20), {})), after = must(backend_->score(*merged, &result.adapter, examples(20), {}));
    double first = 0, last = 0;
    for (const auto& s : before) first += s.loss_sum;
    for (const auto& s : after) last += s.loss_sum;
    QVERIFY2(last < 0.7 * first, qPrintable(QString("%1 -> %2").arg(first).arg(last)));
    const auto ids = std::vector<int32_t>{3, 4, 5};
    QVERIFY(must(backend_->generate(*merged, &result.adapter, ids, {.max_new_tokens = 4})).ids.size() == 4);
  }

  void refusals() {
    const auto base = must(backend_->load_base(folder_.path(), kVocab));
    const auto update = [](const char* name, int in, int out) { return adapter::AdapterState::zeros(must(adapter::AdapterLayout::make({{name, in, out, 2}}, 2))); };
    REFUSED(backend_->with_merged(base, update("model.layers.9.self_attn.q_proj", kHidden, kHidden)).status(), Code::invalid_argument, "adapts model.layers.9.self_attn.q_proj, which is none of");
    REFUSED(backend_->with_merged(base, update("model.layers.0.self_attn.q_proj", kHidden + 1, kHidden)).status(), Code::invalid_argument, "expected [24, 24], got [24, 25]");
    const auto saved = must(base->lora_layout({.rank = 4, .alpha = 8, .modules_to_save = {"lm_head"}}));
    REFUSED(backend_->with_merged(base, adapter::AdapterState::zeros(saved)).status(), Code::unimplemented, "whole tensors (modules_to_save) cannot be merged");
    const auto merged = must(backend_->with_merged(base, update("model.layers.0.self_attn.q_proj", kHidden, kHidden)));
    const auto start = must(train::start_state(*base, saved, 5));
    train::LocalOptions o;
    o.steps = 1;
    REFUSED(backend_->train(*merged, start, examples(4), o).status(), Code::unimplemented, "not done on a base with a merged update");
  }
};

QTEST_GUILESS_MAIN(TestMergedBase)
#include "tst_merged_base.moc"
