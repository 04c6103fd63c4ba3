#include "node/coordinator.h"

#include <algorithm>
#include <cmath>

#include "base/heap.h"
#include "base/seed_tree.h"
#include "base/sha256.h"
#include "base/text.h"
#include "node/adapter_order.h"
#include "node/round_state.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.coordinator";
constexpr int kMostSteps = 10'000;  // in one report
constexpr size_t kLongestReason = 1000;
constexpr double kHighestNorm = 1e6;  // of a member's update: far beyond any training, far from where sums of float32 overflow
constexpr size_t kTrimEvery = 4;  // updates that went to the disk because memory is scarce
constexpr size_t kDiagnosed = 32;  // contributions whose agreement is measured; the cost grows with their square

}  // namespace

Coordinator::Coordinator(const CoordinatorTools& tools)
    : tools_(tools), presence_(tools.run.scenario.network.deadline_s) {
  committed_s_ = now_s();
}

double Coordinator::now_s() const { return clock_.seconds() - tools_.gate.paused_seconds(); }

Status Coordinator::restore(Checkpoint checkpoint, adapter::AdapterState global, const std::string& sha256) {
  const auto same = [](const std::string& what, const std::string& expected, const std::string& got) {
    if (expected == got) return Status();
    return failed_precondition(
        "the " + what + " changed since this run began: expected " + expected.substr(0, 12) + ", got " + got.substr(0, 12),
        kWhere);
  };
  FEDLLM_RETURN_IF_ERROR(same("dataset", checkpoint.dataset_hash, tools_.run.dataset_hash()));
  FEDLLM_RETURN_IF_ERROR(same("partition", checkpoint.partition_hash, tools_.run.partition.hash));
  FEDLLM_RETURN_IF_ERROR(same("base model", checkpoint.base_sha256, tools_.run.base->sha256()));
  FEDLLM_ASSIGN_OR_RETURN(global_, in_layout(global, tools_.run.layout));
  totals_ = checkpoint.totals;
  committed_round_ = checkpoint.round;
  sha256_ = sha256;
  FEDLLM_ASSIGN_OR_RETURN(optimizer_, fed::make_server_optimizer(tools_.run.scenario.strategy));
  return optimizer_->load_state(checkpoint.server_optimizer);
}

Status Coordinator::run_rounds(FederationService& service, const Fleet& fleet, const net::Traffic& traffic) {
  service_ = &service;
  fleet_ = fleet;
  traffic_ = &traffic;
  if (tools_.run.network && tools_.run.network->wire) wire_before_ = tools_.run.network->wire();
  FEDLLM_ASSIGN_OR_RETURN(aggregator_, fed::make_aggregator(tools_.run.scenario.strategy));
  if (committed_round_ < 0) FEDLLM_RETURN_IF_ERROR(start());
  for (int round = committed_round_ + 1; round <= tools_.run.scenario.rounds; ++round) FEDLLM_RETURN_IF_ERROR(play(round));
  return {};
}

// Round 0: the base as it is and the adapter that everybody starts from.
Status Coordinator::start() {
  const spec::Scenario& scenario = tools_.run.scenario;
  FEDLLM_ASSIGN_OR_RETURN(optimizer_, fed::make_server_optimizer(scenario.strategy));
  global_ = adapter::initial_state(tools_.run.layout, SeedTree(scenario.seed).child("adapter").value());
  if (tools_.run.network) FEDLLM_RETURN_IF_ERROR(wait_for_somebody());
  Round round;
  round.began_s = round.trained_s = now_s();
  FEDLLM_ASSIGN_OR_RETURN(totals_.initial_eval, tools_.run.network ? score_global(0) : score(nullptr));
  round.eval = totals_.initial_eval;
  tools_.journal.evaluated(0, "base", -1, totals_.initial_eval, scenario.evaluation.exact_match);
  // B = 0: the first global adapter changes nothing, so it has the base's score.
  tools_.journal.evaluated(0, "global", -1, round.eval, scenario.evaluation.exact_match);
  round.evaluated_s = now_s();
  return commit(round);
}

