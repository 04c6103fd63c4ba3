#include "data/onig_rewriter.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr int kMaxDepth = 50;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

// A backslash and what follows, where that names a set.
Result<std::optional<CharSet>> OnigRewriter::escaped_set() {
  const char c = peek(1);
  std::optional<CharSet> set;
  if (c == 's' || c == 'S') set = space_set();
  if (c == 'd' || c == 'D') set = digit_set();
  if (c == 'w' || c == 'W') set = word_set();
  if (c == 'h' || c == 'H') set = CharSet{"0-9A-Fa-f"};
  if (set) {
    at_ += 2;
    set->complement = c < 'a';
    return set;
  }
  if (c != 'p' && c != 'P') return set;
  FEDLLM_ASSIGN_OR_RETURN(set, property());
  return set;
}

Result<CharSet> OnigRewriter::property() {
  bool negated = peek(1) == 'P';
  if (peek(2) != '{') return unsupported("\\p without braces");
  size_t begin = at_ + 3;
  const size_t end = p_.find('}', begin);
  if (end == std::string_view::npos) return broken("opens a property that is not closed");
  if (p_[begin] == '^') negated = !negated, ++begin;
  const std::string_view name = p_.substr(begin, end - begin);
  std::optional<CharSet> set = named_set(name, false);
  if (!set) return unsupported("the property \"" + shortened(name, 40) + "\"");
  if (caseless_ && (set->listed.starts_with("\\p{Lu}") || set->listed.starts_with("\\p{Ll}") || set->listed.starts_with("\\p{Lt}")))
    return unsupported("a property of case under (?i)");
  at_ = end + 1;
  if (negated) set->complement = !set->complement;
  return *set;
}

