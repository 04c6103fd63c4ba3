// Every federated method through the round loop: what it sends, what stays as it was, what its aggregation error says, and that
// neither workers nor an interruption show in the adapter.
#include <QtTest>

#include "adapter/peft.h"
#include "base/file.h"
#include "node/checkpoint.h"
#include "node/parcel.h"
#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

constexpr int kRounds = 5;

spec::Scenario scenario_with(const MiniWorld& world, const std::vector<const char*>& settings) {
  spec::Scenario scenario = world.scenario;
  scenario.rounds = kRounds;
  for (const char* setting : settings) {
    const Status set = spec::apply_set(scenario, setting);
    if (!set.ok()) qFatal("%s", set.to_string().c_str());
  }
  return scenario;
}

adapter::AdapterState version(const ledger::Ledger& ledger, const std::string& run, int round, const std::string& part = {}) {
  const auto versions = ledger.versions(run);
  auto state = adapter::load_peft(ledger.absolute((*versions)[static_cast<size_t>(round)].path) + part);
  if (!state.ok()) qFatal("%s", state.status().to_string().c_str());
  return std::move(state).value();
}

bool same(std::span<const float> x, std::span<const float> y) { return std::ranges::equal(x, y); }

const ledger::Event& committed(const std::vector<ledger::Event>& events, int round) {
  for (const ledger::Event& event : events)
    if (event.kind == "round_committed" && *event.round == round) return event;
  qFatal("no such round");
}

// Stops the run once that round is committed.
class StopAfter {
 public:
  StopAfter(const MiniWorld& world, ledger::Ledger& ledger, const std::string& run, int round) {
    NoopBackend backend;
    backend.step_seconds = 0.003;
    auto executor = *node::RunExecutor::start(ledger, backend, world.home(), run, 2);
    while (ledger.versions(run)->size() < static_cast<size_t>(round + 1)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    executor->stop(false);
    executor->wait();
  }
};

}  // namespace

class TestMethodRuns : public QObject {
  Q_OBJECT
  MiniWorld world_;

  std::string finished(ledger::Ledger& ledger, const spec::Scenario& scenario, int workers = 2) {
    NoopBackend backend;
    const std::string run = world_.create_run(ledger, scenario);
    const node::RunOutcome outcome = run_to_end(world_, ledger, backend, run, workers);
    if (outcome.state != ledger::RunState::done) qWarning("%s", outcome.error.c_str());
    return outcome.state == ledger::RunState::done ? run : std::string();
  }
  std::string hash(const ledger::Ledger& ledger, const std::string& run) { return ledger.versions(run)->back().sha256; }

