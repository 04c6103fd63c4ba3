// Scenario -> JSON tree.
#include <cmath>

#include "spec/json_tree.h"
#include "spec/scenario_fields.h"

namespace fedllm::spec {
namespace {

Json to_value(const std::string& value) { return value; }
Json to_value(bool value) { return value; }
Json to_value(int value) { return value; }
Json to_value(uint64_t value) { return value; }
Json to_value(const std::vector<std::string>& value) { return value; }
Json to_value(const std::vector<int>& value) { return value; }
// Whole numbers are written without ".0"; 2^53 is the last that a double holds exactly.
Json to_value(double value) {
  if (std::trunc(value) == value && std::abs(value) < 9007199254740992.0) return static_cast<int64_t>(value);
  return value;
}

Json to_value(const std::map<std::string, double>& value) {
  Json object = Json::object();
  for (const auto& [key, item] : value) object[key] = to_value(item);
  return object;
}

template <class T>
Json to_value(const std::vector<std::pair<std::string, T>>& value) {
  Json object = Json::object();
  for (const auto& [key, item] : value) object[key] = to_value(item);
  return object;
}

class Writer {
 public:
  Writer(Json& object, bool everything) : object_(object), everything_(everything) {}

  template <class T>
  void field(const char* key, const T& value) { object_[key] = to_value(value); }
  template <class T>
  void sparse(const char* key, const std::optional<T>& value) {
    if (value) field(key, *value);
    else if (everything_) object_[key] = nullptr;
  }
  void sparse(const char* key, const std::string& value) { if (everything_ || !value.empty()) field(key, value); }
  template <class T>
  void sparse(const char* key, const std::vector<T>& value) { if (everything_ || !value.empty()) field(key, value); }
  // Left out where it is what an absent key means.
  template <class T, class A>
  void unless(const char* key, const T& value, const A& absent) { if (everything_ || value != absent) field(key, value); }
  void sparse(const char* key, const std::map<std::string, double>& value) { if (everything_ || !value.empty()) field(key, value); }
  void sparse(const char* key, bool value) { if (everything_ || value) field(key, value); }

  void names_or_pattern(const char* key, const std::vector<std::string>& names, const std::string& pattern, bool always) {
    if (!pattern.empty()) field(key, pattern);
    else if (always || everything_ || !names.empty()) field(key, names);
  }

  void text_template(const char* key, const TemplateSpec& value) {
    if (value.name != "custom" && value.prompt.empty() && value.response.empty() && value.system.empty()) {
      object_[key] = value.name;
      return;
    }
    Json form = Json::object();
    if (value.name != "custom") form["name"] = value.name;
    form["prompt"] = value.prompt;
    form["response"] = value.response;
    if (!value.system.empty()) form["system"] = value.system;
    object_[key] = std::move(form);
  }

  void clients(const char* key, const std::vector<ClientOverride>& values) {
    if (values.empty()) return;
    Json list = Json::array();
    for (const ClientOverride& value : values) {
      Json item = Json::object();
      Writer inner(item, everything_);
      visit_client(inner, value);
      list.push_back(std::move(item));
    }
    object_[key] = std::move(list);
  }

  template <class F>
  void section(const char* key, F visit) {
    Json inner_object = Json::object();
    Writer inner(inner_object, everything_);
    visit(inner);
    if (!inner_object.empty()) object_[key] = std::move(inner_object);
  }

 private:
  Json& object_;
  bool everything_;
};

}  // namespace

Json scenario_to_tree(const Scenario& scenario, bool everything) {
  Json tree = Json::object();
  Writer writer(tree, everything);
  visit_scenario(writer, scenario);
  // Absent means the default of 30 steps, so "neither" has to be said.
  if (!scenario.training.local_steps && !scenario.training.local_epochs) tree["training"]["local_steps"] = nullptr;
  return tree;
}

}  // namespace fedllm::spec
