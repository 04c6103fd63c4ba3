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
// Whole numbers are written without ".0"; 2^53 is the last that a double holds exactly.
Json to_value(double value) {
  if (std::trunc(value) == value && std::abs(value) < 9007199254740992.0) return static_cast<int64_t>(value);
  return value;
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
  void sparse(const char* key, const std::vector<std::string>& value) { if (everything_ || !value.empty()) field(key, value); }

  void text_template(const char* key, const TemplateSpec& value) {
    if (value.name != "custom" && value.prompt.empty() && value.response.empty()) {
      object_[key] = value.name;
      return;
    }
    Json form = Json::object();
    if (value.name != "custom") form["name"] = value.name;
    form["prompt"] = value.prompt;
    form["response"] = value.response;
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
