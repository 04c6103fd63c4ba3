#include "node/control_service_data.h"

#include <algorithm>
#include <map>
#include <thread>

#include "base/clock.h"
#include "base/text.h"
#include "node/measured_speed.h"
#include "node/text_info.h"
#include "node/worker_pool.h"
#include "spec/lora_selection.h"
#include "spec/method_facts.h"
#include "spec/round_bytes.h"
#include "spec/scenario_json.h"
#include "spec/validate.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.control";
constexpr int kMaxPreview = 200;

void add_problem(wire::CheckReply& reply, bool error, const std::string& path, const std::string& message,
                 const std::string& code) {
  wire::Problem& problem = *reply.add_problems();
  problem.set_severity(error ? "error" : "warning");
  problem.set_path(path);
  problem.set_message(message);
  problem.set_code(code);
}

bool below(const std::string& path, std::string_view part) {
  return path.compare(0, part.size(), part) == 0 && (path.size() == part.size() || path[part.size()] == '.');
}

// Previews work while other parts of the scenario are still wrong.
Status refuse_errors(const spec::Scenario& scenario, std::initializer_list<std::string_view> parts) {
  for (const spec::Problem& problem : spec::validate(scenario)) {
    if (problem.severity != spec::Problem::Severity::error) continue;
    for (const std::string_view part : parts)
      if (below(problem.path, part)) return invalid_argument(problem.path + ": " + problem.message, kWhere);
  }
  return {};
}

OpenOptions nothing() {
  OpenOptions options;
  options.dataset = options.partition = options.held_out = options.model = options.tokenizer = false;
  return options;
}

int cores() { return std::max(1u, std::thread::hardware_concurrency()); }

void fill_bytes(std::string_view aggregator, const spec::Scenario& scenario, const spec::ModelFacts& model,
                const spec::DataFacts& data, wire::MethodBytes& out) {
  out.set_aggregator(std::string(aggregator));
  for (const spec::RoundBytes& round : spec::first_rounds(scenario, aggregator, model, data)) {
    out.add_up(round.up);
    out.add_down(round.down);
  }
}

void fill_forecast(const spec::Scenario& scenario, const spec::ModelFacts& model, const spec::DataFacts& data,
                   wire::ForecastInfo& out) {
  const spec::Forecast forecast = spec::forecast(scenario, model, data, cores());
  out.set_adapter_parameters(forecast.adapter_parameters);
  out.set_update_payload_bytes(forecast.update_payload_bytes);
  out.set_uplink_bytes(forecast.uplink_bytes);
  out.set_downlink_bytes(forecast.downlink_bytes);
  out.set_low_s(forecast.low_s);
  out.set_high_s(forecast.high_s);
  out.set_adapter_memory_bytes(forecast.adapter_memory_bytes);
  out.set_train_records(data.train_records);
  out.set_test_records(data.test_records);
  out.set_model_parameters(model.parameters);
  out.set_clients(forecast.clients);
  for (const std::string& name : linear_suffixes(model)) out.add_linear_modules(name);
  for (const spec::MethodFacts& method : spec::methods()) fill_bytes(method.name, scenario, model, data, *out.add_methods());
  if (const std::string& own = scenario.strategy.aggregator; spec::is_script(own)) fill_bytes(own, scenario, model, data, *out.add_methods());
}

void check_targets(const spec::Scenario& scenario, const spec::ModelFacts& model, wire::CheckReply& reply) {
  const auto chosen = spec::choose_modules(model.linears, scenario.lora);
  if (!chosen.ok()) add_problem(reply, true, "lora.target_modules", chosen.status().message(), "lora.target_modules.unknown");
  const auto saved = spec::tensors_to_save(model.tensors, scenario.lora);
  if (!saved.ok()) add_problem(reply, true, "lora.modules_to_save", saved.status().message(), "lora.modules_to_save.unknown");
}

// What becomes of the records as tokens.
void check_text(const OpenedScenario& opened, wire::CheckReply& reply) {
  wire::TextInfo& text = *reply.mutable_text();
  fill_text(opened, text);
  for (const std::string& warning : text.warnings()) add_problem(reply, false, "dataset.template", warning, "dataset.template.tokens");
  if (const Status status = count_tokens(opened, text); !status.ok()) {
    add_problem(reply, true, "dataset", status.message(), "dataset.tokens");
    return;
  }
  if (text.unscored() == 0) return;
  add_problem(reply, false, "training.max_length",
              std::to_string(text.unscored()) + " of the first " + std::to_string(text.looked_at()) +
                  " records have no token to learn from: the prompt alone fills " +
                  std::to_string(opened.scenario.training.max_length) + " tokens",
              "training.max_length.unscored");
}

