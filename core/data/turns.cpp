#include "data/turns.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "data/big_numbers.h"
#include "data/json_view.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.turns";
constexpr size_t kMostShown = 40;   // bytes of an unknown role

constexpr std::pair<std::string_view, Role> kRoles[] = {
    {"system", Role::system},    {"user", Role::user},     {"human", Role::user},    {"assistant", Role::assistant},
    {"gpt", Role::assistant},    {"model", Role::assistant}, {"tool", Role::tool},   {"function", Role::tool},
    {"observation", Role::tool}, {"ipython", Role::tool}};
constexpr std::string_view kFields[] = {"messages", "conversations", "conversation"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos; }

Status at(size_t turn, const std::string& problem) {
  return invalid_argument("turn " + std::to_string(turn) + ": " + problem, kWhere);
}

std::string got(const Json& value) { return ", got " + std::string(json_type_name(value)); }

// The value of the first of two keys that the turn has.
std::optional<Json> either(const simdjson::dom::object& turn, std::string_view one, std::string_view other) {
  Json value;
  if (turn[one].get(value) == simdjson::SUCCESS || turn[other].get(value) == simdjson::SUCCESS) return value;
  return std::nullopt;
}

Result<Role> read_role(const simdjson::dom::object& turn, size_t number) {
  const auto value = either(turn, "role", "from");
  if (!value) return at(number, "expected a \"role\" or a \"from\", got neither");
  std::string_view name;
  if (value->get(name)) return at(number, "expected a role as text" + got(*value));
  for (const auto& [known, role] : kRoles)
    if (lower(name) == known) return role;
  return at(number, "expected a role of system, user (human), assistant (gpt) or tool, got \"" + shortened(name, kMostShown) + "\"");
}

// The parts {"type": "text", "text": …} of a content, one after another.
Status append_parts(const simdjson::dom::array& parts, size_t number, std::string& out) {
  for (const Json part : parts) {
    std::string_view text;
    if (part.get(text) && part["text"].get(text)) return at(number, "expected parts of text only in the content" + got(part));
    out.append(text);
  }
  return {};
}

Status read_content(const simdjson::dom::object& turn, size_t number, std::string& out) {
  const auto value = either(turn, "content", "value");
  if (!value) return at(number, "expected a \"content\" or a \"value\", got neither");
  std::string_view text;
  simdjson::dom::array parts;
  if (value->get(text) == simdjson::SUCCESS) out = text;
  else if (value->get(parts) == simdjson::SUCCESS) return append_parts(parts, number, out);
  else if (!value->is_null()) return at(number, "expected the content as text" + got(*value));
  return {};
}

Result<Turn> read_turn(const Json& item, size_t number) {
  simdjson::dom::object object;
  if (item.get(object)) return at(number, "expected an object with a role and a content" + got(item));
  Turn turn;
  FEDLLM_ASSIGN_OR_RETURN(turn.role, read_role(object, number));
  FEDLLM_RETURN_IF_ERROR(read_content(object, number, turn.text));
  if ((turn.role == Role::user || turn.role == Role::assistant) && is_blank(turn.text))
    return at(number, "expected a text from the " + std::string(role_name(turn.role)) + ", got nothing");
  return turn;
}

}  // namespace

std::string_view role_name(Role role) {
  constexpr std::array<std::string_view, 4> kNames = {"system", "user", "assistant", "tool"};
  return kNames[static_cast<size_t>(role)];
}

Result<std::vector<Turn>> parse_turns(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  Json root;
  auto error = parser.parse(json.data(), json.size()).get(root);
  if (error == simdjson::NUMBER_ERROR) error = parser.parse(quote_big_integers(json)).get(root);
  if (error) return invalid_argument(std::string("the conversation is not JSON: ") + simdjson::error_message(error), kWhere);
  simdjson::dom::array items;
  if (root.get(items))
    return invalid_argument("expected the conversation as a list of turns, got " + std::string(json_type_name(root)), kWhere);
  std::vector<Turn> turns;
  for (const Json item : items) {
    FEDLLM_ASSIGN_OR_RETURN(Turn turn, read_turn(item, turns.size() + 1));
    turns.push_back(std::move(turn));
  }
  if (turns.empty()) return invalid_argument("the conversation has no turns", kWhere);
  if (std::none_of(turns.begin(), turns.end(), [](const Turn& turn) { return turn.role == Role::assistant; }))
    return invalid_argument("the conversation has no assistant turn, so there is nothing to learn", kWhere);
  return turns;
}

std::string turns_field(const std::vector<std::string>& fields) {
  for (const std::string_view name : kFields)
    for (const std::string& field : fields)
      if (lower(field) == name) return field;
  return {};
}

const std::string* find_turns(const Record& record) {
  for (const std::string_view name : kFields)
    for (const auto& [field, text] : record)
      if (!text.empty() && field.size() == name.size() && lower(field) == name) return &text;
  return nullptr;
}

}  // namespace fedllm::data
