// Scenario <-> ordered JSON tree, and the small words errors are made of. Private to this room: nlohmann stays inside.
// Errors are INVALID_ARGUMENT with the path first: `lora.rank: expected a whole number, got "eight"`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "spec/scenario.h"

namespace fedllm::spec {

using Json = nlohmann::ordered_json;

// Text to tree; refuses duplicate keys, and says line and column of a syntax error.
Result<Json> parse_json_text(std::string_view text);
Result<Scenario> scenario_from_tree(const Json& tree);
// Without format_version; what is not set or empty is left out, unless `everything` (null, "", []).
Json scenario_to_tree(const Scenario& scenario, bool everything = false);
// The paths of all leaves in document order; overrides as clients.K.field.
const std::vector<std::string>& leaf_paths();

// `"eight"`, `8.5`, `a list`, … cut to a readable length.
std::string describe(const Json& value);
std::string join_path(std::string_view parent, std::string_view key);
// The error for `key` below `parent`, with the nearest of `known`, or the place elsewhere where that key exists.
Status unknown_key(std::string_view parent, std::string_view key, const std::vector<std::string_view>& known);

}  // namespace fedllm::spec
