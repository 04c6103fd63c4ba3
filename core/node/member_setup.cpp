#include "node/member_setup.h"

#include <algorithm>
#include <map>

#include "node/evaluation_report.h"
#include "node/run_loading.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.member_setup";

class Setup {
 public:
  Setup(const MemberData& data, const SetupTools& tools) : tools_(tools), run_(std::make_unique<PreparedRun>()) {
    run_->scenario = data.scenario;
    run_->row.name = data.scenario.name;
    run_->row.rounds = data.scenario.rounds;
    run_->client_names = {data.name};
  }

  Result<std::unique_ptr<PreparedRun>> make() {
    FEDLLM_RETURN_IF_ERROR(open());
    FEDLLM_RETURN_IF_ERROR(split());
    FEDLLM_RETURN_IF_ERROR(load_base(*run_, tools_.backend));
    run_->modelled_update_bytes = run_->update_bytes(1);
    run_->modelled_version_bytes = run_->version_bytes(1);
    FEDLLM_RETURN_IF_ERROR(tokenise_shards(*run_, tools_));
    return std::move(run_);
  }

 private:
  Status open() {
    ScenarioFacts facts(tools_.home);
    OpenOptions options;
    options.partition = options.held_out = false;
    options.stop = tools_.stop;
    FEDLLM_ASSIGN_OR_RETURN(run_->opened, facts.open(run_->scenario, "", options));
    warn_of_skipped(*run_);
    return {};
  }

  Status split() {
    FEDLLM_ASSIGN_OR_RETURN(run_->partition, member_partition(*run_->opened.dataset, run_->scenario));
    run_->train_records = static_cast<int64_t>(run_->shard(0).size());
    run_->test_records = run_->partition.counts.test_records;
    if (run_->train_records == 0)
      return failed_precondition("there is no record to train on: the files hold " +
                                     std::to_string(run_->opened.dataset->size()) + ", all of them held out",
                                 kWhere);
    return {};
  }

  const SetupTools& tools_;
  std::unique_ptr<PreparedRun> run_;
};

// What this machine scores when it is asked: its held-out records, near 15 % of its own training work, but as many of a topic
// as may be told at all.
void choose_evaluation(PreparedRun& run, int slot) {
  std::map<std::string, std::vector<int64_t>> topics;
  for (const int64_t record : run.partition.test) topics[label_name(*run.opened.dataset, record)].push_back(record);
  EvalLimits limits;
  limits.max_records = run.scenario.evaluation.max_records;
  limits.training_records = int64_t{run.local_steps(slot)} * run.scenario.training.batch_size * run.scenario.rounds;
  limits.global_evaluations = run.scenario.rounds + 1;
  const EvalCaps caps = eval_caps(limits, static_cast<int>(topics.size()));
  const size_t cap = static_cast<size_t>(std::max<int64_t>(caps.global, kFewestTold));
  run.eval = {};
  for (const auto& [topic, records] : topics) {
    for (const size_t i : choose(records.size(), cap, run.scenario.seed, topic))
      run.eval.records.push_back({run.tokens->example(records[i]), topic, false});
    if (!topic.empty()) run.eval.topics.push_back(topic);
  }
}

}  // namespace

Result<data::Partition> member_partition(const data::Dataset& dataset, const spec::Scenario& scenario) {
  data::PartitionInput input;
  input.label_count = static_cast<int>(dataset.labels().size());
  for (int64_t record = 0; record < dataset.size(); ++record) input.labels.push_back(dataset.label_of(record));
  input.groups.assign(input.labels.size(), 0);
  input.group_names = {"this machine"};
  spec::Scenario of = scenario;
  of.partition = {};
  of.partition.method = "by_file";
  of.dataset.test_files.clear();
  return data::partition_records(input, of, dataset.hash());
}

Result<std::unique_ptr<PreparedRun>> prepare_member(const MemberData& data, const SetupTools& tools) {
  return Setup(data, tools).make();
}

Status take_slot(PreparedRun& run, int slot, const std::string& host_run) {
  if (slot < 0 || slot >= kMostSlots)
    return invalid_argument("expected a slot from 0 to " + std::to_string(kMostSlots - 1) + ", got " + std::to_string(slot),
        kWhere);
  const size_t from = run.active.empty() ? 0 : static_cast<size_t>(run.active[0]), to = static_cast<size_t>(slot);
  std::vector<std::vector<int64_t>> clients(to + 1);
  std::vector<std::string> names(to + 1);
  clients[to] = std::move(run.partition.clients.at(from));
  names[to] = std::move(run.client_names.at(from));
  run.partition.clients = std::move(clients);
  run.client_names = std::move(names);
  run.active = {slot};
  run.row.id = host_run;
  choose_evaluation(run, slot);
  return {};
}

}  // namespace fedllm::node
