#include "data/text_measures.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "data/unicode.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

using Words = std::vector<std::string>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Takes `part` off the text's end, if it is there.
bool take_back(std::string_view& text, std::string_view part) {
  if (!text.ends_with(part)) return false;
  text.remove_suffix(part.size());
  return true;
}

// Start of the digits and thousands commas that end at `end`: a comma counts between one to three digits and just three.
size_t integer_start(std::string_view text, size_t end) {
  const auto digits_before = [&](size_t at) {
    size_t start = at;
    while (start > 0 && is_digit(text[start - 1])) --start;
    return start;
  };
  size_t start = digits_before(end);
  while (end - start == 3 && start > 1 && text[start - 1] == ',') {
    const size_t group = digits_before(start - 1), length = start - 1 - group;
    if (length < 1 || length > 3) break;
    end = start - 1;
    start = group;
  }
  return start;
}

// Whether what stands before the digits makes the number negative: a minus that is no hyphen or subtraction, on either
// side of a currency sign.
bool is_negative(std::string_view before) {
  for (int i = 0; i < 2; ++i) {
    for (const std::string_view sign : {"$", "€", "£", "¥", "₹", "￥"}) take_back(before, sign);
    if (!take_back(before, "-") && !take_back(before, "−")) continue;
    return before.empty() || !(is_letter_or_digit(before.back()) || before.back() == ')');
  }
  return false;
}

std::string spelled(bool negative, std::string_view integer, std::string_view decimals) {
  std::string digits;
  for (const char c : integer)
    if (is_digit(c) && (c != '0' || !digits.empty())) digits += c;
  while (!decimals.empty() && decimals.back() == '0') decimals.remove_suffix(1);
  if (digits.empty()) digits = "0";
  if (!decimals.empty()) digits.append(".").append(decimals);
  return negative && digits != "0" ? "-" + digits : digits;
}

Words rouge_words(std::string_view text) {
  Words words;
  bool open = false;
  for (const char c : lowercase(text)) {
    const bool counts = is_digit(c) || (c >= 'a' && c <= 'z');
    if (counts && !open) words.emplace_back();
    if (counts) words.back() += c;
    open = counts;
  }
  return words;
}

size_t longest_common(const Words& a, const Words& b) {
  std::vector<size_t> row(b.size() + 1, 0);
  for (const std::string& word : a) {
    size_t diagonal = 0;   // the cell to the upper left
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t above = row[j + 1];
      row[j + 1] = word == b[j] ? diagonal + 1 : std::max(above, row[j]);
      diagonal = above;
    }
  }
  return row.back();
}

double f_measure(size_t common, size_t answer, size_t expected) {
  if (common == 0) return 0;
  const double precision = static_cast<double>(common) / static_cast<double>(answer);
  const double recall = static_cast<double>(common) / static_cast<double>(expected);
  return 2 * precision * recall / (precision + recall);
}

bool is_ascii_punctuation(char c) { return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~'); }
bool is_article(std::string_view word) { return word == "a" || word == "an" || word == "the"; }

// An article stands alone between characters that are no word's; the rest is split at white space.
class SquadWords {
 public:
  explicit SquadWords(std::string_view text) {
    const std::string small = lowercase(text);
    std::string kept;
    for (const char c : small)
      if (!is_ascii_punctuation(c)) kept += c;
    for (size_t at = 0; at < kept.size();) {
      const size_t length = utf8_length(static_cast<unsigned char>(kept[at]));
      add(utf8_at(kept, at), kept.substr(at, length));
      at += length;
    }
    end_run();
    end_word();
  }
  const Words& words() const { return words_; }

 private:
  void add(uint32_t code_point, const std::string& character) {
    if (is_word_char(code_point)) {
      run_ += character;
      return;
    }
    end_run();
    if (is_white_space(code_point) || (code_point >= 0x1C && code_point <= 0x1F)) end_word();
    else word_ += character;
  }
  void end_run() {
    if (is_article(run_)) end_word();
    else word_ += run_;
    run_.clear();
  }
  void end_word() {
    if (!word_.empty()) words_.push_back(std::move(word_));
    word_.clear();
  }

  Words words_;
  std::string word_, run_;   // run: word characters not yet known to be an article
};

}  // namespace

std::optional<std::string> final_number(std::string_view text) {
  const size_t last = text.find_last_of("0123456789");
  if (last == std::string_view::npos) return std::nullopt;
  const size_t end = last + 1;
  size_t start = integer_start(text, end);
  std::string_view integer = text.substr(start, end - start), decimals;
  // Digits behind a point are decimals, with or without an integer before it ("1,234.50", ".5", not "no.5" and "...5").
  if (integer.find(',') == std::string_view::npos && start > 0 && text[start - 1] == '.') {
    const size_t point = start - 1, whole = integer_start(text, point);
    const char before = whole > 0 ? text[whole - 1] : ' ';
    if (whole < point || !(is_letter_or_digit(before) || before == '.')) {
      decimals = integer;
      integer = text.substr(whole, point - whole);
      start = whole;
    }
  }
  return spelled(is_negative(text.substr(0, start)), integer, decimals);
}

bool same_final_number(std::string_view answer, std::string_view expected) {
  const auto wanted = final_number(expected);
  return wanted && final_number(answer) == wanted;
}

double rouge_l(std::string_view answer, std::string_view expected) {
  const Words a = rouge_words(answer), e = rouge_words(expected);
  return f_measure(longest_common(a, e), a.size(), e.size());
}

double token_f1(std::string_view answer, std::string_view expected) {
  const SquadWords a(answer), e(expected);
  if (a.words().empty() || e.words().empty()) return a.words().empty() && e.words().empty() ? 1 : 0;
  std::unordered_map<std::string, int> left;
  for (const std::string& word : e.words()) ++left[word];
  size_t common = 0;
  for (const std::string& word : a.words())
    if (const auto found = left.find(word); found != left.end() && found->second-- > 0) ++common;
  return f_measure(common, a.words().size(), e.words().size());
}

}  // namespace fedllm::data
