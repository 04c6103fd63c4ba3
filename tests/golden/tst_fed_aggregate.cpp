// Three rounds of OpenFedLLM's aggregation (shared/data/golden/fed_aggregate): four clients, partial participation, sample
// counts 10/30/5/55. Its fedavg and scaffold are the canonical rules and ours; its fedavgm, fedadagrad, fedadam and fedyogi are
// variants (Delta is the plain mean in the last three; m = beta m + (1 - beta) Delta with first m = Delta; second moments of m
// instead of Delta), which these tests reproduce by formula to show that ours are other methods, not other results.
#include <QtTest>

#include <cmath>
#include <nlohmann/json.hpp>

#include "adapter/safetensors.h"
#include "fed/control_variates.h"
#include "fed/strategy.h"

using namespace fedllm;
using namespace fedllm::fed;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;
using adapter::SafetensorsFile;

namespace {

const std::string kFolder = std::string(FEDLLM_SOURCE_DIR) + "/../shared/data/golden/fed_aggregate/";
constexpr const char* kModule = "model.layers.0.self_attn.q_proj";

double largest_difference(const AdapterState& x, const AdapterState& y) {
  double top = 0;
  for (size_t i = 0; i < x.values.size(); ++i) top = std::max(top, std::abs(static_cast<double>(x.values[i]) - y.values[i]));
  return top;
}

}  // namespace

class TestFedAggregate : public QObject {
  Q_OBJECT
  LayoutPtr layout_ = *AdapterLayout::make({{kModule, 16, 16, 4}}, 8);
  nlohmann::json meta_;

  AdapterState read(const std::string& file_name, const std::string& prefix) {
    const auto file = SafetensorsFile::open(kFolder + file_name + ".safetensors");
    if (!file.ok()) qFatal("%s", file.status().to_string().c_str());
    AdapterState state = AdapterState::zeros(layout_);
    const std::string key = prefix + ".base_model.model." + kModule;
    std::ranges::copy(*adapter::to_float(*file->find(key + ".lora_A.weight")), state.a(0).begin());
    std::ranges::copy(*adapter::to_float(*file->find(key + ".lora_B.weight")), state.b(0).begin());
    return state;
  }

  std::vector<Contribution> contributions(int round) {
    std::vector<Contribution> all;
    for (int client : meta_["clients_this_round"][round]) {
      const std::string key = "delta." + std::to_string(round) + "." + std::to_string(client);
      all.push_back({client, {0, meta_["sample_num_list"][client].get<int64_t>(), read("inputs", key)}});
    }
    return all;
  }

 private slots:
  void initTestCase() {
    const auto text = read_file(kFolder + "meta.json");
    if (!text.ok()) QSKIP("shared golden data is not here");
    meta_ = nlohmann::json::parse(*text);
  }

  void fedavg_equals_the_golden_rounds() {
    const auto aggregator = *make_aggregator({});
    const auto server = *make_server_optimizer({});
    AdapterState global = read("inputs", "global0");
    for (int round = 0; round < 3; ++round) {
      const auto delta = aggregator->aggregate(global, contributions(round));
      QVERIFY2(delta.ok(), delta.status().to_string().c_str());
      global = *server->step(global, *delta);
      const double difference = largest_difference(global, read("fedavg", "global." + std::to_string(round)));
      QVERIFY2(difference < 5e-7, qPrintable(QString("round %1: %2").arg(round).arg(difference)));
    }
  }

  void fedavgm_golden_is_a_variant_that_ours_is_not() {
    const auto aggregator = *make_aggregator({});
    spec::StrategySpec spec;
    spec.server_optimizer = "fedavgm";
    const auto canonical = *make_server_optimizer(spec);
    AdapterState variant = read("inputs", "global0"), ours = variant, momentum = AdapterState::zeros(layout_);
    const double beta = meta_["fedopt_beta1"];
    for (int round = 0; round < 3; ++round) {
      const AdapterState delta = *aggregator->aggregate(variant, contributions(round));
      for (size_t i = 0; i < delta.values.size(); ++i)
        momentum.values[i] =
            round == 0 ? delta.values[i] : static_cast<float>(beta * momentum.values[i] + (1 - beta) * delta.values[i]);
      QVERIFY(adapter::add_scaled(variant, momentum, 1).ok());
      QVERIFY(largest_difference(variant, read("fedavgm", "global." + std::to_string(round))) < 1e-6);
      ours = *canonical->step(ours, delta);
    }
    QVERIFY(largest_difference(ours, variant) > 1e-3);
  }

