#include "node/simulated_client.h"

#include "base/seed_tree.h"
#include "base/sha256.h"
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
  work.header.set_base_sha256(task.payload_sha256());
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
  FEDLLM_ASSIGN_OR_RETURN(const std::string payload, federation_.pull(task.version(), task.payload_bytes()));
  if (tools_.hooks && !task.payload_sha256().empty()) {
    if (const std::string got = sha256_hex(payload); got != task.payload_sha256())
      return data_loss("version " + std::to_string(task.version()) + " is not the one of the task: expected SHA-256 " +
                           task.payload_sha256().substr(0, 12) + ", got " + got.substr(0, 12),
                       kWhere);
  }
  return tools_.run.codec->decode(payload, tools_.run.layout);
}

Result<Version> SimulatedClient::version(const wire::Task& task) {
  ClientHooks* hooks = tools_.hooks;
  Version known = hooks ? hooks->versions.find(task.payload_sha256()) : nullptr;
  const double began_s = clock_.seconds();
  const LeftCount before = hooks && hooks->link.meter ? hooks->link.meter->count() : LeftCount();
  while (!known) {
    // The size is the layout's, whatever the peer says.
    if (hooks && task.payload_bytes() != tools_.run.codec->payload_bytes(*tools_.run.layout))
      return invalid_argument("expected a version of " + std::to_string(tools_.run.codec->payload_bytes(*tools_.run.layout)) +
                                  " bytes, the coordinator declares " + std::to_string(task.payload_bytes()),
                              kWhere);
    auto pulled = pull_state(task);
    if (pulled.ok()) {
      known = std::make_shared<const adapter::AdapterState>(std::move(pulled).value());
      if (hooks && !adapter::all_finite(*known)) return data_loss("the version holds numbers that are not finite", kWhere);
      if (hooks) hooks->versions.put(task.payload_sha256(), known);
    } else if (!goes_on_without(pulled.status()) || !hooks->wait_for_link()) {
      return pulled.status();
    }
  }
  if (hooks && hooks->received)
    hooks->received(task, known, clock_.seconds() - began_s,
                    hooks->link.meter ? hooks->link.meter->count() - before : LeftCount());
  return known;
}

Status SimulatedClient::pull(Work& work) {
  const double began_s = clock_.seconds();
  if (stop_.requested()) return cancelled("stopped before pulling", kWhere);
  if (tools_.hooks) {
    FEDLLM_ASSIGN_OR_RETURN(work.received, version(work.task));
  } else {
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState pulled, pull_state(work.task));
    work.received = std::make_shared<const adapter::AdapterState>(std::move(pulled));
  }
  work.header.set_pull_seconds(clock_.seconds() - began_s);
  work.pending.set_started(true);
  work.pending.set_pull_seconds(work.header.pull_seconds());
  report(work);
  return {};
}

train::LocalOptions SimulatedClient::options(Work& work) {
  const spec::Scenario& scenario = tools_.run.scenario;
  train::LocalOptions options;
  options.steps = tools_.run.local_steps(client_);
  options.batch_size = scenario.training.batch_size;
  options.learning_rate = tools_.run.learning_rate(client_);
  options.weight_decay = scenario.training.weight_decay;
  options.clip_norm = scenario.training.clip_norm;
  options.warmup_fraction = scenario.training.warmup_fraction;
  options.dropout = scenario.lora.dropout;
  options.proximal_mu = scenario.strategy.proximal_mu;
  options.seed = SeedTree(scenario.seed)
                     .child("round", static_cast<uint64_t>(work.task.round()))
                     .child("client", static_cast<uint64_t>(client_))
                     .value();
  options.stop = stop_;
  options.on_step = [this, &work](int step, double loss, int64_t tokens, double seconds) {
    on_step(work, step, loss, tokens, seconds);
  };
  return options;
}

Status SimulatedClient::train(Work& work) {
  if (stop_.requested()) return cancelled("stopped before training", kWhere);
  const auto examples = tools_.run.tokens->examples(tools_.run.shard(client_));
  FEDLLM_ASSIGN_OR_RETURN(train::LocalResult result,
                          tools_.backend.train(*tools_.run.base, *work.received, examples, options(work)));
  report(work);
  work.header.set_mean_loss(result.mean_loss);
  work.header.set_train_seconds(work.compute_s);
  work.header.set_tokens(result.tokens);
  work.trained = std::move(result.adapter);
  return {};
}

Status SimulatedClient::push(Work& work) {
  if (stop_.requested()) return cancelled("stopped before pushing", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState delta, adapter::difference(work.trained, *work.received));
  codec::Residual residual = residual_;
  const codec::Payload payload = tools_.run.codec->encode(delta, &residual);
  work.update_norm = tools_.hooks ? adapter::l2_norm(delta) : 0;
  FEDLLM_ASSIGN_OR_RETURN(const wire::PushReply reply, push_until_sent(work, payload));
  // What was lost in encoding is owed only if the rest arrived.
  if (reply.accepted()) residual_ = std::move(residual);
  return {};
}

// An update whose answer was lost may have arrived: then its repetition is refused as a duplicate, and it counts.
Result<wire::PushReply> SimulatedClient::push_until_sent(Work& work, const std::string& payload) {
  ClientHooks* hooks = tools_.hooks;
  if (!hooks) return federation_.push(work.header, payload);
  const std::string duplicate = fed::verdict_sentence(fed::Verdict::duplicate, client_, work.task.round());
  for (bool again = false;; again = true) {
    PushedUpdate update;
    const double began_s = clock_.seconds();
    const LeftCount before = hooks->link.meter ? hooks->link.meter->count() : LeftCount();
    auto reply = federation_.push(work.header, payload);
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
