#include <QtTest>

#include "dense.h"

using namespace fedllm;
using namespace fedllm::fed;
using adapter::AdapterLayout;
using adapter::AdapterState;
using Clients = std::vector<HeldAdapters::One>;

namespace {

Combination combine(std::string_view name, const AdapterState& global, const Clients& clients) {
  HeldAdapters held(clients);
  return *make_method(name).value()->combine(global, held, {});
}

RoundGeometry measure(const AdapterState& start, const Clients& clients, const Combination& result) {
  HeldAdapters held(clients);
  auto found = geometry(start, held, result);
  if (!found.ok()) qFatal("%s", found.status().to_string().c_str());
  return *found;
}

// By whole matrices.
RoundGeometry reference(const AdapterState& start, const Clients& clients, const Combination& result) {
  RoundGeometry found;
  const size_t modules = start.layout->modules().size();
  double all = 0, error2 = 0, target2 = 0;
  for (const auto& one : clients) all += one.weight;
  std::vector<std::vector<dense::Matrix>> updates(clients.size());
  std::vector<dense::Matrix> mean;
  for (size_t m = 0; m < modules; ++m) {
    const dense::Matrix t = dense::target(clients, m), apart = dense::minus(t, dense::effective(result, m));
    found.module_error.push_back(dense::norm(apart) / dense::norm(t));
    error2 += dense::dot(apart, apart), target2 += dense::dot(t, t);
    mean.push_back(dense::zeros(t.rows, t.columns));
    for (size_t k = 0; k < clients.size(); ++k) {
      const AdapterState from = *take_leading(start, clients[k].adapter.layout);
      updates[k].push_back(dense::minus(dense::product(clients[k].adapter, m), dense::product(from, m)));
      dense::add(mean[m], updates[k][m], clients[k].weight / all);
    }
  }
  found.aggregation_error = std::sqrt(error2 / target2);
  for (const auto& update : updates) {
    double own2 = 0, with_mean = 0, mean2 = 0;
    for (size_t m = 0; m < modules; ++m)
      own2 += dense::dot(update[m], update[m]), with_mean += dense::dot(update[m], mean[m]), mean2 += dense::dot(mean[m], mean[m]);
    found.clients.push_back({std::sqrt(own2), with_mean / std::sqrt(own2 * mean2), std::sqrt(own2 - 2 * with_mean + mean2)});
  }
  return found;
}

bool near(double x, double y, double tolerance = 1e-7) { return std::abs(x - y) <= tolerance * std::max(1.0, std::abs(y)); }

Clients clients_of(const std::vector<int>& ranks, const std::vector<double>& alphas) {
  Clients all;
  for (size_t k = 0; k < ranks.size(); ++k)
    all.push_back({"client " + std::to_string(k), 1.0 + k, dense::random_state(dense::layout(ranks[k], alphas[k]), 20 + k)});
  return all;
}

}  // namespace

class TestGeometry : public QObject {
  Q_OBJECT
  const AdapterState start_ = dense::random_state(dense::layout(3, 6), 1);

 private slots:
  void equals_whole_matrices_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("mixed");
    for (const char* name : {"fedavg", "fedex-lora", "lora-fair", "flora", "flexlora", "rbla"}) QTest::newRow(name) << name << false;
    for (const char* name : {"flora", "flexlora", "rbla", "zero-padding"})
      QTest::newRow((std::string(name) + " mixed").c_str()) << name << true;
  }
  void equals_whole_matrices() {
    QFETCH(QString, name);
    QFETCH(bool, mixed);
    const Clients clients = mixed ? clients_of({1, 3, 2}, {3, 5, 4}) : clients_of({3, 3, 3, 3}, {6, 1, 6, 7});
    const Combination result = combine(name.toStdString(), start_, clients);
    const RoundGeometry got = measure(start_, clients, result), expected = reference(start_, clients, result);
    for (size_t m = 0; m < 2; ++m) QVERIFY(near(got.module_error[m], expected.module_error[m]));
    QVERIFY(near(got.aggregation_error, expected.aggregation_error));
    for (size_t k = 0; k < clients.size(); ++k) {
      QVERIFY(near(got.clients[k].update_norm, expected.clients[k].update_norm));
      QVERIFY(near(got.clients[k].cosine, expected.clients[k].cosine));
      QVERIFY(near(got.clients[k].drift, expected.clients[k].drift));
    }
  }

  void ranks_above_what_they_started_from() {
    const Clients clients = clients_of({5, 2}, {5, 2});
    const Combination result = combine("flexlora", start_, clients);
    const RoundGeometry got = measure(start_, clients, result), expected = reference(start_, clients, result);
    QVERIFY(near(got.aggregation_error, expected.aggregation_error));
    QVERIFY(near(got.clients[0].update_norm, expected.clients[0].update_norm));
    QVERIFY(near(got.clients[0].drift, expected.clients[0].drift));
  }

  void equal_adapters_have_no_error() {
    Clients same = clients_of({3, 3, 3}, {6, 6, 6});
    for (auto& one : same) one.adapter = same[0].adapter;
    const RoundGeometry got = measure(start_, same, combine("fedavg", start_, same));
    QCOMPARE(got.aggregation_error, 0.0);
    QCOMPARE(got.module_error, (std::vector<double>{0, 0}));
    for (const ClientGeometry& client : got.clients) {
      QVERIFY(near(client.cosine, 1));
      QVERIFY(client.drift < 1e-6 * client.update_norm);
    }
  }

  void small_errors_are_seen() {   // far below what a difference of norms could show
    Clients close = clients_of({3, 3}, {6, 6});
    close[1].adapter = close[0].adapter;
    for (float& x : close[1].adapter.values) x *= 1 + 1e-5f;
    const Combination result = combine("fedavg", start_, close);
    const double expected = reference(start_, close, result).aggregation_error;
    QVERIFY(expected < 1e-6 && expected > 0);
    QVERIFY(std::abs(measure(start_, close, result).aggregation_error - expected) < 1e-3 * expected);
  }

  void nobody_trained() {
    const Clients idle = {{"client 0", 1, start_}, {"client 1", 2, *take_leading(start_, dense::layout(2, 3))}};
    const RoundGeometry got = measure(start_, idle, combine("zero-padding", start_, idle));
    for (const ClientGeometry& client : got.clients) {
      QCOMPARE(client.update_norm, 0.0);
      QCOMPARE(client.cosine, 0.0);
      QCOMPARE(client.drift, 0.0);
    }
    AdapterState zero = AdapterState::zeros(start_.layout);
    const Clients zeros = {{"client 0", 1, zero}};
    QCOMPARE(measure(zero, zeros, combine("fedavg", zero, zeros)).aggregation_error, 0.0);
  }

  void other_modules_are_refused() {
    const Clients clients = clients_of({3}, {6});
    const Combination result = combine("fedavg", start_, clients);
    const AdapterState other = dense::random_state(*AdapterLayout::make({{"q", 13, 9, 3}}, 6), 1);
    HeldAdapters held(clients);
    QCOMPARE(geometry(other, held, result).status().message(), std::string("client 0: expected an adapter of 1 LoRA modules, got 2"));
    HeldAdapters nobody{Clients{}};
    QVERIFY(!geometry(start_, nobody, result).ok());
  }
};

QTEST_GUILESS_MAIN(TestGeometry)
#include "tst_geometry.moc"
