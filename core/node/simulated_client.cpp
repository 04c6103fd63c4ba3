#include "node/simulated_client.h"

#include <algorithm>
#include <optional>

#include "base/seed_tree.h"
#include "fed/control_variates.h"
#include "fed/gradient_sketch.h"
#include "fed/method.h"
#include "fed/round_machine.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.client";
constexpr double kReportEvery_s = 0.25;
constexpr int kMostPending = 4096;  // steps kept for a link that is broken

}  // namespace

// What lives while one task is worked on.
struct SimulatedClient::Work {
  wire::Task task;
  wire::UpdateHeader header;
  wire::ReportRequest pending;  // steps not yet reported
  double reported_s = 0, compute_s = 0, update_norm = 0;
  Version received;
  adapter::AdapterState trained;
  std::shared_ptr<const train::BaseModel> base;
  std::optional<adapter::AdapterState> variate;   // c_k as it is after this round
  std::vector<float> own;                         // its own adapter, where it trains one
  std::optional<Components> components;           // that it trains and sends, where it chooses them
};

SimulatedClient::SimulatedClient(const ClientTools& tools, std::shared_ptr<grpc::Channel> channel, int client)
    : tools_(tools),
      client_(client),
      federation_(std::move(channel), tools.run.row.id, client, tools.hooks ? tools.hooks->link : ClientLink()) {}

Status SimulatedClient::join() {
  const PreparedRun& run = tools_.run;
  const auto examples = static_cast<int64_t>(run.shard(client_).size());
  const int64_t own_test = tools_.hooks ? run.test_records : 0;  // a simulation's held-out records are the coordinator's
  return federation_.join(run.client_names[static_cast<size_t>(client_)], examples, own_test).status();
}

void SimulatedClient::work(const wire::Task& task, double arrived_s) {
  std::lock_guard lock(working_);
  stop_.clear();
  tools_.gate.wait(tools_.stop);
  if (tools_.stop.requested()) stop_.request();
  Work work;
  work.task = task;
  work.header.set_round(task.round());
  work.header.set_base_version(task.version());
  work.header.set_num_examples(static_cast<int64_t>(tools_.run.shard(client_).size()));
  work.header.set_codec(tools_.run.scenario.codec);
  work.header.set_wait_seconds(clock_.seconds() - arrived_s);
  work.header.set_base_key(version_key(task));
  Status status = pull(work);
  if (status.ok()) status = train(work);
  if (status.ok()) status = push(work);
  if (!status.ok()) tell_failure(work, status);
}

void SimulatedClient::tell_failure(Work& work, const Status& status) {
  if (!tools_.hooks) {
    work.header.set_failure(status.message());
  } else {
    if (tools_.hooks->failed) tools_.hooks->failed(work.task, status);
    if (stop_.requested()) return;  // nobody waits for it any more
    // Other sentences may name files or quote records of this machine.
    work.header.set_failure(status.where() == kWhere ? status.message()
                                                     : "the client could not train (" + std::string(code_name(status.code())) +
                                                         ")");
  }
  // A coordinator that cannot be reached any more has already noticed that the stream is gone.
  (void)federation_.push(work.header, {});
}

// Over a network a broken link is a reason to wait, not to fail.
bool SimulatedClient::goes_on_without(const Status& status) const {
  const bool broken = status.code() == Code::unavailable || status.code() == Code::cancelled ||
                      status.code() == Code::deadline_exceeded || status.code() == Code::unknown;
  return tools_.hooks && broken && !stop_.requested() && !tools_.stop.requested();
}

