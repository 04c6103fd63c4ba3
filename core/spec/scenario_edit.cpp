// Changing and comparing scenarios by path: --set, value_at, the difference as a sentence.
#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "base/text.h"
#include "spec/json_tree.h"
#include "spec/names.h"
#include "spec/scenario_json.h"

namespace fedllm::spec {
namespace {

constexpr const char* kWhere = "spec.set";

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (size_t start = 0;;) {
    const size_t dot = path.find('.', start);
    parts.emplace_back(path.substr(start, dot == std::string_view::npos ? dot : dot - start));
    if (dot == std::string_view::npos) return parts;
    start = dot + 1;
  }
}

bool is_list_path(std::string_view path) {
  return path == "dataset.files" || path == "dataset.test_files" || path == "lora.target_modules" ||
         path == "lora.exclude_modules" || path == "lora.layers_pattern" || path == "lora.modules_to_save" ||
         path == "evaluation.control_files";
}

// Lists of modules whose one text is a pattern; names have none of its signs.
bool is_pattern(std::string_view path, std::string_view text) {
  return (path == "lora.target_modules" || path == "lora.exclude_modules") &&
         text.find_first_of("*+?()[]|\\^$") != std::string_view::npos;
}

// "clients.3.speed" -> "clients.K.speed"
std::string pattern_of(const std::vector<std::string>& parts) {
  std::vector<std::string> pattern = parts;
  if (pattern.size() > 1 && pattern[0] == "clients") pattern[1] = "K";
  return join(pattern, ".");
}

// A leaf, or a section that holds leaves.
Status check_path(const std::string& path, const std::vector<std::string>& parts) {
  const std::string pattern = pattern_of(parts);
  if (pattern == "dataset.template.prompt" || pattern == "dataset.template.response") return {};
  std::vector<std::string_view> siblings;
  const std::string parent = pattern.substr(0, pattern.rfind('.') == std::string::npos ? 0 : pattern.rfind('.'));
  for (const std::string& leaf : leaf_paths()) {
    if (leaf == pattern || leaf.starts_with(pattern + ".")) return {};
    std::string_view rest = leaf;
    if (!parent.empty() && !leaf.starts_with(parent + ".")) continue;
    if (!parent.empty()) rest.remove_prefix(parent.size() + 1);
    const std::string_view key = rest.substr(0, rest.find('.'));
    if (std::find(siblings.begin(), siblings.end(), key) == siblings.end()) siblings.push_back(key);
  }
  if (siblings.empty()) {
    const std::vector<std::string_view> all(leaf_paths().begin(), leaf_paths().end());
    const std::string near = nearest_key(pattern, all);
    return invalid_argument(path + ": unknown path" + (near.empty() ? "" : ", did you mean \"" + near + "\"?"), kWhere);
  }
  const size_t dot = path.rfind('.');
  return unknown_key(dot == std::string::npos ? "" : path.substr(0, dot), parts.back(), siblings);
}

Result<int> client_index(const std::string& text) {
  int index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || index < 0)
    return invalid_argument("clients." + text + ": expected a client's 0-based index, got \"" + text + "\"", kWhere);
  return index;
}

// The override of client `index` in a scenario tree, created if absent; sorted overrides stay sorted by client (a file may
// hold them in any order).
Json& override_of(Json& tree, int index) {
  if (!tree.contains("clients")) tree["clients"] = Json::array();
  Json& list = tree["clients"];
  for (Json& item : list)
    if (item["client"] == index) return item;
  size_t at = 0;
  while (at < list.size() && list[at]["client"] < index) ++at;
  return *list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), Json{{"client", index}});
}

// An override that says nothing any more goes away.
void drop_empty_overrides(Json& tree) {
  const auto clients = tree.find("clients");
  if (clients == tree.end() || !clients->is_array()) return;
  Json kept = Json::array();
  for (const Json& item : *clients)
    if (!item.is_object() || std::any_of(item.items().begin(), item.items().end(), [](const auto& entry) {
          return entry.key() != "client" && !entry.value().is_null();
        })) kept.push_back(item);
  *clients = std::move(kept);
}

void put(Json& tree, const std::vector<std::string>& parts, Json value) {
  Json* node = &tree;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    Json& next = (*node)[parts[i]];
    if (!next.is_object()) next = Json::object();   // also: template "auto" becomes an object
    node = &next;
  }
  (*node)[parts.back()] = std::move(value);
}

// Choices that exclude each other: naming one takes the other back.
void remove_rivals(Json& tree, const std::string& path, const Json& value) {
  if (value.is_null()) return;
  const auto unset = [&tree](const char* section, const char* key) { tree[section][key] = nullptr; };
  if (path == "training.local_steps") unset("training", "local_epochs");
  if (path == "training.local_epochs") unset("training", "local_steps");
  if (path == "cohort.size") unset("cohort", "fraction");
  if (path == "cohort.fraction") unset("cohort", "size");
  if (path == "partition.method" && value.is_string() && data_decides_clients(value.get<std::string>()))
    unset("partition", "clients");
}

