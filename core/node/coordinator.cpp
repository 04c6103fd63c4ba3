#include "node/coordinator.h"

#include <algorithm>
#include <cmath>

#include "adapter/peft.h"
#include "base/heap.h"
#include "base/seed_tree.h"
#include "base/text.h"
#include "node/adapter_order.h"
#include "node/round_state.h"
#include "node/version_key.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.coordinator";
constexpr int kMostSteps = 10'000;  // in one report
constexpr size_t kLongestReason = 1000;
constexpr double kHighestNorm = 1e6;  // of a member's update: far beyond any training, far from where sums of float32 overflow
constexpr size_t kTrimEvery = 4;  // updates that went to the disk because memory is scarce

}  // namespace

Coordinator::Coordinator(const CoordinatorTools& tools)
    : tools_(tools), presence_(tools.run.scenario.network.deadline_s), own_layouts_(tools.run.own_layouts) {
  committed_s_ = now_s();
}

double Coordinator::now_s() const { return clock_.seconds() - tools_.gate.paused_seconds(); }

Status Coordinator::restore(Checkpoint checkpoint, adapter::AdapterState global, MergedPtr merged, const std::string& sha256) {
  const auto same = [](const std::string& what, const std::string& expected, const std::string& got) {
    if (expected == got) return Status();
    return failed_precondition(
        "the " + what + " changed since this run began: expected " + expected.substr(0, 12) + ", got " + got.substr(0, 12),
        kWhere);
  };
  FEDLLM_RETURN_IF_ERROR(same("dataset", checkpoint.dataset_hash, tools_.run.dataset_hash()));
  FEDLLM_RETURN_IF_ERROR(same("partition", checkpoint.partition_hash, tools_.run.partition.hash));
  FEDLLM_RETURN_IF_ERROR(same("base model", checkpoint.base_sha256, tools_.run.base->sha256()));
  if (tools_.run.script) FEDLLM_RETURN_IF_ERROR(same("program of strategy.aggregator", checkpoint.script_sha256, tools_.run.script->sha256));
  FEDLLM_ASSIGN_OR_RETURN(global_, in_layout(global, tools_.run.layout));
  totals_ = checkpoint.totals;
  committed_round_ = checkpoint.round;
  sha256_ = sha256;
  restored_ = true;
  FEDLLM_RETURN_IF_ERROR(set_ranks(checkpoint.ranks));
  if (!checkpoint.control.empty()) {
    if (checkpoint.control.size() != tools_.run.layout->size())
      return data_loss("the run state's control variates: expected " + std::to_string(tools_.run.layout->size()) + " values, got " +
                           std::to_string(checkpoint.control.size()),
                       kWhere);
    control_ = {tools_.run.layout, std::move(checkpoint.control)};
  }
  if (merged) {
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState whole, with_beside(global_, merged));
    if (const std::string got = adapter::adapter_sha256(whole); got != sha256)
      return data_loss("the version's parts are not those that were committed: expected SHA-256 " + sha256.substr(0, 12) + ", got " + got.substr(0, 12), kWhere);
    FEDLLM_RETURN_IF_ERROR(lay_beside(std::move(merged)));
  }
  FEDLLM_ASSIGN_OR_RETURN(optimizer_, fed::make_server_optimizer(tools_.run.scenario.strategy));
  return optimizer_->load_state(checkpoint.server_optimizer);
}

Status Coordinator::run_rounds(FederationService& service, const Fleet& fleet, const net::Traffic& traffic) {
  service_ = &service;
  fleet_ = fleet;
  traffic_ = &traffic;
  if (tools_.run.network && tools_.run.network->wire) wire_before_ = tools_.run.network->wire();
  FEDLLM_RETURN_IF_ERROR(choose_method());
  if (committed_round_ < 0) FEDLLM_RETURN_IF_ERROR(start());
  for (int round = committed_round_ + 1; round <= tools_.run.scenario.rounds; ++round) FEDLLM_RETURN_IF_ERROR(play(round));
  return {};
}

