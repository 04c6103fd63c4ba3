#include "lab/data_contract.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "data/text_template.h"

namespace fedllm::lab {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
constexpr const char* kWhere = "lab.data_contract";
constexpr size_t kMostBytes = 64 << 10, kMostLabels = 1000, kMostFields = 200, kMostText = 8 << 10;
constexpr int kLongest = 1 << 20;

Status wrong(const std::string& key, const std::string& expected) {
  return invalid_argument("the room's data contract: expected " + expected + " for \"" + key + "\"", kWhere);
}

Status read(const json& object, const char* key, std::string& out, size_t limit = kMostText) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (!found->is_string() || found->get_ref<const std::string&>().size() > limit)
    return wrong(key, "a text of at most " + std::to_string(limit) + " bytes");
  out = found->get<std::string>();
  return {};
}

Status read(const json& object, const char* key, std::vector<std::string>& out, size_t limit) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (!found->is_array() || found->size() > limit) return wrong(key, "a list of at most " + std::to_string(limit) + " texts");
  for (const json& item : *found) {
    if (!item.is_string()) return wrong(key, "a list of texts");
    out.push_back(item.get<std::string>());
  }
  return {};
}

Status read_numbers(const json& object, DataContract& contract) {
  if (const auto found = object.find("max_length"); found != object.end()) {
    if (!found->is_number_integer() || *found < 2 || *found > kLongest) return wrong("max_length",
        "a whole number from 2 to 1048576");
    contract.max_length = found->get<int>();
  }
  if (const auto found = object.find("test_fraction"); found != object.end()) {
    if (!found->is_number() || !(found->get<double>() >= 0 && found->get<double>() < 1))
      return wrong("test_fraction", "a number from 0 to less than 1");
    contract.test_fraction = found->get<double>();
  }
  if (const auto found = object.find("seed"); found != object.end()) {
    if (!found->is_number_unsigned()) return wrong("seed", "a whole number");
    contract.seed = found->get<uint64_t>();
  }
  return {};
}

Status read_template(const json& object, spec::TemplateSpec& out) {
  const auto found = object.find("template");
  if (found == object.end()) return {};
  if (!found->is_object()) return wrong("template", "an object");
  FEDLLM_RETURN_IF_ERROR(read(*found, "name", out.name, 64));
  FEDLLM_RETURN_IF_ERROR(read(*found, "prompt", out.prompt));
  FEDLLM_RETURN_IF_ERROR(read(*found, "response", out.response));
  return read(*found, "system", out.system);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(),
      to);
}

// All fields at once, through names that no column has: two fields may swap their columns.
std::string mapped(std::string text, const ColumnMap& columns) {
  int number = 0;
  for (const auto& [field, column] : columns) {
    const std::string stand_in = "\x01" + std::to_string(number++) + "\x01";
    for (const char* mark : {"", "?", "/"}) replace_all(text, "{" + (mark + field) + "}", "{" + (mark + stand_in) + "}");
  }
  number = 0;
  for (const auto& [field, column] : columns) replace_all(text, "\x01" + std::to_string(number++) + "\x01", column);
  return text;
}

std::string column_of(const ColumnMap& columns, const std::string& field) {
  const auto found = columns.find(field);
  return found == columns.end() ? field : found->second;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Required fields first, then those that a {?field} part names.
std::vector<std::string> fields_of(const spec::TemplateSpec& resolved, const std::vector<std::string>& known) {
  std::vector<std::string> fields = data::required_fields(resolved);
  for (const std::string& field : known) {
    const std::string optional = "{?" + field + "}";
    bool named = false;
    for (const std::string* text : {&resolved.prompt, &resolved.response, &resolved.system})
      named = named || text->find(optional) != std::string::npos;
    if (named && !contains(fields, field)) fields.push_back(field);
  }
  return fields;
}

}  // namespace

std::string contract_json(const DataContract& contract) {
  const spec::TemplateSpec& text = contract.text_template;
  ordered_json form = {{"name", text.name}, {"prompt", text.prompt}, {"response", text.response}};
  if (!text.system.empty()) form["system"] = text.system;
  const ordered_json out = {{"template", form},
                            {"fields", contract.fields},
                            {"label", contract.label},
                            {"labels", contract.labels},
                            {"max_length", contract.max_length},
                            {"test_fraction", contract.test_fraction},
                            {"seed", contract.seed},
                            {"bad_lines", contract.bad_lines}};
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<DataContract> parse_contract(std::string_view text) {
  if (text.size() > kMostBytes)
    return invalid_argument("the room's data contract: expected at most 64 KiB, got " + format_bytes(text.size()), kWhere);
  // Depth is bounded by a callback: a hostile text must not exhaust the stack.
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= 4; };
  const json object = json::parse(text, shallow, false);
  if (!object.is_object()) return invalid_argument("the room's data contract is not a JSON object", kWhere);
  DataContract contract;
  FEDLLM_RETURN_IF_ERROR(read_template(object, contract.text_template));
  FEDLLM_RETURN_IF_ERROR(read(object, "fields", contract.fields, kMostFields));
  FEDLLM_RETURN_IF_ERROR(read(object, "label", contract.label, 256));
  FEDLLM_RETURN_IF_ERROR(read(object, "labels", contract.labels, kMostLabels));
  FEDLLM_RETURN_IF_ERROR(read(object, "bad_lines", contract.bad_lines, 16));
  if (contract.bad_lines != "refuse" && contract.bad_lines != "skip") return wrong("bad_lines", "refuse or skip");
  FEDLLM_RETURN_IF_ERROR(read_numbers(object, contract));
  return contract;
}

