#include "lab/member_ledger.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "adapter/peft.h"
#include "base/file.h"
#include "lab/data_contract.h"
#include "lab/member_link.h"
#include "spec/scenario_json.h"

namespace fedllm::lab {
namespace {

using nlohmann::json;
constexpr int kSelf = 0;  // this machine's number in its own ledger
constexpr size_t kMostWaiting = 10'000, kPage = 1000;

std::string text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string padded(int round) {
  const std::string digits = std::to_string(round);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

net::TrafficCount traffic_of(const node::LeftCount& left) {
  return {left.uplink_wire, left.downlink_wire, left.update_bytes, left.downlink_payload};
}

int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

json score_json(const wire::CardScore& score) {
  return {{"loss", score.loss()}, {"exact", score.exact()}, {"low", score.low()}, {"high", score.high()}, {"records",
      score.records()}};
}

json card_json(const wire::OnYourData& card) {
  json out = {{"sentence", card.sentence()}};
  if (card.has_base()) out["base"] = score_json(card.base());
  if (card.alone_trained()) out["alone"] = score_json(card.alone());
  if (card.has_together()) out["together"] = score_json(card.together());
  return out;
}

}  // namespace

MemberLedger::MemberLedger(ledger::Ledger& ledger, node::LeftMeter& meter, const MemberRunSetting& setting)
    : ledger_(ledger), meter_(meter), setting_(setting) {}

Status MemberLedger::open() {
  std::lock_guard lock(mutex_);
  const node::PreparedRun& run = *setting_.prepared;
  const spec::Scenario shown = shown_scenario(run.scenario, setting_.slot, setting_.name);
  row_.name = shown.name;
  row_.rounds = shown.rounds;
  row_.scenario_json = spec::to_json(shown);
  row_.scenario_sha256 = spec::scenario_sha256(shown);
  row_.request_id = "room:" + setting_.room + ":" + setting_.host_run;
  at_open_ = at_commit_ = meter_.count();
  began_s_ = clock_.seconds();
  FEDLLM_ASSIGN_OR_RETURN(const auto known, ledger_.run_by_request(row_.request_id));
  if (known) {
    row_ = *known;
  } else {
    FEDLLM_ASSIGN_OR_RETURN(row_, ledger_.create_run(row_));
  }
  journal_ = std::make_unique<node::RunJournal>(ledger_, row_.id);
  FEDLLM_ASSIGN_OR_RETURN(const uint64_t last, ledger_.last_seq(row_.id));
  if (last > 0) go_on();
  else announce();
  FEDLLM_RETURN_IF_ERROR(ledger_.set_state(row_.id, ledger::RunState::running));
  return status_;
}

// What earlier sessions wrote; points of rounds that were not committed will come again.
void MemberLedger::go_on() {
  if (const auto versions = ledger_.versions(row_.id); versions.ok() && !versions->empty()) {
    committed_ = versions->back().round;
    last_sha256_ = versions->back().sha256;
    last_path_ = versions->back().path;
  }
  for (uint64_t from = 1;;) {
    const auto events = ledger_.events(row_.id, from, kPage);
    if (!events.ok() || events->empty()) break;
    for (const ledger::Event& event : *events) {
      if (event.kind == "eval" && adapter_and_topic(event).first == "base") add_score(initial_, event);
      if (event.kind == "eval" && adapter_and_topic(event).first == "global") add_score(latest_, event);
      if (event.kind == "client_update") ++trained_;
      if (event.kind != "round_committed") continue;
      const auto whole = [&](const char* key) { return static_cast<int64_t>(metric_of(event, key, 0)); };
      earlier_.update_bytes += whole("uplink_payload_bytes");
      earlier_.downlink_payload += whole("downlink_payload_bytes");
      earlier_.uplink_wire += whole("uplink_wire_bytes");
      earlier_.downlink_wire += whole("downlink_wire_bytes");
      earlier_s_ += metric_of(event, "wall_s", 0);
    }
    from = events->back().seq + 1;
  }
  journal_->resumed(std::max(0, committed_));
}

void MemberLedger::announce() {
  const node::PreparedRun& run = *setting_.prepared;
  const json detail = {{"client_names", {setting_.name}},
                       {"client_records", {run.train_records}},
                       {"topics", json::array()},   // those that the room evaluates show by themselves
                       {"room", setting_.room},
                       {"controls", json::array()},
                       {"codec", run.scenario.codec},
                       {"base_sha256", run.base->sha256()},
                       {"dataset_hash", run.opened.dataset->hash()},
                       {"partition_hash", run.partition.hash}};
  ledger::Event event;
  event.run = row_.id;
  event.kind = "run_started";
  event.metrics = {{"clients", 1},
                   {"rounds", run.scenario.rounds},
                   {"cohort", 1},
                   {"train_records", static_cast<double>(run.train_records)},
                   {"test_records", static_cast<double>(run.test_records)},
                   {"adapter_parameters", static_cast<double>(run.layout->size())},
                   {"model_parameters", static_cast<double>(run.base->facts().parameters)},
                   {"update_payload_bytes_modelled", static_cast<double>(run.modelled_update_bytes)}};
  event.detail = text(detail);
  keep(ledger_.append(event).status());
  for (const std::string& message : run.warnings) journal_->warning(message);
  // The split as it was used, with this machine as the only client.
  data::Partition own = run.partition;
  own.clients = {run.shard(setting_.slot)};
  keep(write_file_atomic(ledger_.run_dir(row_.id) + "/partition.bin", data::serialize_partition(own)));
}

void MemberLedger::keep(const Status& status) {
  if (status_.ok() && !status.ok()) status_ = status;
}

Status MemberLedger::status() const {
  std::lock_guard lock(mutex_);
  return status_.ok() ? journal_->status() : status_;
}
int MemberLedger::rounds_done() const {
  std::lock_guard lock(mutex_);
  return committed_;
}
int MemberLedger::rounds_trained() const {
  std::lock_guard lock(mutex_);
  return trained_;
}

// --- this machine's own events ---

void MemberLedger::rewind(int from_round) {
  if (started_ > from_round) journal_->resumed(from_round);
  started_ = std::min(started_, from_round);
}

void MemberLedger::started(const wire::Task& task, const node::LeftCount& traffic, double pull_s) {
  std::lock_guard lock(mutex_);
  rewind(task.round() - 1);  // a round that the host lost is played again
  started_ = task.round();
  journal_->client_started(task.round(), kSelf, setting_.prepared->train_records, traffic_of(traffic), pull_s);
}

void MemberLedger::steps(const wire::ReportRequest& report) {
  std::lock_guard lock(mutex_);
  wire::ReportRequest own = report;
  own.set_client(kSelf);
  journal_->client_steps(own);
}

void MemberLedger::uploading(int round) {
  std::lock_guard lock(mutex_);
  uploading_ = round;
  before_upload_[round] = meter_.count();
}

void MemberLedger::upload_ended() {
  std::lock_guard lock(mutex_);
  uploading_ = 0;
  flush(false);
}

void MemberLedger::update(const node::PushedUpdate& update) {
  write_update(update);
  upload_ended();
}

void MemberLedger::write_update(const node::PushedUpdate& update) {
  std::lock_guard lock(mutex_);
  const int round = update.header.round();
  if (!update.reply.accepted()) return journal_->client_rejected(round, kSelf, shown_text(update.reply.reason(), 512), "refused");
  ++trained_;
  node::ReceivedUpdate own;
  own.header = update.header;
  own.header.set_client(kSelf);
  own.push_seconds = update.push_seconds;
  own.traffic = traffic_of(update.traffic);
  journal_->client_update(own, update.update_norm);
}

void MemberLedger::rejected(int round, const std::string& reason, const std::string& verdict) {
  std::lock_guard lock(mutex_);
  journal_->client_rejected(round, kSelf, reason, verdict);
}

void MemberLedger::warning(const std::string& message) {
  std::lock_guard lock(mutex_);
  journal_->warning(message);
}

void MemberLedger::paused(bool on) {
  std::lock_guard lock(mutex_);
  if (on == (paused_since_s_ >= 0)) return;
  if (on) {
    journal_->paused();
    paused_since_s_ = clock_.seconds();
  } else {
    journal_->unpaused();
    paused_s_ += clock_.seconds() - paused_since_s_;
    paused_since_s_ = -1;
  }
  keep(ledger_.set_state(row_.id, on ? ledger::RunState::paused : ledger::RunState::running));
}

// --- what the host tells ---

void MemberLedger::tell(const GlobalEvent& global) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) return;  // a host that floods is not kept
  waiting_.push_back(global);
  flush(false);
}

