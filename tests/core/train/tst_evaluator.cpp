// Scores and greedy text: order, exactness, packing, limits, cancelling.
#include <cmath>
#include <limits>

#include "core/train/tiny_model.h"

using namespace fedllm;
using namespace tiny;

class TestEvaluator : public QObject {
  Q_OBJECT
  train::Backend* backend_ = nullptr;
  Folder folder_;
  std::shared_ptr<const train::BaseModel> model_;
  adapter::AdapterState warm_;

 private slots:
  void initTestCase() {
    backend_ = must(train::open_backend());
    model_ = must(backend_->load_base(folder_.path(), kVocab));
    warm_ = adapter::initial_state(must(model_->lora_layout({.rank = 4, .alpha = 8})), 5);
    Rng rng(9);
    for (float& value : warm_.values) value += static_cast<float>(rng.normal() * 0.05);
  }

  // Records are scored many at a time; each must get what it gets alone, in its own place.
  void packedEqualsAlone() {
    auto data = examples(300);
    data[7].prompt_length = 0;           // every token but the first is a target
    data[9].prompt_length = static_cast<int32_t>(data[9].ids.size());   // nothing to score
    const auto together = must(backend_->score(*model_, &warm_, data, {}));
    QCOMPARE(together.size(), data.size());
    for (size_t i = 0; i < data.size(); i += 7) {
      const auto alone = must(backend_->score(*model_, &warm_, std::span(data).subspan(i, 1), {}))[0];
      QCOMPARE(together[i].tokens, alone.tokens);
      QCOMPARE(together[i].exact, alone.exact);
      QVERIFY(std::abs(together[i].loss_sum - alone.loss_sum) < 1e-4);
    }
    QCOMPARE(together[7].tokens, static_cast<int64_t>(data[7].ids.size()) - 1);
    QCOMPARE(together[9].tokens, int64_t{0});
    QCOMPARE(together[9].exact, int64_t{0});
    QCOMPARE(together[9].records, int64_t{1});
  }

  // A record whose response is what the model says is exact; with one token changed it is not.
  void exactMeansEveryToken() {
    const std::vector<int32_t> prompt{4, 9, 17};
    const auto said = must(backend_->generate(*model_, &warm_, prompt, {.max_new_tokens = 5}));
    data::Example example{prompt, 3};
    example.ids.insert(example.ids.end(), said.ids.begin(), said.ids.end());
    std::vector<data::Example> data{example, example, example};
    data[1].ids.back() = (data[1].ids.back() + 1) % kVocab;
    data[2].ids[3] = (data[2].ids[3] + 1) % kVocab;
    const auto scores = must(backend_->score(*model_, &warm_, data, {}));
    QCOMPARE(scores[0].exact, int64_t{1});
    QCOMPARE(scores[1].exact, int64_t{0});
    QCOMPARE(scores[2].exact, int64_t{0});
  }

  // Step by step with the cache, the probabilities are those of one full pass.
  void cacheAgreesWithFullPass() {
    std::vector<int32_t> ids{4, 9, 17, 30};
    const auto said = must(backend_->generate(*model_, &warm_, ids, {.max_new_tokens = 10, .top = kVocab}));
    for (size_t i = 0; i < said.ids.size(); ++i) {
      const train::ProbeInput input{.batch = 1, .length = static_cast<int64_t>(ids.size()), .input_ids = {ids.begin(), ids.end()}};
      const auto logits = must(backend_->probe(*model_, &warm_, input)).logits;
      const float* last = logits.data() + (ids.size() - 1) * kVocab;
      double total = 0;
      for (int v = 0; v < kVocab; ++v) total += std::exp(static_cast<double>(last[v]));
      double sum = 0;
      for (const auto& choice : said.choices[i]) {
        QVERIFY(std::abs(choice.probability - std::exp(static_cast<double>(last[choice.id])) / total) < 1e-5);
        sum += choice.probability;
      }
      QVERIFY(std::abs(sum - 1) < 1e-9);
      ids.push_back(said.ids[i]);
    }
  }

