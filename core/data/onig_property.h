// Named sets of characters as Oniguruma (Unicode 16) knows them, written as the inside of a PCRE2 class.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fedllm::data {

// A set of characters: the ones listed between brackets, or all others.
struct CharSet {
  std::string listed;         // PCRE2 class items, without the brackets
  bool complement = false;
  std::string text() const { return (complement ? "[^" : "[") + listed + "]"; }
};

// \p{name} or [:name:]; spaces, hyphens, underscores and case of the name do not count. Nothing: not a name known here.
std::optional<CharSet> named_set(std::string_view name, bool posix);
CharSet space_set();
CharSet digit_set();
CharSet word_set();        // Oniguruma's \w: alphabetic, marks, decimal digits, connectors, and the numbers of Latin-1
std::string class_char(uint32_t code_point);   // one character inside a class
// The \w of Rust's regex crate: without Latin-1's numbers, with the zero-width joiners.
std::string rust_word_items();
// char::is_numeric of Rust: numbers, also those of Unicode 17.
std::string rust_numeric_items();
// What the official library's Punctuation takes: ASCII's, and punctuation as of Unicode 8.
std::string rust_punctuation_items();

}  // namespace fedllm::data