Result<adapter::AdapterState> SimulatedClient::pull_state(const wire::Task& task) {
  FEDLLM_ASSIGN_OR_RETURN(const Pulled payload, federation_.pull(task.version(), task.payload_bytes()));
  if (tools_.hooks && !task.payload_hash().empty()) {
    if (const std::string got = payload_hash(payload.bytes); got != task.payload_hash())
      return data_loss("version " + std::to_string(task.version()) + " is not the one of the task: expected the hash " +
                           task.payload_hash().substr(0, 12) + ", got " + got.substr(0, 12),
                       kWhere);
  }
  const Parcel parcel = downward(task);
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState packed, tools_.run.downlink->decode(payload.bytes, parcel.wire(), payload.crc32));
  if (parcel.wire() == tools_.run.layout) return packed;
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState state, known(task));
  if (tools_.run.scenario.strategy.control_variates) control_ = adapter::AdapterState::zeros(state.layout);
  parcel.unpack(packed, state, &control_);
  if (tools_.hooks && !adapter::all_finite(control_)) return data_loss("the version's control variates hold numbers that are not finite", kWhere);
  return state;
}

adapter::LayoutPtr SimulatedClient::layout(const wire::Task& task) const {
  if (task.rank() < 1) return tools_.run.layout_of(client_);
  const auto shorter = tools_.run.layout_of_rank(task.rank());
  return shorter.ok() ? *shorter : tools_.run.layout;
}

Parcel SimulatedClient::downward(const wire::Task& task) const {
  constexpr spec::LoraFactors kFactors[] = {spec::LoraFactors::both, spec::LoraFactors::none, spec::LoraFactors::a, spec::LoraFactors::b, spec::LoraFactors::core};
  const auto factors = static_cast<size_t>(task.factors());
  return tools_.run.downward(layout(task), kFactors[factors < std::size(kFactors) ? factors : 0]);
}

// The version as far as it is not sent.
Result<adapter::AdapterState> SimulatedClient::known(const wire::Task& task) const {
  if (!task.onto_previous()) return fed::take_leading(tools_.run.known(task.version()), layout(task));
  if (previous_ && previous_version_ + 1 == task.version()) return *previous_;
  return failed_precondition("expected one factor of version " + std::to_string(task.version()) + " for a client that has version " +
                                 std::to_string(task.version() - 1) + ", which this one has not",
                             kWhere);
}

// The base with what was merged beside it up to the task's version.
Result<std::shared_ptr<const train::BaseModel>> SimulatedClient::pull_merged(const wire::Task& task) {
  const PreparedRun& run = tools_.run;
  const std::string& wanted = task.merged_sha256();
  if (wanted.empty()) {
    if (run.lays_basis() && task.version() > 0) return data_loss("version " + std::to_string(task.version()) + " comes without the basis of its cores", kWhere);
    return run.base;
  }
  if (!run.method->adds_to_base && !run.lays_basis())
    return data_loss("the coordinator names something merged beside the base, which " + std::string(run.method->title) + " never does", kWhere);
  const uint64_t version = task.version();
  MergedPtr merged = merged_version_ == version || run.lays_basis() ? merged_ : nullptr;
  for (bool anew = false; !merged || merged_sha256(*merged) != wanted; anew = true) {
    const bool onto = !anew && merged_ && merged_version_ + 1 == version;
    FEDLLM_ASSIGN_OR_RETURN(const std::string bytes, federation_.pull_merged(version, onto ? merged_version_ + 1 : 0, most_merged_bytes(*run.layout)));
    FEDLLM_ASSIGN_OR_RETURN(ReadMerged read, decode_merged(bytes, *run.layout, *run.downlink));
    // Whoever of this process has it already has done the sum.
    merged = run.merged_bases->find(wanted);
    if (!merged && read.whole) merged = std::make_shared<const adapter::AdapterState>(std::move(read.merged));
    if (!merged) {
      FEDLLM_ASSIGN_OR_RETURN(fed::Accumulated sum, fed::accumulate(onto ? merged_.get() : nullptr, read.merged, run.merged_rank()));
      merged = std::make_shared<const adapter::AdapterState>(std::move(sum.merged));
    }
    const std::string got = merged_sha256(*merged);
    if (got == wanted) break;
    if (!onto)
      return data_loss("what is merged beside the base at version " + std::to_string(version) + " is not what the coordinator has: expected SHA-256 " +
                           wanted.substr(0, 12) + ", got " + got.substr(0, 12),
                       kWhere);
    merged = nullptr;   // sums of another processor: the whole of it
  }
  merged_ = merged, merged_version_ = version;
  if (run.lays_basis()) {
    FEDLLM_RETURN_IF_ERROR(run.basis->lay(run.layout, wanted, merged));
    return run.base;
  }
  run.merged_bases->put(wanted, merged);
  return run.merged_bases->base(wanted, run.base, tools_.backend);
}

