// UTF-8 by hand: code points in and out, and the lossy repair that decoders need. Offsets and lengths are bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fedllm::data {

// Bytes of the sequence that `lead` opens, 1 for anything that cannot open one.
inline size_t utf8_length(unsigned char lead) {
  return lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
}
// The code point at `text[at]` of valid UTF-8.
uint32_t utf8_at(std::string_view text, size_t at);
void append_utf8(uint32_t code_point, std::string& out);
bool is_valid_utf8(std::string_view text);
// Every maximal invalid stretch becomes one U+FFFD (Unicode 15, section 3.9, "substitution of maximal subparts").
std::string repair_utf8(std::string_view text);

}  // namespace fedllm::data
