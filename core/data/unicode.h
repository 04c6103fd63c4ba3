// The few Unicode operations that tokenizers need beyond UTF-8 itself (ICU underneath, hidden): normal forms, lower
// case, word characters and white space. All text is valid UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fedllm::data {

enum class NormalForm { nfc, nfd, nfkc, nfkd };
std::string normalize_unicode(std::string text, NormalForm form);
std::string lowercase(std::string_view text);
bool is_white_space(uint32_t code_point);        // the Unicode property White_Space
bool is_word_char(uint32_t code_point);          // letter, mark, decimal digit or connector, as \w
std::string strip_spaces(std::string_view text, bool left, bool right);
// Start of the character that ends at `end` (end > 0).
size_t previous_char(std::string_view text, size_t end);

}  // namespace fedllm::data
