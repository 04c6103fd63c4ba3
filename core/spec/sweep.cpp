#include "spec/sweep.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/sha256.h"
#include "base/text.h"
#include "spec/json_tree.h"
#include "spec/scenario_json.h"

namespace fedllm::spec {
namespace {

constexpr const char* kWhere = "spec.sweep";
constexpr size_t kMostRuns = 100'000;

Status wrong(const std::string& path, const std::string& expected, const Json& got) {
  return invalid_argument(path + ": expected " + expected + ", got " + describe(got), kWhere);
}

Result<Assignments> assignments(const Json& tree, const std::string& path) {
  if (!tree.is_object()) return wrong(path, "an object of scenario paths and values", tree);
  Assignments all;
  for (const auto& [key, value] : tree.items()) all.push_back(key + "=" + value.dump());
  return all;
}

std::string value_name(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Result<SweepAxis> axis_of(const std::string& name, const Json& tree, const std::string& path) {
  SweepAxis axis{name, {}};
  if (tree.is_array()) {
    for (const Json& value : tree) axis.values.push_back({value_name(value), {name + "=" + value.dump()}});
  } else if (tree.is_object()) {
    for (const auto& [key, value] : tree.items()) {
      FEDLLM_ASSIGN_OR_RETURN(Assignments set, assignments(value, path + "." + key));
      axis.values.push_back({key, std::move(set)});
    }
  } else {
    return wrong(path, "a list of values, or an object of named values", tree);
  }
  if (axis.values.empty()) return invalid_argument(path + ": expected at least one value, got none", kWhere);
  std::set<std::string> names;
  for (const SweepAxis::Value& value : axis.values)
    if (!names.insert(value.name).second) return invalid_argument(path + ": \"" + value.name + "\" is given twice", kWhere);
  return axis;
}

// Reads the keys it knows; the rest is refused.
class Reader {
 public:
  explicit Reader(const Json& tree) : tree_(tree) {}

  Result<Sweep> read() {
    if (!tree_.is_object()) return invalid_argument("expected a sweep as an object, got " + describe(tree_), kWhere);
    FEDLLM_RETURN_IF_ERROR(known());
    FEDLLM_RETURN_IF_ERROR(text("name", sweep_.name, true));
    FEDLLM_RETURN_IF_ERROR(text("scenario", sweep_.scenario, true));
    if (const Json* set = at("set")) {
      FEDLLM_ASSIGN_OR_RETURN(sweep_.set, assignments(*set, "set"));
    }
    FEDLLM_RETURN_IF_ERROR(axes());
    FEDLLM_RETURN_IF_ERROR(numbers());
    FEDLLM_RETURN_IF_ERROR(choice("choose_by", tree_, "choose_by", sweep_.choose_by, kChoosings));
    FEDLLM_RETURN_IF_ERROR(match());
    return sweep_;
  }

 private:
  const Json* at(const char* key) const {
    const auto found = tree_.find(key);
    return found == tree_.end() ? nullptr : &*found;
  }

  Status known() const {
    const std::vector<std::string_view> keys = {"name", "scenario", "set", "axes", "seeds", "learning_rates", "choose_by", "match", "target"};
    for (const auto& [key, value] : tree_.items()) {
      if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
      const std::string near = nearest_key(key, keys);
      return invalid_argument(shortened(key, 60) + ": unknown key" + (near.empty() ? "; a sweep has " + join({keys.begin(), keys.end()}, ", ") : ", did you mean \"" + near + "\"?"), kWhere);
    }
    return {};
  }

  Status text(const char* key, std::string& value, bool needed) const {
    const Json* found = at(key);
    if (!found && !needed) return {};
    if (!found) return invalid_argument(std::string(key) + ": expected a text, got nothing", kWhere);
    if (!found->is_string() || found->get<std::string>().empty()) return wrong(key, "a text", *found);
    value = found->get<std::string>();
    return {};
  }

  Status axes() {
    const Json* found = at("axes");
    if (!found) return {};
    if (!found->is_object()) return wrong("axes", "an object of axes", *found);
    for (const auto& [name, values] : found->items()) {
      FEDLLM_ASSIGN_OR_RETURN(SweepAxis axis, axis_of(name, values, "axes." + name));
      sweep_.axes.push_back(std::move(axis));
    }
    return {};
  }

  Status numbers() {
    if (const Json* seeds = at("seeds")) {
      if (!seeds->is_array() || seeds->empty()) return wrong("seeds", "a list of whole numbers", *seeds);
      sweep_.seeds.clear();
      for (const Json& seed : *seeds) {
        if (!seed.is_number_unsigned()) return wrong("seeds", "whole numbers from 0", seed);
        sweep_.seeds.push_back(seed.get<uint64_t>());
      }
      if (std::set<uint64_t>(sweep_.seeds.begin(), sweep_.seeds.end()).size() != sweep_.seeds.size()) return invalid_argument("seeds: one is given twice", kWhere);
    }
    if (const Json* rates = at("learning_rates")) {
      if (!rates->is_array()) return wrong("learning_rates", "a list of numbers above 0", *rates);
      for (const Json& rate : *rates) {
        if (!rate.is_number() || !(rate.get<double>() > 0)) return wrong("learning_rates", "numbers above 0", rate);
        sweep_.learning_rates.push_back(rate.get<double>());
      }
    }
    if (const Json* target = at("target")) {
      if (!target->is_number() || !(target->get<double>() > 0) || target->get<double>() > 1) return wrong("target", "an exact match above 0 and at most 1", *target);
      sweep_.target = target->get<double>();
    }
    return {};
  }

  Status match() {
    const Json* found = at("match");
    if (!found) return {};
    if (!found->is_object()) return wrong("match", "an object with by and at", *found);
    for (const auto& [key, value] : found->items())
      if (key != "by" && key != "at") return invalid_argument("match." + shortened(key, 60) + ": unknown key; it has by, at", kWhere);
    FEDLLM_RETURN_IF_ERROR(choice("match.by", *found, "by", sweep_.match_by, kMatchings));
    if (const auto at = found->find("at"); at != found->end()) {
      if (!at->is_number() || !(at->get<double>() > 0)) return wrong("match.at", "a number above 0", *at);
      sweep_.match_at = at->get<double>();
    }
    return {};
  }

  static Status choice(const std::string& path, const Json& tree, const char* key, std::string& value, std::span<const std::string_view> words) {
    const auto found = tree.find(key);
    if (found == tree.end()) return {};
    const std::string expected = "one of " + join({words.begin(), words.end()}, ", ");
    if (!found->is_string() || std::find(words.begin(), words.end(), found->get<std::string>()) == words.end()) return wrong(path, expected, *found);
    value = found->get<std::string>();
    return {};
  }

  const Json& tree_;
  Sweep sweep_;
};

}  // namespace

Result<Sweep> parse_sweep(std::string_view json) {
  FEDLLM_ASSIGN_OR_RETURN(const Json tree, parse_json_text(json));
  FEDLLM_ASSIGN_OR_RETURN(Sweep sweep, Reader(tree).read());
  double runs = static_cast<double>(sweep.seeds.size() + sweep.learning_rates.size());
  for (const SweepAxis& axis : sweep.axes) runs *= static_cast<double>(axis.values.size());
  if (runs > static_cast<double>(kMostRuns)) return invalid_argument("axes: expected at most " + std::to_string(kMostRuns) + " runs, got " + format_double(runs), kWhere);
  return sweep;
}

std::vector<SweepPoint> sweep_points(const Sweep& sweep) {
  std::vector<SweepPoint> points{{}};
  for (const SweepAxis& axis : sweep.axes) {
    std::vector<SweepPoint> longer;
    for (const SweepPoint& point : points)
      for (const SweepAxis::Value& value : axis.values) {
        longer.push_back(point);
        longer.back().values.push_back(value.name);
        longer.back().set.insert(longer.back().set.end(), value.set.begin(), value.set.end());
      }
    points = std::move(longer);
  }
  return points;
}

std::string sweep_request_id(std::string_view scenario_json) { return "sweep:" + sha256_hex(scenario_json).substr(0, 40); }

Result<Scenario> sweep_scenario(const Sweep& sweep, const Scenario& scenario, const SweepPoint& point, uint64_t seed, std::optional<double> learning_rate) {
  Scenario made = scenario;
  Assignments all = sweep.set;
  all.insert(all.end(), point.set.begin(), point.set.end());
  for (const std::string& assignment : all)
    if (const Status set = apply_set(made, assignment); !set.ok())
      return invalid_argument((point.values.empty() ? "" : join(point.values, ", ") + ": ") + set.message(), kWhere);
  made.seed = seed;
  if (learning_rate) made.training.learning_rate = *learning_rate;
  made.name = sweep.name + (point.values.empty() ? "" : ": " + join(point.values, ", "));
  return made;
}

}  // namespace fedllm::spec