bool MemberLedger::has_version(int number) const {
  std::lock_guard lock(mutex_);
  return newest_.first == number;
}
node::Version MemberLedger::last_version() const {
  std::lock_guard lock(mutex_);
  return newest_.second;
}

void MemberLedger::version(uint64_t number, const node::Version& version) {
  std::lock_guard lock(mutex_);
  if (number <= static_cast<uint64_t>(row_.rounds)) newest_ = {static_cast<int>(number), version};
  if (number > static_cast<uint64_t>(row_.rounds) || static_cast<int>(number) <= committed_) return;
  versions_[static_cast<int>(number)] = version;
  flush(false);
}

void MemberLedger::flush(bool last) {
  while (!waiting_.empty()) {
    const GlobalEvent& global = waiting_.front();
    const ledger::Event& event = global.event;
    if (event.kind == "round_committed") {
      if (!last && uploading_ > 0 && *event.round >= uploading_) return;
      const bool passed = !versions_.empty() && versions_.rbegin()->first > *event.round;
      if (*event.round > committed_ && !commit(event)) {
        if (!last && !passed) return;
        append(global);
      }
    } else {
      append(global);
    }
    waiting_.pop_front();
  }
}

// Up to the next round's upload, which may have begun before this commit was heard.
node::LeftCount MemberLedger::count_at_end(int round) const {
  const auto next = before_upload_.upper_bound(round);
  return next != before_upload_.end() ? next->second : meter_.count();
}

