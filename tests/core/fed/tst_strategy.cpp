#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "adapter/half.h"
#include "base/file.h"
#include "fed/method.h"
#include "fed/strategy.h"

using namespace fedllm;
using namespace fedllm::fed;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;

namespace {

LayoutPtr small_layout() {
  static const LayoutPtr layout = *AdapterLayout::make({{"q", 6, 5, 2}, {"v", 4, 3, 2}}, 4);
  return layout;
}

AdapterState random_state(uint64_t seed, const LayoutPtr& layout = small_layout()) {
  AdapterState state = AdapterState::zeros(layout);
  Rng rng(seed);
  for (float& x : state.values) x = static_cast<float>(rng.normal());
  return state;
}

Contribution from(int client, int64_t examples, AdapterState delta) { return {client, {0, examples, std::move(delta)}}; }

std::unique_ptr<Aggregator> fedavg() { return std::move(*make_aggregator({})); }

// ||T - G|| / ||T||, where the factors are averaged from a start of zeros
double error_of_averaging(std::vector<HeldAdapters::One> clients) {
  const AdapterState start = AdapterState::zeros(clients.front().adapter.layout);
  HeldAdapters held(std::move(clients));
  const auto combined = (*make_method("fedavg"))->combine(start, held, {});
  if (!combined.ok()) qFatal("%s", combined.status().to_string().c_str());
  const auto found = geometry(start, held, *combined);
  if (!found.ok()) qFatal("%s", found.status().to_string().c_str());
  return found->aggregation_error;
}

std::unique_ptr<ServerOptimizer> optimizer(const char* name, double learning_rate = 1, double momentum = 0.9) {
  spec::StrategySpec s;
  s.server_optimizer = name, s.server_learning_rate = learning_rate, s.server_momentum = momentum;
  return std::move(*make_server_optimizer(s));
}

// Three values, for numbers that can be read.
LayoutPtr tiny_layout() {
  static const LayoutPtr layout = *AdapterLayout::make({{"m", 2, 1, 1}}, 1);
  return layout;
}

AdapterState tiny(float value) { return {tiny_layout(), {value, value, value}}; }

// Updates in memory as float32 and as halves of either kind, and such as have to be read, in turn; `alike`: all of one sort.
class Scattered final : public Contributions {
 public:
  enum Sort { f32, f16, bf16, away };
  Scattered(LayoutPtr layout, size_t clients, std::optional<Sort> alike = {}) : layout_(std::move(layout)) {
    for (size_t k = 0; k < clients; ++k) {
      const Sort sort = alike.value_or(static_cast<Sort>(k % 4));
      AdapterState state = random_state(50 + k, layout_);
      std::string bytes;
      for (size_t i = 0; i < state.values.size(); ++i) {
        float& x = state.values[i] *= i % 7 == 0 ? 1e-6f : 1.0f;   // a subnormal half
        const uint16_t narrow = sort == bf16 ? adapter::float_to_bfloat(x) : adapter::float_to_half(x);
        if (sort == f16 || sort == bf16) bytes.append(reinterpret_cast<const char*>(&narrow), 2);
        if (sort == f16) x = adapter::half_to_float(narrow);
        if (sort == bf16) x = adapter::bfloat_to_float(narrow);
      }
      all_.push_back({sort, std::move(state.values), std::move(bytes)});
    }
  }
  size_t size() const override { return all_.size(); }
  int client(size_t i) const override { return 2 * static_cast<int>(i); }
  int64_t num_examples(size_t i) const override { return 1 + static_cast<int64_t>(i * i % 97); }
  const LayoutPtr& layout(size_t) const override { return layout_; }
  std::optional<adapter::Numbers> numbers(size_t i) const override {
    const One& one = all_[i];
    if (one.sort == away) return {};
    if (one.sort == f32) return adapter::numbers_of(one.values);
    return adapter::Numbers{one.bytes.data(), one.sort == f16 ? adapter::Number::f16 : adapter::Number::bf16};
  }
  Status read(size_t i, size_t from, std::span<float> values) const override {
    if (i == broken) return internal_error("the disk is gone", "test");
    std::copy_n(all_[i].values.begin() + static_cast<std::ptrdiff_t>(from), values.size(), values.begin());
    return {};
  }
  // As the sum is written down.
  std::vector<float> mean() const {
    std::vector<double> sums(layout_->size());
    double examples = 0;
    for (size_t k = 0; k < size(); ++k) {
      const double n = static_cast<double>(num_examples(k));
      examples += n;
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += n * all_[k].values[i];
    }
    std::vector<float> mean(sums.size());
    for (size_t i = 0; i < sums.size(); ++i) mean[i] = static_cast<float>(sums[i] / examples);
    return mean;
  }
  void spoil(size_t k, size_t place, float value) {
    all_[k].values[place] = value;
    const uint16_t narrow = all_[k].sort == bf16 ? adapter::float_to_bfloat(value) : adapter::float_to_half(value);
    if (!all_[k].bytes.empty()) std::memcpy(all_[k].bytes.data() + 2 * place, &narrow, 2);
  }
  size_t broken = SIZE_MAX;

