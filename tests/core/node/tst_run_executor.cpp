// One run from its row to its summary, through the federation service, with the no-op backend.
#include <QTest>

#include <cmath>
#include <filesystem>
#include <set>

#include "adapter/peft.h"
#include "base/sha256.h"
#include "codec/codec.h"
#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::tests;

class TestRunExecutor : public QObject {
  Q_OBJECT
 private slots:
  void a_run_tells_its_story() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(ledger->run(run)->state, ledger::RunState::done);
    QCOMPARE(ledger->run(run)->rounds_done, 3);
    QCOMPARE(ledger->run(run)->summary_json, outcome.summary_json);

    const auto events = events_of(*ledger, run);
    for (size_t i = 0; i < events.size(); ++i) QCOMPARE(events[i].seq, static_cast<uint64_t>(i + 1));
    QCOMPARE(events.front().kind, std::string("run_started"));
    QCOMPARE(events.back().kind, std::string("done"));
    QCOMPARE(metric(events.front(), "clients"), std::optional<double>(4));
    QCOMPARE(metric(events.front(), "train_records"), std::optional<double>(96));
    QCOMPARE(metric(events.front(), "test_records"), std::optional<double>(24));
    const auto started = detail(events.front());
    QVERIFY(started["topics"] == nlohmann::json({"animal", "colour", "tool", "size"}));
    QVERIFY(started["controls"] == nlohmann::json({"size"}));
    QCOMPARE(started["client_names"].size(), size_t{4});
    QCOMPARE(started["base_sha256"].get<std::string>(), *sha256_file(world.path("/base/model.safetensors")));

