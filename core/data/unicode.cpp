#include "data/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "data/unicode_additions.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

// The official library's normal forms know Unicode 9: younger characters neither decompose, compose nor move.
constexpr const char* kKnownCharacters = "[[:age=9.0:]]";

struct Normalizers {
  std::array<const icu::Normalizer2*, 4> plain{};
  std::array<std::unique_ptr<const icu::FilteredNormalizer2>, 4> known;
  icu::UnicodeSet characters;

  Normalizers() {
    UErrorCode error = U_ZERO_ERROR;
    plain = {icu::Normalizer2::getNFCInstance(error), icu::Normalizer2::getNFDInstance(error),
             icu::Normalizer2::getNFKCInstance(error), icu::Normalizer2::getNFKDInstance(error)};
    characters.applyPattern(icu::UnicodeString::fromUTF8(kKnownCharacters), error).freeze();
    if (U_FAILURE(error)) plain.fill(nullptr);
    for (size_t i = 0; i < 4 && plain[i]; ++i) known[i] = std::make_unique<icu::FilteredNormalizer2>(*plain[i], characters);
  }
};

const Normalizers& normalizers() {
  static const Normalizers kNormalizers;
  return kNormalizers;
}

// Text that a form leaves as it is, seen from its bytes alone: ASCII, and below U+0300 for NFC.
bool is_plainly_normal(std::string_view text, NormalForm form) {
  const unsigned char limit = form == NormalForm::nfc ? 0xCC : 0x80;
  return std::all_of(text.begin(), text.end(), [limit](unsigned char c) { return c < limit; });
}

// In Unicode since this version or an earlier one.
bool is_older_than(uint32_t c, int version) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] < version || (age[0] == version && age[1] == 0);
}

// Pairs of cases that came with Unicode 15.1 to 17.
uint32_t newer_lower(uint32_t c) {
  if ((c >= 0x10D50 && c <= 0x10D65)) return c + 0x20;
  if (c >= 0x16EA0 && c <= 0x16EB8) return c + 0x1B;
  switch (c) {
    case 0xA7CB: return 0x264;
    case 0xA7DC: return 0x19B;
    case 0x1C89: case 0xA7CC: case 0xA7CE: case 0xA7D2: case 0xA7D4: case 0xA7DA: return c + 1;
    default: return c;
  }
}

}  // namespace

std::string normalize_unicode(std::string text, NormalForm form) {
  if (is_plainly_normal(text, form)) return text;
  const auto i = static_cast<size_t>(form);
  const icu::Normalizer2* plain = normalizers().plain[i];
  if (!plain) return text;
  UErrorCode error = U_ZERO_ERROR;
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  if (plain->isNormalizedUTF8(piece, error)) return text;
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  normalizers().known[i]->normalizeUTF8(0, piece, sink, nullptr, error);
  return U_SUCCESS(error) ? out : text;
}

// Character by character, as the official library does: no final sigma.
std::string lowercase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); at += utf8_length(static_cast<unsigned char>(text[at]))) {
    const uint32_t c = utf8_at(text, at);
    if (c == 0x130) out += "i\xCC\x87";   // the one character whose lower case is two
    else append_utf8(newer_lower(static_cast<uint32_t>(u_tolower(static_cast<UChar32>(c)))), out);
  }
  return out;
}

std::string strip_accents(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(static_cast<unsigned char>(text[at]));
    if (length == 1 || !is_combining_mark(utf8_at(text, at))) out.append(text.substr(at, length));
    at += length;
  }
  return out;
}

bool is_combining_mark(uint32_t c) {
  if (c == 0x1CF2 || c == 0x1CF3) return true;
  return c != 0x111C9 && (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0 && is_older_than(c, 9);
}

bool is_punctuation(uint32_t c) {
  if (c < 0x80) return std::ispunct(static_cast<int>(c)) != 0;
  if (c == 0x166D || c == 0x111C9) return true;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_P_MASK) != 0 && is_older_than(c, 8);
}

bool is_white_space(uint32_t c) { return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_WHITE_SPACE); }

bool is_word_char(uint32_t c) {
  if (c < 0x80) return std::isalnum(static_cast<int>(c)) != 0 || c == '_';
  if (const UnicodeAddition* row = find_addition(c))
    return row->alphabetic || row->category[0] == 'M' || row->category == "Nd" || row->category == "Pc";
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 ||
         u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ALPHABETIC) || c == 0x200C || c == 0x200D;
}

size_t previous_char(std::string_view text, size_t end) {
  do --end; while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  return end;
}

std::string strip_spaces(std::string_view text, bool left, bool right) {
  while (left && !text.empty() && is_white_space(utf8_at(text, 0)))
    text.remove_prefix(utf8_length(static_cast<unsigned char>(text[0])));
  while (right && !text.empty()) {
    const size_t last = previous_char(text, text.size());
    if (!is_white_space(utf8_at(text, last))) break;
    text = text.substr(0, last);
  }
  return std::string(text);
}

}  // namespace fedllm::data