  void scaffold_equals_the_golden_rounds() {
    const auto aggregator = *make_aggregator({});
    AdapterState global = read("inputs", "global0"), control = AdapterState::zeros(layout_);
    for (int round = 0; round < 3; ++round) {
      const auto all = contributions(round);
      QVERIFY(adapter::add_scaled(global, *aggregator->aggregate(global, all), 1).ok());
      std::vector<AdapterState> changes;
      for (const Contribution& one : all)
        changes.push_back(read("inputs", "scaffold_delta_c." + std::to_string(round) + "." + std::to_string(one.client)));
      std::vector<const AdapterState*> pointers;
      for (const AdapterState& change : changes) pointers.push_back(&change);
      control = *next_control(control, pointers, meta_["num_clients"]);
      const std::string r = std::to_string(round);
      QVERIFY(largest_difference(global, read("scaffold", "global." + r)) < 5e-7);
      QVERIFY(largest_difference(control, read("scaffold", "c." + r)) < 5e-7);
    }
  }

  void adaptive_golden_rounds_are_variants_that_ours_are_not_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"fedadagrad", "fedadam", "fedyogi"}) QTest::newRow(name) << name;
  }
  void adaptive_golden_rounds_are_variants_that_ours_are_not() {
    QFETCH(QString, name);
    spec::StrategySpec spec;
    spec.server_optimizer = name.toStdString();
    spec.server_learning_rate = meta_["fedopt_eta"], spec.server_tau = meta_["fedopt_tau"];
    spec.server_beta1 = meta_["fedopt_beta1"], spec.server_beta2 = meta_["fedopt_beta2"];
    const auto canonical = *make_server_optimizer(spec);
    AdapterState variant = read("inputs", "global0"), ours = variant;
    const size_t count = variant.values.size();
    std::vector<double> m(count), v(count, spec.server_tau * spec.server_tau);
    for (int round = 0; round < 3; ++round) {
      auto all = contributions(round);
      for (Contribution& one : all) one.update.num_examples = 1;   // the plain mean
      const AdapterState delta = *make_aggregator({}).value()->aggregate(variant, all);
      for (size_t i = 0; i < count; ++i) {
        const double d = delta.values[i];
        m[i] = round == 0 || name == "fedadagrad" ? d : spec.server_beta1 * m[i] + (1 - spec.server_beta1) * d;
        const double square = m[i] * m[i];
        if (name == "fedadagrad") v[i] += square;
        if (name == "fedadam") v[i] = spec.server_beta2 * v[i] + (1 - spec.server_beta2) * square;
        if (name == "fedyogi") v[i] -= (1 - spec.server_beta2) * square * (v[i] > square ? 1 : v[i] < square ? -1 : 0);
        variant.values[i] += static_cast<float>(spec.server_learning_rate * m[i] / (std::sqrt(v[i]) + spec.server_tau));
      }
      const double apart = largest_difference(variant, read(name.toStdString(), "global." + std::to_string(round)));
      QVERIFY2(apart < 1e-6, qPrintable(QString("round %1: %2").arg(round).arg(apart)));
      ours = *canonical->step(ours, delta);
    }
    // FedAdagrad's rule is the canonical one, given the plain mean.
    if (name == "fedadagrad") QVERIFY(largest_difference(ours, variant) < 1e-6);
    else QVERIFY(largest_difference(ours, variant) > 1e-3);
  }
};

QTEST_GUILESS_MAIN(TestFedAggregate)
#include "tst_fed_aggregate.moc"