node::RoundFacts MemberLedger::facts_of(const ledger::Event& event, int round, const node::LeftCount& traffic) const {
  node::RoundFacts facts;
  facts.round = round;
  facts.traffic = traffic_of(traffic);
  if (round > 0) {
    const node::PreparedRun& run = *setting_.prepared;
    facts.uplink_modelled = run.update_bytes(round);
    // How much was merged beside the base depends on how many trained: the host knows.
    facts.downlink_modelled = run.method->adds_to_base ? 0 : run.version_bytes(static_cast<uint64_t>(std::max(0, round - 1)));
  }
  facts.times.compute_s = metric_of(event, "compute_s", 0);
  facts.times.transfer_s = metric_of(event, "transfer_s", 0);
  facts.times.wait_s = metric_of(event, "wait_s", 0);
  facts.times.eval_s = metric_of(event, "eval_s", 0);
  facts.times.wall_s = metric_of(event, "wall_s", 0);
  facts.mean_loss = metric_of(event, "mean_loss", std::nan(""));
  facts.aggregation_error = metric_of(event, "aggregation_error", std::nan(""));
  return facts;
}

bool MemberLedger::commit(const ledger::Event& event) {
  const int round = *event.round;
  const auto found = versions_.find(round);
  if (found == versions_.end()) return false;
  const std::string path = "runs/" + row_.id + "/rounds/" + padded(round), folder = ledger_.absolute(path);
  const node::LeftCount end = count_at_end(round);
  node::RoundFacts facts = facts_of(event, round, end - at_commit_);
  Status status = make_dirs(folder);
  if (status.ok()) {
    auto saved = adapter::save_peft(*found->second, setting_.prepared->peft_meta(setting_.base_name), folder);
    if (saved.ok()) facts.sha256 = *saved;
    status = saved.status();
  }
  if (status.ok()) status = journal_->commit({row_.id, round, path, facts.sha256, {}}, facts);
  keep(status);
  if (status.ok()) {
    committed_ = round;
    last_sha256_ = facts.sha256;
    last_path_ = path;
    at_commit_ = end;
    before_upload_.erase(before_upload_.begin(), before_upload_.upper_bound(round));
  }
  versions_.erase(versions_.begin(), versions_.upper_bound(round));
  return true;
}

// A version whose commit was told while this machine was away: what came after it says that it was.
void MemberLedger::commit_unheard(int round) {
  if (committed_ >= round || !versions_.contains(round)) return;
  ledger::Event event;
  event.round = round;
  commit(event);
}

