#include <QtTest>

#include <limits>

#include "spec/forecast.h"
#include "spec/scenario_json.h"

using namespace fedllm;
using namespace fedllm::spec;

namespace {

ModelFacts two_layers() {
  ModelFacts m;
  for (int layer = 0; layer < 2; ++layer) {
    const std::string at = "model.layers." + std::to_string(layer) + ".";
    m.linears.push_back({at + "self_attn.q_proj", 64, 64});
    m.linears.push_back({at + "self_attn.v_proj", 64, 32});
    m.linears.push_back({at + "mlp.up_proj", 64, 128});
  }
  m.step_seconds = 0.1;
  return m;
}

Scenario small() {
  Scenario s;
  s.dataset.files = {"a"};
  s.partition.clients = 4;
  s.lora.rank = 8;
  s.lora.target_modules = {"q_proj", "v_proj"};
  s.rounds = 3;
  return s;
}

}  // namespace

class TestForecast : public QObject {
  Q_OBJECT
 private slots:
  void bytes_are_exact() {
    const Forecast f = forecast(small(), two_layers(), {}, 2);
    QCOMPARE(f.adapter_parameters, int64_t(2 * 8 * (128 + 96)));
    QCOMPARE(f.update_payload_bytes, payload_bytes("f32", f.adapter_parameters));
    QCOMPARE(f.uplink_bytes, f.update_payload_bytes * 4 * 3);
    QCOMPARE(f.downlink_bytes, f.uplink_bytes);
    QCOMPARE(f.adapter_memory_bytes, f.adapter_parameters * 16);
    Scenario half = small();
    half.codec = "f16";
    half.cohort.size = 2;
    const Forecast g = forecast(half, two_layers(), {}, 2);
    QCOMPARE(g.uplink_bytes, payload_bytes("f16", f.adapter_parameters) * 2 * 3);
    QCOMPARE(payload_bytes("f61", 10), int64_t(0));
    // What leaves values out goes up only; versions come down whole.
    Scenario few = small();
    few.codec = "top-k", few.codec_density = 0.25;
    const Forecast h = forecast(few, two_layers(), {}, 2);
    QCOMPARE(h.update_payload_bytes, payload_bytes("top-k", f.adapter_parameters, 0.25));
    QCOMPARE(h.version_payload_bytes, payload_bytes("f16", f.adapter_parameters));
    few.downlink_codec = "int8";
    const Forecast i = forecast(few, two_layers(), {}, 2);
    QCOMPARE(i.downlink_bytes, payload_bytes("int8", f.adapter_parameters) * 4 * 3);
    QCOMPARE(i.uplink_bytes, h.update_payload_bytes * 4 * 3);
  }

  void published_sizes() {   // methods.md 2.0: SmolLM2-135M, q and v, r 16: 921,600
    ModelFacts m;
    for (int layer = 0; layer < 30; ++layer) {
      m.linears.push_back({"l" + std::to_string(layer) + ".q_proj", 576, 576});
      m.linears.push_back({"l" + std::to_string(layer) + ".v_proj", 576, 192});
    }
    Scenario s = small();
    s.lora.rank = 16;
    QCOMPARE(forecast(s, m, {}, 1).adapter_parameters, int64_t(921600));
  }

  void what_nobody_can_run_stays_a_number() {
    Scenario s = small();
    s.lora.rank = 4096;
    s.rounds = 100000;
    s.partition.clients = 2147483647;
    ModelFacts m;
    m.linears = {{"q_proj", 2147483647, 2147483647}};
    s.lora.target_modules = {"q_proj"};
    const Forecast f = forecast(s, m, {}, 2);
    QCOMPARE(f.adapter_parameters, int64_t{4096} * 2 * 2147483647);
    QCOMPARE(f.uplink_bytes, std::numeric_limits<int64_t>::max());
    QCOMPARE(f.clients, 10000);
  }

  void targets_are_suffixes() {
    QVERIFY(targets_module("q_proj", "model.layers.0.self_attn.q_proj"));
    QVERIFY(targets_module("self_attn.q_proj", "model.layers.0.self_attn.q_proj"));
    QVERIFY(targets_module("lm_head", "lm_head"));
    QVERIFY(!targets_module("proj", "model.q_proj"));
    QVERIFY(!targets_module("q_proj", "proj"));
  }

  void cohorts() {
    Scenario s = small();
    QCOMPARE(cohort_size(s, 4), 4);
    QCOMPARE(cohort_size(s, 0), 0);
    s.cohort.size = 9;
    QCOMPARE(cohort_size(s, 4), 4);
    s.cohort = {std::nullopt, 0.5};
    QCOMPARE(cohort_size(s, 5), 3);
    s.cohort.fraction = 0.001;
    QCOMPARE(cohort_size(s, 5), 1);
  }

  void clients_come_from_the_data_where_they_decide() {
    Scenario s = small();
    DataFacts data;
    QCOMPARE(client_count(s, data), 4);
    s.partition.method = "by_column";
    QCOMPARE(client_count(s, data), 0);
    QCOMPARE(forecast(s, two_layers(), data, 2).uplink_bytes, int64_t(0));
    data.client_records = {5, 6};
    QCOMPARE(client_count(s, data), 2);
    s.partition.method = "by_file";
    s.dataset.files = {"a", "b", "c"};
    QCOMPARE(client_count(s, {}), 3);
  }

  void time_is_a_range_that_holds_the_plain_product() {
    Scenario s = small();
    s.training.local_steps = 10;
    const Forecast f = forecast(s, two_layers(), {}, 2);
    const double plain = 3 * 2 * 10 * 0.1;   // rounds x clients a worker x steps x seconds
    QVERIFY(f.low_s <= plain && plain <= f.high_s && f.low_s > 0);
    QVERIFY(forecast(s, two_layers(), {}, 1).low_s > f.low_s);
    QVERIFY(forecast(s, two_layers(), {}, 4).high_s < f.high_s);
    ModelFacts unknown = two_layers();
    unknown.step_seconds = 0;
    QCOMPARE(forecast(s, unknown, {}, 2).high_s, 0.0);
  }

  void epochs_follow_the_records() {
    Scenario s = small();
    s.training.local_steps.reset();
    s.training.local_epochs = 2;
    s.training.batch_size = 10;
    s.evaluation.client_adapters = false;
    DataFacts data;
    data.client_records = {100, 10, 10, 1};
    const Forecast one = forecast(s, two_layers(), data, 1);
    QCOMPARE(one.low_s / 0.85, 3 * 2 * (10 + 1 + 1 + 1) * 0.1);
    const Forecast two = forecast(s, two_layers(), data, 2);
    QCOMPARE(two.low_s / 0.85, 3 * 2 * 10 * 0.1);   // the busiest worker holds the big client
  }

  void transfer_is_the_slowest_client() {
    Scenario s = small();
    s.network.uplink_mbit_s = 8;
    s.network.downlink_mbit_s = 8;
    s.network.latency_ms = 0;
    const Forecast f = forecast(s, two_layers(), {}, 2);
    QVERIFY(std::abs(f.round_transfer_s - 2e-6 * f.update_payload_bytes) < 1e-12);
    s.clients.push_back({.client = 1, .latency_ms = 500});
    QVERIFY(forecast(s, two_layers(), {}, 2).round_transfer_s > 1);
  }
};

QTEST_GUILESS_MAIN(TestForecast)
#include "tst_forecast.moc"