 private slots:
  void same_adapter_whatever_happens_data() {
    QTest::addColumn<QStringList>("settings");
    const auto row = [](const char* name, const QStringList& settings) { QTest::newRow(name) << settings; };
    row("FedIT", {});
    row("FedAdam", {"strategy.server_optimizer=fedadam", "strategy.server_learning_rate=0.02"});
    row("FedYogi", {"strategy.server_optimizer=fedyogi", "strategy.server_learning_rate=0.02"});
    row("FedAdagrad", {"strategy.server_optimizer=fedadagrad", "strategy.server_learning_rate=0.02"});
    row("SCAFFOLD", {"strategy.control_variates=true", "training.optimizer=sgd"});
    row("FLASC", {"codec=top-k", "codec_density=0.25", "downlink_codec=top-k", "downlink_density=0.5"});
    row("FFA-LoRA", {"strategy.aggregator=ffa-lora"});
    row("FFA-LoRA, FedAvgM", {"strategy.aggregator=ffa-lora", "strategy.server_optimizer=fedavgm"});
    row("FFA-LoRA, int8", {"strategy.aggregator=ffa-lora", "codec=int8"});
    row("RoLoRA", {"strategy.aggregator=rolora"});
    row("RoLoRA, f16", {"strategy.aggregator=rolora", "codec=f16"});
    row("RoLoRA, top-k", {"strategy.aggregator=rolora", "codec=top-k", "codec_density=0.25"});
    row("LoRA-A2", {"strategy.aggregator=lora-a2"});
    row("LoRA-A2, int8 up", {"strategy.aggregator=lora-a2", "codec=int8", "downlink_codec=f16", "strategy.parameters={\"share\":0.3}"});
    row("FedSVD", {"strategy.aggregator=fedsvd"});
    row("Fed-SB", {"strategy.aggregator=fed-sb"});
    row("Fed-SB, int8", {"strategy.aggregator=fed-sb", "codec=int8"});
    row("RAVAN", {"strategy.aggregator=ravan", "strategy.parameters={\"heads\":2}"});
    row("FLoRA", {"strategy.aggregator=flora"});
    row("FLoRA, int8", {"strategy.aggregator=flora", "codec=int8"});
    row("FLoRA, cut", {"strategy.aggregator=flora", "strategy.parameters={\"merged_rank\":3}"});
    row("FLoRA, ranks", {"strategy.aggregator=flora", "clients.1.rank=1"});
    row("FlexLoRA, ranks", {"strategy.aggregator=flexlora", "clients.1.rank=1"});
    row("FedEx-LoRA", {"strategy.aggregator=fedex-lora"});
    row("LoRA-FAIR", {"strategy.aggregator=lora-fair"});
    row("RBLA, ranks", {"strategy.aggregator=rbla", "clients.1.rank=1", "codec=f16"});
    row("HetLoRA, ranks", {"strategy.aggregator=hetlora", "clients.1.rank=1"});
    row("HetLoRA, pruned", {"strategy.aggregator=hetlora", "lora.rank=4", "codec=int8", "strategy.parameters={\"decay\":0.7,\"lambda\":1}"});
    row("FedSA-LoRA", {"strategy.aggregator=fedsa-lora"});
    row("FedSA-LoRA, int4", {"strategy.aggregator=fedsa-lora", "codec=int4"});
    row("Ditto", {"strategy.aggregator=ditto"});
  }
  void same_adapter_whatever_happens() {
    QFETCH(QStringList, settings);
    std::vector<std::string> texts{"cohort.size=3"};
    for (const QString& setting : settings) texts.push_back(setting.toStdString());
    std::vector<const char*> all;
    for (const std::string& text : texts) all.push_back(text.c_str());
    const spec::Scenario scenario = scenario_with(world_, all);
    auto ledger = world_.memory_ledger();
    const std::string one = finished(*ledger, scenario, 1), three = finished(*ledger, scenario, 3);
    QVERIFY(!one.empty() && !three.empty());
    QCOMPARE(hash(*ledger, three), hash(*ledger, one));
    const std::string stopped = world_.create_run(*ledger, scenario);
    StopAfter(world_, *ledger, stopped, 1);
    if (ledger->versions(stopped)->size() < kRounds) StopAfter(world_, *ledger, stopped, 3);
    NoopBackend backend;
    const node::RunOutcome outcome = run_to_end(world_, *ledger, backend, stopped);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(hash(*ledger, stopped), hash(*ledger, one));
    QVERIFY(hash(*ledger, one) != ledger->versions(one)->front().sha256);
  }