// FedAvg of updates in one layout is a sum of changes; whatever else a method does it does to whole adapters.
Status Coordinator::choose_method() {
  const spec::StrategySpec& strategy = tools_.run.scenario.strategy;
  if (tools_.run.method->name == "fedavg" || tools_.run.method->own_adapter) {
    spec::StrategySpec averaging = strategy;
    averaging.aggregator = "fedavg";
    FEDLLM_ASSIGN_OR_RETURN(aggregator_, fed::make_aggregator(averaging));
  } else if (tools_.run.script) {
    const auto limit = strategy.parameters.find("time_limit_s");
    method_ = make_script_method(*tools_.run.method, {*tools_.run.script, limit != strategy.parameters.end() ? limit->second : tools_.run.method->parameters[0].fallback,
                                                      tools_.ledger.run_dir(tools_.run.row.id), tools_.run.peft_meta(), tools_.stop});
  } else {
    FEDLLM_ASSIGN_OR_RETURN(method_, fed::make_method(strategy.aggregator, {strategy.parameters.begin(), strategy.parameters.end()}));
  }
  if (strategy.control_variates && !control_.layout) control_ = adapter::AdapterState::zeros(tools_.run.layout);
  if (!base_) base_ = tools_.run.base;
  return {};
}

// Round 0: the base as it is and the adapter that everybody starts from.
Status Coordinator::start() {
  const spec::Scenario& scenario = tools_.run.scenario;
  FEDLLM_ASSIGN_OR_RETURN(optimizer_, fed::make_server_optimizer(scenario.strategy));
  global_ = *tools_.run.start;
  if (tools_.run.network) FEDLLM_RETURN_IF_ERROR(wait_for_somebody());
  Round round;
  round.began_s = round.trained_s = now_s();
  FEDLLM_ASSIGN_OR_RETURN(totals_.initial_eval, tools_.run.network ? score_global(0) : score(nullptr));
  FEDLLM_ASSIGN_OR_RETURN(totals_.initial_measures, measure(nullptr));
  FEDLLM_RETURN_IF_ERROR(weigh_precision());
  round.eval = totals_.initial_eval, round.measures = totals_.initial_measures;
  tools_.journal.evaluated(0, "base", -1, totals_.initial_eval, totals_.initial_measures, scenario.evaluation.exact_match);
  // B = 0: the first global adapter changes nothing, so it has the base's score.
  tools_.journal.evaluated(0, "global", -1, round.eval, round.measures, scenario.evaluation.exact_match);
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
  FEDLLM_RETURN_IF_ERROR(prune(round));
  if (number == tools_.run.scenario.rounds && tools_.run.scenario.evaluation.references) FEDLLM_RETURN_IF_ERROR(train_references());
  round.evaluated_s = now_s();
  return commit(round);
}