std::vector<int> Coordinator::draw(const std::vector<int>& from, int round) const {
  std::vector<int> cohort;
  for (const int place : fed::sample_cohort(tools_.run.scenario, static_cast<int>(from.size()), round))
    cohort.push_back(from[static_cast<size_t>(place)]);
  return cohort;
}

Status Coordinator::play(int number) {
  // Clients without records sit out: the cohort is drawn from the others.
  const std::vector<int> drawn = draw(tools_.run.active, number);
  std::set<int> refused;  // gave what could not be used
  Round round;
  for (bool again = false;; again = true) {
    round = Round();
    round.number = number;
    round.cohort = drawn;
    if (tools_.run.network) {
      FEDLLM_ASSIGN_OR_RETURN(round.cohort, whom_to_ask(number, drawn, refused, again));
    }
    round.began_s = now_s();
    FEDLLM_RETURN_IF_ERROR(open(round));
    const Status collected = collect(round);
    round_ = nullptr;
    if (collected.ok()) break;
    if (!tools_.run.network || !round.nobody || !others_left(round, refused)) return collected;
  }
  round.trained_s = now_s();
  FEDLLM_RETURN_IF_ERROR(aggregate(round));
  FEDLLM_RETURN_IF_ERROR(evaluate_own(round));
  FEDLLM_RETURN_IF_ERROR(evaluate_global(round));
  round.evaluated_s = now_s();
  return commit(round);
}

// Encodes the version once and tells the cohort.
Status Coordinator::open(Round& round) {
  const PreparedRun& run = tools_.run;
  const uint64_t version = static_cast<uint64_t>(round.number - 1);
  const Offer& offered = offer(version);
  round.offered = offered.payload;
  for (const int client : round.cohort) {
    const auto early = head_start_.before.find(client);
    round.before[client] = early != head_start_.before.end() ? early->second : traffic_->of(client);
  }
  round.machine.emplace(round.number, version, round.cohort, run.scenario.network.quorum, run.scenario.network.deadline_s,
                        now_s(), run.layout);
  const size_t memory = run.network ? std::max(kRoomShelfMemory, 2 * sizeof(float) * run.layout->size()) : kShelfMemory;
  round.updates = std::make_unique<UpdateShelf>(tools_.ledger.run_dir(run.row.id), run.layout, memory);
  if (run.network) presence_.begin(round.cohort, now_s());
  round_ = &round;
  open_round_ = round.number;
  tools_.journal.round_started(round.number, round.cohort);
  const wire::Task train = task(wire::Task::TRAIN, round.number);
  for (const int client : round.cohort) {
    if ((round.told[client] = tell(client, train)) != 0 || run.network) continue;
    round.rejected.insert(client);
    round.machine->give_up(client);
    tools_.journal.client_rejected(round.number, client, "the client is not connected", "absent");
  }
  head_start_ = {};
  return {};
}

// Until the round closes and, so that nothing of it is left, until every client has put down its work.
Status Coordinator::collect(Round& round) {
  while (round.machine->state(now_s()) == fed::RoundMachine::State::open && !tools_.stop.requested() &&
         tools_.journal.status().ok()) {
    mailbox_.pump(0.05);
    if (tools_.run.network) watch_members(round);
  }
  const auto state = round.machine->state(now_s());
  open_round_ = -1;
  settle(fleet_);
  FEDLLM_RETURN_IF_ERROR(tools_.journal.status());
  if (tools_.stop.requested()) return cancelled("the run was stopped", kWhere);
  round.nobody = state == fed::RoundMachine::State::failed;
  if (round.nobody) {
    return failed_precondition("round " + std::to_string(round.number) + ": none of the " + std::to_string(round.cohort.size()) +
                                   " clients gave an update that could be used; the first reason: " + round.first_rejection,
                               kWhere);
  }
  for (const int client : round.machine->missing()) {
    if (round.rejected.contains(client)) continue;
    tools_.journal.client_rejected(round.number, client, "the round closed before the client's update came", "late");
  }
  if (tools_.run.network) presence_.end(now_s());
  return {};
}

const Coordinator::Offer& Coordinator::offer(uint64_t version) {
  if (!offer_.payload || offer_.version != version) put_on_offer(encode(version));
  return offer_;
}

