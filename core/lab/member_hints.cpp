#include "lab/member_hints.h"

#include <algorithm>
#include <string>
#include <vector>

namespace fedllm::lab {
namespace {

constexpr size_t kLongestLocal = 64, kLongestDomain = 255, kLongestNumber = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Letters of other scripts are bytes above 0x7f.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) > 0x7f; }
bool is_local(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-'; }

bool ends_a_local_part(std::string_view before) {
  size_t length = 0;
  while (length < before.size() && length < kLongestLocal && is_local(before[before.size() - 1 - length])) ++length;
  return length > 0 && before.back() != '.';
}

// "example.org" followed by whatever: labels of letters, digits and hyphens, the last of two letters or more.
bool begins_with_domain(std::string_view text) {
  size_t label = 0, letters = 0, dots = 0;
  bool complete = false;  // what was read so far is a domain
  for (size_t i = 0; i <= text.size() && i < kLongestDomain; ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (is_letter(c) || is_digit(c) || (c == '-' && label > 0)) {
      ++label;
      letters += is_letter(c) ? 1 : 0;
      continue;
    }
    complete = complete || (dots > 0 && label >= 2 && letters == label);
    if (c != '.' || label == 0) return complete;
    ++dots;
    label = letters = 0;
  }
  return complete;
}

// One number as it is written: its groups of digits and what stands between them.
struct Written {
  std::vector<size_t> groups;      // digits in each
  std::vector<std::string> texts;  // the digits
  std::string separators;          // the first character of each gap
  bool plus = false, bracket = false;
  size_t digits = 0;
};

bool is_gap(char c) { return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')'; }

// Reads from `at` (a digit, '+' or '('); moves it behind the last digit.
Written read_number(std::string_view text, size_t& at) {
  Written number;
  size_t i = at, end = at;
  number.plus = text[i] == '+';
  if (number.plus) ++i;
  for (size_t gap = i; i < text.size() && number.digits < kLongestNumber;) {
    if (is_digit(text[i])) {
      const size_t first = i;
      while (i < text.size() && is_digit(text[i])) ++i;
      if (!number.groups.empty()) number.separators += text[gap];
      number.groups.push_back(i - first);
      number.texts.emplace_back(text.substr(first, std::min(i - first, kLongestNumber)));
      number.digits += i - first;
      end = gap = i;
      continue;
    }
    // At most two characters between groups: ") ", " (", "- ".
    if (!is_gap(text[i]) || i - gap >= 2) break;
    number.bracket = number.bracket || text[i] == '(';
    ++i;
  }
  at = std::max(end, at + 1);
  return number;
}

bool all_gaps_are(const Written& number, char c) {
  return !number.separators.empty() &&
         std::all_of(number.separators.begin(), number.separators.end(), [c](char each) { return each == c; });
}

// 2024-01-15, 15.01.2024, 1/2/2024, 1914-1918, 192.168.100.200, 3.14159, 978-3-16-148410-0
bool is_something_else(const Written& number) {
  const auto& g = number.groups;
  const bool dots = all_gaps_are(number, '.'), even = dots || all_gaps_are(number, '-') || all_gaps_are(number, '/');
  if (even && g.size() == 3 && ((g[0] == 4 && g[1] <= 2 && g[2] <= 2) || (g[0] <= 2 && g[1] <= 2 && (g[2] == 4 ||
      g[2] == 2)))) return true;
  if (g.size() == 2 && g[0] == 4 && g[1] == 4 && !number.plus) return true;
  if (dots && g.size() == 2) return true;
  if (dots && g.size() == 4 && std::all_of(g.begin(), g.end(), [](size_t n) { return n <= 3; })) return true;
  return number.digits == 13 && (number.texts[0].starts_with("978") || number.texts[0].starts_with("979"));
}

bool is_phone(const Written& number) {
  const auto& g = number.groups;
  if (g.empty() || number.digits < 7 || number.digits > 15 || is_something_else(number)) return false;
  if (number.plus) return number.digits >= 8;
  const bool trunk = number.texts[0][0] == '0';
  if (g.size() == 1) return trunk && number.digits >= 10 && number.digits <= 12 && !number.texts[0].starts_with("000");
  const bool short_groups = std::all_of(g.begin(), g.end(), [](size_t n) { return n <= 8; });
  if (trunk && g[0] >= 2 && number.digits >= 8) return short_groups;
  if (number.bracket) return number.digits >= 9 && short_groups;
  // 555-1234, 555-123-4567, 1-800-555-0199, 555.123.4567
  if (g == std::vector<size_t>{3, 4}) return number.separators == "-";
  const auto tail_fits = [&](size_t first) {
    return g.size() == first + 3 && g[first] == 3 && g[first + 1] == 3 && g[first + 2] == 4;
  };
  return tail_fits(0) || (g[0] <= 3 && tail_fits(1));
}

// Where a number may begin: not inside a word, another number, a decimal or an amount.
bool may_begin(std::string_view text, size_t at) {
  if (at == 0) return true;
  const char before = text[at - 1];
  if (is_letter(before) || is_digit(before) || before == '_' || before == '#' || before == '$') return false;
  return !((before == '.' || before == ',') && at > 1 && is_digit(text[at - 2]));
}

// "555-1234th", "12345678901,5" are no numbers to call.
bool may_end(std::string_view text, size_t at) {
  if (at >= text.size()) return true;
  if (is_letter(text[at]) || text[at] == '_' || text[at] == '%') return false;
  return !(text[at] == ',' && at + 1 < text.size() && is_digit(text[at + 1]));
}

}  // namespace

bool has_email(std::string_view text) {
  for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1))
    if (ends_a_local_part(text.substr(0, at)) && begins_with_domain(text.substr(at + 1))) return true;
  return false;
}

bool has_phone_number(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const bool begins = is_digit(text[at]) || ((text[at] == '+' || text[at] == '(') && at + 1 < text.size() && is_digit(text[at +
        1]));
    if (!begins) {
      ++at;
      continue;
    }
    const bool here = may_begin(text, at);
    const bool bracket = text[at] == '(';
    size_t end = bracket ? at + 1 : at;
    Written number = read_number(text, end);
    number.bracket = number.bracket || bracket;
    if (here && may_end(text, end) && is_phone(number)) return true;
    at = end;
  }
  return false;
}

}  // namespace fedllm::lab
