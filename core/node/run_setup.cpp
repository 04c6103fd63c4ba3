#include "node/run_setup.h"

#include <algorithm>
#include <map>

#include "base/sha256.h"
#include "node/run_loading.h"
#include "spec/scenario_json.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.run_setup";

// A held-out or control record before it is tokenised.
struct Candidate {
  const TokenSource* source;
  int64_t record;
};
using Groups = std::map<std::string, std::vector<Candidate>>;

EvalLimits limits_of(const PreparedRun& run) {
  const spec::Scenario& s = run.scenario;
  const int cohort = std::min<int>(spec::cohort_size(s, run.clients()), static_cast<int>(run.active.size()));
  int64_t steps = 0;
  for (const int client : run.active) steps += run.local_steps(client);
  EvalLimits limits;
  limits.max_records = s.evaluation.max_records;
  limits.training_records =
      run.active.empty() ? 0 : steps * s.training.batch_size * s.rounds * cohort / static_cast<int64_t>(run.active.size());
  limits.global_evaluations = s.rounds + 1;
  if (s.evaluation.client_adapters) limits.client_evaluations = std::min(cohort, kOwnAdapters) * (s.rounds > 1 ? 2 : 1);
  return limits;
}

Status add_topic(EvalSet& set, const std::string& topic, const std::vector<Candidate>& group, bool control, const EvalCaps& caps,
                 uint64_t seed) {
  const size_t first = set.records.size();
  for (const size_t i : choose(group.size(), static_cast<size_t>(caps.global), seed, topic)) {
    FEDLLM_ASSIGN_OR_RETURN(data::Example example, tokenize_record(*group[i].source, group[i].record));
    set.records.push_back({std::move(example), topic, control});
  }
  for (const size_t i : choose(set.records.size() - first, static_cast<size_t>(caps.client), seed, topic))
    set.client_records.push_back(first + i);
  if (!topic.empty()) set.topics.push_back(topic);
  return {};
}

class Setup {
 public:
  Setup(const ledger::RunRow& row, const SetupTools& tools) : tools_(tools), run_(std::make_unique<PreparedRun>()) {
    run_->row = row;
  }

  Result<std::unique_ptr<PreparedRun>> make() {
    FEDLLM_RETURN_IF_ERROR(open());
    FEDLLM_RETURN_IF_ERROR(split());
    FEDLLM_RETURN_IF_ERROR(load());
    train_source_ = training_source(*run_);
    if (!tools_.network) FEDLLM_RETURN_IF_ERROR(tokenise_shards(*run_, tools_));
    FEDLLM_RETURN_IF_ERROR(choose_evaluation());
    return std::move(run_);
  }

 private:
  Status open() {
    ScenarioFacts facts(tools_.home);
    OpenOptions options;
    options.stop = tools_.stop;
    if (tools_.network) {
      run_->network = tools_.network;
      options.dataset = options.partition = false;
      options.setting = spec::Setting::network;
    }
    FEDLLM_ASSIGN_OR_RETURN(run_->opened, facts.open_json(run_->row.scenario_json, run_->row.base_dir, options));
    run_->scenario = run_->opened.scenario;
    warn_of_skipped(*run_);
    return {};
  }

  // The members' slots stand for the partition: sizes are known, records are not.
  Status take_slots() {
    std::string identity = "fedllm network 1\n";
    for (const NetworkSlot& slot : tools_.network->members) {
      const size_t end = static_cast<size_t>(slot.client) + 1;
      run_->examples.resize(std::max(run_->examples.size(), end));
      run_->client_names.resize(std::max(run_->client_names.size(), end));
      run_->examples[end - 1] = slot.examples;
      run_->client_names[end - 1] = slot.name;
      run_->train_records += slot.examples;
      run_->test_records += slot.test_examples;
      run_->active.push_back(slot.client);
      identity += std::to_string(slot.client) + "\n";
    }
    if (run_->active.empty()) return failed_precondition("no member of the room has taken a slot", kWhere);
    run_->partition.hash = sha256_hex(identity);
    return {};
  }

