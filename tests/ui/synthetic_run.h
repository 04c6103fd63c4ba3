// Events of a run as the core would write them, for tests that need a record without a core.
#pragma once

#include <QDateTime>
#include <cmath>
#include <string>
#include <vector>

#include "spec/scenario_json.h"
#include "ui/model/run_record.h"

namespace fedllm::test {

struct SyntheticRun {
  int clients = 4, rounds = 5, steps = 30;
  std::vector<std::string> topics = {"billing", "hardware", "travel", "legal"};
  std::string name = "Client ";        // of a client, before its number
  double level = 1;                    // multiplies the losses: tells two runs apart
  std::string aggregator = "fedavg";
  bool measured = true;                // how the updates lie to each other; false: a run of an older version
  double error = 0.4, discarded = 0;   // aggregation error of the whole update; energy that truncation dropped
  std::string hidden;                  // why nothing of that is known
  bool everyRound = false;             // clients' own adapters are measured in every round
  bool references = false;
  uint64_t seq = 0;
  int64_t now = QDateTime::currentMSecsSinceEpoch() - 2000;
  wire::EventBatch batch;

  wire::Event* add(const std::string& kind, int round = -1, int client = -1) {
    wire::Event* event = batch.add_events();
    event->set_seq(++seq);
    event->set_time_ms(now);
    event->set_kind(kind);
    if (round >= 0) event->set_round(round);
    if (client >= 0) event->set_client(client);
    return event;
  }
  static void put(wire::Event* event, const char* key, double value) {
    auto* metric = event->add_metrics();
    metric->set_key(key);
    metric->set_value(value);
  }

  // Deterministic noise in [-1, 1].
  static double noise(int a, int b, int c) { return std::sin(a * 12.9898 + b * 78.233 + c * 37.719) ; }

  void start() {
    auto* event = add("run_started");
    put(event, "clients", clients);
    put(event, "rounds", rounds);
    put(event, "train_records", 480);
    std::string names = "[", list = "[";
    for (int i = 0; i < clients; ++i) names += (i ? ",\"" : "\"") + name + std::to_string(i + 1) + "\"";
    for (size_t i = 0; i < topics.size(); ++i) list += (i ? ",\"" : "\"") + topics[i] + "\"";
    // Client k holds nine records in ten of topic k, the rest of the next.
    std::string held;
    for (size_t t = 0; t < topics.size(); ++t) {
      held += (t ? ",\"" : "\"") + topics[t] + "\":[";
      for (int k = 0; k < clients; ++k) {
        const size_t own = size_t(k) % topics.size();
        held += (k ? "," : "") + std::to_string(t == own ? 90 : t == (own + 1) % topics.size() ? 10 : 0);
      }
      held += ']';
    }
    event->set_detail("{\"client_names\":" + names + "],\"topics\":" + list + "],\"codec\":\"f32\"" +
                      (measured ? ",\"client_topics\":{" + held + "}" : "") + "}");
    evaluate("base", 0, -1, 0.04);
    evaluate("global", 0, -1, 0.04);
    commit(0);
  }

  void evaluate(const std::string& adapter, int round, int client, double share) {
    double sum = 0;
    for (size_t t = 0; t <= topics.size(); ++t) {
      auto* event = add("eval", round, client);
      const bool all = t == topics.size();
      double here = std::clamp(share + 0.08 * noise(round, client + 2, int(t)), 0.0, 1.0);
      if (adapter == "client" && !all) here = int(t) % std::max(1, clients) == client ? std::min(1.0, share * 2.2) : share * 0.3;
      here = all ? sum / double(topics.size()) : std::round(here * 24) / 24;
      sum += here;
      put(event, "exact", here);
      put(event, "records", all ? 24.0 * double(topics.size()) : 24);
      const bool knows = adapter != "client" || all || int(t) % std::max(1, clients) == client;
      put(event, "loss", level * (0.4 + 2.8 * std::exp(-0.6 * round)) * (knows ? 1 : 1.5) * (adapter == "local" ? 1.2 : adapter == "centralised" ? 0.8 : 1));
      put(event, "tokens", all ? 240.0 * double(topics.size()) : 240);
      event->set_detail("{\"adapter\":\"" + adapter + "\",\"topic\":\"" + (all ? "" : topics[t]) + "\"}");
    }
  }