  void stopsAtEosAndAtTheLastPosition() {
    const std::vector<int32_t> prompt{4, 9, 17};
    const auto said = must(backend_->generate(*model_, nullptr, prompt, {.max_new_tokens = 1000}));
    QCOMPARE(said.ids.size(), size_t{kPositions - 3 + 1});
    const int32_t third = said.ids[2];
    const auto cut = must(backend_->generate(*model_, nullptr, prompt, {.max_new_tokens = 1000, .stop_ids = {third}}));
    QCOMPARE(cut.ids.back(), third);
    QVERIFY(cut.ids.size() <= 3);
  }

  void cancelsAndRefuses() {
    StopFlag stop;
    stop.request();
    REFUSED(backend_->score(*model_, nullptr, examples(3), stop).status(), Code::cancelled, "after 0 of 3 records");
    const std::vector<int32_t> prompt{4}, none, bad{kVocab}, negative{-1}, longest(kPositions + 1, 4);
    REFUSED(backend_->generate(*model_, nullptr, prompt, {.stop = stop}).status(), Code::cancelled, "after 0 tokens");
    REFUSED(backend_->generate(*model_, nullptr, none, {}).status(), Code::invalid_argument, "the prompt is empty");
    REFUSED(backend_->generate(*model_, nullptr, bad, {}).status(), Code::invalid_argument, "token id 40");
    REFUSED(backend_->generate(*model_, nullptr, negative, {}).status(), Code::invalid_argument, "token id -1");
    REFUSED(backend_->generate(*model_, nullptr, longest, {}).status(), Code::invalid_argument, "33 tokens, the model has 32 positions");
    auto data = examples(2);
    data[1].ids[0] = -5;
    REFUSED(backend_->score(*model_, nullptr, data, {}).status(), Code::invalid_argument, "example 1 holds token id -5");
    QVERIFY(must(backend_->score(*model_, nullptr, {}, {})).empty());
    auto short_by_one = warm_;
    short_by_one.values.pop_back();
    REFUSED(backend_->score(*model_, &short_by_one, examples(1), {}).status(), Code::invalid_argument, "values, got");
    REFUSED(backend_->generate(*model_, &short_by_one, prompt, {}).status(), Code::invalid_argument, "values, got");
  }

  void generationRefusesNotANumber() {
    Tensors spoiled = tensors();
    spoiled["model.norm.weight"].values[0] = std::numeric_limits<float>::quiet_NaN();
    const Folder folder(config(), spoiled);
    const auto model = must(backend_->load_base(folder.path(), 0));
    const std::vector<int32_t> prompt{4, 5};
    REFUSED(backend_->generate(*model, nullptr, prompt, {}).status(), Code::aborted, "the logits are not finite at token 1");
  }

  void probesRefuseWhatTheyCannotPack() {
    REFUSED(backend_->probe(*model_, nullptr, {.batch = 1, .length = 3, .input_ids = {1, 2}}).status(), Code::invalid_argument, "expected 3 ids");
    REFUSED(backend_->probe(*model_, nullptr, {.batch = 1, .length = 3, .input_ids = {1, 2, 3}, .attention_mask = {0, 1}}).status(), Code::invalid_argument, "expected 3 ids, mask and labels");
    const train::ProbeInput behind{.batch = 1, .length = 3, .input_ids = {1, 2, 3}, .attention_mask = {0, 1, 1}, .labels = {-100, 2, 3}};
    const Folder folder(config(), tensors());
    const auto int8 = must(backend_->load_base(folder.path(), {.precision = train::BasePrecision::int8}));
    REFUSED(backend_->probe(*int8, nullptr, behind).status(), Code::unimplemented, "int8 is not done for adapters of the head or of whole tensors (modules_to_save) and for labels behind masked positions");
    REFUSED(backend_->probe(*model_, nullptr, {.batch = 1, .length = 2, .input_ids = {1, 99}}).status(), Code::invalid_argument, "99 is outside the vocabulary");
    REFUSED(backend_->probe_train(*model_, warm_, {.batch = 1, .length = 2, .input_ids = {1, 2}}, {}).status(), Code::invalid_argument, "no label");
  }
};

QTEST_GUILESS_MAIN(TestEvaluator)
#include "tst_evaluator.moc"