// Test records by the label names of the training data.
void fill_held_out(const OpenedScenario& opened, const data::PartitionCounts& counts, wire::PartitionReply& reply) {
  std::vector<int64_t> by_label(counts.test_by_label);
  int64_t total = counts.test_records;
  if (opened.test_dataset) {
    const auto& names = opened.dataset->labels();
    const auto& own = opened.test_dataset->labels();
    std::vector<size_t> place(own.size(), names.size());
    for (size_t i = 0; i < own.size(); ++i)
      place[i] = static_cast<size_t>(std::find(names.begin(), names.end(), own[i]) - names.begin());
    std::fill(by_label.begin(), by_label.end(), 0);
    total = opened.test_dataset->size();
    for (int64_t record = 0; record < total; ++record) {
      const int32_t label = opened.test_dataset->label_of(record);
      if (label >= 0 && place[static_cast<size_t>(label)] < by_label.size()) ++by_label[place[static_cast<size_t>(label)]];
    }
  }
  for (const int64_t n : by_label) reply.add_test_by_label(n);
  reply.set_test_records(total);
}

void fill_names(const OpenedScenario& opened, const data::PartitionCounts& counts, wire::PartitionReply& reply) {
  std::vector<std::string> names = counts.client_names;
  for (const spec::ClientOverride& own : opened.scenario.clients)
    if (own.name && own.client >= 0 && own.client < static_cast<int>(names.size()))
      names[static_cast<size_t>(own.client)] = *own.name;
  for (const std::string& name : names) reply.add_clients(name);
  for (const std::string& label : opened.dataset->labels()) reply.add_labels(label);
  if (opened.dataset->labels().empty()) reply.add_labels("");  // counts then have one column
}

}  // namespace

Result<OpenedScenario> ScenarioQueries::open(const std::string& scenario_json, const std::string& base_dir,
                                             const OpenOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(const spec::Scenario scenario, spec::parse_scenario(scenario_json));
  FEDLLM_RETURN_IF_ERROR(options.partition ? refuse_errors(scenario, {"dataset", "partition"})
                                           : refuse_errors(scenario, {"dataset"}));
  return facts_.open(scenario, base_dir, options);
}

wire::CheckReply ScenarioQueries::check(const wire::CheckRequest& request, const ledger::Ledger* history) {
  wire::CheckReply reply;
  const auto scenario = spec::parse_scenario(request.scenario_json());
  if (!scenario.ok()) {
    add_problem(reply, true, "", scenario.status().message(), "scenario.parse");
    return reply;
  }
  bool errors = false;
  for (const spec::Problem& problem : spec::validate(*scenario)) {
    const bool error = problem.severity == spec::Problem::Severity::error;
    errors = errors || error;
    add_problem(reply, error, problem.path, problem.message, problem.code);
  }
  if (!request.open_files()) return reply;

  OpenOptions model_part = nothing();
  model_part.model = model_part.tokenizer = true;
  auto model = facts_.open(*scenario, request.base_dir(), model_part);
  if (!model.ok())
    add_problem(reply, true, "base_model", model.status().message(), "base_model.open");
  else
    check_targets(*scenario, model->model, reply);

  OpenOptions data_part = nothing();
  data_part.dataset = data_part.held_out = true;
  data_part.partition = !errors;
  if (scenario->dataset.files.empty()) return reply;  // already said
  auto opened = facts_.open(*scenario, request.base_dir(), data_part);
  if (!opened.ok()) add_problem(reply, true, "dataset", opened.status().message(), "dataset.open");
  if (opened.ok() && model.ok()) {
    opened->tokenizer = model->tokenizer;
    check_text(*opened, reply);
  }
  if (!opened.ok() || errors) return reply;
  const auto counts = opened->counts();
  if (!counts.ok()) {
    add_problem(reply, true, "partition", counts.status().message(), "partition.open");
    return reply;
  }
  const int64_t empty = std::count(counts->client_records.begin(), counts->client_records.end(), 0);
  if (empty > 0)
    add_problem(
        reply, false, "partition",
        std::to_string(empty) + (empty == 1 ? " client has no record and sits out" : " clients have no record and sit out"),
        "partition.empty_clients");
  if (!model.ok()) return reply;
  if (history) model->model.step_seconds = measured_step_seconds(*history, *scenario);
  fill_forecast(*scenario, model->model, opened->data_facts(*counts), *reply.mutable_forecast());
  return reply;
}

