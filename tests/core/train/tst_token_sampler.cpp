// TokenSampler against worked examples of Hugging Face's logits processors and warpers.
#include <QTest>

#include <cmath>
#include <limits>

#include "train/token_sampler.h"

using namespace fedllm;
using train::SamplingOptions;
using train::TokenSampler;

namespace {

constexpr float kOut = -std::numeric_limits<float>::infinity();
std::vector<float> seen(const SamplingOptions& options, std::vector<float> logits, std::vector<int32_t> prompt = {}) {
  return TokenSampler(options, prompt).processed(logits);
}
std::vector<bool> kept(const std::vector<float>& logits) {
  std::vector<bool> result;
  for (const float logit : logits) result.push_back(logit != kOut);
  return result;
}
// Logits whose probabilities are the given ones.
std::vector<float> logs(const std::vector<double>& probabilities) {
  std::vector<float> result;
  for (const double p : probabilities) result.push_back(static_cast<float>(std::log(p)));
  return result;
}

}  // namespace

class TestTokenSampler : public QObject {
  Q_OBJECT
 private slots:
  void greedyTakesTheSmallerIdAmongEquals() {
    TokenSampler sampler({}, {});
    QCOMPARE(sampler.next(std::vector<float>{1, 3, 3, 2}), 1);
  }

  // Above zero divided, below zero multiplied, once for each token, also greedily and for what was just said.
  void repetitionPenaltyMakesWhatWasSaidLessLikely() {
    const auto logits = seen({.repetition_penalty = 2}, {4, -2, 3, 1}, {0, 1, 0});
    QCOMPARE(logits, (std::vector<float>{2, -4, 3, 1}));
    TokenSampler sampler({.repetition_penalty = 2}, std::vector<int32_t>{0});
    const std::vector<float> row{4, -2, 3, 1};
    QCOMPARE(sampler.next(row), 2);
    QCOMPARE(sampler.next(row), 0);   // 2 against 1.5
    QCOMPARE(sampler.processed(row), (std::vector<float>{2, -2, 1.5, 1}));
  }

  void topKKeepsTiesAtTheBorder() {
    QCOMPARE(kept(seen({.temperature = 1, .top_k = 2}, {1, 5, 3, 3, 0})), (std::vector<bool>{false, true, true, true, false}));
    QCOMPARE(kept(seen({.temperature = 1, .top_k = 9}, {1, 5, 3})), (std::vector<bool>{true, true, true}));
  }

  void topPKeepsTheSmallestSetThatReachesIt() {
    const auto logits = logs({0.1, 0.5, 0.15, 0.25});
    QCOMPARE(kept(seen({.temperature = 1, .top_p = 0.7}, logits)), (std::vector<bool>{false, true, false, true}));
    QCOMPARE(kept(seen({.temperature = 1, .top_p = 0.8}, logits)), (std::vector<bool>{false, true, true, true}));
    QCOMPARE(kept(seen({.temperature = 1, .top_p = 0.01}, logits)), (std::vector<bool>{false, true, false, false}));
  }

  // Temperature comes before top-p: hotter, the set is larger; top-k comes before it: its probabilities are of what is left.
  void ordersAsHuggingFaceDoes() {
    const auto logits = logs({0.6, 0.2, 0.1, 0.1});
    QCOMPARE(kept(seen({.temperature = 1, .top_p = 0.75}, logits)), (std::vector<bool>{true, true, false, false}));
    QCOMPARE(kept(seen({.temperature = 100, .top_p = 0.74}, logits)), (std::vector<bool>{true, true, true, false}));
    QCOMPARE(kept(seen({.temperature = 1, .top_k = 2, .top_p = 0.74}, logits)), (std::vector<bool>{true, false, false, false}));
    const auto cool = seen({.temperature = 0.5}, {1, 2});
    QVERIFY(std::abs((cool[1] - cool[0]) - 2) < 1e-6);
  }

  void drawsByProbabilityAndSeed() {
    const auto logits = logs({0.7, 0.2, 0.1});
    TokenSampler one({.temperature = 1, .seed = 7}, {}), same({.temperature = 1, .seed = 7}, {}), other({.temperature = 1, .seed = 8}, {});
    int counts[3] = {};
    bool differs = false;
    for (int i = 0; i < 20000; ++i) {
      const int32_t id = one.next(logits);
      QCOMPARE(same.next(logits), id);
      differs = other.next(logits) != id || differs;
      ++counts[id];
    }
    QVERIFY(differs);
    QVERIFY(std::abs(counts[0] / 20000.0 - 0.7) < 0.015);
    QVERIFY(std::abs(counts[2] / 20000.0 - 0.1) < 0.01);
  }

  // What top-k leaves out is never drawn; a temperature near 0 is greedy without making infinities.
  void drawsOnlyWhatIsLeft() {
    TokenSampler few({.temperature = 50, .top_k = 2}, {}), cold({.temperature = 1e-30}, {});
    for (int i = 0; i < 2000; ++i) {
      QVERIFY(few.next(std::vector<float>{-80, 90, 80, -90}) % 3 != 0);
      QCOMPARE(cold.next(std::vector<float>{-80, 80, 90, -90}), 2);
    }
  }

  void refusesWhatHasNoMeaning() {
    const auto message = [](const SamplingOptions& options) { return QString::fromStdString(train::check_sampling(options).message()); };
    QVERIFY(message({.temperature = -1}).startsWith("expected a temperature of 0 or more, got -1"));
    QVERIFY(message({.temperature = std::nan("")}).contains("got nan"));
    QVERIFY(message({.top_k = -2}).startsWith("expected a top-k of 0 or more, got -2"));
    QVERIFY(message({.top_p = 0}).startsWith("expected a top-p in (0, 1], got 0"));
    QVERIFY(message({.repetition_penalty = 0}).startsWith("expected a repetition penalty above 0"));
    QVERIFY(train::check_sampling({.temperature = 0.7, .top_k = 40, .top_p = 0.9, .repetition_penalty = 1.1}).ok());
  }
};

QTEST_GUILESS_MAIN(TestTokenSampler)
#include "tst_token_sampler.moc"
