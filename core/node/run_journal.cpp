#include "node/run_journal.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace fedllm::node {
namespace {

using nlohmann::json;

constexpr size_t kTopicsTold = 20000;  // numbers in one event

double number(int64_t value) { return static_cast<double>(value); }
// Text from users may hold bytes that are not UTF-8; JSON takes the replacement character instead of throwing.
std::string text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

// topic -> records by client, of what is trained and held out alike; empty where the coordinator does not know or there is
// too much to tell.
json topics_by_client(const PreparedRun& run) {
  json told = json::object();
  const auto& by_label = run.partition.counts.by_label;
  if (run.network || !run.opened.dataset || by_label.size() * run.eval.topics.size() > kTopicsTold) return told;
  const auto& labels = run.opened.dataset->labels();
  for (size_t label = 0; label < labels.size(); ++label) {
    if (std::find(run.eval.topics.begin(), run.eval.topics.end(), labels[label]) == run.eval.topics.end()) continue;
    json& records = told[labels[label]] = json::array();
    for (const auto& client : by_label) records.push_back(label < client.size() ? client[label] : 0);
  }
  return told;
}

}  // namespace

ledger::Event RunJournal::event(std::string kind, int round, int client, Metrics metrics, std::string detail) const {
  ledger::Event event;
  event.run = run_;
  event.kind = std::move(kind);
  if (round >= 0) event.round = round;
  if (client >= 0) event.client = client;
  event.metrics = std::move(metrics);
  event.detail = std::move(detail);
  return event;
}

void RunJournal::append(std::vector<ledger::Event> events) {
  const std::vector<ledger::Event> heard = listener_ ? events : std::vector<ledger::Event>();
  keep(ledger_.append_batch(std::move(events)));
  for (const ledger::Event& event : heard) listener_(event);
}

void RunJournal::keep(const Status& status) {
  if (status.ok()) return;
  std::lock_guard lock(mutex_);
  if (status_.ok()) status_ = status;
}

Status RunJournal::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

void RunJournal::run_started(const PreparedRun& run) {
  std::vector<std::string> topics = run.eval.topics;
  json detail = {{"client_names", run.client_names},
                       {"client_records", run.examples},
                       {"topics", topics},
                       {"controls", run.control_topics},
                       {"codec", run.scenario.codec},
                       {"base_sha256", run.base->sha256()},
                       {"dataset_hash", run.dataset_hash()},
                       {"partition_hash", run.partition.hash}};
  if (json told = topics_by_client(run); !told.empty()) detail["client_topics"] = std::move(told);
  if (run.script) detail["script_sha256"] = run.script->sha256;
  if (run.network) detail["room"] = run.network->room;
  if (run.network && run.network->wire) detail["wire"] = "sockets";
  append({event("run_started", -1, -1,
                {{"clients", run.clients()},
                 {"rounds", run.scenario.rounds},
                 {"cohort", spec::cohort_size(run.scenario, run.clients())},
                 {"train_records", number(run.train_records)},
                 {"test_records", number(run.test_records)},
                 {"adapter_parameters", number(static_cast<int64_t>(run.layout->size()))},
                 {"model_parameters", number(run.base->facts().parameters)},
                 {"update_payload_bytes_modelled", number(run.modelled_update_bytes)}},
                text(detail))});
}

void RunJournal::resumed(int from_round) { append({event("resumed", -1, -1, {{"from_round", from_round}})}); }
void RunJournal::paused() { append({event("paused", -1, -1, {})}); }
void RunJournal::unpaused() { append({event("unpaused", -1, -1, {})}); }

void RunJournal::warning(const std::string& message, int round, int client) {
  append({event("warning", round, client, {}, text({{"message", message}}))});
}

void RunJournal::round_started(int round, const std::vector<int>& cohort) {
  append({event("round_started", round, -1, {{"version", round - 1}}, text({{"cohort", cohort}}))});
}

void RunJournal::client_started(int round, int client, int64_t examples, const net::TrafficCount& traffic, double transfer_s) {
  append({event("client_started", round, client,
                {{"examples", number(examples)},
                 {"downlink_payload_bytes", number(traffic.downlink_payload)},
                 {"downlink_wire_bytes", number(traffic.downlink_wire)},
                 {"transfer_s", transfer_s}})});
}

void RunJournal::client_steps(const wire::ReportRequest& report) {
  std::vector<ledger::Event> events;
  for (const wire::StepReport& step : report.steps()) {
    events.push_back(
        event("client_step", report.round(), report.client(),
              {{"step", step.step()}, {"loss", step.loss()}, {"tokens", number(step.tokens())}, {"seconds", step.seconds()}}));
  }
  if (!events.empty()) append(std::move(events));
}

