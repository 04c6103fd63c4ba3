// The rewriter behind pcre_from_onig: one pass over the pattern, text out. onig_pattern.cpp holds what stands between
// classes, onig_class.cpp classes and escapes. Not included elsewhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "data/onig_property.h"

namespace fedllm::data {

class OnigRewriter {
 public:
  explicit OnigRewriter(std::string_view pattern) : p_(pattern) {}
  Result<std::string> run();

 private:
  struct Group { size_t start; bool caseless; int closers = 0; };
  // One side of &&: characters that fit between brackets, and sets that do not.
  struct Union { std::string listed; std::vector<std::string> others; };
  struct Class { std::string text; std::optional<std::string> listed; };   // listed: mergeable into another class
  struct Item { std::optional<uint32_t> code; CharSet set; };

  bool more() const { return at_ < p_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < p_.size() ? p_[at_ + ahead] : '\0'; }
  bool next_is(std::string_view text) const { return p_.substr(at_, text.size()) == text; }
  Status unsupported(const std::string& what) const {
    return {Code::unimplemented, "pattern \"" + shortened(p_, 80) + "\" has " + what + ", which is not supported", "data.regex"};
  }
  Status broken(const std::string& what) const {
    return invalid_argument("pattern \"" + shortened(p_, 80) + "\" " + what, "data.regex");
  }
  void atom(std::string_view text) { atom_ = out_.size(), out_ += text; }

  Status step();
  Status open_group();
  Status options();
  Status close_group();
  Status quantifier();
  Status escape();
  Status literal();
  Status set_atom(const CharSet& set);
  Result<uint32_t> hex(size_t least, size_t most);
  Result<uint32_t> escaped_char();
  Result<std::optional<CharSet>> escaped_set();
  Result<CharSet> property();
  Result<Class> char_class(int depth);
  Status class_union(Union& out, bool first, int depth);
  Result<Item> class_item();
  Result<std::optional<CharSet>> posix_bracket();
  uint32_t take_char();
  static std::string union_text(const Union& each);

  std::string_view p_;
  size_t at_ = 0;
  std::string out_;
  std::optional<size_t> atom_;   // where the last atom starts in out_
  std::vector<Group> groups_;
  bool caseless_ = false;
  char last_letter_ = 0;         // the last literal letter, when it was the last atom
};

}  // namespace fedllm::data