Result<ReceivedVersion> SimulatedClient::pull_version(const wire::Task& task) {
  ReceivedVersion received;
  FEDLLM_ASSIGN_OR_RETURN(received.base, pull_merged(task));   // before what stands on it
  // The size is the layout's, whatever the peer says.
  const size_t wanted = tools_.run.downlink->payload_bytes(*downward(task).wire());
  if (task.payload_bytes() != wanted)
    return invalid_argument("expected a version of " + std::to_string(wanted) +
                                " bytes, the coordinator declares " + std::to_string(task.payload_bytes()),
                            kWhere);
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState pulled, pull_state(task));
  if (!adapter::all_finite(pulled)) return data_loss("the version holds numbers that are not finite", kWhere);
  received.adapter = received.whole = std::make_shared<const adapter::AdapterState>(std::move(pulled));
  if (!task.merged_sha256().empty() && !tools_.run.lays_basis()) {
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState whole, fed::beside(*received.adapter, *merged_));
    received.whole = std::make_shared<const adapter::AdapterState>(std::move(whole));
  }
  return received;
}

Result<ReceivedVersion> SimulatedClient::version(const wire::Task& task) {
  ClientHooks& hooks = *tools_.hooks;
  std::optional<ReceivedVersion> known = hooks.versions.find(task);
  const double began_s = clock_.seconds();
  const LeftCount before = hooks.link.meter ? hooks.link.meter->count() : LeftCount();
  while (!known) {
    auto pulled = pull_version(task);
    if (pulled.ok()) {
      known = std::move(pulled).value();
      hooks.versions.put(task, *known);
    } else if (!goes_on_without(pulled.status()) || !hooks.wait_for_link()) {
      return pulled.status();
    }
  }
  if (hooks.received)
    hooks.received(task, known->whole, clock_.seconds() - began_s, hooks.link.meter ? hooks.link.meter->count() - before : LeftCount());
  return *known;
}

Version SimulatedClient::own_adapter(const Version& version, int round) const {
  if (!tools_.run.method->own_adapter || personal_.size() != version->values.size()) return with_own_factor(version, round);
  return std::make_shared<const adapter::AdapterState>(adapter::AdapterState{version->layout, personal_});
}

Version SimulatedClient::with_own_factor(const Version& version, int round) const {
  if (!tools_.run.method->personal) return version;
  const Parcel parcel(version->layout, hidden(round));
  if (parcel.wire()->size() != personal_.size()) return version;   // nothing yet
  adapter::AdapterState mine = *version;
  parcel.unpack({nullptr, personal_}, mine);
  return std::make_shared<const adapter::AdapterState>(std::move(mine));
}

Status SimulatedClient::pull(Work& work) {
  const double began_s = clock_.seconds();
  if (stop_.requested()) return cancelled("stopped before pulling", kWhere);
  if (tools_.hooks) {
    FEDLLM_ASSIGN_OR_RETURN(const ReceivedVersion received, version(work.task));
    work.received = received.adapter, work.base = received.base;
  } else {
    FEDLLM_ASSIGN_OR_RETURN(work.base, pull_merged(work.task));
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState pulled, pull_state(work.task));
    work.received = std::make_shared<const adapter::AdapterState>(std::move(pulled));
  }
  work.received = with_own_factor(work.received, work.task.round());
  if (!tools_.hooks && tools_.run.keeps_versions()) previous_ = work.received, previous_version_ = work.task.version();
  work.header.set_pull_seconds(clock_.seconds() - began_s);
  work.pending.set_started(true);
  work.pending.set_pull_seconds(work.header.pull_seconds());
  report(work);
  return {};
}