  // Bytes as the forecast models them, to the byte, where everybody takes part.
  void measured_bytes_are_the_modelled_ones_data() {
    QTest::addColumn<QString>("method");
    QTest::addColumn<int>("up");     // factors: 1 A, 2 B, 3 both
    QTest::addColumn<int>("up_next");
    QTest::newRow("fedavg") << "fedavg" << 3 << 3;
    QTest::newRow("ffa-lora") << "ffa-lora" << 2 << 2;
    QTest::newRow("rolora") << "rolora" << 2 << 1;
    QTest::newRow("fedsvd") << "fedsvd" << 2 << 2;
    QTest::newRow("flora") << "flora" << 3 << 3;
    QTest::newRow("fedex-lora") << "fedex-lora" << 3 << 3;
    QTest::newRow("flexlora") << "flexlora" << 3 << 3;
    QTest::newRow("fedsa-lora") << "fedsa-lora" << 1 << 1;
  }
  void measured_bytes_are_the_modelled_ones() {
    QFETCH(QString, method);
    QFETCH(int, up);
    QFETCH(int, up_next);
    const std::string setting = "strategy.aggregator=" + method.toStdString();
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {setting.c_str()}));
    const adapter::AdapterState start = version(*ledger, run, 0);
    double a = 0, b = 0;
    for (const adapter::ModuleSlot& slot : start.layout->modules()) a += static_cast<double>(slot.a_size()), b += static_cast<double>(slot.b_size());
    const auto events = events_of(*ledger, run);
    for (int round = 1; round <= kRounds; ++round) {
      const ledger::Event& event = committed(events, round);
      const int factors = round % 2 == 1 ? up : up_next;
      QCOMPARE(*metric(event, "uplink_payload_bytes"), 4 * (20 + 4 * ((factors & 1 ? a : 0) + (factors & 2 ? b : 0))));
      QCOMPARE(*metric(event, "uplink_payload_bytes"), *metric(event, "uplink_modelled_bytes"));
      const double down = *metric(event, "downlink_payload_bytes"), modelled = *metric(event, "downlink_modelled_bytes");
      QVERIFY2(std::abs(down - modelled) <= 0.02 * down, qPrintable(QString("round %1: %2, modelled %3").arg(round).arg(down).arg(modelled)));
    }
  }

  void exact_methods_have_no_error_and_fedit_has_one() {
    auto ledger = world_.memory_ledger();
    for (const char* method : {"ffa-lora", "rolora", "lora-a2", "fed-sb", "flora", "fedex-lora"}) {
      const std::string setting = std::string("strategy.aggregator=") + method;
      const std::string run = finished(*ledger, scenario_with(world_, {setting.c_str()}));
      const auto events = events_of(*ledger, run);
      // Fed-SB's first round cuts the mean to the rank, as FlexLoRA does.
      for (int round = std::string_view(method) == "fed-sb" ? 2 : 1; round <= kRounds; ++round) {
        const ledger::Event& event = committed(events, round);
        QVERIFY2(*metric(event, "aggregation_error") < 1e-6, method);
        const auto told = detail(event);
        for (const auto& [module, error] : told["module_errors"].items()) QVERIFY(error.get<double>() < 1e-6);
        QCOMPARE(detail(event)["cosines"].size(), size_t{4});
        QCOMPARE(detail(event)["drifts"].size(), size_t{4});
      }
    }
    const std::string run = finished(*ledger, scenario_with(world_, {}));
    const auto events = events_of(*ledger, run);
    const ledger::Event& last = committed(events, kRounds);
    QVERIFY(*metric(last, "aggregation_error") > 1e-4);
    QCOMPARE(detail(last)["module_errors"].size(), version(*ledger, run, 0).layout->modules().size());
  }

  void what_is_not_measured_says_why() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"partition={\"method\":\"iid\",\"clients\":33}", "dataset.test_fraction=0", "rounds=1"}));
    QVERIFY(!run.empty());
    const auto events = events_of(*ledger, run);
    const ledger::Event& event = committed(events, 1);
    QVERIFY(!metric(event, "aggregation_error") && !detail(event).contains("module_errors"));
    QCOMPARE(detail(event)["hidden"].get<std::string>(), std::string("every update is compared with every other one, which is done for up to 32 clients a round; this one had 33"));
  }

  void the_frozen_factor_keeps_its_bits() {
    auto ledger = world_.memory_ledger();
    const std::string ffa = finished(*ledger, scenario_with(world_, {"strategy.aggregator=ffa-lora"}));
    const std::string rolora = finished(*ledger, scenario_with(world_, {"strategy.aggregator=rolora"}));
    for (int round = 1; round <= kRounds; ++round) {
      const auto before = version(*ledger, ffa, round - 1), after = version(*ledger, ffa, round);
      const auto left = version(*ledger, rolora, round - 1), right = version(*ledger, rolora, round);
      for (size_t m = 0; m < after.layout->modules().size(); ++m) {
        QVERIFY(same(before.a(m), after.a(m)) && !same(before.b(m), after.b(m)));
        // B first.
        QCOMPARE(same(left.a(m), right.a(m)), round % 2 == 1);
        QCOMPARE(same(left.b(m), right.b(m)), round % 2 == 0);
      }
    }
  }

  void what_lies_beside_the_base_is_part_of_the_version() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"strategy.aggregator=fedex-lora"}));
    const auto whole = version(*ledger, run, kRounds), part = version(*ledger, run, kRounds, "/parts/adapter"), merged = version(*ledger, run, kRounds, "/parts/merged");
    for (size_t m = 0; m < whole.layout->modules().size(); ++m) {
      const adapter::ModuleSlot& slot = whole.layout->modules()[m];
      const auto at = [&](const adapter::AdapterState& state, int o, int i) {
        const int rank = state.layout->modules()[m].rank;
        double sum = 0;
        for (int r = 0; r < rank; ++r) sum += static_cast<double>(state.b(m)[o * rank + r]) * state.a(m)[r * slot.in_features + i];
        return state.layout->scale(m) * sum;
      };
      for (int o = 0; o < slot.out_features; o += 3)
        for (int i = 0; i < slot.in_features; i += 3) QVERIFY(std::abs(at(whole, o, i) - at(part, o, i) - at(merged, o, i)) < 1e-6);
    }
    const auto events = events_of(*ledger, run);
    QCOMPARE(detail(committed(events, kRounds))["merged_sha256"].get<std::string>().size(), size_t{64});
  }

  // Another accumulator than the one that was committed must not be trained on.
  void parts_that_changed_are_refused() {
    auto ledger = world_.memory_ledger();
    const std::string run = world_.create_run(*ledger, scenario_with(world_, {"strategy.aggregator=flora"}));
    StopAfter(world_, *ledger, run, 2);
    const std::string folder = ledger->absolute(ledger->versions(run)->back().path) + "/parts/merged";
    auto merged = *adapter::open_peft(folder);
    merged.state.values[0] += 1;
    QVERIFY(adapter::save_peft(merged.state, {"base"}, folder).ok());
    NoopBackend backend;
    const node::RunOutcome outcome = run_to_end(world_, *ledger, backend, run);
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QVERIFY2(outcome.error.find("the version's parts are not those that were committed") != std::string::npos, outcome.error.c_str());
  }

  void a_personal_factor_never_leaves_its_client() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"strategy.aggregator=fedsa-lora"}));
    // The versions hold the shared factor; what clients made of the other is theirs (the bytes sent are those of A alone:
    // measured_bytes_are_the_modelled_ones).
    const auto last = version(*ledger, run, kRounds);
    for (size_t m = 0; m < last.layout->modules().size(); ++m) {
      QVERIFY(std::ranges::all_of(last.b(m), [](float x) { return x == 0; }));
      QVERIFY(!same(last.a(m), version(*ledger, run, 0).a(m)));
    }
    std::vector<adapter::AdapterState> own;
    for (int client = 0; client < 4; ++client) own.push_back(version(*ledger, run, kRounds, "/client-" + std::to_string(client)));
    for (int client = 1; client < 4; ++client) {
      QVERIFY(same(own[0].a(0), own[static_cast<size_t>(client)].a(0)));
      QVERIFY(!same(own[0].b(0), own[static_cast<size_t>(client)].b(0)));
    }
    const auto events = events_of(*ledger, run);
    const ledger::Event& event = committed(events, kRounds);
    QVERIFY(!metric(event, "aggregation_error") && !detail(event).contains("cosines"));
    QVERIFY(detail(event)["hidden"].get<std::string>().find("leaves a factor with its client") != std::string::npos);
    // Kept for a resume.
    const auto state = node::parse_checkpoint(*read_file(ledger->absolute(ledger->versions(run)->back().state_path)));
    QVERIFY(state.ok());
    QCOMPARE(state->clients.personal.size(), size_t{4});
  }

  // Only the cores are sent, and the version stays in the span of the basis: the seed's (RAVAN), or what the first round laid.
  void cores_alone_travel() {
    auto ledger = world_.memory_ledger();
    for (const int heads : {1, 2}) {
      const bool laid = heads == 1;
      const std::string run = laid ? finished(*ledger, scenario_with(world_, {"strategy.aggregator=fed-sb"}))
                                   : finished(*ledger, scenario_with(world_, {"strategy.aggregator=ravan", "strategy.parameters={\"heads\":2}"}));
      const adapter::AdapterState start = version(*ledger, run, laid ? 1 : 0), last = version(*ledger, run, kRounds);
      double numbers = 0;
      for (const adapter::ModuleSlot& slot : start.layout->modules()) numbers += static_cast<double>(slot.rank) * slot.rank / heads;
      for (const ledger::Event& event : events_of(*ledger, run, "client_update"))
        QCOMPARE(*metric(event, "uplink_payload_bytes"), laid && event.round == 1 ? 20 + 4.0 * static_cast<double>(start.layout->size()) : 20 + 4 * numbers);
      const auto events = events_of(*ledger, run);
      for (int round = 1; round <= kRounds; ++round)
        for (const std::string link : {"uplink", "downlink"}) {
          const ledger::Event& event = committed(events, round);
          QCOMPARE(*metric(event, link + "_payload_bytes"), *metric(event, link + "_modelled_bytes"));
        }
      QCOMPARE(*metric(committed(events, kRounds), "downlink_payload_bytes"), 4 * (20 + 4 * numbers));
      const uint64_t seed = SeedTree(world_.scenario.seed).child("adapter").value();
      const auto cores = laid ? *adapter::Cores::on(last.layout, version(*ledger, run, kRounds, "/parts/merged")) : *adapter::Cores::make(last.layout, heads, seed);
      adapter::AdapterState again = last;
      cores->expand(cores->project(last.values), again.values);
      for (size_t m = 0; m < last.layout->modules().size(); ++m) {
        QVERIFY(same(start.a(m), last.a(m)) && !same(start.b(m), last.b(m)));
        for (size_t i = 0; i < last.b(m).size(); ++i) QVERIFY(std::abs(again.b(m)[i] - last.b(m)[i]) < 1e-6f);
      }
    }
  }

  // The basis of the first round is every later version's, known to all by its hash, and costs each client its bytes once.
  void a_basis_is_laid_once() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"strategy.aggregator=fed-sb", "cohort.size=2"}));
    const auto events = events_of(*ledger, run);
    QVERIFY(std::ranges::all_of(version(*ledger, run, 0).values, [](float x) { return x == 0; }));
    const adapter::AdapterState basis = version(*ledger, run, 1, "/parts/merged");
    const std::string hash = detail(committed(events, 1))["merged_sha256"];
    double whole = 16;
    for (const adapter::ModuleSlot& slot : basis.layout->modules()) whole += 4 + 4.0 * static_cast<double>(slot.a_size() + slot.b_size());
    std::set<int> there;
    for (int round = 2; round <= kRounds; ++round) {
      QVERIFY(version(*ledger, run, round, "/parts/merged").values == basis.values);
      QCOMPARE(detail(committed(events, round))["merged_sha256"].get<std::string>(), hash);
      double core = 20;
      for (const adapter::ModuleSlot& slot : basis.layout->modules()) core += 4.0 * slot.rank * slot.rank;
      int first = 0;
      for (const ledger::Event& event : events_of(*ledger, run, "client_update"))
        if (event.round == round) first += there.insert(*event.client).second;
      QCOMPARE(*metric(committed(events, round), "downlink_payload_bytes"), 2 * core + first * (whole + 20));
      QCOMPARE(*metric(committed(events, round), "downlink_modelled_bytes"), 2 * core + first * (whole + 20));
    }
    QVERIFY(there.size() > 2);
  }

  // LoRA-A2: a client's most important components within its share, one bit a component in front of them.
  void chosen_components_alone_are_sent() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"strategy.aggregator=lora-a2", "lora.rank=4", "strategy.parameters={\"share\":0.5}"}));
    const adapter::AdapterState start = version(*ledger, run, 0);
    double a = 0, b = 0, components = 0;
    for (const adapter::ModuleSlot& slot : start.layout->modules()) a += static_cast<double>(slot.a_size()), b += static_cast<double>(slot.b_size()), components += slot.rank;
    const auto events = events_of(*ledger, run);
    for (int round = 1; round <= kRounds; ++round) {
      const ledger::Event& event = committed(events, round);
      QCOMPARE(*metric(event, "uplink_payload_bytes"), 4 * (std::ceil(components / 8) + 20 + 4 * std::floor((round % 2 == 1 ? b : a) / 2)));
      QCOMPARE(*metric(event, "uplink_payload_bytes"), *metric(event, "uplink_modelled_bytes"));
    }
    // Of what one client alone sends in the first round at most half of the columns changed.
    const std::string alone = finished(*ledger, scenario_with(world_, {"strategy.aggregator=lora-a2", "lora.rank=4", "cohort.size=1", "rounds=1"}));
    const adapter::AdapterState after = version(*ledger, alone, 1);
    int changed = 0, columns = 0;
    for (size_t m = 0; m < after.layout->modules().size(); ++m) {
      const adapter::ModuleSlot& slot = after.layout->modules()[m];
      for (int i = 0; i < slot.rank; ++i, ++columns) {
        bool moved = false;
        for (int out = 0; out < slot.out_features; ++out) moved |= after.b(m)[out * slot.rank + i] != 0;
        changed += moved;
      }
    }
    QVERIFY2(changed > 0 && 2 * changed <= columns, qPrintable(QString("%1 of %2").arg(changed).arg(columns)));
    // The others were not trained, either: their client's own adapter has them as they were.
    std::atomic<int> marked = 0;
    NoopBackend backend;
    backend.hook = [&](const train::LocalOptions& options, int, adapter::AdapterState&, double&) {
      if (options.gradient_only) return;
      int learning = 0;
      for (size_t i = 0; i < options.learns.size(); ++i) learning += options.learns[i];
      marked = options.learns.empty() ? -1 : learning;
    };
    const std::string again = world_.create_run(*ledger, scenario_with(world_, {"strategy.aggregator=lora-a2", "lora.rank=4", "cohort.size=1", "rounds=1"}));
    QCOMPARE(run_to_end(world_, *ledger, backend, again).state, ledger::RunState::done);
    QVERIFY2(marked > 0 && 2 * marked <= static_cast<int>(b), qPrintable(QString("%1 of %2").arg(marked.load()).arg(b)));
  }

  void a_choice_of_components_is_read_with_care() {
    node::Components chosen(10);
    chosen.choose(0), chosen.choose(9);
    QCOMPARE(chosen.bytes(), std::string("\x01\x02", 2));
    const auto again = node::Components::parse(chosen.bytes(), 10);
    QVERIFY(again.ok() && (*again)[9] && !(*again)[8]);
    QCOMPARE(node::Components::parse("\x01", 10).status().message(), std::string("the choice of components: expected 2 bytes, got 1"));
    QVERIFY(node::Components::parse("\x01\x04", 10).status().message().find("got one with number 10") != std::string::npos);
    // More than its share is refused, not read beyond the payload.
    const auto layout = *adapter::AdapterLayout::make({{"q", 4, 6, 10, 0, 0, 0}}, 8);
    const node::Parcel parcel(layout, spec::LoraFactors::b, 0.5);
    node::Components all(10);
    for (size_t i = 0; i < 10; ++i) all.choose(i);
    adapter::AdapterState change = adapter::AdapterState::zeros(layout);
    const Status refused = parcel.unpack(adapter::AdapterState::zeros(parcel.wire()), all, change);
    QCOMPARE(refused.message(), std::string("expected components of at most 30 numbers, got 60"));
  }

  // FLASC: clients start from the largest values alone, the coordinator keeps all; two densities, two payloads.
  void the_largest_values_come_down() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"codec=top-k", "codec_density=0.25", "downlink_codec=top-k", "downlink_density=0.5"}));
    const adapter::AdapterState last = version(*ledger, run, kRounds), start = version(*ledger, run, 0);
    const auto n = static_cast<int64_t>(last.values.size());
    QVERIFY(std::ranges::count_if(last.values, [](float x) { return x != 0; }) > n / 2);
    // What was never sent up is as the run began: nothing was cut off the coordinator's own values.
    QVERIFY(std::ranges::mismatch(last.values, start.values).in1 != last.values.end());
    int same_values = 0;
    for (size_t i = 0; i < last.values.size(); ++i) same_values += last.values[i] == start.values[i] && last.values[i] != 0;
    QVERIFY(same_values > 0);
    const auto events = events_of(*ledger, run);
    for (int round = 1; round <= kRounds; ++round) {
      const ledger::Event& event = committed(events, round);
      QCOMPARE(*metric(event, "uplink_payload_bytes"), 4.0 * static_cast<double>(spec::payload_bytes("top-k", n, 0.25)));
      QCOMPARE(*metric(event, "downlink_payload_bytes"), 4.0 * static_cast<double>(spec::payload_bytes("top-k", n, 0.5)));
      QCOMPARE(*metric(event, "downlink_payload_bytes"), *metric(event, "downlink_modelled_bytes"));
    }
  }

  // The global adapter is FedIT's, bit by bit; every client's own one lies nearer to it the stronger it is drawn.
  void ditto_adds_an_adapter_of_ones_own() {
    auto ledger = world_.memory_ledger();
    const std::string plain = finished(*ledger, scenario_with(world_, {})), ditto = finished(*ledger, scenario_with(world_, {"strategy.aggregator=ditto"}));
    QVERIFY(!plain.empty() && !ditto.empty());
    QCOMPARE(hash(*ledger, ditto), hash(*ledger, plain));
    // Trained apart, and drawn towards what came down.
    NoopBackend backend;
    std::atomic<int> drawn{0}, free{0};
    backend.hook = [&](const train::LocalOptions& options, int, adapter::AdapterState& adapter, double&) {
      (options.anchor.empty() ? free : drawn) += 1;
      if (!options.anchor.empty() && (options.proximal_mu != 5 || options.anchor.size() != adapter.values.size())) free -= 1000;
    };
    const std::string strong = world_.create_run(*ledger, scenario_with(world_, {"strategy.aggregator=ditto", "strategy.parameters={\"lambda\":5}"}));
    QCOMPARE(run_to_end(world_, *ledger, backend, strong).state, ledger::RunState::done);
    QVERIFY(drawn > 0 && drawn == free);
    const adapter::AdapterState last = version(*ledger, ditto, kRounds), own = version(*ledger, ditto, kRounds, "/client-2"), other = version(*ledger, strong, kRounds, "/client-2");
    QVERIFY(own.values != last.values && own.values != other.values);
    std::map<int, int> clients, global;
    for (const ledger::Event& event : events_of(*ledger, ditto, "eval"))
      if (detail(event)["topic"] == "") ++(detail(event)["adapter"] == "client" ? clients : global)[*event.round];
    for (int round = 1; round <= kRounds; ++round) QCOMPARE(clients[round], 4);
    for (int round = 1; round <= kRounds; ++round) QCOMPARE(global[round], 1);
    const auto events = events_of(*ledger, ditto);
    QCOMPARE(detail(committed(events, kRounds))["cosines"].size(), size_t{4});   // updates of the global adapter are seen
  }

  // Without them there would be no score at all.
  void personal_adapters_are_scored_unasked() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"strategy.aggregator=fedsa-lora", "evaluation.client_adapters=false"}));
    int scored = 0;
    for (const ledger::Event& event : events_of(*ledger, run, "eval")) scored += detail(event)["adapter"] == "global" && *event.round == kRounds && std::isfinite(*metric(event, "loss"));
    QVERIFY(scored > 0);
  }

  // For as many steps as a client takes; the same whatever method federates.
  void reference_lines() {
    auto ledger = world_.memory_ledger();
    nlohmann::json before;
    for (const char* method : {"strategy.aggregator=fedavg", "strategy.aggregator=flora"}) {
      const std::string run = world_.create_run(*ledger, scenario_with(world_, {method, "evaluation.references=true"}));
      NoopBackend backend;
      const node::RunOutcome outcome = run_to_end(world_, *ledger, backend, run);
      QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
      std::map<std::string, int> seen;
      for (const ledger::Event& event : events_of(*ledger, run, "eval"))
        if (detail(event)["topic"] == "") ++seen[detail(event)["adapter"].get<std::string>()];
      QCOMPARE(seen["local"], 4);
      QCOMPARE(seen["centralised"], 1);
      const auto summary = summary_of(outcome);
      QVERIFY(summary["reference_eval_loss"]["local"].get<double>() < summary["initial_eval_loss"].get<double>());
      QVERIFY(summary["reference_eval_exact"].contains("centralised"));
      if (!before.is_null()) QVERIFY(before == summary["reference_eval_loss"]);
      before = summary["reference_eval_loss"];
    }
    NoopBackend backend;
    const std::string without = world_.create_run(*ledger, scenario_with(world_, {}));
    QVERIFY(!summary_of(run_to_end(world_, *ledger, backend, without)).contains("reference_eval_loss"));
  }

  // With a penalty no client's last component lasts; without one and without decay nobody's rank changes.
  void hetlora_prunes() {
    auto ledger = world_.memory_ledger();
    NoopBackend backend;
    backend.hook = [](const train::LocalOptions& options, int, adapter::AdapterState& adapter, double&) {
      if (options.tail.weight == 0) return;
      std::vector<float> gradient(adapter.values.size());
      adapter::add_tail_gradient(*adapter.layout, adapter.values.data(), options.tail, gradient.data());
      for (size_t i = 0; i < gradient.size(); ++i) adapter.values[i] -= gradient[i] != 0 ? 0.2F * adapter.values[i] : 0;
    };
    const auto ranks = [&](const char* parameters) {
      const std::string setting = std::string("strategy.parameters=") + parameters;
      const std::string run = world_.create_run(*ledger, scenario_with(world_, {"lora.rank=4", "strategy.aggregator=hetlora", setting.c_str()}));
      const node::RunOutcome outcome = run_to_end(world_, *ledger, backend, run);
      if (outcome.state != ledger::RunState::done) qFatal("%s", outcome.error.c_str());
      std::vector<std::pair<nlohmann::json, double>> all;
      for (const ledger::Event& event : events_of(*ledger, run))
        if (event.kind == "round_committed" && *event.round > 0) all.emplace_back(detail(event).value("ranks", nlohmann::json()), *metric(event, "uplink_payload_bytes"));
      return all;
    };
    const auto pruned = ranks("{\"lambda\":1,\"decay\":0.7}"), kept = ranks("{\"lambda\":1,\"decay\":1}");
    QVERIFY(pruned.front().first.is_null());   // B was 0 before the first round, so nothing can have got smaller
    QCOMPARE(pruned.back().first.size(), size_t{4});
    QVERIFY2(pruned.back().first["2"] < 3, pruned.back().first.dump().c_str());
    QVERIFY(pruned.back().second < 0.8 * pruned.front().second);
    const auto floor = ranks("{\"lambda\":1,\"decay\":0.5,\"min_rank\":3}");
    for (const auto& [client, rank] : floor.back().first.items()) QCOMPARE(rank.get<int>(), 3);
    for (const auto& [now, bytes] : kept) QVERIFY(now.is_null() && bytes == kept.front().second);
  }

  void ranks_of_their_own_send_less() {
    auto ledger = world_.memory_ledger();
    const std::string run = finished(*ledger, scenario_with(world_, {"strategy.aggregator=rbla", "clients.1.rank=1", "clients.2.rank=1"}));
    const auto events = events_of(*ledger, run, "client_update");
    std::map<int, double> up;
    for (const ledger::Event& event : events) up[*event.client] = *metric(event, "uplink_payload_bytes");
    QCOMPARE(up[1] - 20, (up[0] - 20) / 2);
    QCOMPARE(up[2], up[1]);
    QCOMPARE(up[3], up[0]);
  }
};

QTEST_GUILESS_MAIN(TestMethodRuns)
#include "tst_method_runs.moc"