// Encodes the version once and tells the cohort.
Status Coordinator::open(Round& round) {
  const PreparedRun& run = tools_.run;
  const uint64_t version = static_cast<uint64_t>(round.number - 1);
  round.offered[-1] = offer(version).payload;
  for (const int client : round.cohort) {
    const Form form = form_for(client, version);
    const int own = own_layout(client) ? client : -1;
    const adapter::LayoutPtr layout = layout_of(client);
    if (!round.offered.contains(own)) round.offered[own] = encode(version, {run.whole(version), false, own}).payload;
    const Parcel up = run.upward(layout, round.number);
    round.modelled_up += static_cast<int64_t>(up.index_bytes()) + spec::payload_bytes(run.scenario.codec, static_cast<int64_t>(up.wire()->size()), run.scenario.codec_density.value_or(spec::kCodecDensity));
    round.modelled_down += merged_bytes(client, version) + spec::payload_bytes(spec::downlink_codec(run.scenario), static_cast<int64_t>(run.downward(layout, form.factors).wire()->size()), spec::downlink_density(run.scenario));
    const auto early = head_start_.before.find(client);
    round.before[client] = early != head_start_.before.end() ? early->second : traffic_->of(client);
  }
  round.machine.emplace(round.number, version, round.cohort, run.scenario.network.quorum, run.scenario.network.deadline_s,
                        now_s(), run.layout);
  for (const auto& [client, layout] : own_layouts_) round.machine->set_layout(client, layout);
  const size_t memory = run.network ? std::max(kRoomShelfMemory, 2 * sizeof(float) * run.layout->size()) : kShelfMemory;
  round.updates = std::make_unique<UpdateShelf>(tools_.ledger.run_dir(run.row.id), memory);
  if (run.network) presence_.begin(round.cohort, now_s());
  round_ = &round;
  open_round_ = round.number;
  tools_.journal.round_started(round.number, round.cohort);
  for (const int client : round.cohort) {
    const wire::Task train = with_accepted(task(wire::Task::TRAIN, round.number, offer_to(client, version), form_for(client, version)), client);
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

Coordinator::Offer Coordinator::encode(uint64_t version) const { return encode(version, {tools_.run.whole(version), false, -1}); }

Coordinator::Offer Coordinator::encode(uint64_t version, const Form& form) const {
  const PreparedRun& run = tools_.run;
  const uint64_t seed = SeedTree(run.scenario.seed).child("version", version).value();
  const adapter::LayoutPtr layout = form.client < 0 ? run.layout : layout_of(form.client);
  const Parcel parcel = run.downward(layout, form.factors);
  std::string payload;
  if (parcel.wire() == run.layout) {
    payload = run.downlink->encode(global_, nullptr, seed);
  } else if (layout == run.layout) {
    payload = run.downlink->encode(parcel.pack(global_, &control_), nullptr, seed);
  } else if (const auto own = fed::take_leading(global_, layout); own.ok()) {
    payload = run.downlink->encode(parcel.pack(*own), nullptr, seed);
  }
  Offer made{version, std::make_shared<const std::string>(std::move(payload)), {}};
  if (run.network) made.hash = payload_hash(*made.payload);
  return made;
}

void Coordinator::put_on_offer(Offer made) {
  std::lock_guard lock(offer_mutex_);
  offer_ = std::move(made);
  forms_.clear();
  given_.clear();
}

adapter::LayoutPtr Coordinator::layout_of(int client) const {
  std::lock_guard lock(ranks_mutex_);
  const auto own = own_layouts_.find(client);
  return own == own_layouts_.end() ? tools_.run.layout : own->second;
}

bool Coordinator::own_layout(int client) const {
  std::lock_guard lock(ranks_mutex_);
  return own_layouts_.contains(client);
}

Status Coordinator::set_ranks(const std::map<int, int>& ranks) {
  for (const auto& [client, rank] : ranks) {
    FEDLLM_ASSIGN_OR_RETURN(adapter::LayoutPtr layout, tools_.run.layout_of_rank(rank));
    std::lock_guard lock(ranks_mutex_);
    ranks_[client] = rank;
    own_layouts_[client] = std::move(layout);
  }
  return {};
}

// What was laid beside the base for this version: all of the basis for whoever has not had it.
int64_t Coordinator::merged_bytes(int client, uint64_t version) const {
  if (merged_offer_.version != version || !merged_) return 0;
  const auto held = holds_.find(client);
  if (tools_.run.lays_basis()) return held == holds_.end() || held->second == 0 ? static_cast<int64_t>(merged_offer_.whole->size()) : 0;
  return merged_offer_.more ? static_cast<int64_t>(merged_offer_.more->size()) : 0;
}

Coordinator::Form Coordinator::form_for(int client, uint64_t version) const {
  const PreparedRun& run = tools_.run;
  Form form{run.whole(version), false, own_layout(client) ? client : -1};
  // A member may have lost what it was given.
  const auto held = holds_.find(client);
  if (run.network || !run.keeps_versions() || held == holds_.end() || held->second + 1 != version) return form;
  form.factors = run.shape(static_cast<int>(version) + 1).down;
  form.onto_previous = true;
  return form;
}

const Coordinator::Offer& Coordinator::offer_to(int client, uint64_t version) {
  const Form form = form_for(client, version);
  if (form == Form{tools_.run.whole(version), false, -1}) return offer(version);
  offer(version);
  if (!forms_.contains(form)) {
    Offer made = encode(version, form);
    std::lock_guard lock(offer_mutex_);
    forms_[form] = std::move(made);
  }
  std::lock_guard lock(offer_mutex_);
  given_[client] = form;
  return forms_[form];
}

Result<const adapter::AdapterState*> Coordinator::received(Round& round, int client) {
  const PreparedRun& run = tools_.run;
  const int own = own_layout(client) ? client : -1;
  if (const auto found = round.started.find(own); found != round.started.end()) return &found->second;
  const adapter::LayoutPtr layout = layout_of(client);
  const auto version = static_cast<uint64_t>(round.number - 1);
  const Parcel parcel = run.downward(layout, run.whole(version));
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState packed, run.downlink->decode(*round.offered.at(own), parcel.wire()));
  if (parcel.wire() != layout) {
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState state, fed::take_leading(run.known(version), layout));
    parcel.unpack(packed, state);
    packed = std::move(state);
  }
  return &(round.started[own] = std::move(packed));
}

