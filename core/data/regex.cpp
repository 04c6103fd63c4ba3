#include "data/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "data/onig_pattern.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.regex";
// Enough for any sane pattern on a line of text, small enough that a hostile pattern ends within a second.
constexpr uint32_t kMatchLimit = 5'000'000;

// What matching needs beside the pattern. Making it costs more than most matches, so a thread keeps what it has used.
struct Scratch {
  pcre2_match_data* match = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
  }
};

thread_local std::vector<std::unique_ptr<Scratch>> idle_scratch;

std::unique_ptr<Scratch> take_scratch() {
  if (idle_scratch.empty()) return std::make_unique<Scratch>();
  std::unique_ptr<Scratch> scratch = std::move(idle_scratch.back());
  idle_scratch.pop_back();
  return scratch;
}

struct CompileContext {
  pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
  CompileContext() {
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
  }
  CompileContext(const CompileContext&) = delete;
  CompileContext& operator=(const CompileContext&) = delete;
  ~CompileContext() { pcre2_compile_context_free(context); }
};

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
  const CompileContext compile;
  code->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options | PCRE2_UTF, &error, &offset,
                             compile.context);
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
  FEDLLM_ASSIGN_OR_RETURN(const std::string rewritten, pcre_from_onig(pattern));
  return build(rewritten, PCRE2_UCP | PCRE2_MULTILINE);
}

Result<Regex> Regex::literal(std::string_view text) {
  if (text.empty()) return invalid_argument("a pattern is empty", kWhere);
  if (!is_valid_utf8(text)) return invalid_argument("a pattern is not valid UTF-8", kWhere);
  return build(text, PCRE2_LITERAL);
}

Result<Regex> Regex::built_in(std::string_view pattern) { return build(pattern, PCRE2_UCP); }

struct Regex::Search::State {
  const Program* code = nullptr;
  std::string_view subject;
  size_t at = 0;
  size_t last_end = std::string_view::npos;   // of the match before
  std::unique_ptr<Scratch> scratch = take_scratch();

  ~State() { idle_scratch.push_back(std::move(scratch)); }
  int run() {
    const auto* text = reinterpret_cast<PCRE2_SPTR>(subject.data());
    int rc = PCRE2_ERROR_JIT_STACKLIMIT;
    if (code->jit)
      rc = pcre2_jit_match(code->code, text, subject.size(), at, PCRE2_NO_UTF_CHECK, scratch->match, scratch->context);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
      rc = pcre2_match(code->code, text, subject.size(), at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, scratch->match, scratch->context);
    return rc;
  }
};

Regex::Search::Search(const Regex& regex, std::string_view subject) : state_(std::make_unique<State>()) {
  state_->code = regex.code_.get();
  state_->subject = subject;
  pcre2_set_match_limit(state_->scratch->context, static_cast<uint32_t>(std::min<size_t>(kMatchLimit + 16 * subject.size(), UINT32_MAX)));
}

Regex::Search::~Search() = default;

std::optional<Span> Regex::Search::next() {
  State& s = *state_;
  while (s.at <= s.subject.size()) {
    if (s.run() < 0) break;   // no match, or the pattern gave up: what is left is one unmatched stretch
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(s.scratch->match);
    const Span found{ends[0], ends[1]};
    if (found.begin == found.end && found.end == s.last_end) {   // nothing, right behind the match before
      s.at += s.at < s.subject.size() ? utf8_length(static_cast<unsigned char>(s.subject[s.at])) : 1;
      continue;
    }
    s.at = s.last_end = found.end;
    return found;
  }
  s.at = s.subject.size() + 1;
  return std::nullopt;
}

std::string Regex::replace_all(const std::string& text, std::string_view by) const {
  std::string out;
  Search search(*this, text);
  size_t done = 0, matches = 0;
  for (; const auto match = search.next(); ++matches) {
    out.append(text, done, match->begin - done).append(by);
    done = match->end;
  }
  return matches == 0 ? text : out.append(text, done);
}

}  // namespace fedllm::data
