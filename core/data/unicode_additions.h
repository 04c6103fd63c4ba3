// Characters of Unicode 14.1 to 16.0, which Debian 12's PCRE2 (14.0) and ICU (15.0) take for unassigned. Tokenizers are
// compared with a library that knows Unicode 16, and one letter taken for a symbol cuts a text elsewhere. Sorted ranges;
// on systems with newer libraries they repeat what those know.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fedllm::data {

struct UnicodeAddition {
  uint32_t first, last;
  std::string_view category;   // "Lu", "Nd", …
  bool alphabetic;
  std::string_view script;     // empty: a script that is itself new
};

std::span<const UnicodeAddition> unicode_additions();
const UnicodeAddition* find_addition(uint32_t code_point);   // nullptr: none

}  // namespace fedllm::data