Coordinator::Offer Coordinator::encode(uint64_t version) const {
  Offer made{version, std::make_shared<const std::string>(tools_.run.codec->encode(global_, nullptr)), {}};
  if (tools_.run.network) made.sha256 = sha256_hex(*made.payload);
  return made;
}

void Coordinator::put_on_offer(Offer made) {
  std::lock_guard lock(offer_mutex_);
  offer_ = std::move(made);
}

wire::Task Coordinator::task(wire::Task::Kind kind, int round) const {
  wire::Task task;
  task.set_kind(kind);
  task.set_round(round);
  task.set_version(offer_.version);
  task.set_payload_bytes(offer_.payload->size());
  task.set_payload_sha256(offer_.sha256);
  return task;
}

void Coordinator::settle(const Fleet& fleet) {
  while (!fleet.idle()) mailbox_.pump(0.005);
  mailbox_.pump(0);
}

Status Coordinator::aggregate(Round& round) {
  if (round.updates->spilled() > 0) trim_heaps();
  if (round.updates->size() <= kDiagnosed && worth_diagnosing(round)) FEDLLM_RETURN_IF_ERROR(diagnose(round));
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState delta, aggregator_->aggregate(global_, *round.updates));
  FEDLLM_ASSIGN_OR_RETURN(global_, optimizer_->step(global_, delta));
  return {};
}

void Coordinator::say_goodbye() {
  wire::Task finish;
  // With the last version, for those who have not heard of it; what is on offer may be one that was not committed.
  if (tools_.run.network && offer_.payload && offer_.version == static_cast<uint64_t>(committed_round_))
    finish = task(wire::Task::FINISH, committed_round_);
  finish.set_kind(wire::Task::FINISH);
  for (const int client : tools_.run.active) service_->send(client, finish);
}

void Coordinator::close() {
  closing_ = since_commit();
  traffic_ = nullptr;
  service_ = nullptr;
}

// --- what gRPC's threads call ---

wire::JoinReply Coordinator::join(const wire::JoinRequest& request) {
  wire::JoinReply reply;
  const std::vector<int>& active = tools_.run.active;
  if (request.protocol() != kFederationProtocol) {
    reply.set_reason("expected federation protocol " + std::to_string(kFederationProtocol) + ", got " +
                     std::to_string(request.protocol()));
  } else if (request.run() != tools_.run.row.id) {
    reply.set_reason("this coordinator holds run " + tools_.run.row.id + ", not \"" + request.run() + "\"");
  } else if (!std::binary_search(active.begin(), active.end(), request.client())) {
    reply.set_reason("this run has no client " + std::to_string(request.client()) + " with records");
  } else {
    reply.set_accepted(true);
    reply.set_client(request.client());
    reply.set_scenario_json(tools_.run.row.scenario_json);
    reply.set_codec(tools_.run.scenario.codec);
  }
  return reply;
}

std::shared_ptr<const std::string> Coordinator::payload(uint64_t version) {
  std::lock_guard lock(offer_mutex_);
  return version == offer_.version ? offer_.payload : nullptr;
}

size_t Coordinator::update_bytes() const { return tools_.run.codec->payload_bytes(*tools_.run.layout); }

std::string Coordinator::spill_folder() const {
  return tools_.run.network ? tools_.ledger.run_dir(tools_.run.row.id) : std::string();
}

void Coordinator::pushed(ReceivedUpdate update, std::function<void(wire::PushReply)> reply) {
  auto letter = std::make_shared<ReceivedUpdate>(std::move(update));
  mailbox_.put([this, letter, reply = std::move(reply)] { reply(take(*letter)); });
}

wire::ReportReply Coordinator::reported(const wire::ReportRequest& report) {
  wire::ReportReply reply;
  reply.set_keep_going(report.round() == open_round_ && !tools_.stop.requested());
  if (!reply.keep_going()) heard_of(report.client());
  else if (report.steps_size() <= kMostSteps) mailbox_.put([this, report] { note(report); });
  return reply;
}

// --- letters, on the coordinator thread ---