// The factors that this client trains and does not send.
spec::LoraFactors SimulatedClient::hidden(int round) const {
  const spec::RoundShape shape = tools_.run.shape(std::max(1, round));
  if (!tools_.run.method->personal || shape.trained != spec::LoraFactors::both) return spec::LoraFactors::none;
  return shape.up == spec::LoraFactors::a ? spec::LoraFactors::b : spec::LoraFactors::a;
}

train::LocalOptions SimulatedClient::options(Work& work) {
  const spec::Scenario& scenario = tools_.run.scenario;
  train::LocalOptions options = tools_.run.local_options();
  options.steps = tools_.run.local_steps(client_);
  options.learning_rate = tools_.run.learning_rate(client_);
  options.proximal_mu = scenario.strategy.proximal_mu;
  const spec::LoraFactors trained = tools_.run.shape(work.task.round()).trained;
  options.factors = trained == spec::LoraFactors::a ? train::Factors::a : trained == spec::LoraFactors::b || trained == spec::LoraFactors::core ? train::Factors::b : train::Factors::both;
  options.cores = tools_.run.basis->cores();
  options.head_scales = tools_.run.head_scales();
  options.tail = tools_.run.tail_penalty();
  options.seed = tools_.run.client_seed(client_, work.task.round()).value();
  options.workers = tools_.threads;
  options.buffers = buffers_;
  options.stop = stop_;
  options.on_step = [this, &work](int step, double loss, int64_t tokens, double seconds) {
    on_step(work, step, loss, tokens, seconds);
  };
  return options;
}

Status SimulatedClient::train(Work& work) {
  if (stop_.requested()) return cancelled("stopped before training", kWhere);
  const auto examples = tools_.run.tokens->examples(tools_.run.shard(client_));
  if (tools_.run.shape(work.task.round()).first_step) return take_first_step(work, examples);
  train::LocalOptions local = options(work);
  FEDLLM_RETURN_IF_ERROR(choose_components(work, examples, local));
  if (tools_.run.scenario.strategy.control_variates) local.correction = correction(work.received->layout);
  FEDLLM_ASSIGN_OR_RETURN(train::LocalResult result,
                          tools_.backend.train(*work.base, *work.received, examples, local));
  report(work);
  work.trained = std::move(result.adapter);
  if (tools_.run.method->own_adapter) FEDLLM_RETURN_IF_ERROR(train_own(work, examples));
  work.header.set_mean_loss(result.mean_loss);
  work.header.set_train_seconds(work.compute_s);
  work.header.set_tokens(result.tokens);
  if (!tools_.run.scenario.strategy.control_variates) return {};
  const adapter::AdapterState own{work.received->layout, variate_.size() == work.received->layout->size() ? variate_ : std::vector<float>(work.received->layout->size())};
  FEDLLM_ASSIGN_OR_RETURN(work.variate, fed::next_variate(own, control_, *work.received, work.trained, train::sum_of_rates(local)));
  return {};
}

// Gradients alone, at most as many batches as a round of training has.
Status SimulatedClient::take_first_step(Work& work, const std::vector<data::Example>& examples) {
  train::LocalOptions local = options(work);
  const int steps = local.steps;
  local.gradient_only = true;
  local.cores = nullptr;
  local.steps = std::max(1, steps / fed::GradientSketch::kTurns);   // the same batches in every turn
  fed::GradientSketch sketch(work.received->layout, local.seed);
  double loss = 0;
  int64_t tokens = 0;
  for (int turn = 0; !sketch.done(); ++turn) {
    local.factors = sketch.wants_b() ? train::Factors::b : train::Factors::a;
    local.on_step = [this, &work, from = turn * local.steps](int step, double loss_of, int64_t count, double seconds) { on_step(work, from + step, loss_of, count, seconds); };
    FEDLLM_ASSIGN_OR_RETURN(const train::LocalResult found, tools_.backend.train(*work.base, sketch.place(), examples, local));
    sketch.take(found.adapter);
    loss += found.mean_loss / fed::GradientSketch::kTurns;
    tokens += found.tokens;
  }
  report(work);
  work.trained = sketch.step(local.learning_rate, local.clip_norm);
  work.header.set_mean_loss(loss);
  work.header.set_train_seconds(work.compute_s);
  work.header.set_tokens(tokens);
  return {};
}

