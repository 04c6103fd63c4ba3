// Thin readers over simdjson's DOM for the pieces of tokenizer.json: absent and null are the default, a wrong type is an
// error that names the key. Included by the loaders only; simdjson never shows in a public header.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm::data {

using Json = simdjson::dom::element;

inline bool has(const Json& object, std::string_view key) {
  Json value;
  return object[key].get(value) == simdjson::SUCCESS && !value.is_null();
}

inline std::string_view json_type_name(const Json& value) {
  switch (value.type()) {
    case simdjson::dom::element_type::ARRAY: return "an array";
    case simdjson::dom::element_type::OBJECT: return "an object";
    case simdjson::dom::element_type::STRING: return "a string";
    case simdjson::dom::element_type::BOOL: return "true or false";
    case simdjson::dom::element_type::NULL_VALUE: return "null";
    default: return "a number";
  }
}

inline Status wrong_type(std::string_view key, std::string_view expected, const Json& got, std::string_view where) {
  return invalid_argument("key \"" + std::string(key) + "\": expected " + std::string(expected) + ", got " +
                              std::string(json_type_name(got)), std::string(where));
}

// Reads `key` of `object` into `out` if it is there and not null.
inline Status read_optional(const Json& object, std::string_view key, std::string& out, std::string_view where) {
  if (!has(object, key)) return {};
  std::string_view text;
  if (object[key].get(text)) return wrong_type(key, "a string", object[key].value_unsafe(), where);
  out = text;
  return {};
}

inline Status read_optional(const Json& object, std::string_view key, bool& out, std::string_view where) {
  if (!has(object, key)) return {};
  if (object[key].get(out)) return wrong_type(key, "true or false", object[key].value_unsafe(), where);
  return {};
}

inline Status read_optional(const Json& object, std::string_view key, int64_t& out, std::string_view where) {
  if (!has(object, key)) return {};
  if (object[key].get(out)) return wrong_type(key, "an integer", object[key].value_unsafe(), where);
  return {};
}

// The parts of a step of type "Sequence" go to `add`, in order, until one is refused.
template <class Add>
Status each_part(const Json& sequence, std::string_view key, std::string_view where, Add add) {
  simdjson::dom::array parts;
  if (sequence[key].get(parts))
    return invalid_argument("Sequence: expected an array \"" + std::string(key) + "\"", std::string(where));
  for (const Json part : parts) FEDLLM_RETURN_IF_ERROR(add(part));
  return {};
}

inline Result<std::string> read_string(const Json& object, std::string_view key, std::string_view where) {
  if (!has(object, key)) return invalid_argument("key \"" + std::string(key) + "\" is missing", std::string(where));
  std::string out;
  FEDLLM_RETURN_IF_ERROR(read_optional(object, key, out, where));
  return out;
}

}  // namespace fedllm::data