void RunJournal::client_update(const ReceivedUpdate& update, double update_norm) {
  const wire::UpdateHeader& h = update.header;
  append({event("client_update", h.round(), h.client(),
                {{"examples", number(h.num_examples())},
                 {"mean_loss", h.mean_loss()},
                 {"compute_s", h.train_seconds()},
                 {"transfer_s", h.pull_seconds() + update.push_seconds},
                 {"wait_s", h.wait_seconds()},
                 {"uplink_payload_bytes", number(update.traffic.uplink_payload)},
                 {"uplink_wire_bytes", number(update.traffic.uplink_wire)},
                 {"update_norm", update_norm},
                 {"coding_error", h.coding_error()}})});
}

void RunJournal::client_rejected(int round, int client, const std::string& reason, const std::string& verdict) {
  append({event("client_rejected", round, client, {}, text({{"reason", reason}, {"verdict", verdict}}))});
}

void RunJournal::evaluated(int round, const std::string& adapter, int client, const TopicScores& scores, const Measures& measures, bool exact_match) {
  std::vector<ledger::Event> events;
  for (const auto& [topic, score] : scores) {
    Metrics metrics = {{"loss", score.mean_loss()}, {"tokens", number(score.tokens)}, {"records", number(score.records)}};
    if (exact_match && score.records > 0) metrics.emplace_back("exact", number(score.exact) / number(score.records));
    if (score.correct > 0) metrics.emplace_back("token_accuracy", number(score.correct) / number(score.tokens));
    if (topic.empty()) metrics.insert(metrics.end(), measures.begin(), measures.end());
    events.push_back(event("eval", round, client, std::move(metrics), text({{"adapter", adapter}, {"topic", topic}})));
  }
  if (!events.empty()) append(std::move(events));
}

void RunJournal::done(double wall_s, const net::TrafficCount& closing, const std::string& summary_json) {
  append({event("done", -1, -1,
                {{"wall_s", wall_s},
                 {"uplink_wire_bytes", number(closing.uplink_wire)},
                 {"downlink_wire_bytes", number(closing.downlink_wire)}},
                text({{"summary", json::parse(summary_json, nullptr, false)}}))});
}

void RunJournal::stopped(double wall_s) { append({event("stopped", -1, -1, {{"wall_s", wall_s}})}); }

void RunJournal::failed(double wall_s, const std::string& message) {
  append({event("failed", -1, -1, {{"wall_s", wall_s}}, text({{"message", message}}))});
}

Status RunJournal::commit(const ledger::VersionRow& version, const RoundFacts& f) {
  Metrics metrics = {{"version", f.round},
                     {"uplink_payload_bytes", number(f.traffic.uplink_payload)},
                     {"downlink_payload_bytes", number(f.traffic.downlink_payload)},
                     {"uplink_wire_bytes", number(f.traffic.uplink_wire)},
                     {"downlink_wire_bytes", number(f.traffic.downlink_wire)},
                     {"uplink_modelled_bytes", number(f.uplink_modelled)},
                     {"downlink_modelled_bytes", number(f.downlink_modelled)},
                     {"compute_s", f.times.compute_s},
                     {"transfer_s", f.times.transfer_s},
                     {"wait_s", f.times.wait_s},
                     {"eval_s", f.times.eval_s},
                     {"wall_s", f.times.wall_s}};
  if (f.round > 0) metrics.emplace_back("mean_loss", f.mean_loss);
  if (f.aggregation_error == f.aggregation_error) metrics.emplace_back("aggregation_error", f.aggregation_error);
  json detail = {{"sha256", f.sha256}, {"absent", f.absent}};
  if (f.discarded_energy > 0) metrics.emplace_back("discarded_energy", f.discarded_energy);
  for (const auto& [client, geometry] : f.clients) {
    const std::string key = std::to_string(client);
    detail["cosines"][key] = geometry.cosine;
    detail["update_norms"][key] = geometry.update_norm;
    detail["drifts"][key] = geometry.drift;
  }
  for (const auto& [module, error] : f.module_errors) detail["module_errors"][module] = error;
  for (const auto& [client, rank] : f.ranks) detail["ranks"][std::to_string(client)] = rank;
  if (!f.hidden.empty()) detail["hidden"] = f.hidden;
  if (!f.merged_sha256.empty()) detail["merged_sha256"] = f.merged_sha256;
  const ledger::Event committed = event("round_committed", f.round, -1, std::move(metrics), text(detail));
  FEDLLM_RETURN_IF_ERROR(ledger_.commit_version(version, {committed}));
  if (listener_) listener_(committed);
  return {};
}

}  // namespace fedllm::node
