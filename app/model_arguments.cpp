#include "model_arguments.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "train/lora_layout.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::json;

constexpr const char* kWhere = "command_line";

std::string absolute_folder(const std::string& given) {
  constexpr std::string_view kBuiltin = "builtin:";
  if (given.starts_with(kBuiltin)) return assets_dir() + "/models/" + given.substr(kBuiltin.size());
  std::error_code error;
  const auto full = std::filesystem::absolute(given, error);
  std::string path = error ? given : full.lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<Json> parse_object(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return invalid_argument(path + ": expected a JSON object, got text that is not JSON", kWhere);
  if (!json.is_object()) return invalid_argument(path + ": expected a JSON object, got " + json.type_name(), kWhere);
  return json;
}

std::string shown(const Json& value) { return value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 40); }

struct Grid {
  int64_t rows = 0, length = 0;
  std::vector<int64_t> values;
};

// Whole numbers from `low` to `high`, rows of equal length.
struct GridRule {
  std::string where;                   // "inputs.json: labels"
  int64_t low = 0, high = 0;
};

Status add_row(Grid& grid, const Json& row, const GridRule& rule) {
  const std::string where = rule.where + ", row " + std::to_string(grid.rows + 1);
  if (!row.is_array()) return invalid_argument(where + ": expected an array of numbers, got " + row.type_name(), kWhere);
  const auto length = static_cast<int64_t>(row.size());
  if (grid.rows == 0) grid.length = length;
  if (length != grid.length)
    return invalid_argument(where + ": expected " + std::to_string(grid.length) + " values as in the first row, got " + std::to_string(length) + " (pad, with attention_mask 0)", kWhere);
  for (const Json& value : row) {
    const bool whole = value.is_number_integer() && !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
    if (!whole || value.get<int64_t>() < rule.low || value.get<int64_t>() > rule.high)
      return invalid_argument(where + ": expected whole numbers from " + std::to_string(rule.low) + " to " + std::to_string(rule.high) + ", got " + shown(value), kWhere);
    grid.values.push_back(value.get<int64_t>());
  }
  ++grid.rows;
  return {};
}

Result<Grid> read_grid(const Json& object, const std::string& path, const char* key, int64_t low, int64_t high) {
  const GridRule rule{path + ": " + key, low, high};
  const auto found = object.find(key);
  if (found == object.end()) return invalid_argument(path + ": expected \"" + key + "\", an array of rows of ids", kWhere);
  if (!found->is_array() || found->empty()) return invalid_argument(rule.where + ": expected an array of rows, got " + shown(*found), kWhere);
  Grid grid;
  for (const Json& row : *found) FEDLLM_RETURN_IF_ERROR(add_row(grid, row, rule));
  if (grid.length == 0) return invalid_argument(rule.where + ": the rows are empty", kWhere);
  return grid;
}

// As read_grid, of the shape of `ids`; empty where the key is missing or null.
Result<std::vector<int64_t>> read_like(const Json& object, const std::string& path, const char* key, const Grid& ids, int64_t low, int64_t high) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::vector<int64_t>();
  FEDLLM_ASSIGN_OR_RETURN(Grid grid, read_grid(object, path, key, low, high));
  if (grid.rows != ids.rows || grid.length != ids.length)
    return invalid_argument(path + ": " + key + ": expected " + std::to_string(ids.rows) + " x " + std::to_string(ids.length) + " values as input_ids has, got " +
                                std::to_string(grid.rows) + " x " + std::to_string(grid.length), kWhere);
  return std::move(grid.values);
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    if (end > start) names.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

}  // namespace