  void commit(int round) {
    auto* event = add("round_committed", round);
    const double payload = round > 0 ? 65536.0 * clients : 0;
    put(event, "uplink_payload_bytes", payload);
    put(event, "downlink_payload_bytes", payload);
    put(event, "uplink_wire_bytes", payload * 1.012);
    put(event, "downlink_wire_bytes", payload * 1.008);
    put(event, "uplink_modelled_bytes", payload);
    put(event, "downlink_modelled_bytes", payload);
    put(event, "compute_s", round > 0 ? level * (6 + 0.5 * noise(round, 1, 1)) : 0);
    put(event, "transfer_s", round > 0 ? 0.8 : 0);
    put(event, "wait_s", round > 0 ? 1.5 : 0);
    put(event, "eval_s", round > 0 ? 0.4 : 0);
    put(event, "wall_s", round > 0 ? level * (6 + 0.5 * noise(round, 1, 1)) + 2.7 : 0);
    put(event, "mean_loss", level);
    if (!measured || round < 1 || !hidden.empty()) {
      event->set_detail(hidden.empty() || round < 1 ? "{}" : "{\"hidden\":\"" + hidden + "\"}");
      return;
    }
    put(event, "aggregation_error", error);
    if (discarded > 0) put(event, "discarded_energy", discarded);
    std::string cosines, norms, drifts;
    for (int k = 0; k < clients; ++k) {
      if (round == 2 && k == 1) continue;
      const std::string key = (cosines.empty() ? "\"" : ",\"") + std::to_string(k) + "\":";
      cosines += key + std::to_string(0.7 + 0.05 * noise(round, k, 3));
      norms += key + std::to_string((1 + 0.1 * k) / round);
      drifts += key + std::to_string((0.6 + 0.1 * k) / round);
    }
    std::string errors;
    const char* modules[] = {"model.layers.10.self_attn.q_proj", "model.layers.2.self_attn.q_proj", "model.layers.2.self_attn.v_proj"};
    for (int m = 0; m < 3; ++m) errors += std::string(m ? "," : "") + "\"" + modules[m] + "\":" + QByteArray::number(error * (0.5 + 0.5 * m)).toStdString();
    event->set_detail("{\"cosines\":{" + cosines + "},\"update_norms\":{" + norms + "},\"drifts\":{" + drifts + "},\"module_errors\":{" + errors + "}}");
  }

  void startRound(int round) {
    add("round_started", round);
    for (int k = 0; k < clients; ++k) {
      auto* event = add("client_started", round, k);
      put(event, "examples", 120);
      put(event, "downlink_payload_bytes", 65536);
      put(event, "downlink_wire_bytes", 66100);
    }
  }

  void stepsOf(int round, int client, int upTo) {
    for (int step = 1; step <= upTo; ++step) {
      auto* event = add("client_step", round, client);
      const double progress = round - 1 + double(step) / steps;
      put(event, "step", step);
      put(event, "loss", level * (0.3 + 0.1 * client / std::max(1, clients / 4) + 2.6 * std::exp(-0.7 * progress)) * (1 + 0.08 * noise(step, client, round)));
    }
  }

  void finishClient(int round, int client) {
    auto* event = add("client_update", round, client);
    put(event, "examples", 120);
    put(event, "mean_loss", level * (0.4 + 2.6 * std::exp(-0.7 * round) + 0.05 * client));
    put(event, "uplink_payload_bytes", 65536);
    put(event, "uplink_wire_bytes", 66300);
    put(event, "update_norm", 0.8);
  }

  void reject(int round, int client, const std::string& reason) {
    add("client_rejected", round, client)->set_detail("{\"reason\":\"" + reason + "\"}");
  }

  void round(int round) {
    startRound(round);
    for (int k = 0; k < clients; ++k) {
      stepsOf(round, k, steps);
      if (round == 2 && k == 1) reject(round, k, "the loss became NaN at step 12");
      else finishClient(round, k);
    }
    const double share = 1 - std::exp(-0.7 * round);
    if (round == 1 || round == rounds || everyRound)
      for (int k = 0; k < clients; ++k) evaluate("client", round, k, 0.15 + 0.2 * share);
    evaluate("global", round, -1, share);
    if (references && round == rounds) {
      for (int k = 0; k < clients; ++k) evaluate("local", round, k, 0.5);
      evaluate("centralised", round, -1, 0.95);
    }
    commit(round);
    now += 400;
  }

  // What toMidRound left undone.
  void finishRound(int round) {
    for (int k = 0; k < clients; ++k)
      if (k % 4 != 0) finishClient(round, k);
    evaluate("global", round, -1, 1 - std::exp(-0.7 * round));
    commit(round);
  }

  // All rounds and the end.
  void finish() {
    start();
    for (int r = 1; r <= rounds; ++r) round(r);
    put(add("done"), "wall_s", 23.4);
  }

  void toMidRound(int last) {
    start();
    for (int r = 1; r < last; ++r) round(r);
    startRound(last);
    for (int k = 0; k < clients; ++k) {
      stepsOf(last, k, k % 4 == 0 ? steps : std::max(1, steps * (k % 4 + 1) / 5));
      if (k % 4 == 0) finishClient(last, k);
    }
  }

  void applyTo(ui::RunRecord& record) {
    spec::Scenario scenario;
    scenario.name = "desk-skewed";
    scenario.rounds = rounds;
    scenario.training.local_steps = steps;
    scenario.partition.clients = clients;
    scenario.strategy.aggregator = aggregator;
    scenario.evaluation.references = references;
    wire::RunInfo info;
    info.set_run(record.run().toStdString());
    info.set_name(scenario.name);
    info.set_rounds(rounds);
    info.set_scenario_json(spec::to_json(scenario));
    info.set_adapter_dir("/tmp/adapter");
    record.setInfo(info);
    record.apply(batch);
    batch.clear_events();
  }
};

}  // namespace fedllm::test
