// JSON tree -> Scenario, strictly: every key known, every type right, the first error wins.
#include <cmath>
#include <limits>

#include "spec/json_tree.h"
#include "spec/scenario_fields.h"
#include "spec/scenario_json.h"

namespace fedllm::spec {
namespace {

constexpr const char* kWhere = "spec.parse";

Status type_error(const std::string& path, std::string_view expected, const Json& got) {
  return invalid_argument(path + ": expected " + std::string(expected) + ", got " + describe(got), kWhere);
}

Status read(const Json& json, const std::string& path, std::string& out) {
  if (!json.is_string()) return type_error(path, "text", json);
  out = json.get<std::string>();
  return {};
}

Status read(const Json& json, const std::string& path, bool& out) {
  if (!json.is_boolean()) return type_error(path, "true or false", json);
  out = json.get<bool>();
  return {};
}

Status read(const Json& json, const std::string& path, double& out) {
  if (!json.is_number()) return type_error(path, "a number", json);
  out = json.get<double>();
  return {};
}

// 8 and 8.0 are whole numbers, 8.5 is not.
Status read(const Json& json, const std::string& path, int& out) {
  constexpr double kLimit = std::numeric_limits<int>::max();
  const bool whole = json.is_number() && std::trunc(json.get<double>()) == json.get<double>();
  if (!whole) return type_error(path, "a whole number", json);
  if (std::abs(json.get<double>()) > kLimit) return type_error(path, "a whole number of at most 2147483647", json);
  out = static_cast<int>(json.get<double>());
  return {};
}

Status read(const Json& json, const std::string& path, uint64_t& out) {
  if (!json.is_number_unsigned()) return type_error(path, "a whole number from 0 to 18446744073709551615", json);
  out = json.get<uint64_t>();
  return {};
}

Status read(const Json& json, const std::string& path, std::vector<std::string>& out) {
  if (!json.is_array()) return type_error(path, "a list of texts", json);
  out.clear();
  for (size_t i = 0; i < json.size(); ++i) {
    std::string item;
    FEDLLM_RETURN_IF_ERROR(read(json[i], path + "." + std::to_string(i), item));
    out.push_back(std::move(item));
  }
  return {};
}

Status read(const Json& json, const std::string& path, std::vector<int>& out) {
  if (!json.is_array()) return type_error(path, "a list of whole numbers", json);
  out.assign(json.size(), 0);
  for (size_t i = 0; i < json.size(); ++i) FEDLLM_RETURN_IF_ERROR(read(json[i], path + "." + std::to_string(i), out[i]));
  return {};
}

// An object whose order counts.
template <class T>
Status read(const Json& json, const std::string& path, std::vector<std::pair<std::string, T>>& out) {
  if (!json.is_object()) return type_error(path, "an object of patterns", json);
  out.clear();
  for (const auto& [key, value] : json.items()) {
    out.emplace_back(key, T{});
    FEDLLM_RETURN_IF_ERROR(read(value, path + "." + key, out.back().second));
  }
  return {};
}

Status read(const Json& json, const std::string& path, std::map<std::string, double>& out) {
  if (!json.is_object()) return type_error(path, "an object of numbers", json);
  out.clear();
  for (const auto& [key, value] : json.items()) FEDLLM_RETURN_IF_ERROR(read(value, path + "." + key, out[key]));
  return {};
}

template <class T>
Status read(const Json& json, const std::string& path, std::optional<T>& out) {
  if (json.is_null()) {
    out.reset();
    return {};
  }
  T value{};
  FEDLLM_RETURN_IF_ERROR(read(json, path, value));
  out = std::move(value);
  return {};
}

class Reader {
 public:
  Reader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {}

  template <class T>
  void field(std::string_view key, T& value) {
    if (const Json* json = take(key)) status_ = read(*json, join_path(path_, key), value);
  }
  template <class T>
  void sparse(std::string_view key, T& value) { field(key, value); }
  template <class T, class A>
  void unless(std::string_view key, T& value, const A&) { field(key, value); }

  template <class F>
  void section(std::string_view key, F visit) {
    const Json* json = take(key);
    if (!json) return;
    const std::string path = join_path(path_, key);
    if (!json->is_object()) {
      status_ = type_error(path, "an object", *json);
      return;
    }
    Reader inner(*json, path);
    visit(inner);
    status_ = inner.finish();
  }

