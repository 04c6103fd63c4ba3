#include "node/run_setup.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

#include "base/sha256.h"
#include "node/run_loading.h"
#include "spec/scenario_json.h"
#include "train/lora_layout.h"

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
  const int own = std::min(static_cast<int>(run.active.size()), kOwnAdapters);
  if (run.method->personal || run.method->own_adapter) limits.client_evaluations = own * s.rounds;   // there is no other score, or a second one
  else if (s.evaluation.client_adapters) limits.client_evaluations = std::min(cohort, kOwnAdapters) * (s.rounds > 1 ? 2 : 1);
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
      options.setting = tools_.network->setting();
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
    if (const std::string& aggregator = run_->scenario.strategy.aggregator; spec::is_script(aggregator)) {
      FEDLLM_ASSIGN_OR_RETURN(run_->script, find_script(aggregator, run_->opened.base_dir));
    }
    spec::DataFacts facts;
    if (tools_.network) {
      facts = {run_->train_records, run_->test_records, run_->examples};
    } else {
      facts = run_->opened.data_facts(run_->partition.counts);
      run_->test_records = facts.test_records;
    }
    const spec::Forecast forecast = spec::forecast(run_->scenario, run_->base->facts(), facts, tools_.pool.workers());
    run_->modelled_update_bytes = forecast.update_payload_bytes, run_->modelled_version_bytes = forecast.version_payload_bytes;
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
    for (const auto& [topic, group] : held_out)
      for (const auto& [source, record] : group) run_->held_out = *source, run_->held_out_records.push_back(record);
    std::sort(run_->held_out_records.begin(), run_->held_out_records.end());
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

const adapter::LayoutPtr& PreparedRun::layout_of(int client) const {
  const auto own = own_layouts.find(client);
  return own == own_layouts.end() ? layout : own->second;
}

uint64_t PreparedRun::version_seed(uint64_t version) const {
  const SeedTree adapter = SeedTree(scenario.seed).child("adapter");
  return version == 0 ? adapter.value() : adapter.child("version", version).value();
}

adapter::AdapterState PreparedRun::known(uint64_t version) const {
  if (version > 0 && shape(1).fresh_start) return adapter::initial_state(layout, version_seed(version));
  const MergedPtr laid = version > 0 && lays_basis() ? basis->adapter() : nullptr;
  if (!laid) return *start;
  adapter::AdapterState state = *start;
  for (size_t m = 0; m < layout->modules().size(); ++m) std::ranges::copy(laid->a(m), state.a(m).begin());
  return state;
}

Result<adapter::LayoutPtr> PreparedRun::layout_of_rank(int rank) const {
  std::vector<adapter::ModuleSlot> modules = layout->modules();
  for (adapter::ModuleSlot& slot : modules) slot.rank = std::min(slot.rank, rank);
  return adapter::AdapterLayout::make(std::move(modules), layout->lora_alpha(), layout->rank_stabilised(), layout->saved());
}

Parcel PreparedRun::upward(const adapter::LayoutPtr& of, int round) const {
  if (const double share = spec::sent_share(*method, scenario.strategy.parameters); share < 1) return Parcel(of, shape(round).up, share);
  return Parcel(of, shape(round).up, scenario.strategy.control_variates, basis->cores());
}

Parcel PreparedRun::downward(const adapter::LayoutPtr& of, spec::LoraFactors factors) const {
  return Parcel(of, factors, scenario.strategy.control_variates, basis->cores());
}

int64_t PreparedRun::update_bytes(int round) const {
  const Parcel parcel = upward(layout, round);
  return static_cast<int64_t>(parcel.index_bytes() + codec->payload_bytes(*parcel.wire()));
}

int64_t PreparedRun::version_bytes(uint64_t version) const { return static_cast<int64_t>(downlink->payload_bytes(*downward(layout, whole(version)).wire())); }

bool PreparedRun::keeps_versions() const {
  const spec::RoundShape first = shape(1), second = shape(2);
  return first.up != second.up && !first.first_step;
}

int PreparedRun::merged_rank() const {
  const auto& parameters = scenario.strategy.parameters;
  const auto found = parameters.find("merged_rank");
  return found == parameters.end() || found->second < 1 ? std::numeric_limits<int>::max() : static_cast<int>(found->second);
}

adapter::TailPenalty PreparedRun::tail_penalty() const {
  if (method->name != "hetlora") return {};
  const auto& given = scenario.strategy.parameters;
  return {spec::parameter_value(*method, given, "lambda"), spec::parameter_value(*method, given, "decay")};
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

train::LocalOptions PreparedRun::local_options() const {
  train::LocalOptions options;
  options.batch_size = scenario.training.batch_size;
  options.weight_decay = scenario.training.weight_decay;
  options.clip_norm = scenario.training.clip_norm;
  options.warmup_fraction = scenario.training.warmup_fraction;
  options.dropout = scenario.lora.dropout;
  options.optimizer = scenario.training.optimizer == "sgd" ? train::ClientOptimizer::sgd : train::ClientOptimizer::adamw;
  options.momentum = scenario.training.momentum;
  return options;
}

SeedTree PreparedRun::client_seed(int client, int round) const {
  return SeedTree(scenario.seed).child("round", static_cast<uint64_t>(round)).child("client", static_cast<uint64_t>(client));
}

adapter::PeftMeta PreparedRun::peft_meta() const {
  const std::string& base = scenario.base_model;
  return peft_meta(base.starts_with("builtin:") ? base.substr(8) : std::filesystem::path(base).lexically_normal().filename().string());
}

adapter::PeftMeta PreparedRun::peft_meta(std::string base_name) const {
  return {std::move(base_name), scenario.lora.dropout, train::leaves_out(*layout, base->facts().linears)};
}

Result<std::unique_ptr<PreparedRun>> prepare_run(const ledger::RunRow& row, const SetupTools& tools) {
  return Setup(row, tools).make();
}

}  // namespace fedllm::node
