#include "data/onig_property.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "data/unicode.h"
#include "data/unicode_additions.h"

namespace fedllm::data {
namespace {

std::string range_item(uint32_t first, uint32_t last) {
  char text[32];
  std::snprintf(text, sizeof text, first == last ? "\\x{%X}" : "\\x{%X}-\\x{%X}", first, last);
  return text;
}

template <class Wanted>
std::string additions(Wanted wanted) {
  std::string items;
  uint32_t first = 1, last = 0;   // the range being joined
  for (const UnicodeAddition& row : unicode_additions()) {
    if (!wanted(row)) continue;
    if (first <= last && row.first == last + 1) {
      last = row.last;
      continue;
    }
    if (first <= last) items += range_item(first, last);
    first = row.first, last = row.last;
  }
  return first <= last ? items + range_item(first, last) : items;
}

// "L" or "Lu" with what newer Unicode adds.
std::string category(std::string_view name) {
  return "\\p{" + std::string(name) + "}" + additions([&](const UnicodeAddition& row) { return row.category.starts_with(name); });
}

std::string categories(std::initializer_list<std::string_view> names) {
  std::string items;
  for (const std::string_view name : names) items += category(name);
  return items;
}

std::string alphabetic() {
  return "\\p{Alphabetic}" + additions([](const UnicodeAddition& row) { return row.alphabetic; });
}

struct Name { std::string_view folded, value; };

constexpr auto kCategories = std::to_array<Name>({
    {"l", "L"}, {"letter", "L"}, {"lu", "Lu"}, {"uppercaseletter", "Lu"}, {"ll", "Ll"}, {"lowercaseletter", "Ll"},
    {"lt", "Lt"}, {"titlecaseletter", "Lt"}, {"lm", "Lm"}, {"modifierletter", "Lm"}, {"lo", "Lo"}, {"otherletter", "Lo"},
    {"m", "M"}, {"mark", "M"}, {"combiningmark", "M"}, {"mn", "Mn"}, {"nonspacingmark", "Mn"}, {"mc", "Mc"},
    {"spacingmark", "Mc"}, {"me", "Me"}, {"enclosingmark", "Me"}, {"n", "N"}, {"number", "N"}, {"nd", "Nd"},
    {"decimalnumber", "Nd"}, {"digit", "Nd"}, {"nl", "Nl"}, {"letternumber", "Nl"}, {"no", "No"}, {"othernumber", "No"},
    {"p", "P"}, {"punctuation", "P"}, {"pc", "Pc"}, {"connectorpunctuation", "Pc"}, {"pd", "Pd"}, {"dashpunctuation", "Pd"},
    {"ps", "Ps"}, {"openpunctuation", "Ps"}, {"pe", "Pe"}, {"closepunctuation", "Pe"}, {"pi", "Pi"},
    {"initialpunctuation", "Pi"}, {"pf", "Pf"}, {"finalpunctuation", "Pf"}, {"po", "Po"}, {"otherpunctuation", "Po"},
    {"s", "S"}, {"symbol", "S"}, {"sm", "Sm"}, {"mathsymbol", "Sm"}, {"sc", "Sc"}, {"currencysymbol", "Sc"}, {"sk", "Sk"},
    {"modifiersymbol", "Sk"}, {"so", "So"}, {"othersymbol", "So"}, {"z", "Z"}, {"separator", "Z"}, {"zs", "Zs"},
    {"spaceseparator", "Zs"}, {"zl", "Zl"}, {"lineseparator", "Zl"}, {"zp", "Zp"}, {"paragraphseparator", "Zp"},
    {"cc", "Cc"}, {"control", "Cc"}, {"cf", "Cf"}, {"format", "Cf"}, {"co", "Co"}, {"privateuse", "Co"}});

constexpr auto kScripts = std::to_array<Name>({
    {"arabic", "Arabic"}, {"armenian", "Armenian"}, {"bengali", "Bengali"}, {"bopomofo", "Bopomofo"},
    {"cyrillic", "Cyrillic"}, {"devanagari", "Devanagari"}, {"ethiopic", "Ethiopic"}, {"georgian", "Georgian"},
    {"greek", "Greek"}, {"gujarati", "Gujarati"}, {"gurmukhi", "Gurmukhi"}, {"han", "Han"}, {"hangul", "Hangul"},
    {"hebrew", "Hebrew"}, {"hiragana", "Hiragana"}, {"kannada", "Kannada"}, {"katakana", "Katakana"}, {"khmer", "Khmer"},
    {"lao", "Lao"}, {"latin", "Latin"}, {"malayalam", "Malayalam"}, {"mongolian", "Mongolian"}, {"myanmar", "Myanmar"},
    {"oriya", "Oriya"}, {"sinhala", "Sinhala"}, {"syriac", "Syriac"}, {"tamil", "Tamil"}, {"telugu", "Telugu"},
    {"thaana", "Thaana"}, {"thai", "Thai"}, {"tibetan", "Tibetan"}});

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != ' ' && c != '-' && c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::optional<CharSet> derived_set(std::string_view name) {
  if (name == "c" || name == "other") return CharSet{categories({"L", "M", "N", "P", "S", "Z"}), true};
  if (name == "cn" || name == "unassigned")
    return CharSet{categories({"L", "M", "N", "P", "S", "Z", "Cc", "Cf", "Co"}) + "\\p{Cs}", true};
  if (name == "any") return CharSet{"\\x{0}-\\x{10FFFF}"};
  if (name == "lc" || name == "casedletter") return CharSet{categories({"Lu", "Ll", "Lt"})};
  if (name == "alphabetic" || name == "alpha") return CharSet{alphabetic()};
  if (name == "alnum") return CharSet{alphabetic() + category("Nd")};
  if (name == "whitespace" || name == "space") return space_set();
  if (name == "word") return word_set();
  if (name == "xdigit") return CharSet{"0-9A-Fa-f"};
  if (name == "blank") return CharSet{"\\t\\p{Zs}"};
  if (name == "cntrl") return CharSet{"\\p{Cc}"};
  if (name == "ascii") return CharSet{"\\x{0}-\\x{7F}"};
  if (name == "punct") return CharSet{categories({"P", "S"})};
  return std::nullopt;
}

}  // namespace

std::string class_char(uint32_t c) { return range_item(c, c); }

CharSet space_set() { return {"\\x{9}-\\x{D} \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}"}; }
CharSet digit_set() { return {category("Nd")}; }
CharSet word_set() { return {alphabetic() + categories({"M", "Nd", "Pc"}) + "\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}"}; }
std::string rust_word_items() { return alphabetic() + categories({"M", "Nd", "Pc"}) + "\\x{200C}\\x{200D}"; }
std::string rust_numeric_items() { return category("N") + "\\x{11DE0}-\\x{11DE9}\\x{16FF4}-\\x{16FF6}"; }

std::string rust_punctuation_items() {
  std::string items;
  uint32_t first = 0;
  bool inside = false;
  for (uint32_t c = 0; c <= 0x110000; ++c) {
    const bool wanted = c < 0x110000 && is_punctuation(c);
    if (wanted && !inside) first = c;
    if (!wanted && inside) items += range_item(first, c - 1);
    inside = wanted;
  }
  return items;
}

std::optional<CharSet> named_set(std::string_view name, bool posix) {
  const std::string key = folded(name);
  if (posix && key == "digit") return digit_set();
  if (const auto derived = derived_set(key)) return derived;
  if (posix) return std::nullopt;
  for (const Name& each : kCategories)
    if (each.folded == key) return CharSet{category(each.value)};
  for (const Name& each : kScripts)
    if (each.folded == key)
      return CharSet{"\\p{sc:" + std::string(each.value) + "}" +
                     additions([&](const UnicodeAddition& row) { return row.script == each.value; })};
  return std::nullopt;
}

}  // namespace fedllm::data
