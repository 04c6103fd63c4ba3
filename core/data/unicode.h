// The few Unicode operations that tokenizers need beyond UTF-8 itself (ICU underneath, hidden): normal forms, lower
// case, word characters and white space. All text is valid UTF-8. Each knows the Unicode version that the official
// library's own copy of it knows, so that a text is cut the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fedllm::data {

enum class NormalForm { nfc, nfd, nfkc, nfkd };
std::string normalize_unicode(std::string text, NormalForm form);
std::string lowercase(std::string_view text);
bool is_white_space(uint32_t code_point);        // the Unicode property White_Space
bool is_word_char(uint32_t code_point);          // letter, mark, decimal digit, connector or joiner, as Rust's \w
bool is_combining_mark(uint32_t code_point);     // as of Unicode 9
bool is_punctuation(uint32_t code_point);        // ASCII's, and Unicode's as of version 8
std::string strip_accents(std::string_view text);   // without combining marks
std::string strip_spaces(std::string_view text, bool left, bool right);
// Start of the character that ends at `end` (end > 0).
size_t previous_char(std::string_view text, size_t end);

}  // namespace fedllm::data