  Status split() {
    if (tools_.network) return take_slots();
    FEDLLM_ASSIGN_OR_RETURN(run_->partition, run_->opened.partition());
    for (const auto& shard : run_->partition.clients) run_->examples.push_back(static_cast<int64_t>(shard.size()));
    run_->client_names = run_->partition.counts.client_names;
    run_->client_names.resize(run_->partition.clients.size());
    for (int client = 0; client < run_->clients(); ++client) {
      const spec::ClientOverride* own = run_->override_of(client);
      if (own && own->name) run_->client_names[static_cast<size_t>(client)] = *own->name;
      run_->train_records += static_cast<int64_t>(run_->shard(client).size());
      if (!run_->shard(client).empty()) run_->active.push_back(client);
    }
    if (run_->active.empty())
      return failed_precondition("no client has a record to train on: the dataset gives " +
                                     std::to_string(run_->opened.dataset->size()) + " records, all of them held out",
                                 kWhere);
    return {};
  }

  Status load() {
    FEDLLM_RETURN_IF_ERROR(load_base(*run_, tools_.backend));
    spec::DataFacts facts;
    if (tools_.network) {
      facts = {run_->train_records, run_->test_records, run_->examples};
    } else {
      facts = run_->opened.data_facts(run_->partition.counts);
      run_->test_records = facts.test_records;
    }
    run_->modelled_update_bytes =
        spec::forecast(run_->scenario, run_->base->facts(), facts, tools_.pool.workers()).update_payload_bytes;
    return {};
  }

  Status choose_evaluation() {
    Groups held_out, controls;
    TokenSource test_source = train_source_;
    if (run_->opened.test_dataset) {
      test_source.dataset = run_->opened.test_dataset;
      test_source.text_template = run_->opened.test_template;
      for (int64_t record = 0; record < test_source.dataset->size(); ++record)
        held_out[label_name(*test_source.dataset, record)].push_back({&test_source, record});
    } else if (!tools_.network) {
      for (const int64_t record : run_->partition.test)
        held_out[label_name(*train_source_.dataset, record)].push_back({&train_source_, record});
    }
    std::vector<TokenSource> control_sources(run_->opened.controls.size(), train_source_);
    for (size_t i = 0; i < control_sources.size(); ++i) {
      const ControlData& control = run_->opened.controls[i];
      control_sources[i].dataset = control.dataset;
      control_sources[i].text_template = control.text_template;
      for (int64_t record = 0; record < control.dataset->size(); ++record)
        controls[control.topic_of(record)].push_back({&control_sources[i], record});
    }
    return fill_evaluation(held_out, controls);
  }

  Status fill_evaluation(const Groups& held_out, const Groups& controls) {
    const EvalCaps caps = eval_caps(limits_of(*run_), static_cast<int>(held_out.size() + controls.size()));
    const uint64_t seed = run_->scenario.seed;
    for (const auto& [topic, group] : held_out) FEDLLM_RETURN_IF_ERROR(add_topic(run_->eval, topic, group, false, caps, seed));
    for (const auto& [topic, group] : controls) {
      FEDLLM_RETURN_IF_ERROR(add_topic(run_->eval, topic, group, true, caps, seed));
      run_->control_topics.push_back(topic);
    }
    if (held_out.empty() && run_->test_records == 0) run_->warnings.emplace_back("no record is held out, so there is no evaluation of what was learned");
    return {};
  }

  const SetupTools& tools_;
  std::unique_ptr<PreparedRun> run_;
  TokenSource train_source_;
};

}  // namespace

const spec::ClientOverride* PreparedRun::override_of(int client) const {
  for (const spec::ClientOverride& one : scenario.clients) {
    if (one.client == client) return &one;
  }
  return nullptr;
}

int PreparedRun::local_steps(int client) const {
  const spec::ClientOverride* own = override_of(client);
  if (own && own->local_steps) return *own->local_steps;
  const spec::TrainingSpec& training = scenario.training;
  if (!training.local_epochs) return training.local_steps.value_or(0);
  const int64_t batches = (examples[static_cast<size_t>(client)] + training.batch_size - 1) / training.batch_size;
  return static_cast<int>(*training.local_epochs * batches);
}

double PreparedRun::learning_rate(int client) const {
  const spec::ClientOverride* own = override_of(client);
  return own && own->learning_rate ? *own->learning_rate : scenario.training.learning_rate;
}

Result<std::unique_ptr<PreparedRun>> prepare_run(const ledger::RunRow& row, const SetupTools& tools) {
  return Setup(row, tools).make();
}

}  // namespace fedllm::node