    QCOMPARE(events_of(*ledger, run, "round_started").size(), size_t{3});
    QCOMPARE(events_of(*ledger, run, "round_committed").size(), size_t{4});
    QCOMPARE(events_of(*ledger, run, "client_started").size(), size_t{12});
    QCOMPARE(events_of(*ledger, run, "client_update").size(), size_t{12});
    QCOMPARE(events_of(*ledger, run, "client_step").size(), size_t{3 * 4 * 6});
    QVERIFY(events_of(*ledger, run, "client_rejected").empty());
    std::set<std::tuple<int, int, int>> steps;
    for (const auto& event : events_of(*ledger, run, "client_step"))
      steps.insert({*event.round, *event.client, static_cast<int>(*metric(event, "step"))});
    QCOMPARE(steps.size(), size_t{3 * 4 * 6});
  }

  void evaluations_cover_base_global_and_clients() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
    std::set<std::tuple<std::string, int, int, std::string>> seen;
    for (const auto& event : events_of(*ledger, run, "eval")) {
      const auto what = detail(event);
      QVERIFY(seen.insert({what["adapter"], event.round.value(), event.client.value_or(-1), what["topic"]}).second);
      QVERIFY(*metric(event, "records") > 0);
    }
    size_t wanted = 0;
    for (const std::string topic : {"", "animal", "colour", "tool", "size"}) {
      QVERIFY(seen.contains({"base", 0, -1, topic}));
      for (int round = 0; round <= 3; ++round) QVERIFY(seen.contains({"global", round, -1, topic}));
      for (const int round : {1, 3}) {
        for (int client = 0; client < 4; ++client) QVERIFY(seen.contains({"client", round, client, topic}));
      }
      wanted += 1 + 4 + 8;
    }
    QCOMPARE(seen.size(), wanted);
  }

  void the_summary_has_exactly_the_promised_keys() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    const auto summary = summary_of(outcome);
    std::set<std::string> keys;
    for (const auto& [key, value] : summary.items()) keys.insert(key);
    const std::set<std::string> promised = {"run",
                                            "state",
                                            "rounds",
                                            "adapter_sha256",
                                            "adapter_dir",
                                            "initial_eval_loss",
                                            "final_eval_loss",
                                            "initial_eval_exact",
                                            "final_eval_exact",
                                            "initial_eval_metrics",
                                            "final_eval_metrics",
                                            "base_precision_loss_difference",
                                            "uplink_payload_bytes",
                                            "downlink_payload_bytes",
                                            "uplink_wire_bytes",
                                            "downlink_wire_bytes",
                                            "wall_s",
                                            "peak_rss_bytes"};
    QVERIFY(keys == promised);
    QCOMPARE(summary["run"].get<std::string>(), run);
    QVERIFY(summary["state"] == "done");
    QVERIFY(summary["rounds"] == 3);
    QVERIFY(summary["final_eval_loss"].get<double>() < summary["initial_eval_loss"].get<double>());
    for (const std::string topic : {"animal", "colour", "tool", "size"}) {
      const auto exact = summary["final_eval_exact"][topic];
      QVERIFY(exact["exact"].get<double>() >= 0 && exact["exact"].get<double>() <= 1);
      QVERIFY(exact["n"].get<int>() > 0);
    }
    const std::string folder = summary["adapter_dir"];
    QCOMPARE(folder, ledger->run_dir(run) + "/adapter");
    QCOMPARE(*sha256_file(folder + "/adapter_model.safetensors"), summary["adapter_sha256"].get<std::string>());
    QVERIFY(std::filesystem::exists(folder + "/adapter_config.json"));
    QCOMPARE(ledger->versions(run)->back().sha256, summary["adapter_sha256"].get<std::string>());
    QVERIFY(summary["peak_rss_bytes"].get<int64_t>() > 1 << 20);
  }

  // PEFT adapts every module of a name: a file that leaves layers out names each in full.
  void chosen_layers_are_named_in_full() {
    MiniWorld world;
    world.scenario.rounds = 1;
    world.scenario.lora.target_modules = {"q_proj"};
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const auto targets = [&] {
      const std::string run = world.create_run(*ledger);
      const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
      if (outcome.state != ledger::RunState::done) qFatal("%s", outcome.error.c_str());
      return nlohmann::json::parse(*read_file(ledger->absolute(ledger->versions(run)->back().path) + "/adapter_config.json"))["target_modules"];
    };
    QVERIFY(targets() == nlohmann::json({"q_proj"}));
    world.scenario.lora.layers_to_transform = {0};
    QVERIFY(targets() == nlohmann::json({"model.layers.0.self_attn.q_proj"}));
  }

  void bytes_are_measured_and_add_up_data() {
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QString>("down");
    QTest::newRow("f32") << "f32" << "f32";
    QTest::newRow("f16") << "f16" << "f16";
    QTest::newRow("int8") << "int8" << "int8";
    QTest::newRow("top-k") << "top-k" << "f16";   // versions come whole
  }
  void bytes_are_measured_and_add_up() {
    QFETCH(QString, codec);
    QFETCH(QString, down);
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    world.scenario.codec = codec.toStdString();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    const auto layout = adapter::load_peft(ledger->run_dir(run) + "/adapter")->layout;
    const double payload = static_cast<double>((*codec::make_codec(codec.toStdString()))->payload_bytes(*layout));
    const double version = static_cast<double>((*codec::make_codec(down.toStdString()))->payload_bytes(*layout));
    double up_payload = 0, down_payload = 0, up_wire = 0, down_wire = 0;
    for (const auto& event : events_of(*ledger, run, "round_committed")) {
      const double cohort = *event.round == 0 ? 0 : 4;
      QCOMPARE(*metric(event, "uplink_payload_bytes"), cohort * payload);
      QCOMPARE(*metric(event, "downlink_payload_bytes"), cohort * version);
      QCOMPARE(*metric(event, "uplink_modelled_bytes"), cohort * payload);
      QCOMPARE(*metric(event, "downlink_modelled_bytes"), cohort * version);
      QVERIFY(*metric(event, "uplink_wire_bytes") > *metric(event, "uplink_payload_bytes"));
      up_payload += *metric(event, "uplink_payload_bytes");
      down_payload += *metric(event, "downlink_payload_bytes");
      up_wire += *metric(event, "uplink_wire_bytes");
      down_wire += *metric(event, "downlink_wire_bytes");
    }
    const auto done = events_of(*ledger, run, "done").front();
    const auto summary = summary_of(outcome);
    QCOMPARE(summary["uplink_payload_bytes"].get<double>(), up_payload);
    QCOMPARE(summary["downlink_payload_bytes"].get<double>(), down_payload);
    QCOMPARE(summary["uplink_wire_bytes"].get<double>(), up_wire + *metric(done, "uplink_wire_bytes"));
    QCOMPARE(summary["downlink_wire_bytes"].get<double>(), down_wire + *metric(done, "downlink_wire_bytes"));
    // One update: header, payload and prefixes; the overhead stays small.
    const auto update = events_of(*ledger, run, "client_update").front();
    QCOMPARE(*metric(update, "uplink_payload_bytes"), payload);
    QVERIFY(*metric(update, "uplink_wire_bytes") < payload + 250);
    const double error = *metric(update, "coding_error");
    QVERIFY2(codec == "f32" ? error == 0 : error > 0 && error < (codec == "f16" ? 1e-3 : codec == "int8" ? 0.05 : 1), qPrintable(QString::number(error)));
  }

  void time_of_a_round_splits_into_its_parts() {
    MiniWorld world;
    NoopBackend backend;
    backend.step_seconds = 0.005;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
    for (const auto& event : events_of(*ledger, run, "round_committed")) {
      if (*event.round == 0) continue;
      const double parts =
          *metric(event, "compute_s") + *metric(event, "transfer_s") + *metric(event, "wait_s") + *metric(event, "eval_s");
      QVERIFY(std::abs(parts - *metric(event, "wall_s")) < 1e-3);
      QVERIFY(*metric(event, "compute_s") >= 6 * 0.005);
    }
    // Two workers, four clients: the second pair waits for the first.
    double longest = 0;
    for (const auto& event : events_of(*ledger, run, "client_update")) longest = std::max(longest, *metric(event, "wait_s"));
    QVERIFY(longest >= 6 * 0.005);
  }

  void a_client_with_nan_is_rejected_and_the_round_goes_on() {
    MiniWorld world;
    NoopBackend backend;
    const uint64_t sick = SeedTree(world.scenario.seed).child("round", 2).child("client", 1).value();
    backend.hook = [sick](const train::LocalOptions& options, int step, adapter::AdapterState& adapter, double& loss) {
      if (options.seed != sick || step < 3) return;
      loss = std::nan("");
      for (float& value : adapter.values) value = std::nanf("");
    };
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    const auto rejected = events_of(*ledger, run, "client_rejected");
    QCOMPARE(rejected.size(), size_t{1});
    QCOMPARE(rejected[0].round, std::optional<int>(2));
    QCOMPARE(rejected[0].client, std::optional<int>(1));
    QVERIFY(detail(rejected[0])["verdict"] == "non_finite");
    QVERIFY(detail(rejected[0])["reason"].get<std::string>().find("not a number") != std::string::npos);
    for (const auto& event : events_of(*ledger, run, "round_committed")) {
      QVERIFY(detail(event)["absent"] == (*event.round == 2 ? nlohmann::json({1}) : nlohmann::json::array()));
    }
    QVERIFY(adapter::all_finite(*adapter::load_peft(ledger->run_dir(run) + "/adapter")));
  }

  void when_nobody_can_contribute_the_run_fails_and_keeps_what_it_has() {
    MiniWorld world;
    NoopBackend backend;
    backend.hook = [](const train::LocalOptions&, int, adapter::AdapterState& adapter, double&) {
      adapter.values[0] = std::nanf("");
    };
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QVERIFY2(outcome.error.starts_with("round 1: none of the 4 clients gave an update that could be used; the first reason: "),
             outcome.error.c_str());
    QCOMPARE(ledger->run(run)->error, outcome.error);
    QCOMPARE(detail(events_of(*ledger, run).back())["message"].get<std::string>(), outcome.error);
    QCOMPARE(ledger->versions(run)->size(), size_t{1});
    // Cured, it goes on.
    backend.hook = nullptr;
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
  }

  void an_empty_client_is_named_and_sits_out() {
    MiniWorld world;
    NoopBackend backend;
    world.scenario.partition.method = "dirichlet";
    world.scenario.partition.alpha = 0.02;
    world.scenario.partition.clients = 12;
    world.scenario.partition.min_records = 0;
    world.scenario.clients.push_back({.client = 3, .name = "the third"});
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    const auto started = detail(events_of(*ledger, run, "run_started").front());
    QVERIFY(started["client_names"][3] == "the third");
    // By topic, the clients' records add up to what each trains on.
    const auto topics = started["topics"].get<std::set<std::string>>();
    QVERIFY(started["client_topics"].size() > 1);
    for (int client = 0; client < 12; ++client) {
      int64_t records = 0;
      for (const auto& [topic, held] : started["client_topics"].items()) {
        QVERIFY(topics.contains(topic));
        records += held.at(static_cast<size_t>(client)).get<int64_t>();
      }
      QCOMPARE(records, started["client_records"][static_cast<size_t>(client)].get<int64_t>());
    }
    std::set<int> empty, warned, trained;
    for (int client = 0; client < 12; ++client) {
      if (started["client_records"][static_cast<size_t>(client)] == 0) empty.insert(client);
    }
    QVERIFY2(!empty.empty(), "alpha 0.02 over 12 clients leaves somebody without a record");
    for (const auto& event : events_of(*ledger, run, "warning")) {
      if (event.client && detail(event)["message"].get<std::string>().ends_with("has no records and sits out"))
        warned.insert(*event.client);
    }
    for (const auto& event : events_of(*ledger, run, "client_update")) trained.insert(*event.client);
    QVERIFY(warned == empty);
    QCOMPARE(trained.size(), 12 - empty.size());
    for (const int client : empty) QVERIFY(!trained.contains(client));
  }

  void a_smaller_cohort_lists_who_is_absent() {
    MiniWorld world;
    NoopBackend backend;
    world.scenario.cohort.size = 2;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
    for (const auto& event : events_of(*ledger, run, "round_started")) {
      const auto cohort = detail(event)["cohort"];
      QCOMPARE(cohort.size(), size_t{2});
      for (const auto& committed : events_of(*ledger, run, "round_committed")) {
        if (committed.round != event.round) continue;
        const auto absent = detail(committed)["absent"];
        QCOMPARE(absent.size(), size_t{2});
        for (const auto& client : absent) QVERIFY(std::find(cohort.begin(), cohort.end(), client) == cohort.end());
      }
    }
  }

  void overrides_and_epochs_set_the_steps() {
    MiniWorld world;
    NoopBackend backend;
    std::mutex mutex;
    std::map<uint64_t, double> rates;
    backend.hook = [&](const train::LocalOptions& options, int, adapter::AdapterState&, double&) {
      std::lock_guard lock(mutex);
      rates[options.seed] = options.learning_rate;
    };
    world.scenario.rounds = 1;
    world.scenario.training.local_steps.reset();
    world.scenario.training.local_epochs = 2;  // 24 records a client, batches of 5: 2 x 5 steps
    world.scenario.training.batch_size = 5;
    world.scenario.clients.push_back({.client = 2, .local_steps = 3, .learning_rate = 0.125});
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
    std::map<int, int> steps;
    for (const auto& event : events_of(*ledger, run, "client_step")) ++steps[*event.client];
    QCOMPARE(steps, (std::map<int, int>{{0, 10}, {1, 10}, {2, 3}, {3, 10}}));
    const SeedTree round = SeedTree(world.scenario.seed).child("round", 1);
    QCOMPARE(rates[round.child("client", 2).value()], 0.125);
    QCOMPARE(rates[round.child("client", 1).value()], 0.05);
  }

  void test_files_are_the_held_out_set() {
    MiniWorld world;
    NoopBackend backend;
    std::string held_out;
    for (int i = 100; i < 110; ++i) held_out += record_line("animal", i);
    write_text(world.path("/held.jsonl"), held_out);
    world.scenario.dataset.test_files = {"held.jsonl"};
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    const auto started = events_of(*ledger, run, "run_started").front();
    QCOMPARE(*metric(started, "train_records"), 120.0);
    QCOMPARE(*metric(started, "test_records"), 10.0);
    QVERIFY(summary_of(outcome)["final_eval_exact"]["animal"]["n"] == 10);
    QVERIFY(!summary_of(outcome)["final_eval_exact"].contains("tool"));
  }

  void without_held_out_records_there_is_no_evaluation() {
    MiniWorld world;
    NoopBackend backend;
    world.scenario.dataset.test_fraction = 0;
    world.scenario.evaluation.control_files.clear();
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QVERIFY(events_of(*ledger, run, "eval").empty());
    QVERIFY(summary_of(outcome)["final_eval_loss"].is_null());
    QVERIFY(detail(events_of(*ledger, run, "warning").front())["message"] ==
            "no record is held out, so there is no evaluation of what was learned");
  }

  void own_adapters_are_kept_at_first_and_last_round() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
    for (int round = 0; round <= 3; ++round) {
      const std::string folder = ledger->run_dir(run) + "/rounds/000" + std::to_string(round);
      QVERIFY(std::filesystem::exists(folder + "/adapter_model.safetensors"));
      QCOMPARE(std::filesystem::exists(folder + "/client-2/adapter_model.safetensors"), round == 1 || round == 3);
      QCOMPARE(std::filesystem::exists(folder + "/state.bin"), round == 3);
    }
    const auto own = adapter::load_peft(ledger->run_dir(run) + "/rounds/0001/client-2");
    const auto other = adapter::load_peft(ledger->run_dir(run) + "/rounds/0001/client-3");
    QVERIFY(own.ok() && other.ok());
    QVERIFY(own->values != other->values);
  }
};

QTEST_GUILESS_MAIN(TestRunExecutor)
#include "tst_run_executor.moc"