Json value_from_text(std::string_view text, const std::string& path) {
  Json value = Json::parse(text.begin(), text.end(), nullptr, false);
  if (value.is_discarded()) value = std::string(text);
  if (value.is_string() && is_list_path(path) && !is_pattern(path, value.get<std::string>())) value = Json::array({value});
  if (value.is_number() && path == "lora.layers_to_transform") value = Json::array({value});
  return value;
}

// Leaf path -> value of everything a tree says.
void flatten(const Json& node, const std::string& path, std::map<std::string, Json>& out) {
  if (path == "clients") {
    for (const Json& item : node)
      for (const auto& [key, value] : item.items())
        if (key != "client") out["clients." + std::to_string(item["client"].get<int>()) + "." + key] = value;
  } else if (node.is_object()) {
    for (const auto& [key, value] : node.items()) flatten(value, join_path(path, key), out);
  } else if (!node.is_null()) {
    out[path] = node;
  }
}

std::string plain(const std::map<std::string, Json>& values, const std::string& path) {
  const auto found = values.find(path);
  if (found == values.end()) return "none";
  const Json& value = found->second;
  if (value.is_string()) return value.get<std::string>().empty() ? "none" : value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> items;
  for (const Json& item : value) items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  return "[" + join(items, ", ") + "]";
}

bool is_position(std::string_view path) {
  return path.ends_with(".x") || path.ends_with(".y") || path.ends_with(".coordinator_x") || path.ends_with(".coordinator_y");
}

// Document order; overrides by client, template parts where the template stands.
std::tuple<size_t, int, size_t> order_of(const std::string& path) {
  const std::vector<std::string> parts = split(path);
  const std::string pattern = pattern_of(parts);
  const auto& leaves = leaf_paths();
  const size_t place = std::find_if(leaves.begin(), leaves.end(), [&](const std::string& leaf) {
    return leaf == pattern || pattern.starts_with(leaf + ".");
  }) - leaves.begin();
  if (parts[0] != "clients") return {place, 0, 0};
  const size_t first = std::find(leaves.begin(), leaves.end(), "clients.K.name") - leaves.begin();
  return {first, std::stoi(parts[1]), place};
}

}  // namespace

Status apply_set(Scenario& scenario, std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return invalid_argument("--set: expected path=value, got \"" + std::string(assignment) + "\"", kWhere);
  if (invalid_utf8_at(assignment) != std::string_view::npos)
    return invalid_argument("--set: expected UTF-8 text, got other bytes at byte " + std::to_string(invalid_utf8_at(assignment)),
                            kWhere);
  const std::string path(assignment.substr(0, equals));
  const std::vector<std::string> parts = split(path);
  FEDLLM_RETURN_IF_ERROR(check_path(path, parts));
  Json value = value_from_text(assignment.substr(equals + 1), path);
  Json tree = scenario_to_tree(scenario);
  remove_rivals(tree, path, value);
  if (parts[0] == "clients" && parts.size() == 3) {
    FEDLLM_ASSIGN_OR_RETURN(const int index, client_index(parts[1]));
    override_of(tree, index)[parts[2]] = std::move(value);
    drop_empty_overrides(tree);
  } else if (parts[0] == "clients" && parts.size() == 2) {
    return invalid_argument(path + ": expected a field after the client's index, such as " + path + ".speed", kWhere);
  } else {
    put(tree, parts, std::move(value));
  }
  FEDLLM_ASSIGN_OR_RETURN(scenario, scenario_from_tree(tree));
  return {};
}

std::vector<std::string> scenario_paths() { return leaf_paths(); }

Result<std::string> value_at(const Scenario& scenario, std::string_view path) {
  const std::vector<std::string> parts = split(path);
  FEDLLM_RETURN_IF_ERROR(check_path(std::string(path), parts));
  Json tree = scenario_to_tree(scenario, true);
  const Json* node = &tree;
  size_t i = 0;
  if (parts[0] == "clients" && parts.size() >= 2) {
    FEDLLM_ASSIGN_OR_RETURN(const int index, client_index(parts[1]));
    node = &override_of(tree, index);
    i = 2;
  }
  for (; i < parts.size(); ++i) {
    const auto found = node->is_object() ? node->find(parts[i]) : node->end();
    if (found == node->end()) return std::string("null");
    node = &*found;
  }
  return node->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string difference_sentence(const Scenario& before, const Scenario& after) {
  std::map<std::string, Json> old_values, new_values;
  flatten(scenario_to_tree(before), "", old_values);
  flatten(scenario_to_tree(after), "", new_values);
  std::set<std::string> paths;
  for (const auto* values : {&old_values, &new_values})
    for (const auto& [path, value] : *values)
      if (!is_position(path) && plain(old_values, path) != plain(new_values, path)) paths.insert(path);
  if (paths.size() > 1) paths.erase("name");   // a copy always has a new name
  std::vector<std::string> ordered(paths.begin(), paths.end());
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return order_of(a) < order_of(b); });
  for (std::string& path : ordered) path += " " + plain(old_values, path) + " -> " + plain(new_values, path);
  return ordered.empty() ? "no difference" : join(ordered, ", ");
}

}  // namespace fedllm::spec
