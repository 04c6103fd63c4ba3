#include "data/unicode_additions.h"

#include <algorithm>
#include <array>

namespace fedllm::data {
namespace {

// The Unicode Character Database, version 16.0: UnicodeData.txt, Scripts.txt and DerivedCoreProperties.txt (Alphabetic).
constexpr auto kAdditions = std::to_array<UnicodeAddition>({
    {0x897, 0x897, "Mn", true, "Arabic"}, {0xCF3, 0xCF3, "Mc", true, "Kannada"}, {0xECE, 0xECE, "Mn", false, "Lao"},
    {0x1B4E, 0x1B4F, "Po", false, "Balinese"}, {0x1B7F, 0x1B7F, "Po", false, "Balinese"},
    {0x1C89, 0x1C89, "Lu", true, "Cyrillic"}, {0x1C8A, 0x1C8A, "Ll", true, "Cyrillic"}, {0x2427, 0x2429, "So", false, ""},
    {0x2FFC, 0x2FFF, "So", false, ""}, {0x31E4, 0x31E5, "So", false, ""}, {0x31EF, 0x31EF, "So", false, ""},
    {0xA7CB, 0xA7CC, "Lu", true, "Latin"}, {0xA7CD, 0xA7CD, "Ll", true, "Latin"}, {0xA7DA, 0xA7DA, "Lu", true, "Latin"},
    {0xA7DB, 0xA7DB, "Ll", true, "Latin"}, {0xA7DC, 0xA7DC, "Lu", true, "Latin"}, {0x105C0, 0x105F3, "Lo", true, ""},
    {0x10D40, 0x10D49, "Nd", false, ""}, {0x10D4A, 0x10D4D, "Lo", true, ""}, {0x10D4E, 0x10D4E, "Lm", true, ""},
    {0x10D4F, 0x10D4F, "Lo", true, ""}, {0x10D50, 0x10D65, "Lu", true, ""}, {0x10D69, 0x10D69, "Mn", true, ""},
    {0x10D6A, 0x10D6D, "Mn", false, ""}, {0x10D6E, 0x10D6E, "Pd", false, ""}, {0x10D6F, 0x10D6F, "Lm", true, ""},
    {0x10D70, 0x10D85, "Ll", true, ""}, {0x10D8E, 0x10D8F, "So", false, ""}, {0x10EC2, 0x10EC4, "Lo", true, "Arabic"},
    {0x10EFC, 0x10EFC, "Mn", true, "Arabic"}, {0x10EFD, 0x10EFF, "Mn", false, "Arabic"},
    {0x1123F, 0x11240, "Lo", true, "Khojki"}, {0x11241, 0x11241, "Mn", true, "Khojki"}, {0x11380, 0x11389, "Lo", true, ""},
    {0x1138B, 0x1138B, "Lo", true, ""}, {0x1138E, 0x1138E, "Lo", true, ""}, {0x11390, 0x113B5, "Lo", true, ""},
    {0x113B7, 0x113B7, "Lo", true, ""}, {0x113B8, 0x113BA, "Mc", true, ""}, {0x113BB, 0x113C0, "Mn", true, ""},
    {0x113C2, 0x113C2, "Mc", true, ""}, {0x113C5, 0x113C5, "Mc", true, ""}, {0x113C7, 0x113CA, "Mc", true, ""},
    {0x113CC, 0x113CD, "Mc", true, ""}, {0x113CE, 0x113CE, "Mn", false, ""}, {0x113CF, 0x113CF, "Mc", false, ""},
    {0x113D0, 0x113D0, "Mn", false, ""}, {0x113D1, 0x113D1, "Lo", true, ""}, {0x113D2, 0x113D2, "Mn", false, ""},
    {0x113D3, 0x113D3, "Lo", true, ""}, {0x113D4, 0x113D5, "Po", false, ""}, {0x113D7, 0x113D8, "Po", false, ""},
    {0x113E1, 0x113E2, "Mn", false, ""}, {0x116D0, 0x116E3, "Nd", false, "Myanmar"},
    {0x11B00, 0x11B09, "Po", false, "Devanagari"}, {0x11BC0, 0x11BE0, "Lo", true, ""}, {0x11BE1, 0x11BE1, "Po", false, ""},
    {0x11BF0, 0x11BF9, "Nd", false, ""}, {0x11F00, 0x11F01, "Mn", true, ""}, {0x11F02, 0x11F02, "Lo", true, ""},
    {0x11F03, 0x11F03, "Mc", true, ""}, {0x11F04, 0x11F10, "Lo", true, ""}, {0x11F12, 0x11F33, "Lo", true, ""},
    {0x11F34, 0x11F35, "Mc", true, ""}, {0x11F36, 0x11F3A, "Mn", true, ""}, {0x11F3E, 0x11F3F, "Mc", true, ""},
    {0x11F40, 0x11F40, "Mn", true, ""}, {0x11F41, 0x11F41, "Mc", false, ""}, {0x11F42, 0x11F42, "Mn", false, ""},
    {0x11F43, 0x11F4F, "Po", false, ""}, {0x11F50, 0x11F59, "Nd", false, ""}, {0x11F5A, 0x11F5A, "Mn", false, ""},
    {0x1342F, 0x1342F, "Lo", true, "Egyptian_Hieroglyphs"}, {0x13439, 0x1343F, "Cf", false, "Egyptian_Hieroglyphs"},
    {0x13440, 0x13440, "Mn", false, "Egyptian_Hieroglyphs"}, {0x13441, 0x13446, "Lo", true, "Egyptian_Hieroglyphs"},
    {0x13447, 0x13455, "Mn", false, "Egyptian_Hieroglyphs"}, {0x13460, 0x143FA, "Lo", true, "Egyptian_Hieroglyphs"},
    {0x16100, 0x1611D, "Lo", true, ""}, {0x1611E, 0x16129, "Mn", true, ""}, {0x1612A, 0x1612C, "Mc", true, ""},
    {0x1612D, 0x1612E, "Mn", true, ""}, {0x1612F, 0x1612F, "Mn", false, ""}, {0x16130, 0x16139, "Nd", false, ""},
    {0x16D40, 0x16D42, "Lm", true, ""}, {0x16D43, 0x16D6A, "Lo", true, ""}, {0x16D6B, 0x16D6C, "Lm", true, ""},
    {0x16D6D, 0x16D6F, "Po", false, ""}, {0x16D70, 0x16D79, "Nd", false, ""},
    {0x18CFF, 0x18CFF, "Lo", true, "Khitan_Small_Script"}, {0x1B132, 0x1B132, "Lo", true, "Hiragana"},
    {0x1B155, 0x1B155, "Lo", true, "Katakana"}, {0x1CC00, 0x1CCEF, "So", false, ""}, {0x1CCF0, 0x1CCF9, "Nd", false, ""},
    {0x1CD00, 0x1CEB3, "So", false, ""}, {0x1D2C0, 0x1D2D3, "No", false, ""}, {0x1DF25, 0x1DF2A, "Ll", true, "Latin"},
    {0x1E030, 0x1E06D, "Lm", true, "Cyrillic"}, {0x1E08F, 0x1E08F, "Mn", true, "Cyrillic"},
    {0x1E4D0, 0x1E4EA, "Lo", true, ""}, {0x1E4EB, 0x1E4EB, "Lm", true, ""}, {0x1E4EC, 0x1E4EF, "Mn", false, ""},
    {0x1E4F0, 0x1E4F9, "Nd", false, ""}, {0x1E5D0, 0x1E5ED, "Lo", true, ""}, {0x1E5EE, 0x1E5EF, "Mn", false, ""},
    {0x1E5F0, 0x1E5F0, "Lo", true, ""}, {0x1E5F1, 0x1E5FA, "Nd", false, ""}, {0x1E5FF, 0x1E5FF, "Po", false, ""},
    {0x1F6DC, 0x1F6DC, "So", false, ""}, {0x1F774, 0x1F776, "So", false, ""}, {0x1F77B, 0x1F77F, "So", false, ""},
    {0x1F7D9, 0x1F7D9, "So", false, ""}, {0x1F8B2, 0x1F8BB, "So", false, ""}, {0x1F8C0, 0x1F8C1, "So", false, ""},
    {0x1FA75, 0x1FA77, "So", false, ""}, {0x1FA87, 0x1FA89, "So", false, ""}, {0x1FA8F, 0x1FA8F, "So", false, ""},
    {0x1FAAD, 0x1FAAF, "So", false, ""}, {0x1FABB, 0x1FABF, "So", false, ""}, {0x1FAC6, 0x1FAC6, "So", false, ""},
    {0x1FACE, 0x1FACF, "So", false, ""}, {0x1FADA, 0x1FADC, "So", false, ""}, {0x1FADF, 0x1FADF, "So", false, ""},
    {0x1FAE8, 0x1FAE9, "So", false, ""}, {0x1FAF7, 0x1FAF8, "So", false, ""}, {0x1FBCB, 0x1FBEF, "So", false, ""},
    {0x2B739, 0x2B739, "Lo", true, "Han"}, {0x2EBF0, 0x2EE5D, "Lo", true, "Han"}, {0x31350, 0x323AF, "Lo", true, "Han"},
});

}  // namespace

std::span<const UnicodeAddition> unicode_additions() { return kAdditions; }

const UnicodeAddition* find_addition(uint32_t c) {
  const auto after = std::upper_bound(kAdditions.begin(), kAdditions.end(), c,
                                      [](uint32_t value, const UnicodeAddition& row) { return value < row.first; });
  if (after == kAdditions.begin() || c > std::prev(after)->last) return nullptr;
  return &*std::prev(after);
}

}  // namespace fedllm::data