 private:
  struct One { Sort sort; std::vector<float> values; std::string bytes; };
  LayoutPtr layout_;
  std::vector<One> all_;
};

std::string message_of(const Status& status) { return status.message(); }

}  // namespace

class TestStrategy : public QObject {
  Q_OBJECT
 private slots:
  void cohort_is_everybody_by_default() {
    spec::Scenario s;
    QCOMPARE(sample_cohort(s, 4, 1), (std::vector<int>{0, 1, 2, 3}));
    QVERIFY(sample_cohort(s, 0, 1).empty());
  }

  void cohort_is_sorted_distinct_and_by_seed() {
    spec::Scenario s;
    s.cohort.size = 10;
    std::set<std::vector<int>> different;
    for (int round = 1; round <= 20; ++round) {
      const auto cohort = sample_cohort(s, 100, round);
      QCOMPARE(cohort.size(), size_t(10));
      QVERIFY(std::is_sorted(cohort.begin(), cohort.end()) && std::adjacent_find(cohort.begin(), cohort.end()) == cohort.end());
      QVERIFY(cohort.front() >= 0 && cohort.back() < 100);
      QCOMPARE(cohort, sample_cohort(s, 100, round));
      different.insert(cohort);
    }
    QCOMPARE(different.size(), size_t(20));
    spec::Scenario other = s;
    other.seed = 2;
    QVERIFY(sample_cohort(other, 100, 1) != sample_cohort(s, 100, 1));
  }

  void cohort_is_uniform() {
    spec::Scenario s;
    s.cohort.fraction = 0.3;
    std::vector<int> times(10);
    for (int round = 0; round < 10000; ++round)
      for (int client : sample_cohort(s, 10, round)) ++times[client];
    for (int n : times) QVERIFY2(std::abs(n - 3000) < 250, std::to_string(n).c_str());   // 5 sigma = 229
  }

  void fedavg_weights_by_examples() {
    const auto delta = *fedavg()->aggregate(tiny(0), {from(0, 1, tiny(1)), from(3, 3, tiny(5))});
    QCOMPARE(delta.values[0], 4.0f);
  }

