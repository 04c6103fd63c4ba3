#include "data/onig_pattern.h"

#include "data/onig_rewriter.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr size_t kMaxPattern = 16384;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

Result<std::string> OnigRewriter::run() {
  if (p_.size() > kMaxPattern) return unsupported("more than " + std::to_string(kMaxPattern) + " bytes");
  groups_.push_back({0, false});
  while (more()) FEDLLM_RETURN_IF_ERROR(step());
  if (groups_.size() != 1) return broken("opens a group that is not closed");
  out_.append(groups_[0].closers, ')');
  return out_;
}

Status OnigRewriter::step() {
  const char c = peek();
  const char letter_before = last_letter_;
  last_letter_ = 0;
  switch (c) {
    case '(': return open_group();
    case ')': return close_group();
    case '[': {
      ++at_;
      FEDLLM_ASSIGN_OR_RETURN(const Class each, char_class(0));
      atom(each.text);
      return {};
    }
    case '\\': return escape();
    case '|': case '^': case '$':
      ++at_;
      atom_.reset();
      out_ += c;
      return {};
    case '.': ++at_; atom("."); return {};
    case '*': case '+': case '?': return quantifier();
    case '{': return quantifier();
    default: last_letter_ = letter_before; return literal();
  }
}

Status OnigRewriter::literal() {
  const size_t length = utf8_length(static_cast<unsigned char>(peek()));
  const char c = peek();
  if (caseless_) {
    // Oniguruma lets one letter stand for several ("ss" for U+00DF); no such pair is rewritten.
    const auto lower = [](char x) { return x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x; };
    const char a = lower(last_letter_), b = lower(c);
    if (length > 1) return unsupported("letters beyond ASCII under (?i)");
    if ((a == 's' && (b == 's' || b == 't')) || (a == 'f' && (b == 'f' || b == 'i' || b == 'l')))
      return unsupported(std::string("\"") + a + b + "\" under (?i)");
  }
  last_letter_ = length == 1 && is_letter(c) ? c : '\0';
  atom(c == '}' || c == ']' ? std::string("\\") + c : std::string(p_.substr(at_, length)));
  at_ += length;
  return {};
}

Status OnigRewriter::open_group() {
  if (next_is("(?#")) {
    const size_t end = p_.find(')', at_);
    if (end == std::string_view::npos) return broken("opens a comment that is not closed");
    at_ = end + 1;
    return {};
  }
  std::string opening = "(";
  if (peek(1) == '?') {
    opening.clear();
    for (const std::string_view kind : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"})
      if (opening.empty() && next_is(kind)) opening = kind;
    if (opening.empty() && next_is("(?<") && is_letter(peek(3))) opening = "(?<";
    if (opening.empty()) return options();
  } else if (peek(1) == '*') {
    return broken("repeats nothing");   // to PCRE2 it would be a verb
  }
  groups_.push_back({out_.size(), caseless_});
  out_ += opening;
  at_ += opening.size();
  atom_.reset();
  return {};
}

// (?i) for the rest of the group, (?i:…) for a group of its own.
Status OnigRewriter::options() {
  size_t end = at_ + 2;
  bool on = true, caseless = caseless_;
  std::string set, cleared;
  for (; end < p_.size() && p_[end] != ':' && p_[end] != ')'; ++end) {
    const char c = p_[end];
    if (c == '-' && on) on = false;
    else if (c == 'i') (on ? set : cleared) += 'i', caseless = on;
    else if (c == 'm') (on ? set : cleared) += 's';
    else return unsupported("\"" + shortened(p_.substr(at_, end + 1 - at_), 12) + "\"");
  }
  if (end >= p_.size()) return broken("opens a group that is not closed");
  const std::string opening = "(?" + set + (cleared.empty() ? "" : "-" + cleared) + ":";
  if (p_[end] == ':') groups_.push_back({out_.size(), caseless_});
  else ++groups_.back().closers;
  out_ += opening;
  caseless_ = caseless;
  at_ = end + 1;
  atom_.reset();
  return {};
}

Status OnigRewriter::close_group() {
  if (groups_.size() == 1) return broken("closes a group that is not open");
  const Group group = groups_.back();
  groups_.pop_back();
  out_.append(group.closers + 1, ')');
  caseless_ = group.caseless;
  atom_ = group.start;
  ++at_;
  return {};
}

Status OnigRewriter::quantifier() {
  if (peek() != '{') {
    if (!atom_) return broken("repeats nothing");
    out_ += p_[at_++];
    if (peek() == '?' || peek() == '+') out_ += p_[at_++];
    if (peek() == '*' || peek() == '+' || peek() == '?') return unsupported("a repeat of a repeat");
    return {};
  }
  size_t end = at_ + 1;
  std::string low, high;
  while (end < p_.size() && is_digit(p_[end])) low += p_[end++];
  const bool comma = end < p_.size() && p_[end] == ',';
  if (comma) ++end;
  while (comma && end < p_.size() && is_digit(p_[end])) high += p_[end++];
  if (end >= p_.size() || p_[end] != '}' || (low.empty() && high.empty())) {
    ++at_;
    atom("\\{");
    return {};
  }
  if (!atom_) return broken("repeats nothing");
  at_ = end + 1;
  out_ += "{" + (low.empty() ? "0" : low) + (comma ? "," + high : "") + "}";
  // Behind an interval, + repeats the whole again, and so does ? where there is only one number.
  if (peek() == '+' || (peek() == '?' && !comma)) {
    out_.insert(*atom_, "(?:");
    out_ += std::string(")") + p_[at_++];
  } else if (peek() == '?') {
    out_ += p_[at_++];
  }
  if (peek() == '*' || peek() == '+' || peek() == '?') return unsupported("a repeat of a repeat");
  return {};
}

Status OnigRewriter::set_atom(const CharSet& set) {
  atom(set.text());
  return {};
}

Status OnigRewriter::escape() {
  const char c = peek(1);
  const std::string word = word_set().text();
  const auto fixed = [&](const std::string& text, bool is_atom) {
    if (is_atom) atom(text);
    else out_ += text, atom_.reset();
    at_ += 2;
    return Status();
  };
  switch (c) {
    case 'b': return fixed("(?:(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + "))", false);
    case 'B': return fixed("(?:(?<=" + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + "))", false);
    case 'A': case 'z': case 'Z': return fixed(std::string("\\") + c, false);
    case 'R': return fixed("\\R", true);
    case 'N': return fixed("[^\\n]", true);
    case 'O': return fixed("(?s:.)", true);
    default: break;
  }
  if (c >= '1' && c <= '9' && !is_digit(peek(2))) return fixed("\\g{" + std::string(1, c) + "}", true);
  FEDLLM_ASSIGN_OR_RETURN(const std::optional<CharSet> set, escaped_set());
  if (set) return set_atom(*set);
  FEDLLM_ASSIGN_OR_RETURN(const uint32_t code, escaped_char());
  atom(class_char(code));
  return {};
}

Result<std::string> pcre_from_onig(std::string_view pattern) { return OnigRewriter(pattern).run(); }

}  // namespace fedllm::data