// LoRA-A2 (2410.22815): by the gradient at what it received, before it trains; the others stay as they are.
Status SimulatedClient::choose_components(Work& work, const std::vector<data::Example>& examples, train::LocalOptions& local) {
  const Parcel parcel = tools_.run.upward(work.received->layout, work.task.round());
  if (!parcel.chooses()) return {};
  train::LocalOptions look = local;
  look.gradient_only = true;
  look.steps = static_cast<int>(spec::parameter_value(*tools_.run.method, tools_.run.scenario.strategy.parameters, "batches"));
  look.seed = tools_.run.client_seed(client_, work.task.round()).child("choice").value();
  look.on_step = [this, &work](int, double, int64_t, double seconds) {
    work.compute_s += seconds;
    tools_.gate.wait(tools_.stop);
    if (tools_.stop.requested()) stop_.request();
  };
  FEDLLM_ASSIGN_OR_RETURN(const train::LocalResult found, tools_.backend.train(*work.base, *work.received, examples, look));
  work.components = parcel.choose(found.adapter, *work.received);
  local.learns = parcel.learns(*work.components);
  return {};
}

// Its own adapter on the same records, drawn towards the global one it received (Ditto 2012.04221, algorithm 1); it never leaves.
Status SimulatedClient::train_own(Work& work, const std::vector<data::Example>& examples) {
  train::LocalOptions local = options(work);
  local.proximal_mu = spec::parameter_value(*tools_.run.method, tools_.run.scenario.strategy.parameters, "lambda");
  local.anchor = work.received->values;
  local.seed = tools_.run.client_seed(client_, work.task.round()).child("own").value();
  local.on_step = [this, &work](int, double, int64_t, double seconds) {
    work.compute_s += seconds;
    tools_.gate.wait(tools_.stop);
    if (tools_.stop.requested()) stop_.request();
  };
  const adapter::AdapterState start{work.received->layout, personal_.size() == work.received->values.size() ? personal_ : work.received->values};
  FEDLLM_ASSIGN_OR_RETURN(train::LocalResult result, tools_.backend.train(*work.base, start, examples, local));
  work.own = std::move(result.adapter.values);
  return {};
}

std::vector<float> SimulatedClient::correction(const adapter::LayoutPtr& layout) const {
  std::vector<float> values = control_.values;   // c - c_k
  if (variate_.size() != layout->size()) return values;
  for (size_t i = 0; i < variate_.size(); ++i) values[i] -= variate_[i];
  return values;
}

