// Turns of a conversation, read from a record's field: `messages` (a list of {role, content}) and ShareGPT's
// `conversations` (a list of {from, value}), mixed keys allowed. Roles in any case: system; user, human; assistant, gpt,
// model; tool, function, observation, ipython. A content may be a text, null (nothing), or a list of {"type": "text"} parts.
// Errors are one sentence that names the turn, counted from 1: no list, unknown role, content that is no text, an empty
// user or assistant turn, no assistant turn at all. Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/dataset.h"

namespace fedllm::data {

enum class Role { system, user, assistant, tool };
std::string_view role_name(Role role);

struct Turn {
  Role role = Role::user;
  std::string text;
};

Result<std::vector<Turn>> parse_turns(std::string_view json);
// The field of a conversation: messages, conversations or conversation, in any case; empty: none of them is one.
std::string turns_field(const std::vector<std::string>& fields);
// The same, of a record whose field holds something.
const std::string* find_turns(const Record& record);

}  // namespace fedllm::data
