// How near a generated answer is to the expected one, as pure functions of two texts (valid UTF-8):
//   final number  GSM8K's way: the last number of a text, whatever stands around it. Thousands commas, a currency sign, a
//                 sign (also U+2212), leading and trailing zeros and a full stop behind it do not count; compared as decimals.
//   ROUGE-L       F-measure of the longest common subsequence (Lin 2004), over the tokens of Google's rouge_score without
//                 stemming: lower case, runs of a-z and 0-9. A text without such letters has no tokens and scores 0.
//   token F1      SQuAD's: lower case, without ASCII punctuation and the words a, an, the; split at white space; tokens are
//                 counted. Two texts that are empty then score 1, one alone 0 (as SQuAD 2.0's script).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fedllm::data {

// In one spelling: "-1234.5", "0"; none where the text holds no digit.
std::optional<std::string> final_number(std::string_view text);
// Both texts have a number and their last ones are equal.
bool same_final_number(std::string_view answer, std::string_view expected);
double rouge_l(std::string_view answer, std::string_view expected);    // [0, 1]
double token_f1(std::string_view answer, std::string_view expected);   // [0, 1]

}  // namespace fedllm::data
