// One compiled pattern (PCRE2, UTF-8, Unicode properties, just-in-time compiled where the machine allows). Immutable
// and thread-safe. Patterns come from tokenizer files, written for Oniguruma; see onig_pattern.h for what is rewritten
// and what is refused.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm::data {

struct Span { size_t begin = 0, end = 0; };

class Regex {
 public:
  static Result<Regex> compile(std::string_view pattern);
  // Matches exactly these characters.
  static Result<Regex> literal(std::string_view text);

  // A pattern in PCRE2's own syntax, for the cuts that are built in.
  static Result<Regex> built_in(std::string_view pattern);
  // The text with every match replaced by `by`, taken literally.
  std::string replace_all(const std::string& text, std::string_view by) const;

  // A search over one subject (valid UTF-8, borrowed; the pattern must outlive it): matches from left to right, also
  // empty ones, unless they stand right behind the match before.
  class Search {
   public:
    Search(const Regex& regex, std::string_view subject);
    ~Search();
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;
    std::optional<Span> next();

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

 private:
  struct Program;
  static Result<Regex> build(std::string_view pattern, uint32_t options);
  std::shared_ptr<const Program> code_;
};

}  // namespace fedllm::data