std::string Coordinator::offered_key() const { return version_key(offer_.hash, merged_ ? merged_offer_.sha256 : ""); }

wire::Task Coordinator::task(wire::Task::Kind kind, int round) const { return task(kind, round, offer_, {tools_.run.whole(offer_.version), false, -1}); }

wire::Task Coordinator::task(wire::Task::Kind kind, int round, const Offer& offered, const Form& form) const {
  wire::Task task;
  task.set_kind(kind);
  task.set_round(round);
  task.set_version(offered.version);
  task.set_payload_bytes(offered.payload->size());
  task.set_payload_hash(offered.hash);
  switch (form.factors) {
    case spec::LoraFactors::both: break;
    case spec::LoraFactors::none: task.set_factors(wire::Task::NONE); break;
    case spec::LoraFactors::a: task.set_factors(wire::Task::A); break;
    case spec::LoraFactors::b: task.set_factors(wire::Task::B); break;
    case spec::LoraFactors::core: task.set_factors(wire::Task::CORE); break;
  }
  task.set_onto_previous(form.onto_previous);
  if (const auto pruned = ranks_.find(form.client); pruned != ranks_.end()) task.set_rank(pruned->second);
  if (merged_) task.set_merged_sha256(merged_offer_.sha256);
  return task;
}

// For what a member keeps from round to round: it cannot know whether an update counted whose answer it did not live to hear.
wire::Task Coordinator::with_accepted(wire::Task train, int client) const {
  const auto held = holds_.find(client);
  if (tools_.run.network && held != holds_.end()) train.set_accepted_round(static_cast<int>(held->second) + 1);
  else if (tools_.run.network && !restored_) train.set_accepted_round(0);
  return train;
}

void Coordinator::settle(const Fleet& fleet) {
  while (!fleet.idle()) mailbox_.pump(0.005);
  mailbox_.pump(0);
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
    if (!tools_.run.network) reply.set_scenario_json(tools_.run.row.scenario_json);   // it names folders of this machine
    reply.set_codec(tools_.run.scenario.codec);
  }
  return reply;
}

std::shared_ptr<const std::string> Coordinator::payload(int client, uint64_t version) {
  std::lock_guard lock(offer_mutex_);
  if (version != offer_.version) return nullptr;
  const auto given = given_.find(client);
  return given == given_.end() ? offer_.payload : forms_[given->second].payload;
}

std::shared_ptr<const std::string> Coordinator::merged_payload(uint64_t version, uint64_t have) {
  std::lock_guard lock(offer_mutex_);
  if (version != merged_offer_.version) return nullptr;
  // have: 1 + a version. What was added last is enough for whoever holds the one before.
  return have == version && merged_offer_.more ? merged_offer_.more : merged_offer_.whole;
}