  // A text is a pattern; "all-linear" stands in the list.
  void names_or_pattern(std::string_view key, std::vector<std::string>& names, std::string& pattern, bool) {
    const Json* json = take(key);
    if (!json) return;
    pattern.clear();
    if (!json->is_string()) {
      status_ = json->is_array() ? read(*json, join_path(path_, key), names)
                                 : type_error(join_path(path_, key), "a list of names, or a pattern as text", *json);
      return;
    }
    names.clear();
    const std::string text = json->get<std::string>();
    if (text == kAllLinear) names.push_back(text);
    else pattern = text;
  }

  void text_template(std::string_view key, TemplateSpec& value) {
    const Json* json = take(key);
    if (!json) return;
    const std::string path = join_path(path_, key);
    value = TemplateSpec();
    if (json->is_string()) {
      value.name = json->get<std::string>();
    } else if (json->is_object()) {
      value.name = "custom";
      Reader inner(*json, path);
      inner.field("name", value.name);
      inner.field("prompt", value.prompt);
      inner.field("response", value.response);
      inner.field("system", value.system);
      status_ = inner.finish();
    } else {
      status_ = type_error(path, "a name or an object with prompt and response", *json);
    }
  }

  void clients(std::string_view key, std::vector<ClientOverride>& values) {
    const Json* json = take(key);
    if (!json) return;
    const std::string path = join_path(path_, key);
    values.clear();
    if (!json->is_array()) {
      status_ = type_error(path, "a list of objects", *json);
      return;
    }
    for (size_t i = 0; i < json->size() && status_.ok(); ++i)
      status_ = client((*json)[i], path + "." + std::to_string(i), values);
  }

  // The first error, else the first key nobody asked for.
  Status finish() {
    if (!status_.ok()) return status_;
    for (const auto& [key, value] : object_.items())
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) return unknown_key(path_, key, known_);
    return {};
  }

 private:
  const Json* take(std::string_view key) {
    known_.push_back(key);
    if (!status_.ok()) return nullptr;
    const auto found = object_.find(std::string(key));
    return found == object_.end() ? nullptr : &*found;
  }

  static Status client(const Json& json, const std::string& path, std::vector<ClientOverride>& values) {
    if (!json.is_object()) return type_error(path, "an object", json);
    if (!json.contains("client"))
      return invalid_argument(path + ": expected the key \"client\" (the 0-based index), got none", kWhere);
    ClientOverride value;
    Reader inner(json, path);
    visit_client(inner, value);
    FEDLLM_RETURN_IF_ERROR(inner.finish());
    values.push_back(std::move(value));
    return {};
  }

  const Json& object_;
  std::string path_;
  Status status_;
  std::vector<std::string_view> known_;
};

Status check_version(const Json& tree) {
  const auto found = tree.find("format_version");
  if (found == tree.end()) return {};
  int version = 0;
  FEDLLM_RETURN_IF_ERROR(read(*found, "format_version", version));
  if (version < 1) return invalid_argument("format_version: expected 1 or more, got " + std::to_string(version), kWhere);
  if (version <= kScenarioVersion) return {};
  return failed_precondition("format_version: this scenario has version " + std::to_string(version) +
                                 ", this program reads up to version " + std::to_string(kScenarioVersion) +
                                 ": open it with a newer FedLLM Studio",
                             kWhere);
}

}  // namespace

Result<Scenario> scenario_from_tree(const Json& tree) {
  if (!tree.is_object()) return invalid_argument("a scenario: expected an object, got " + describe(tree), kWhere);
  FEDLLM_RETURN_IF_ERROR(check_version(tree));
  Scenario scenario;
  Reader reader(tree, "");
  int version = kScenarioVersion;
  reader.field("format_version", version);
  visit_scenario(reader, scenario);
  FEDLLM_RETURN_IF_ERROR(reader.finish());
  const auto training = tree.find("training");
  if (training != tree.end() && scenario.training.local_epochs && !training->contains("local_steps"))
    scenario.training.local_steps.reset();
  return scenario;
}

}  // namespace fedllm::spec