Status SimulatedClient::push(Work& work) {
  if (stop_.requested()) return cancelled("stopped before pushing", kWhere);
  const Parcel parcel = tools_.run.upward(work.trained.layout, work.task.round());
  const spec::LoraFactors kept = hidden(work.task.round());
  const bool needed_later = kept != spec::LoraFactors::none;
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState whole, adapter::difference(needed_later ? work.trained : std::move(work.trained), *work.received));
  adapter::AdapterState variate_change;
  if (work.variate) {
    variate_change = *work.variate;
    for (size_t i = 0; i < variate_.size() && variate_.size() == variate_change.values.size(); ++i) variate_change.values[i] -= variate_[i];
  }
  const Components components = work.components.value_or(Components());
  const adapter::AdapterState delta = parcel.chooses() ? parcel.pack(whole, components) : parcel.pack(std::move(whole), &variate_change);
  codec::Residual residual = residual_;
  const int round = work.task.round();
  const bool another_turn = tools_.run.shape(round).up != tools_.run.shape(std::max(1, round - 1)).up;
  if (another_turn || residual.values.size() != delta.values.size()) residual.values.clear();
  codec::Payload payload = tools_.run.codec->encode(delta, &residual, tools_.run.client_seed(client_, work.task.round()).child("codec").value());
  if (!tools_.run.codec->lossless()) {
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState sent, tools_.run.codec->decode(payload, parcel.wire()));
    work.header.set_coding_error(codec::relative_error(sent, delta));
  }
  if (parcel.chooses()) {
    payload = components.bytes() + payload;
    residual.values.clear();   // other components next time
  }
  work.update_norm = tools_.hooks ? adapter::l2_norm(delta) : 0;
  Keepsakes next{std::move(residual.values), work.own.empty() ? personal_ : std::move(work.own), work.variate ? std::move(work.variate->values) : variate_};
  if (needed_later) next.personal = Parcel(work.trained.layout, kept).pack(work.trained).values;
  if (tools_.hooks && tools_.hooks->keeping) tools_.hooks->keeping(work.task, next);
  FEDLLM_ASSIGN_OR_RETURN(const wire::PushReply reply, push_until_sent(work, std::make_shared<const std::string>(std::move(payload)), parcel.chooses() ? std::nullopt : std::optional(codec::kWholeCrc)));
  // What was lost in encoding is owed only if the rest arrived.
  if (!reply.accepted()) return {};
  residual_.values = std::move(next.residual), personal_ = std::move(next.personal), variate_ = std::move(next.variate);
  return {};
}

// An update whose answer was lost may have arrived: then its repetition is refused as a duplicate, and it counts.
Result<wire::PushReply> SimulatedClient::push_until_sent(Work& work, const std::shared_ptr<const std::string>& payload, std::optional<uint32_t> crc32) {
  ClientHooks* hooks = tools_.hooks;
  if (!hooks) return federation_.push_shared(work.header, payload, crc32);
  if (hooks->pushing) hooks->pushing(work.task);
  const std::string duplicate = fed::verdict_sentence(fed::Verdict::duplicate, client_, work.task.round());
  for (bool again = false;; again = true) {
    PushedUpdate update;
    const double began_s = clock_.seconds();
    const LeftCount before = hooks->link.meter ? hooks->link.meter->count() : LeftCount();
    auto reply = federation_.push_shared(work.header, payload, crc32);
    if (!reply.ok()) {
      if (goes_on_without(reply.status()) && hooks->wait_for_link()) continue;
      return reply.status();
    }
    if (again && !reply->accepted() && reply->reason() == duplicate) reply->set_accepted(true);
    update.header = work.header;
    update.update_norm = work.update_norm;
    update.push_seconds = clock_.seconds() - began_s;
    if (hooks->link.meter) update.traffic = hooks->link.meter->count() - before;
    update.reply = *reply;
    if (hooks->pushed) hooks->pushed(update);
    return reply;
  }
}

void SimulatedClient::on_step(Work& work, int step, double loss, int64_t tokens, double seconds) {
  work.compute_s += seconds;
  wire::StepReport* one = work.pending.add_steps();
  one->set_step(step);
  one->set_loss(loss);
  one->set_tokens(tokens);
  one->set_seconds(seconds);
  if (tools_.gate.paused() || clock_.seconds() - work.reported_s >= kReportEvery_s) report(work);
  tools_.gate.wait(tools_.stop);
  if (tools_.stop.requested()) stop_.request();
}

void SimulatedClient::report(Work& work) {
  if (!work.pending.started() && work.pending.steps().empty()) return;
  work.pending.set_round(work.task.round());
  const auto keep_going = federation_.report(work.pending);
  work.reported_s = clock_.seconds();
  if (!keep_going.ok() && goes_on_without(keep_going.status()) && work.pending.steps_size() < kMostPending) return;
  if (tools_.hooks && tools_.hooks->reported) tools_.hooks->reported(work.pending);
  work.pending.Clear();
  if (!keep_going.ok() || !*keep_going) stop_.request();
}

}  // namespace fedllm::node
