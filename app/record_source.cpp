#include "record_source.h"

#include "base/home.h"
#include "data/format_guess.h"
#include "spec/names.h"

namespace fedllm::app {
namespace {

Result<spec::DatasetSpec> dataset_spec(const Arguments& arguments) {
  spec::DatasetSpec spec;
  spec.files = {resolve_path(arguments.value("--data"), "data", ".")};
  spec.label = arguments.value("--label");
  if (!arguments.has("--template")) return spec;
  spec.text_template.name = arguments.value("--template");
  std::string known;
  for (const std::string_view name : spec::kTemplateNames) {
    if (name == "custom") continue;
    if (name == spec.text_template.name) return spec;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return usage_error("--template: expected one of " + known + ", got " + spec.text_template.name);
}

}  // namespace

std::vector<Option> record_options() {
  return {{"--data", "FILE", "records (JSONL, JSON, CSV or text) instead of --inputs; builtin:NAME for a shipped one"},
          {"--template", "NAME", "with --data: how a record becomes text, e.g. instruction or chatml (default: auto)"},
          {"--label", "FIELD", "with --data: the field that holds a record's label"},
          {"--max-length", "N", "with --data: tokens; longer records are cut (default: 256)"}};
}

Result<RecordSource> read_records(const Arguments& arguments, const OpenModel& model) {
  RecordSource source;
  FEDLLM_ASSIGN_OR_RETURN(source.tokens.max_length, arguments.number("--max-length", std::min(256, model.base->max_positions()), 2));
  data::ImportOptions import;
  FEDLLM_ASSIGN_OR_RETURN(import.spec, dataset_spec(arguments));
  FEDLLM_ASSIGN_OR_RETURN(source.tokens.tokenizer, data::Tokenizer::load(model.folder));
  if (source.tokens.tokenizer->vocab_size() > model.base->vocab_size())
    return failed_precondition("the tokenizer has " + std::to_string(source.tokens.tokenizer->vocab_size()) + " tokens but the model in " + model.folder + " has a vocabulary of " +
                                   std::to_string(model.base->vocab_size()), "command_line");
  const auto guess = data::guess_format(model.folder);
  if (guess.ok() && !guess->name.empty()) import.turns_format = guess->name;
  FEDLLM_ASSIGN_OR_RETURN(source.tokens.dataset, data::Dataset::import(import));
  FEDLLM_ASSIGN_OR_RETURN(source.tokens.text_template, data::resolve_template(import.spec.text_template, source.tokens.dataset->fields(), import.turns_format));
  source.tokens.model_dir = model.folder;
  for (int64_t record = 0; record < source.tokens.dataset->size(); ++record) {
    FEDLLM_ASSIGN_OR_RETURN(data::Example example, node::tokenize_record(source.tokens, record));
    if (example.truncated) ++source.truncated;
    source.examples.push_back(std::move(example));
  }
  return source;
}

}  // namespace fedllm::app