void MemberLedger::append(const GlobalEvent& global) {
  ledger::Event event = global.event;
  event.run = row_.id;
  if (!global.adapter_sha256.empty()) host_sha256_ = global.adapter_sha256;
  // How it ended is written by conclude(); how often the host was interrupted only matters where points must go.
  if (event.kind == "done" || event.kind == "failed" || event.kind == "stopped") return;
  if (event.kind == "round_started") commit_unheard(*event.round - 1);
  if (event.kind == "resumed") return rewind(static_cast<int>(metric_of(event, "from_round", 0)));
  if (event.kind == "eval") {
    const std::string adapter = adapter_and_topic(event).first;
    if (adapter == "base") add_score(initial_, event);
    else add_score(latest_, event);
  }
  keep(ledger_.append(event).status());
}

// --- the end ---

node::RunTotals MemberLedger::totals() const {
  node::RunTotals totals;
  totals.traffic = traffic_of(meter_.count() - at_open_ + earlier_);
  totals.wall_s = clock_.seconds() - began_s_ + earlier_s_ - paused_s_;
  totals.peak_rss_bytes = peak_rss_bytes();
  totals.initial_eval = initial_;
  totals.latest_eval = latest_;
  return totals;
}

Status MemberLedger::save_adapter(ledger::RunState state, const FetchFile& fetch) {
  std::lock_guard lock(mutex_);
  flush(true);
  if (state == ledger::RunState::done) commit_unheard(row_.rounds);
  if (last_path_.empty() && host_sha256_.empty()) return {};
  FinalAdapter final{ledger_.run_dir(row_.id) + "/adapter", {}, last_sha256_, host_sha256_, setting_.prepared->layout,
                     setting_.prepared->method->adds_to_base, setting_.prepared->peft_meta(setting_.base_name)};
  if (!last_path_.empty()) final.version_folder = ledger_.absolute(last_path_);
  FEDLLM_ASSIGN_OR_RETURN(const SavedAdapter saved, save_final_adapter(final, fetch));
  if (!saved.hosts.ok())
    journal_->warning("the host's final adapter could not be had (" + saved.hosts.message() + "); the one kept here is of round " +
                      std::to_string(committed_));
  adapter_sha256_ = saved.sha256;
  if (!saved.sha256.empty()) adapter_dir_ = final.folder;
  return {};
}

Status MemberLedger::conclude(ledger::RunState state, const std::string& error, const wire::OnYourData& card) {
  std::lock_guard lock(mutex_);
  node::SummaryFacts facts;
  facts.run = row_.id;
  facts.state = std::string(ledger::run_state_name(state));
  facts.rounds = std::max(0, committed_);
  facts.adapter_dir = adapter_dir_;
  facts.adapter_sha256 = adapter_sha256_;
  facts.totals = totals();
  facts.exact_match = setting_.prepared->scenario.evaluation.exact_match;
  if (!setting_.prepared->scenario.dataset.label.empty()) facts.all_topic = setting_.prepared->scenario.dataset.label;
  auto summary = nlohmann::ordered_json::parse(node::summary_json(facts));
  const node::LeftCount left = meter_.count() - at_open_;
  summary["left_update_bytes"] = left.update_bytes + earlier_.update_bytes;
  summary["left_numbers"] = left.numbers;
  summary["left_text_bytes"] = left.text_bytes;
  summary["on_your_data"] = card_json(card);
  summary_ = summary.dump(-1, ' ', false, json::error_handler_t::replace);
  keep(ledger_.set_summary(row_.id, summary_));
  keep(ledger_.set_state(row_.id, state, error));
  const double wall_s = facts.totals.wall_s;
  if (state == ledger::RunState::done) journal_->done(wall_s, traffic_of(meter_.count() - at_commit_), summary_);
  else if (state == ledger::RunState::failed) journal_->failed(wall_s, error);
  else journal_->stopped(wall_s);
  return status_.ok() ? journal_->status() : status_;
}

std::string MemberLedger::summary_json() const {
  std::lock_guard lock(mutex_);
  return summary_;
}

Status MemberLedger::keep_own(const adapter::AdapterState& adapter) const {
  std::lock_guard lock(mutex_);
  if (last_path_.empty()) return {};
  const std::string folder = ledger_.absolute(last_path_) + "/client-" + std::to_string(kSelf);
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  return adapter::save_peft(adapter, setting_.prepared->peft_meta(setting_.base_name), folder).status();
}

Status MemberLedger::keep_alone(const adapter::AdapterState& adapter) const {
  const std::string folder = ledger_.run_dir(row_.id) + "/alone";
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  return adapter::save_peft(adapter, setting_.prepared->peft_meta(setting_.base_name), folder).status();
}

}  // namespace fedllm::lab
