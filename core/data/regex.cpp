#include "data/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/text.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.regex";
// Enough for any sane pattern on a line of text, small enough that a hostile pattern ends within a second.
constexpr uint32_t kMatchLimit = 5'000'000;

// Oniguruma reads "[a[b]]" and "[a&&b]" as set operations, PCRE2 as literals.
bool has_nested_class(std::string_view pattern) {
  bool inside = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') { ++i; continue; }
    if (!inside && pattern[i] == '[') {
      inside = true;
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') ++i;
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') ++i;
    } else if (inside && pattern[i] == ']') {
      inside = false;
    } else if (inside && (pattern.substr(i, 2) == "&&" || (pattern[i] == '[' && pattern.substr(i, 2) != "[:"))) {
      return true;
    } else if (inside && pattern.substr(i, 2) == "[:") {
      const size_t close = pattern.find(":]", i);
      if (close == std::string_view::npos) return true;
      i = close + 1;
    }
  }
  return false;
}

}  // namespace

struct Regex::Program {
  pcre2_code* code = nullptr;
  bool jit = false;
  ~Program() { pcre2_code_free(code); }
};

Result<Regex> Regex::build(std::string_view pattern, uint32_t options) {
  auto code = std::make_shared<Program>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  code->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options | PCRE2_UTF, &error, &offset, nullptr);
  if (!code->code) {
    PCRE2_UCHAR text[200] = {};
    pcre2_get_error_message(error, text, sizeof text);
    return invalid_argument("pattern \"" + shortened(pattern, 80) + "\" is not understood at character " +
                                std::to_string(offset) + ": " + reinterpret_cast<const char*>(text), kWhere);
  }
  code->jit = pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE) == 0;
  Regex regex;
  regex.code_ = std::move(code);
  return regex;
}

Result<Regex> Regex::compile(std::string_view pattern) {
  if (!is_valid_utf8(pattern)) return invalid_argument("a pattern is not valid UTF-8", kWhere);
  if (has_nested_class(pattern))
    return Status(Code::unimplemented, "pattern \"" + shortened(pattern, 80) +
                  "\" nests character classes, which is not supported", kWhere);
  return build(pattern, PCRE2_UCP);
}

Result<Regex> Regex::literal(std::string_view text) {
  if (text.empty()) return invalid_argument("a pattern is empty", kWhere);
  if (!is_valid_utf8(text)) return invalid_argument("a pattern is not valid UTF-8", kWhere);
  return build(text, PCRE2_LITERAL);
}

struct Regex::Search::State {
  std::shared_ptr<const Program> code;
  std::string_view subject;
  size_t at = 0;
  pcre2_match_data* match = nullptr;
  pcre2_match_context* context = nullptr;

  ~State() {
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
  }
  int run() {
    const auto* text = reinterpret_cast<PCRE2_SPTR>(subject.data());
    int rc = PCRE2_ERROR_JIT_STACKLIMIT;
    if (code->jit) rc = pcre2_jit_match(code->code, text, subject.size(), at, PCRE2_NO_UTF_CHECK, match, context);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
      rc = pcre2_match(code->code, text, subject.size(), at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, match, context);
    return rc;
  }
};

Regex::Search::Search(const Regex& regex, std::string_view subject) : state_(std::make_unique<State>()) {
  state_->code = regex.code_;
  state_->subject = subject;
  state_->match = pcre2_match_data_create(1, nullptr);
  state_->context = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(state_->context, kMatchLimit);
}

Regex::Search::~Search() = default;

std::optional<Span> Regex::Search::next() {
  State& s = *state_;
  while (s.at < s.subject.size()) {
    const int rc = s.run();
    if (rc < 0) {  // no match, or the pattern gave up: what is left is one unmatched stretch
      s.at = s.subject.size();
      return std::nullopt;
    }
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(s.match);
    const Span found{ends[0], ends[1]};
    // \K or a lookbehind may move the start back; such a match could loop for ever.
    if (found.begin < s.at || found.begin >= found.end) {
      s.at += utf8_length(static_cast<unsigned char>(s.subject[s.at]));
      continue;
    }
    s.at = found.end;
    return Span{found.begin, found.end};
  }
  return std::nullopt;
}

std::string Regex::replace_all(const std::string& text, std::string_view by) const {
  std::string out;
  Search search(*this, text);
  size_t done = 0;
  while (const auto match = search.next()) {
    out.append(text, done, match->begin - done).append(by);
    done = match->end;
  }
  return done == 0 ? text : out.append(text, done);
}

}  // namespace fedllm::data
