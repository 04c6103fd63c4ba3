#include "spec/json_tree.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "spec/scenario_fields.h"

namespace fedllm::spec {
namespace {

constexpr std::string_view kWhere = "spec.parse";

// Collects leaf paths; the fields' values do not matter.
class PathLister {
 public:
  explicit PathLister(std::vector<std::string>& out, std::string parent = {}) : out_(out), parent_(std::move(parent)) {}
  template <class T>
  void field(std::string_view key, const T&) { out_.push_back(join_path(parent_, key)); }
  template <class T>
  void sparse(std::string_view key, const T& value) { field(key, value); }
  template <class T, class A>
  void unless(std::string_view key, const T& value, const A&) { field(key, value); }
  void text_template(std::string_view key, const TemplateSpec& value) { field(key, value); }
  void names_or_pattern(std::string_view key, const std::vector<std::string>& names, const std::string&, bool) { field(key, names); }
  void clients(std::string_view key, const std::vector<ClientOverride>&) {
    std::vector<std::string> fields;
    PathLister inner(fields, std::string(key) + ".K");
    const ClientOverride none;
    visit_client(inner, none);
    out_.insert(out_.end(), fields.begin() + 1, fields.end());   // "client" is the K itself
  }
  template <class F>
  void section(std::string_view key, F visit) {
    PathLister inner(out_, join_path(parent_, key));
    visit(inner);
  }

 private:
  std::vector<std::string>& out_;
  std::string parent_;
};

std::string line_and_column(std::string_view text, size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n') + 1;   // npos + 1 == 0
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - start + 1);
}

std::string syntax_sentence(std::string_view text, size_t byte, std::string_view detail) {
  const size_t dash = detail.find(" - ");
  if (dash != std::string_view::npos) detail.remove_prefix(dash + 3);
  return "not valid JSON at " + line_and_column(text, byte) + ": " + std::string(detail);
}

}  // namespace

Result<Json> parse_json_text(std::string_view text) {
  std::vector<std::set<std::string>> keys_by_depth;
  std::string duplicate;
  const auto callback = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      if (keys_by_depth.size() <= static_cast<size_t>(depth)) keys_by_depth.resize(depth + 1);
      keys_by_depth[depth].clear();
    } else if (event == Json::parse_event_t::key) {
      auto key = parsed.get<std::string>();
      if (!keys_by_depth[depth - 1].insert(key).second && duplicate.empty()) duplicate = std::move(key);
    }
    return true;
  };
  try {
    Json tree = Json::parse(text.begin(), text.end(), callback);
    if (!duplicate.empty()) return invalid_argument("the key \"" + shortened(duplicate, 60) + "\" is given twice", std::string(kWhere));
    return tree;
  } catch (const Json::parse_error& error) {
    return invalid_argument(syntax_sentence(text, error.byte, error.what()), std::string(kWhere));
  } catch (const Json::exception& error) {   // a number beyond double
    return invalid_argument(std::string("not usable JSON: ") + error.what(), std::string(kWhere));
  }
}

const std::vector<std::string>& leaf_paths() {
  static const std::vector<std::string> paths = [] {
    std::vector<std::string> out;
    PathLister lister(out);
    const Scenario scenario;
    visit_scenario(lister, scenario);
    return out;
  }();
  return paths;
}

std::string describe(const Json& value) {
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  if (value.is_object()) return "an object";
  if (value.is_null()) return "null";
  return shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

std::string join_path(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : std::string(parent) + "." + std::string(key);
}

Status unknown_key(std::string_view parent, std::string_view key, const std::vector<std::string_view>& known) {
  const std::string message = join_path(parent, shortened(key, 60)) + ": unknown key";
  for (const std::string& path : leaf_paths()) {
    if (path.find(".K.") == std::string::npos && path.ends_with("." + std::string(key)))
      return invalid_argument(message + ", did you mean \"" + path + "\"?", std::string(kWhere));
  }
  const std::string near = nearest_key(key, known);
  if (!near.empty()) return invalid_argument(message + ", did you mean \"" + near + "\"?", std::string(kWhere));
  std::vector<std::string> names(known.begin(), known.end());
  return invalid_argument(message + "; known here: " + join(names, ", "), std::string(kWhere));
}

}  // namespace fedllm::spec
