#include "data/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>

#include "data/utf8.h"

namespace fedllm::data {
namespace {

const icu::Normalizer2* normalizer_of(NormalForm form) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* found = nullptr;
  switch (form) {
    case NormalForm::nfc: found = icu::Normalizer2::getNFCInstance(error); break;
    case NormalForm::nfd: found = icu::Normalizer2::getNFDInstance(error); break;
    case NormalForm::nfkc: found = icu::Normalizer2::getNFKCInstance(error); break;
    case NormalForm::nfkd: found = icu::Normalizer2::getNFKDInstance(error); break;
  }
  return U_SUCCESS(error) ? found : nullptr;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

}  // namespace

std::string normalize_unicode(std::string text, NormalForm form) {
  const icu::Normalizer2* normalizer = is_ascii(text) ? nullptr : normalizer_of(form);
  if (!normalizer) return text;
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  UErrorCode error = U_ZERO_ERROR;
  normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, error);
  return U_SUCCESS(error) ? out : text;
}

std::string lowercase(std::string_view text) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower("", 0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, error);
  return U_SUCCESS(error) ? out : std::string(text);
}

bool is_white_space(uint32_t c) { return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_WHITE_SPACE); }

bool is_word_char(uint32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 ||
         u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ALPHABETIC);
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
