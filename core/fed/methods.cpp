// Which methods there are: one line a method. Their facts are spec's table.
#include <cmath>

#include "base/text.h"
#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

constexpr const char* kWhere = "fed.method";

struct Entry { std::string_view name; MakeMethod make; };
constexpr Entry kEntries[] = {
    {"fedavg", make_fedit},
    {"ffa-lora", make_frozen_a},
    {"rolora", make_alternating},
    {"lora-a2", make_alternating},
    {"fedsvd", make_fedsvd},
    {"ravan", make_frozen_a},
    {"fed-sb", make_fed_sb},
    {"flora", make_flora},
    {"flexlora", make_flexlora},
    {"fedex-lora", make_fedex},
    {"lora-fair", make_fair},
    {"zero-padding", make_zero_padding},
    {"hetlora", make_hetlora},
    {"rbla", make_rbla},
    {"fedsa-lora", make_fedsa},
    {"ditto", make_fedit},
};

Status check(const spec::MethodFacts& facts, const Parameters& parameters) {
  std::vector<std::string> names;
  for (const spec::MethodParameter& p : facts.parameters) names.emplace_back(p.name);
  for (const auto& [name, value] : parameters) {
    const spec::MethodParameter* found = nullptr;
    for (const spec::MethodParameter& p : facts.parameters)
      if (p.name == name) found = &p;
    if (!found)
      return invalid_argument(std::string(facts.title) + ": expected " +
                                  (names.empty() ? "no parameters" : "parameters among " + join(names, ", ")) + ", got \"" + name +
                                  "\"",
                              kWhere);
    if (!(value >= found->low && value <= found->high) || (found->whole && value != std::floor(value)))
      return invalid_argument(std::string(facts.title) + ": " + name + ": expected a " + (found->whole ? "whole " : "") +
                                  "number from " + format_double(found->low) + " to " + format_double(found->high) + ", got " +
                                  format_double(value),
                              kWhere);
  }
  return {};
}

}  // namespace

double value_of(const spec::MethodFacts& facts, const Parameters& parameters, std::string_view name) {
  if (const auto given = parameters.find(name); given != parameters.end()) return given->second;
  for (const spec::MethodParameter& p : facts.parameters)
    if (p.name == name) return p.fallback;
  return 0;
}

Result<std::unique_ptr<Method>> make_method(std::string_view name, const Parameters& parameters) {
  const spec::MethodFacts* facts = spec::find_method(name);
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) {
    names.emplace_back(entry.name);
    if (!facts || facts->name != entry.name) continue;
    FEDLLM_RETURN_IF_ERROR(check(*facts, parameters));
    return entry.make(*facts, parameters);
  }
  return invalid_argument("expected a method among " + join(names, ", ") + ", got \"" + std::string(name) + "\"", kWhere);
}

}  // namespace fedllm::fed