  void fedavg_is_the_same_wherever_updates_lie() {
    for (const int in : {1, 4094, 4095, 4096, 10'001}) {   // one value more than this: blocks that are full, and not
      const LayoutPtr layout = *AdapterLayout::make({{"m", in, 1, 1}}, 1);
      for (const size_t clients : {1, 4, 10, 11, 35})
        for (const std::optional<Scattered::Sort>& sort : {std::optional<Scattered::Sort>(), {Scattered::f16}, {Scattered::bf16}, {Scattered::f32}, {Scattered::away}}) {
          Scattered updates(layout, clients, sort);
          const auto delta = fedavg()->aggregate(AdapterState::zeros(layout), updates);
          QVERIFY(delta.ok() && delta->layout == layout);
          const std::vector<float> expected = updates.mean();
          QVERIFY(delta->values.size() == expected.size() && std::memcmp(delta->values.data(), expected.data(), 4 * expected.size()) == 0);
        }
    }
  }

  void fedavg_names_who_is_not_finite_or_cannot_be_read() {
    const LayoutPtr layout = *AdapterLayout::make({{"m", 5000, 1, 1}}, 1);
    for (const float bad : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
      for (size_t k = 4; k < 8; ++k) {   // of every sort
        Scattered updates(layout, 12);
        updates.spoil(k, 4711, bad);
        QCOMPARE(message_of(fedavg()->aggregate(AdapterState::zeros(layout), updates).status()),
                 "client " + std::to_string(2 * k) + ": the update holds a number that is not finite");
      }
    Scattered updates(layout, 12);
    updates.broken = 7;   // away
    QCOMPARE(message_of(fedavg()->aggregate(AdapterState::zeros(layout), updates).status()), std::string("the disk is gone"));
    updates.broken = 5;   // in memory: nobody reads it
    QVERIFY(fedavg()->aggregate(AdapterState::zeros(layout), updates).ok());
    QCOMPARE(message_of(fedavg()->aggregate(tiny(0), updates).status()), std::string("client 0: expected m (rank 1, in 2, out 1), got m (rank 1, in 5000, out 1)"));
  }

  void one_client_is_taken_as_it_is() {   // methods.md 7, invariant 1
    const AdapterState global = random_state(1), local = random_state(2);
    const auto delta = *fedavg()->aggregate(global, {from(7, 13, *adapter::difference(local, global))});
    const auto next = *optimizer("none")->step(global, delta);
    for (size_t i = 0; i < next.values.size(); ++i)
      QVERIFY(std::abs(next.values[i] - local.values[i]) <= 1e-6f * (1 + std::abs(local.values[i])));
  }

  void identical_clients_give_that_client() {   // invariant 2
    const AdapterState delta = random_state(3);
    const auto mean = *fedavg()->aggregate(random_state(1), {from(0, 3, delta), from(1, 7, delta), from(2, 11, delta)});
    QVERIFY(mean.values == delta.values);
    QVERIFY(error_of_averaging({{"x", 3, delta}, {"y", 7, delta}, {"z", 11, delta}}) < 1e-7);
  }

  void order_of_clients_does_not_matter() {   // invariant 3: names permuted; bit equality comes from the fixed order of summation
    const AdapterState global = random_state(1), x = random_state(2), y = random_state(3), z = random_state(4);
    const auto one = *fedavg()->aggregate(global, {from(0, 2, x), from(1, 3, y), from(2, 5, z)});
    const auto again = *fedavg()->aggregate(global, {from(0, 2, x), from(1, 3, y), from(2, 5, z)});
    const auto other = *fedavg()->aggregate(global, {from(0, 5, z), from(1, 2, x), from(2, 3, y)});
    QVERIFY(one.values == again.values);
    for (size_t i = 0; i < one.values.size(); ++i) QVERIFY(std::abs(one.values[i] - other.values[i]) <= 1e-6f);
  }

  void averaging_factors_depends_on_rotation() {   // invariant 7, FedIT's part: (B R, R^-1 A) is the same client, another average
    AdapterState x = AdapterState::zeros(*AdapterLayout::make({{"m", 2, 2, 1}}, 1)), y = x;
    x.values = {1, 0, 2, 0};
    y.values = {0, 1, 0, 1};
    AdapterState turned = y;
    for (float& v : turned.values) v = -v;   // R = -1: the same product
    const double before = error_of_averaging({{"x", 2, x}, {"y", 1, y}}), after = error_of_averaging({{"x", 2, x}, {"y", 1, turned}});
    QVERIFY(std::abs(before - 0.51131) < 5e-6);
    QVERIFY(std::abs(before - after) < 1e-7);   // the error's size is equal for a mirror; the averaged product is not
    const auto mean = [&](const AdapterState& other) { return *fedavg()->aggregate(x, {from(0, 2, x), from(1, 1, other)}); };
    QVERIFY(mean(y).values != mean(turned).values);
  }

  void bad_contributions_data() {
    QTest::addColumn<int>("which");
    QTest::addColumn<QString>("message");
    QTest::newRow("none") << 0 << "expected at least one update, got none";
    QTest::newRow("no examples") << 1 << "client 2: expected 1 or more examples, got 0";
    QTest::newRow("order") << 2 << "client 1: expected updates in ascending client order";
    QTest::newRow("shape") << 3 << "client 1: expected an adapter of 1 LoRA modules, got 2";
  }
  void bad_contributions() {
    QFETCH(int, which);
    QFETCH(QString, message);
    const std::vector<std::vector<Contribution>> cases = {
        {}, {from(2, 0, tiny(1))}, {from(2, 1, tiny(1)), from(1, 1, tiny(1))}, {from(1, 1, random_state(1))}};
    QCOMPARE(QString::fromStdString(message_of(fedavg()->aggregate(tiny(0), cases[which]).status())), message);
  }

  void plain_step_uses_its_learning_rate() {
    QCOMPARE(optimizer("none", 0.5)->step(tiny(1), tiny(4))->values[0], 3.0f);
    QVERIFY(optimizer("none")->save_state().empty());
    QVERIFY(optimizer("none")->load_state("").ok());
    QCOMPARE(message_of(optimizer("none")->load_state("xyz")),
             std::string("server optimizer none: expected no state, got 3 bytes"));
  }

  void fedavgm_is_the_canonical_one() {   // methods.md 7: two equal Deltas of 0.1, beta 0.9: steps 0.1 and 0.19
    auto server = optimizer("fedavgm");
    AdapterState theta = *server->step(tiny(0), tiny(0.1f));
    QVERIFY(std::abs(theta.values[0] - 0.1f) < 1e-7f);
    theta = *server->step(theta, tiny(0.1f));
    QVERIFY(std::abs(theta.values[0] - 0.29f) < 1e-7f);
    auto without = optimizer("fedavgm", 1, 0);   // beta 0 is FedAvg
    const AdapterState x = random_state(1), d = random_state(2);
    QVERIFY(without->step(x, d)->values == optimizer("none")->step(x, d)->values);
    auto slow = optimizer("fedavgm", 0.5);
    QVERIFY(std::abs(slow->step(tiny(0), tiny(0.1f))->values[0] - 0.05f) < 1e-7f);
  }

  void momentum_survives_a_restart_bit_by_bit() {
    auto whole = optimizer("fedavgm"), first = optimizer("fedavgm");
    AdapterState a = random_state(1), b = a;
    for (int round = 0; round < 3; ++round) {
      a = *whole->step(a, random_state(10 + round));
      b = *first->step(b, random_state(10 + round));
    }
    auto second = optimizer("fedavgm");
    QVERIFY(second->load_state(first->save_state()).ok());
    for (int round = 3; round < 6; ++round) {
      a = *whole->step(a, random_state(10 + round));
      b = *second->step(b, random_state(10 + round));
    }
    QVERIFY(a.values == b.values);
    QCOMPARE(second->save_state(), whole->save_state());
    QVERIFY(second->load_state("").ok());   // afresh
    QVERIFY(second->save_state().empty());
  }

  void saved_state_golden_file() {
    const auto bytes = read_file(std::string(FEDLLM_SOURCE_DIR) + "/tests/core/fed/golden/v1_fedavgm.bin");
    QVERIFY2(bytes.ok(), bytes.status().to_string().c_str());
    auto server = optimizer("fedavgm", 1, 0.5);
    QVERIFY(server->load_state(*bytes).ok());
    QCOMPARE(server->save_state(), *bytes);
    const AdapterState next = *server->step(tiny(0), tiny(0));   // v = (0.1, -2, 1e-300) / 2
    QCOMPARE(next.values[0], 0.05f);
    QCOMPARE(next.values[1], -1.0f);
  }

  void damaged_state_is_refused_and_changes_nothing() {
    auto server = optimizer("fedavgm");
    QVERIFY(server->step(tiny(0), tiny(1)).ok());
    const std::string good = server->save_state();
    for (size_t n = 1; n < good.size(); ++n) QVERIFY(server->load_state(good.substr(0, n)).code() == Code::data_loss);
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string bad = good;
      bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
      QVERIFY(!server->load_state(bad).ok());
    }
    QCOMPARE(server->save_state(), good);
    QVERIFY(message_of(server->load_state(good + "12345678")).find("expected 3 values, got 4") != std::string::npos);
    auto other = optimizer("fedavgm");
    QVERIFY(other->step(random_state(1), random_state(2)).ok());
    QVERIFY(other->load_state(good).ok());
    QVERIFY(message_of(other->step(random_state(1), random_state(2)).status()).find("expected a momentum of") !=
            std::string::npos);
    QVERIFY(!other->step(tiny(0), random_state(1)).ok());
  }

  void unknown_names() {
    spec::StrategySpec s;
    s.aggregator = "median";
    QCOMPARE(message_of(make_aggregator(s).status()), std::string("strategy.aggregator: expected fedavg, got \"median\""));
    s.server_optimizer = "adam";
    QCOMPARE(message_of(make_server_optimizer(s).status()),
             std::string("strategy.server_optimizer: expected one of none, fedavgm, fedadagrad, fedadam, fedyogi, got \"adam\""));
  }
};

QTEST_GUILESS_MAIN(TestStrategy)
#include "tst_strategy.moc"