void Coordinator::note(const wire::ReportRequest& report) {
  if (!round_ || round_->number != report.round() || !round_->before.contains(report.client())) return;
  if (tools_.run.network && !plausible(report, *round_)) return;
  if (report.started()) {
    const net::TrafficCount traffic = traffic_->of(report.client()) - round_->before[report.client()];
    const int64_t examples = tools_.run.examples[static_cast<size_t>(report.client())];
    tools_.journal.client_started(report.round(), report.client(), examples, traffic, report.pull_seconds());
  }
  tools_.journal.client_steps(report);
}

wire::PushReply Coordinator::reject(Round& round, const ReceivedUpdate& update, const std::string& reason,
                                    const std::string& verdict) {
  const int client = update.header.client();
  if (round.first_rejection.empty()) round.first_rejection = reason;
  const bool again = tools_.run.network && round.rejected.contains(client);  // told once: a peer must not fill the ledger
  if (round.before.contains(client)) {
    round.rejected.insert(client);
    round.machine->give_up(client);
    presence_.answered(client);
  }
  // A client that ends because the run stops or the round is over has not failed.
  if (open_round_ == round.number && !tools_.stop.requested() && !again)
    tools_.journal.client_rejected(round.number, client, reason, verdict);
  wire::PushReply reply;
  reply.set_reason(reason);
  return reply;
}

wire::PushReply Coordinator::take(ReceivedUpdate& update) {
  const wire::UpdateHeader& header = update.header;
  wire::PushReply reply;
  presence_.heard(header.client(), now_s());
  if (!round_ || header.round() != round_->number || open_round_ != round_->number) {
    reply.set_reason(fed::verdict_sentence(fed::Verdict::wrong_round, header.client(), header.round()));
    return reply;
  }
  Round& round = *round_;
  const auto refuse = [&](fed::Verdict verdict) {
    return reject(round, update, fed::verdict_sentence(verdict, header.client(), round.number),
                  std::string(fed::verdict_name(verdict)));
  };
  if (tools_.run.network && header.failure().empty()) {
    if (!round.before.contains(header.client())) return refuse(fed::Verdict::not_in_cohort);
    if (round.accepted.contains(header.client())) return refuse(fed::Verdict::duplicate);
    if (header.base_sha256() != offer_.sha256) return refuse(fed::Verdict::stale);
    if (const std::string why = refusal(header); !why.empty()) return reject(round, update, why, "header");
  }
  if (!update.not_kept.ok()) return not_kept(update.not_kept);
  if (!header.failure().empty()) return reject(round, update, shortened(header.failure(), kLongestReason), "failed");
  if (header.codec() != tools_.run.codec->name())
    return reject(round, update, "expected codec " + std::string(tools_.run.codec->name()) + ", got \"" + header.codec() + "\"",
                  "codec");
  const auto payload = update.payload.take();
  if (!payload.ok()) return not_kept(payload.status());
  auto delta = tools_.run.codec->decode(*payload, tools_.run.layout);
  if (!delta.ok()) return reject(round, update, delta.status().message(), "payload");
  if (!std::isfinite(header.mean_loss())) return refuse(fed::Verdict::non_finite);
  const double norm = adapter::l2_norm(*delta);
  if (tools_.run.network && std::isfinite(norm) && norm > kHighestNorm)
    return reject(round, update, "the update is too large to be true", "payload");
  const fed::Verdict verdict = round.machine->submit(header.client(), header.round(),
                                                     {header.base_version(), header.num_examples(), std::move(delta).value()});
  if (verdict != fed::Verdict::accepted) return refuse(verdict);
  if (Status kept = round.updates->put(header.client(), header.num_examples(), round.machine->take_delta(header.client()));
      !kept.ok()) {
    round.machine->withdraw(header.client());
    return not_kept(kept);
  }
  if (tools_.run.network && round.updates->spilled() % kTrimEvery == 1) trim_heaps();
  tools_.journal.client_update(update, norm);
  presence_.answered(header.client());
  round.accepted.emplace(header.client(), update);
  reply.set_accepted(true);
  return reply;
}

}  // namespace fedllm::node
