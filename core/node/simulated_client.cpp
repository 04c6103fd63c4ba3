#include "node/simulated_client.h"

#include "base/seed_tree.h"

namespace fedllm::node {
namespace {

constexpr double kReportEvery_s = 0.25;

}  // namespace

// What lives while one task is worked on.
struct SimulatedClient::Work {
  wire::Task task;
  wire::UpdateHeader header;
  wire::ReportRequest pending;  // steps not yet reported
  double reported_s = 0, compute_s = 0;
  adapter::AdapterState received, trained;
};

SimulatedClient::SimulatedClient(const ClientTools& tools, std::shared_ptr<grpc::Channel> channel, int client)
    : tools_(tools), client_(client), federation_(std::move(channel), tools.run.row.id, client) {}

Status SimulatedClient::join() {
  const PreparedRun& run = tools_.run;
  return federation_.join(run.client_names[static_cast<size_t>(client_)], static_cast<int64_t>(run.shard(client_).size()))
      .status();
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
  Status status = pull(work);
  if (status.ok()) status = train(work);
  if (status.ok()) status = push(work);
  if (status.ok()) return;
  work.header.set_failure(status.message());
  // A coordinator that cannot be reached any more has already noticed that the stream is gone.
  (void)federation_.push(work.header, {});
}

Status SimulatedClient::pull(Work& work) {
  const double began_s = clock_.seconds();
  if (stop_.requested()) return cancelled("stopped before pulling", "node.client");
  FEDLLM_ASSIGN_OR_RETURN(const std::string payload, federation_.pull(work.task.version(), work.task.payload_bytes()));
  FEDLLM_ASSIGN_OR_RETURN(work.received, tools_.run.codec->decode(payload, tools_.run.layout));
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
  if (stop_.requested()) return cancelled("stopped before training", "node.client");
  const auto examples = tools_.run.tokens->examples(tools_.run.shard(client_));
  FEDLLM_ASSIGN_OR_RETURN(train::LocalResult result,
                          tools_.backend.train(*tools_.run.base, work.received, examples, options(work)));
  report(work);
  work.header.set_mean_loss(result.mean_loss);
  work.header.set_train_seconds(work.compute_s);
  work.header.set_tokens(result.tokens);
  work.trained = std::move(result.adapter);
  return {};
}

Status SimulatedClient::push(Work& work) {
  if (stop_.requested()) return cancelled("stopped before pushing", "node.client");
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState delta, adapter::difference(work.trained, work.received));
  codec::Residual residual = residual_;
  const codec::Payload payload = tools_.run.codec->encode(delta, &residual);
  FEDLLM_ASSIGN_OR_RETURN(const wire::PushReply reply, federation_.push(work.header, payload));
  // What was lost in encoding is owed only if the rest arrived.
  if (reply.accepted()) residual_ = std::move(residual);
  return {};
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
  work.pending.Clear();
  work.reported_s = clock_.seconds();
  if (!keep_going.ok() || !*keep_going) stop_.request();
}

}  // namespace fedllm::node