Result<wire::DatasetInfo> ScenarioQueries::import(const wire::ImportRequest& request,
                                                  std::function<void(const data::ImportProgress&)> progress, StopFlag stop) {
  OpenOptions options = nothing();
  options.dataset = true;
  options.progress = std::move(progress);
  options.stop = stop;
  FEDLLM_ASSIGN_OR_RETURN(const OpenedScenario opened, open(request.scenario_json(), request.base_dir(), options));
  const data::Dataset& dataset = *opened.dataset;
  wire::DatasetInfo info;
  info.set_hash(dataset.hash());
  info.set_records(dataset.size());
  for (const std::string& field : dataset.fields()) info.add_fields(field);
  for (const std::string& label : dataset.labels()) info.add_labels(label);
  for (const std::string& file : dataset.files()) info.add_files(file);
  for (const data::BadLine& bad : dataset.skipped())
    info.add_bad_lines(bad.file + ":" + std::to_string(bad.line) + ": " + bad.reason);
  info.set_skipped(dataset.skipped_count());
  info.set_resolved_prompt(opened.text_template.prompt);
  info.set_resolved_response(opened.text_template.response);
  info.set_resolved_system(opened.text_template.system);
  info.set_template_name(opened.text_template.name);
  info.set_turns(dataset.turns());
  return info;
}

Result<wire::PreviewReply> ScenarioQueries::preview(const wire::PreviewRequest& request) {
  OpenOptions options = nothing();
  options.dataset = options.tokenizer = true;
  options.partition = request.client() >= 0;
  auto opened = open(request.scenario_json(), request.base_dir(), options);
  if (!opened.ok()) {  // a preview without token counts is better than none
    options.tokenizer = false;
    opened = open(request.scenario_json(), request.base_dir(), options);
  }
  FEDLLM_RETURN_IF_ERROR(opened.status());
  std::vector<int64_t> shard;
  if (request.client() >= 0) {
    FEDLLM_ASSIGN_OR_RETURN(const data::Partition partition, opened->partition());
    if (request.client() >= static_cast<int>(partition.clients.size()))
      return invalid_argument(
          "expected a client below " + std::to_string(partition.clients.size()) + ", got " + std::to_string(request.client()),
          kWhere);
    shard = partition.clients[static_cast<size_t>(request.client())];
  }
  const int64_t size = request.client() >= 0 ? static_cast<int64_t>(shard.size()) : opened->dataset->size();
  const int64_t first = std::max<int64_t>(0, request.first());
  const int64_t end = std::min(size, first + std::clamp(request.count(), 0, kMaxPreview));
  wire::PreviewReply reply;
  fill_text(*opened, *reply.mutable_text());
  for (int64_t i = first; i < end; ++i)
    FEDLLM_RETURN_IF_ERROR(fill_record(*opened, request.client() >= 0 ? shard[static_cast<size_t>(i)] : i, *reply.add_records()));
  return reply;
}

Status ScenarioQueries::add_tokens(const OpenedScenario& opened, wire::PartitionReply& reply) {
  FEDLLM_ASSIGN_OR_RETURN(const data::Partition partition, opened.partition());
  WorkerPool pool(cores());
  const TokenSource source{opened.dataset, opened.text_template, opened.tokenizer, opened.model_dir,
                           opened.scenario.training.max_length};
  FEDLLM_ASSIGN_OR_RETURN(const auto tokens, TokenStore::open(source, home_, pool, StopFlag()));
  for (const auto& shard : partition.clients) {
    int64_t total = 0;
    for (const int64_t record : shard) total += tokens->tokens(record);
    reply.add_client_tokens(total);
  }
  reply.set_hash(partition.hash);
  return {};
}

Result<wire::PartitionReply> ScenarioQueries::partition(const wire::PartitionRequest& request) {
  const SystemClock clock;
  const double began = clock.seconds();
  OpenOptions options = nothing();
  options.dataset = options.partition = options.held_out = true;
  options.tokenizer = request.with_tokens();
  FEDLLM_ASSIGN_OR_RETURN(const OpenedScenario opened, open(request.scenario_json(), request.base_dir(), options));
  FEDLLM_ASSIGN_OR_RETURN(const data::PartitionCounts counts, opened.counts());
  wire::PartitionReply reply;
  fill_names(opened, counts, reply);
  for (const auto& row : counts.by_label)
    for (const int64_t n : row) reply.add_counts(n);
  for (const int64_t n : counts.client_records) reply.add_client_records(n);
  fill_held_out(opened, counts, reply);
  reply.set_jensen_shannon(counts.skew.jensen_shannon);
  reply.set_size_gini(counts.skew.size_gini);
  reply.set_effective_labels(counts.skew.effective_labels);
  if (request.with_tokens()) FEDLLM_RETURN_IF_ERROR(add_tokens(opened, reply));
  reply.set_core_ms((clock.seconds() - began) * 1000);
  return reply;
}

}  // namespace fedllm::node