Result<uint32_t> OnigRewriter::hex(size_t least, size_t most) {
  uint32_t value = 0;
  size_t n = 0;
  for (; n < most; ++n, ++at_) {
    const char c = peek();
    if (is_digit(c)) value = value * 16 + static_cast<uint32_t>(c - '0');
    else if ((c | 32) >= 'a' && (c | 32) <= 'f') value = value * 16 + static_cast<uint32_t>((c | 32) - 'a' + 10);
    else break;
  }
  if (n < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return broken("has a bad code point");
  return value;
}

Result<uint32_t> OnigRewriter::escaped_char() {
  ++at_;
  if (!more()) return broken("ends with a backslash");
  const char c = peek();
  static constexpr std::string_view kNames = "ntrfvae", kCodes = "\n\t\r\f\v\a\x1B";
  if (const size_t i = kNames.find(c); i != std::string_view::npos) {
    ++at_;
    return static_cast<uint32_t>(kCodes[i]);
  }
  if (c == 'u') {
    ++at_;
    return hex(4, 4);
  }
  if (c == 'x' && peek(1) == '{') {
    at_ += 2;
    FEDLLM_ASSIGN_OR_RETURN(const uint32_t code, hex(1, 8));
    if (peek() != '}') return broken("has a bad code point");
    ++at_;
    return code;
  }
  if (c == 'x') {
    ++at_;
    FEDLLM_ASSIGN_OR_RETURN(const uint32_t code, hex(1, 2));
    return code < 0x80 ? Result<uint32_t>(code) : Result<uint32_t>(unsupported("a byte that is not ASCII"));
  }
  if (is_letter(c) || is_digit(c)) return unsupported(std::string("\"\\") + c + "\"");
  return take_char();
}

uint32_t OnigRewriter::take_char() {
  const uint32_t code = utf8_at(p_, at_);
  at_ += utf8_length(static_cast<unsigned char>(p_[at_]));
  return code;
}

Result<std::optional<CharSet>> OnigRewriter::posix_bracket() {
  const size_t close = p_.find(":]", at_ + 2);
  std::optional<CharSet> set;
  if (close == std::string_view::npos) return set;
  const bool negated = peek(2) == '^';
  const std::string_view name = p_.substr(at_ + (negated ? 3 : 2), close - at_ - (negated ? 3 : 2));
  if (!(set = named_set(name, true))) return unsupported("the bracket [:" + shortened(name, 40) + ":]");
  set->complement = set->complement != negated;
  at_ = close + 2;
  return set;
}

// One character, or one set.
Result<OnigRewriter::Item> OnigRewriter::class_item() {
  Item item;
  if (peek() != '\\') {
    item.code = take_char();
    return item;
  }
  if (peek(1) == 'b') {   // a backspace, in a class
    at_ += 2;
    item.code = 8;
    return item;
  }
  if (peek(1) == 'R' || peek(1) == 'N' || peek(1) == 'O' || peek(1) == 'X') return unsupported("\\R, \\N, \\O or \\X in a class");
  FEDLLM_ASSIGN_OR_RETURN(const std::optional<CharSet> set, escaped_set());
  if (set) {
    item.set = *set;
    return item;
  }
  FEDLLM_ASSIGN_OR_RETURN(item.code, escaped_char());
  return item;
}

// Items up to "]" or "&&".
Status OnigRewriter::class_union(Union& out, bool first, int depth) {
  const auto add = [&](const CharSet& set) {
    if (set.complement) out.others.push_back(set.text());
    else out.listed += set.listed;
  };
  for (;; first = false) {
    if (!more()) return broken("opens a class that is not closed");
    if ((peek() == ']' && !first) || next_is("&&")) return {};
    if (peek() == '[') {
      if (peek(1) == ':') {
        FEDLLM_ASSIGN_OR_RETURN(const std::optional<CharSet> set, posix_bracket());
        if (set) {
          add(*set);
          continue;
        }
      }
      ++at_;
      FEDLLM_ASSIGN_OR_RETURN(const Class inner, char_class(depth + 1));
      if (inner.listed) out.listed += *inner.listed;
      else out.others.push_back(inner.text);
      continue;
    }
    FEDLLM_ASSIGN_OR_RETURN(const Item item, class_item());
    if (!item.code) {
      add(item.set);
      continue;
    }
    if (caseless_ && *item.code >= 0x80) return unsupported("letters beyond ASCII under (?i)");
    out.listed += class_char(*item.code);
    if (peek() != '-' || peek(1) == ']' || peek(1) == '\0') continue;
    ++at_;
    if (peek() == '[') return unsupported("a class behind \"-\" in a class");
    FEDLLM_ASSIGN_OR_RETURN(const Item last, class_item());
    if (!last.code) return broken("has a set as the end of a range");
    if (*last.code < *item.code) return broken("has a range that runs backwards");
    out.listed += "-" + class_char(*last.code);
  }
}

std::string OnigRewriter::union_text(const Union& each) {
  if (each.others.empty()) return "[" + each.listed + "]";
  std::string text = each.listed.empty() ? "(?:" : "(?:[" + each.listed + "]|";
  for (size_t i = 0; i < each.others.size(); ++i) text += (i == 0 ? "" : "|") + each.others[i];
  return text + ")";
}

// Behind "[".
Result<OnigRewriter::Class> OnigRewriter::char_class(int depth) {
  if (depth > kMaxDepth) return unsupported("classes nested more than 50 deep");
  const bool negated = peek() == '^';
  if (negated) ++at_;
  std::vector<Union> sides;
  for (bool first = true; first || next_is("&&"); first = false) {
    if (!first) at_ += 2;
    FEDLLM_RETURN_IF_ERROR(class_union(sides.emplace_back(), first, depth));
    if (sides.back().listed.empty() && sides.back().others.empty()) return unsupported("an empty side of && in a class");
  }
  ++at_;
  if (sides.size() == 1 && sides[0].others.empty()) {
    if (!negated) return Class{"[" + sides[0].listed + "]", sides[0].listed};
    return Class{"[^" + sides[0].listed + "]", std::nullopt};
  }
  std::string text = "(?:";
  for (size_t i = 0; i + 1 < sides.size(); ++i) text += "(?=" + union_text(sides[i]) + ")";
  text += union_text(sides.back()) + ")";
  if (negated) text = "(?:(?!" + text + ")(?s:.))";
  return Class{text, std::nullopt};
}

}  // namespace fedllm::data
