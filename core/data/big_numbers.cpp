#include "data/big_numbers.h"

#include <algorithm>

namespace fedllm::data {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number_part(char c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

}  // namespace

std::string quote_big_integers(std::string_view json) {
  std::string out;
  out.reserve(json.size() + 16);
  for (size_t at = 0; at < json.size();) {
    size_t end = at + 1;
    if (json[at] == '"') {
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, json.size());
      out.append(json, at, end - at);
    } else if (is_digit(json[at]) || json[at] == '-') {
      while (end < json.size() && is_number_part(json[end])) ++end;
      const std::string_view number = json.substr(at, end - at), digits = number.substr(json[at] == '-' ? 1 : 0);
      // Neither 007 nor 1-2 becomes valid by quoting.
      const bool is_big =
          digits.size() >= 19 && digits.find_first_not_of("0123456789") == std::string_view::npos && digits[0] != '0';
      is_big ? out.append("\"").append(number).append("\"") : out.append(number);
    } else {
      out += json[at];
    }
    at = end;
  }
  return out;
}

}  // namespace fedllm::data