std::vector<Option> model_options(std::vector<Option> more) {
  std::vector<Option> all = {{"--model", "DIR", "the base model: a folder with config.json and safetensors, or builtin:NAME"},
                             {"--device", "NAME", "cpu or cuda (default: cpu)"},
                             {"--precision", "TYPE", "how the base is held: auto (the file's type), f32, bf16 or int8 (default: auto)"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Result<OpenModel> open_model(const Arguments& arguments) {
  const std::string given = arguments.value("--model");
  if (given.empty()) return usage_error("--model DIR is needed: a folder with config.json and the weights");
  train::LoadOptions options;
  if (arguments.has("--device")) options.device = arguments.value("--device");
  if (options.device != "cpu" && options.device != "cuda") return usage_error("--device: expected cpu or cuda, got " + options.device);
  if (arguments.has("--precision")) {
    const auto precision = train::base_precision(arguments.value("--precision"));
    if (!precision.ok()) return usage_error("--precision: expected auto, f32, bf16 or int8, got " + arguments.value("--precision"));
    options.precision = *precision;
  }
  OpenModel model;
  model.folder = absolute_folder(given);
  FEDLLM_ASSIGN_OR_RETURN(model.backend, train::open_backend());
  FEDLLM_ASSIGN_OR_RETURN(model.base, model.backend->load_base(model.folder, options));
  return model;
}

Result<OpenAdapter> open_adapter(const Arguments& arguments, std::string_view option) {
  OpenAdapter result;
  if (!arguments.has(option)) return result;
  FEDLLM_ASSIGN_OR_RETURN(adapter::PeftAdapter found, adapter::open_peft(absolute_folder(arguments.value(option))));
  result.state = std::move(found.state);
  result.meta = {found.config.base_model_name, found.config.dropout, found.config.whole_names};
  return result;
}

Result<OpenAdapter> fresh_adapter(const Arguments& arguments, const OpenModel& model) {
  spec::LoraSpec lora;
  FEDLLM_ASSIGN_OR_RETURN(lora.rank, arguments.number("--rank", lora.rank, 1));
  FEDLLM_ASSIGN_OR_RETURN(lora.alpha, real(arguments, "--alpha", 2.0 * lora.rank, 0));
  FEDLLM_ASSIGN_OR_RETURN(const int seed, arguments.number("--seed", 1, 0));
  if (!(lora.alpha > 0)) return usage_error("--alpha expects a number above 0");
  const auto& linears = model.base->facts().linears;
  const bool llama_names = std::any_of(linears.begin(), linears.end(), [](const auto& linear) { return linear.name.ends_with("q_proj"); });
  if (!llama_names) lora.target_modules = {spec::kAllLinear};
  if (arguments.has("--target-modules")) lora.target_modules = split_names(arguments.value("--target-modules"));
  if (arguments.has("--modules-to-save")) lora.modules_to_save = split_names(arguments.value("--modules-to-save"));
  if (lora.target_modules.empty()) return usage_error("--target-modules expects names with commas between them, or all-linear");
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr layout, model.base->lora_layout(lora));
  OpenAdapter result;
  FEDLLM_ASSIGN_OR_RETURN(result.state, train::start_state(*model.base, layout, static_cast<uint64_t>(seed)));
  result.meta.base_model_name = std::filesystem::path(model.folder).filename().string();
  result.meta.whole_names = train::leaves_out(*layout, linears);
  return result;
}

Result<train::ProbeInput> read_inputs(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const Json json, parse_object(path));
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  FEDLLM_ASSIGN_OR_RETURN(Grid ids, read_grid(json, path, "input_ids", 0, most));
  train::ProbeInput input;
  FEDLLM_ASSIGN_OR_RETURN(input.attention_mask, read_like(json, path, "attention_mask", ids, 0, 1));
  FEDLLM_ASSIGN_OR_RETURN(input.labels, read_like(json, path, "labels", ids, -100, most));
  for (const int64_t label : input.labels)
    if (label < 0 && label != -100) return invalid_argument(path + ": labels: expected token ids, or -100 where nothing is scored, got " + std::to_string(label), kWhere);
  input.batch = ids.rows, input.length = ids.length;
  input.input_ids = std::move(ids.values);
  return input;
}

Result<std::vector<int32_t>> end_ids(const std::string& folder) {
  for (const char* name : {"generation_config.json", "config.json"}) {
    const std::string path = folder + "/" + name;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    FEDLLM_ASSIGN_OR_RETURN(const Json json, parse_object(path));
    const auto found = json.find("eos_token_id");
    if (found == json.end() || found->is_null()) continue;
    std::vector<int32_t> ids;
    for (const Json& id : found->is_array() ? *found : Json::array({*found})) {
      if (!id.is_number_unsigned() || id.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int32_t>::max()))
        return invalid_argument(path + ": eos_token_id: expected a token id or a list of them, got " + shown(*found), kWhere);
      ids.push_back(id.get<int32_t>());
    }
    return ids;
  }
  return std::vector<int32_t>();
}

Result<std::vector<int32_t>> id_list(std::string_view option, const std::string& text) {
  std::vector<int32_t> ids;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    size_t first = start;
    while (first < end && text[first] == ' ') ++first;
    int32_t id = 0;
    const auto [stop, error] = std::from_chars(text.data() + first, text.data() + end, id);
    if (error != std::errc() || stop != text.data() + end || id < 0)
      return usage_error(std::string(option) + " expects token ids with commas between them, got \"" + text.substr(start, std::min<size_t>(end - start, 40)) + "\"");
    ids.push_back(id);
    start = end + 1;
  }
  return ids;
}

Result<double> real(const Arguments& arguments, std::string_view option, double fallback, double low) {
  if (!arguments.has(option)) return fallback;
  const std::string text = arguments.value(option);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number) && number >= low) return number;
  char limit[32];
  std::snprintf(limit, sizeof limit, "%g", low);
  return usage_error(std::string(option) + " expects a number from " + limit + " up, got \"" + text + "\"");
}

}  // namespace fedllm::app