size_t Coordinator::update_bytes(int client) const {
  const Parcel parcel = tools_.run.upward(layout_of(client), std::max(1, open_round_.load()));
  return parcel.index_bytes() + tools_.run.codec->payload_bytes(*parcel.wire());
}

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
    if (header.base_key() != offered_key()) return refuse(fed::Verdict::stale);
    if (const std::string why = refusal(header); !why.empty()) return reject(round, update, why, "header");
  }
  if (!update.not_kept.ok()) return not_kept(update.not_kept);
  if (!header.failure().empty()) return reject(round, update, shortened(header.failure(), kLongestReason), "failed");
  if (header.codec() != tools_.run.codec->name())
    return reject(round, update, "expected codec " + std::string(tools_.run.codec->name()) + ", got \"" + header.codec() + "\"",
                  "codec");
  const uint32_t crc32 = update.payload.crc32;
  auto payload = update.payload.take();
  if (!payload.ok()) return not_kept(payload.status());
  const adapter::LayoutPtr layout = layout_of(header.client());
  const Parcel parcel = tools_.run.upward(layout, round.number);
  const std::string_view index = std::string_view(*payload).substr(0, std::min(parcel.index_bytes(), payload->size()));
  // An update that is nothing but its values stays as it lies in its payload.
  const std::optional<codec::PlainValues> plain = parcel.wire() == layout && index.empty() ? tools_.run.codec->plain() : std::nullopt;
  adapter::Measured measured;
  adapter::AdapterState delta, variate;
  if (plain) {
    if (const Status fits = tools_.run.codec->check(*payload, *layout, crc32); !fits.ok()) return reject(round, update, fits.message(), "payload");
    measured = adapter::measure(plain->of(*payload), layout->size());
  } else {
    auto decoded = tools_.run.codec->decode(std::string_view(*payload).substr(index.size()), parcel.wire(), index.empty() ? std::optional(crc32) : std::nullopt);
    if (!decoded.ok()) return reject(round, update, decoded.status().message(), "payload");
    delta = *std::move(decoded);
    if (parcel.wire() != layout) {
      adapter::AdapterState whole = adapter::AdapterState::zeros(layout);
      if (tools_.run.scenario.strategy.control_variates) variate = whole;
      if (parcel.chooses()) {
        const auto components = Components::parse(index, parcel.components());
        const Status unpacked = components.ok() ? parcel.unpack(delta, *components, whole) : components.status();
        if (!unpacked.ok()) return reject(round, update, unpacked.message(), "payload");
      } else {
        parcel.unpack(delta, whole, &variate);
      }
      if (!adapter::all_finite(variate)) return refuse(fed::Verdict::non_finite);
      if (tools_.run.network && variate.layout && adapter::l2_norm(variate) > kHighestNorm)
        return reject(round, update, "the change of its control variate is too large to be true", "payload");
      delta = std::move(whole);
    }
    measured = {adapter::l2_norm(delta), adapter::all_finite(delta)};
  }
  if (!std::isfinite(header.mean_loss())) return refuse(fed::Verdict::non_finite);
  if (tools_.run.network && std::isfinite(measured.norm) && measured.norm > kHighestNorm)
    return reject(round, update, "the update is too large to be true", "payload");
  const fed::UpdateFacts facts{header.base_version(), header.num_examples(), layout, layout->size(), measured.finite};
  if (const fed::Verdict verdict = round.machine->submit(header.client(), header.round(), facts); verdict != fed::Verdict::accepted) return refuse(verdict);
  if (Status kept = plain ? round.updates->put(header.client(), header.num_examples(), layout, *std::move(payload), *plain)
                          : round.updates->put(header.client(), header.num_examples(), std::move(delta));
      !kept.ok()) {
    round.machine->withdraw(header.client());
    return not_kept(kept);
  }
  if (tools_.run.network && round.updates->spilled() % kTrimEvery == 1) trim_heaps();
  tools_.journal.client_update(update, measured.norm);
  presence_.answered(header.client());
  round.accepted.emplace(header.client(), update);
  if (variate.layout) round.variates[header.client()] = std::move(variate);
  holds_[header.client()] = header.base_version();
  reply.set_accepted(true);
  return reply;
}

}  // namespace fedllm::node
