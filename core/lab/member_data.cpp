#include "lab/member_data.h"

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "spec/forecast.h"
#include "spec/method_facts.h"
#include "spec/validate.h"

namespace fedllm::lab {
namespace {

constexpr int kSamples = 3;
constexpr size_t kSampleBytes = 600, kMostListed = 50;

Status first_error(const spec::Scenario& scenario) {
  for (const spec::Problem& problem : spec::validate(scenario))
    if (problem.severity == spec::Problem::Severity::error)
      return invalid_argument("the room's scenario cannot be run: " + problem.path + ": " + problem.message, "lab.member_data");
  return {};
}

// The columns of the files, whatever the contract asks for.
Result<std::vector<std::string>> columns_of(const spec::Scenario& scenario, const std::string& home, const StopFlag& stop) {
  data::ImportOptions import;
  import.spec = scenario.dataset;
  import.spec.text_template = {};
  import.spec.label.clear();
  import.spec.bad_lines = "skip";
  import.home = home;
  import.stop = stop;
  FEDLLM_ASSIGN_OR_RETURN(const auto dataset, data::Dataset::import(import));
  return dataset->fields();
}

void add_samples(wire::ReadinessReport& report, const node::OpenedScenario& opened) {
  for (int64_t record = 0; opened.dataset && record < std::min<int64_t>(kSamples, opened.dataset->size()); ++record)
    if (const auto text = opened.render(record); text.ok()) report.add_samples(shortened(text->text, kSampleBytes));
}

}  // namespace

Result<LookedAt> look_at(const DataChoice& choice, const RoomWish& wish, const std::string& home, const StopFlag& stop) {
  LookedAt out;
  FEDLLM_ASSIGN_OR_RETURN(out.scenario, member_scenario(wish.scenario, wish.contract, choice.files, choice.format,
      choice.columns));
  out.scenario.base_model = wish.model_path;
  FEDLLM_RETURN_IF_ERROR(first_error(shown_scenario(out.scenario, -1, "this machine")));
  FEDLLM_ASSIGN_OR_RETURN(out.columns, columns_of(out.scenario, home, stop));
  out.readiness.problems = mapping_problems(wish.contract, choice.columns, out.columns);
  if (!out.readiness.problems.empty()) return out;
  node::OpenOptions options;
  options.partition = options.held_out = false;
  options.stop = stop;
  node::ScenarioFacts facts(home);
  auto opened = facts.open(out.scenario, "", options);
  if (!opened.ok()) {
    if (opened.status().code() == Code::cancelled) return opened.status();
    out.readiness.problems.push_back(opened.status().message());
    return out;
  }
  out.opened = std::move(opened).value();
  auto examined = examine(*out.opened.dataset, out.opened.text_template, *out.opened.tokenizer, wish.contract, stop);
  if (!examined.ok()) return examined.status();
  out.readiness = std::move(examined).value();
  return out;
}

wire::ReadinessReport report_of(const LookedAt& looked) {
  const Readiness& found = looked.readiness;
  wire::ReadinessReport report;
  report.set_records(found.records);
  report.set_test_records(found.test_records);
  report.set_tokens(found.tokens);
  report.set_truncated(found.truncated);
  report.set_unknown_labels(found.unknown_labels);
  report.set_duplicates(found.duplicates);
  report.set_emails(found.emails);
  report.set_phone_numbers(found.phone_numbers);
  for (const std::string& problem : found.problems) report.add_problems(problem);
  for (const std::string& hint : found.hints) report.add_hints(hint);
  for (size_t i = 0; i < found.labels.size() && i < kMostListed; ++i) {
    auto* label = report.add_labels();
    label->set_label(found.labels[i].first);
    label->set_count(found.labels[i].second);
  }
  add_samples(report, looked.opened);
  return report;
}

wire::ConsentFacts consent_of(const RoomWish& wish, const wire::RoomInfo& room, const LookedAt& looked, int slot) {
  const spec::Scenario& scenario = wish.scenario;
  const node::OpenedScenario& opened = looked.opened;
  wire::ConsentFacts facts;
  facts.set_who(room.host_name().empty() ? room.room_name() : room.host_name() + " (" + room.room_name() + ")");
  facts.set_base_model(room.base_model_name());
  for (const wire::BlobRef& ref : room.base_model()) {
    facts.set_base_bytes(facts.base_bytes() + static_cast<int64_t>(ref.bytes()));
    if (ref.name().starts_with("model")) facts.set_base_sha256(ref.sha256());
  }
  facts.set_trained("LoRA of rank " + std::to_string(scenario.lora.rank) + " on " + join(scenario.lora.target_modules, ", "));
  const spec::Forecast forecast = spec::forecast(scenario, opened.model, {}, 1);
  facts.set_payload_bytes_round(forecast.update_payload_bytes);
  facts.set_rounds(scenario.rounds);
  for (const char* number :
       {"of every local step: its loss, tokens and seconds", "of every update: records, mean loss, tokens, times and coding error",
        "of every evaluation: sums of loss, tokens, exact answers and records over your held-out records, never over fewer than 20",
        "how many records you train on and hold out",
        "your machine: its name, cores, memory, memory in use, clock and the speed of the connection"})
    facts.add_numbers(number);
  const spec::MethodFacts* method = spec::find_method(scenario.strategy.aggregator);
  if (method && method->shows_adapters) facts.add_numbers("to the other members, too: this machine's adapter of every round, as the method stacks them");
  if (scenario.strategy.control_variates) facts.add_numbers("with every update: the change of this machine's control variate, as many numbers again");
  facts.set_cores(std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  const spec::Scenario own = shown_scenario(scenario, slot, "");
  const int64_t train_records = looked.readiness.records - looked.readiness.test_records, batch = own.training.batch_size;
  const int64_t steps = own.training.local_epochs ? *own.training.local_epochs * ((train_records + batch - 1) / batch)
                                                  : int64_t{own.training.local_steps.value_or(0)};
  facts.set_steps(steps * scenario.rounds);
  // Weights as float32, the adapter with gradient and moments, and what every adapted layer keeps of a batch to learn from it.
  int64_t width = 0;
  for (const spec::LinearFacts& linear : opened.model.linears) width += linear.head ? 0 : linear.in_features + linear.out_features;
  facts.set_memory_bytes(opened.model.parameters * 4 + forecast.adapter_memory_bytes +
                         4 * width * own.training.batch_size * own.training.max_length);
  return facts;
}

}  // namespace fedllm::lab
