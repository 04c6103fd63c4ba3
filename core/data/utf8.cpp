#include "data/utf8.h"

#include "base/text.h"

namespace fedllm::data {

uint32_t utf8_at(std::string_view text, size_t at) {
  const auto* s = reinterpret_cast<const unsigned char*>(text.data()) + at;
  switch (utf8_length(s[0])) {
    case 2: return (s[0] & 0x1Fu) << 6 | (s[1] & 0x3Fu);
    case 3: return (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
    case 4: return (s[0] & 0x07u) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 | (s[3] & 0x3Fu);
    default: return s[0];
  }
}

void append_utf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_valid_utf8(std::string_view text) { return invalid_utf8_at(text) == std::string_view::npos; }

namespace {

// Length of the longest prefix of `s` that could still become a character, at least 1.
size_t maximal_subpart(std::string_view s) {
  const size_t wanted = utf8_length(static_cast<unsigned char>(s[0]));
  const unsigned char lead = static_cast<unsigned char>(s[0]);
  size_t n = 1;
  while (n < wanted && n < s.size()) {
    const unsigned char c = static_cast<unsigned char>(s[n]);
    const unsigned char low = n > 1 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = n > 1 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (c < low || c > high) break;
    ++n;
  }
  return n;
}

}  // namespace

std::string repair_utf8(std::string_view text) {
  std::string out;
  for (;;) {
    const size_t bad = invalid_utf8_at(text);
    out.append(text.substr(0, bad));
    if (bad == std::string_view::npos) return out;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(bad);
    text.remove_prefix(maximal_subpart(text));
  }
}

}  // namespace fedllm::data