Result<DataContract> contract_of(const spec::Scenario& scenario, const data::Dataset* dataset) {
  DataContract contract;
  contract.text_template = scenario.dataset.text_template;
  contract.label = scenario.dataset.label;
  contract.max_length = scenario.training.max_length;
  // The rule of a simulation: with test files of its own nothing is carved.
  contract.test_fraction = scenario.dataset.test_files.empty() ? scenario.dataset.test_fraction : 0;
  contract.seed = scenario.seed;
  contract.bad_lines = scenario.dataset.bad_lines;
  std::vector<std::string> known;
  if (dataset) {
    known = dataset->fields();
    FEDLLM_ASSIGN_OR_RETURN(contract.text_template, data::resolve_template(scenario.dataset.text_template, known));
    contract.labels = dataset->labels();
    // A list nobody could read helps nobody: then labels are not known.
    if (contract.labels.size() > kMostLabels) contract.labels.clear();
  }
  contract.fields = fields_of(contract.text_template, known);
  if (contract_json(contract).size() > kMostBytes) contract.labels.clear();
  if (contract_json(contract).size() > kMostBytes)
    return invalid_argument("the template is too long to be published: expected at most 64 KiB", kWhere);
  return contract;
}

Result<spec::Scenario> member_scenario(const spec::Scenario& host, const DataContract& contract,
                                       const std::vector<std::string>& files, const std::string& format,
                                           const ColumnMap& columns) {
  if (files.empty()) return invalid_argument("no files were given to take part with", kWhere);
  for (const auto& [field, column] : columns) {
    if (field.empty() || column.empty())
      return invalid_argument("expected field=column, got \"" + field + "=" + column + "\"", kWhere);
    if (field == contract.label || contract.fields.empty() || contains(contract.fields, field)) continue;
    std::vector<std::string> all = contract.fields;
    if (!contract.label.empty()) all.push_back(contract.label);
    return invalid_argument("the room asks for no field \"" + field + "\"; it asks for " + join(all, ", "), kWhere);
  }
  spec::Scenario member = host;
  member.dataset = {};
  for (const std::string& file : files) member.dataset.files.push_back(std::filesystem::absolute(file).lexically_normal().string());
  member.dataset.format = format.empty() ? "auto" : format;
  member.dataset.text_template = contract.text_template;
  member.dataset.text_template.prompt = mapped(contract.text_template.prompt, columns);
  member.dataset.text_template.response = mapped(contract.text_template.response, columns);
  member.dataset.text_template.system = mapped(contract.text_template.system, columns);
  if (!contract.label.empty()) member.dataset.label = column_of(columns, contract.label);
  if (member.dataset.label == "-") member.dataset.label.clear();
  member.dataset.test_fraction = contract.test_fraction;
  member.dataset.bad_lines = contract.bad_lines;
  member.partition = {};
  member.partition.method = "by_file";
  member.training.max_length = contract.max_length;
  member.seed = contract.seed;
  member.evaluation.control_files.clear();
  return member;
}

spec::Scenario shown_scenario(spec::Scenario member, int slot, const std::string& name) {
  spec::ClientOverride own;
  for (const spec::ClientOverride& one : member.clients) {
    if (one.client != slot) continue;
    if (one.local_steps) member.training.local_steps = one.local_steps, member.training.local_epochs.reset();
    if (one.learning_rate) member.training.learning_rate = *one.learning_rate;
  }
  own.name = name;
  member.clients = {own};
  member.cohort = {};
  return member;
}

std::vector<std::string> mapping_problems(const DataContract& contract, const ColumnMap& columns,
                                          const std::vector<std::string>& file_columns) {
  std::vector<std::string> problems;
  const auto ask = [&](const std::string& field, const std::string& what) {
    const std::string column = column_of(columns, field);
    if (contains(file_columns, column) || column == "-") return;
    const std::vector<std::string_view> candidates(file_columns.begin(), file_columns.end());
    const std::string nearest = nearest_key(column, candidates);
    problems.push_back("the files have no column \"" + column + "\" for the " + what + " \"" + field + "\": their columns are " +
                       join(file_columns, ", ") + (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?"));
  };
  for (const std::string& field : data::required_fields(contract.text_template)) ask(field, "field");
  if (!contract.label.empty()) ask(contract.label, "label");
  return problems;
}

}  // namespace fedllm::lab
