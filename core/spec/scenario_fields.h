// The one list of a scenario's JSON keys, in document order. A visitor gets every key with a reference to its field:
// `field(key, value)` is always written, `sparse(key, value)` only when not empty, `unless(key, value, absent)` when it is not that, `section(key, visit)` nests,
// `text_template`, `names_or_pattern` (a list, or one text) and `clients` have forms of their own. Reader, writer and path list are visitors. Private to this room.
#pragma once

#include "spec/names.h"
#include "spec/scenario.h"

namespace fedllm::spec {

template <class V, class C>
void visit_client(V& v, C& c) {
  v.field("client", c.client);
  v.sparse("name", c.name);
  v.sparse("group", c.group);
  v.sparse("local_steps", c.local_steps);
  v.sparse("learning_rate", c.learning_rate);
  v.sparse("rank", c.rank);
  v.sparse("speed", c.speed);
  v.sparse("uplink_mbit_s", c.uplink_mbit_s);
  v.sparse("downlink_mbit_s", c.downlink_mbit_s);
  v.sparse("latency_ms", c.latency_ms);
  v.sparse("x", c.x);
  v.sparse("y", c.y);
}

template <class V, class D>
void visit_dataset(V& v, D& d) {
  v.field("files", d.files);
  v.field("format", d.format);
  v.text_template("template", d.text_template);
  v.sparse("label", d.label);
  v.field("test_fraction", d.test_fraction);
  v.sparse("test_files", d.test_files);
  v.field("bad_lines", d.bad_lines);
}

template <class V, class P>
void visit_partition(V& v, P& p) {
  v.field("method", p.method);
  v.sparse("clients", p.clients);
  v.field("alpha", p.alpha);
  v.sparse("column", p.column);
  v.sparse("labels_per_client", p.labels_per_client);
  v.field("min_records", p.min_records);
}

template <class V, class L>
void visit_lora(V& v, L& l) {
  v.field("rank", l.rank);
  v.field("alpha", l.alpha);
  v.field("dropout", l.dropout);
  v.names_or_pattern("target_modules", l.target_modules, l.target_pattern, true);
  v.names_or_pattern("exclude_modules", l.exclude_modules, l.exclude_pattern, false);
  v.sparse("layers_to_transform", l.layers_to_transform);
  v.sparse("layers_pattern", l.layers_pattern);
  v.sparse("rank_pattern", l.rank_pattern);
  v.sparse("alpha_pattern", l.alpha_pattern);
  v.sparse("use_rslora", l.use_rslora);
  v.sparse("modules_to_save", l.modules_to_save);
}

template <class V, class T>
void visit_training(V& v, T& t) {
  v.sparse("local_steps", t.local_steps);
  v.sparse("local_epochs", t.local_epochs);
  v.field("batch_size", t.batch_size);
  v.unless("optimizer", t.optimizer, kClientOptimizers[0]);
  v.unless("momentum", t.momentum, 0.0);
  v.field("learning_rate", t.learning_rate);
  v.field("max_length", t.max_length);
  v.field("weight_decay", t.weight_decay);
  v.field("clip_norm", t.clip_norm);
  v.field("warmup_fraction", t.warmup_fraction);
}

template <class V, class S>
void visit_strategy(V& v, S& s) {
  const std::remove_const_t<S> absent;
  v.field("aggregator", s.aggregator);
  v.sparse("parameters", s.parameters);
  v.field("server_optimizer", s.server_optimizer);
  v.field("server_learning_rate", s.server_learning_rate);
  v.field("server_momentum", s.server_momentum);
  v.unless("server_beta1", s.server_beta1, absent.server_beta1);
  v.unless("server_beta2", s.server_beta2, absent.server_beta2);
  v.unless("server_tau", s.server_tau, absent.server_tau);
  v.field("proximal_mu", s.proximal_mu);
  v.sparse("control_variates", s.control_variates);
}

template <class V, class N>
void visit_network(V& v, N& n) {
  v.field("uplink_mbit_s", n.uplink_mbit_s);
  v.field("downlink_mbit_s", n.downlink_mbit_s);
  v.field("latency_ms", n.latency_ms);
  v.field("quorum", n.quorum);
  v.field("deadline_s", n.deadline_s);
  v.sparse("coordinator_x", n.coordinator_x);
  v.sparse("coordinator_y", n.coordinator_y);
}

template <class V, class E>
void visit_evaluation(V& v, E& e) {
  v.field("max_records", e.max_records);
  v.field("exact_match", e.exact_match);
  v.sparse("control_files", e.control_files);
  v.sparse("metrics", e.metrics);
  v.field("answer_records", e.answer_records);
  v.field("max_new_tokens", e.max_new_tokens);
  v.field("client_adapters", e.client_adapters);
  v.sparse("references", e.references);
}

template <class V, class S>
void visit_scenario(V& v, S& s) {
  v.field("name", s.name);
  v.field("seed", s.seed);
  v.field("base_model", s.base_model);
  v.unless("base_precision", s.base_precision, kBasePrecisions[0]);
  v.section("dataset", [&](auto& inner) { visit_dataset(inner, s.dataset); });
  v.section("partition", [&](auto& inner) { visit_partition(inner, s.partition); });
  v.section("lora", [&](auto& inner) { visit_lora(inner, s.lora); });
  v.section("training", [&](auto& inner) { visit_training(inner, s.training); });
  v.section("strategy", [&](auto& inner) { visit_strategy(inner, s.strategy); });
  v.field("rounds", s.rounds);
  v.section("cohort", [&](auto& inner) {
    inner.sparse("size", s.cohort.size);
    inner.sparse("fraction", s.cohort.fraction);
  });
  v.field("codec", s.codec);
  v.sparse("codec_density", s.codec_density);
  v.sparse("downlink_codec", s.downlink_codec);
  v.sparse("downlink_density", s.downlink_density);
  v.clients("clients", s.clients);
  v.section("network", [&](auto& inner) { visit_network(inner, s.network); });
  v.section("evaluation", [&](auto& inner) { visit_evaluation(inner, s.evaluation); });
}

}  // namespace fedllm::spec
