// Patterns of tokenizer files are written for Oniguruma with Ruby's syntax; here they are matched by PCRE2. This rewrites
// one into the other wherever the two read the same text differently: \s \w \d \h \v \b, properties and POSIX brackets
// with the characters of newer Unicode, ^ and $ (always at lines), (?m) (the dot takes line ends), an option in mid-branch,
// {,n}, {n}?, {n,m}+, nested classes and &&. What cannot be rewritten is refused by name.
// Source: Oniguruma's doc/RE (syntax ONIG_SYNTAX_RUBY), PCRE2's pcre2pattern.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm::data {

// For pcre2_compile with PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE and line feed as the only line end.
Result<std::string> pcre_from_onig(std::string_view pattern);

}  // namespace fedllm::data
