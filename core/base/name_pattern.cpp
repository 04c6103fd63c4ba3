#include "base/name_pattern.h"

#include <cctype>
#include <memory>
#include <optional>

namespace fedllm {
namespace {

using Set = std::bitset<256>;
using Op = NamePattern::Op;
using Step = NamePattern::Step;
constexpr const char* kWhere = "base.name_pattern";
constexpr size_t kMaxPattern = 4096, kMaxSteps = 5000;
constexpr int kMaxDepth = 50, kMaxRepeat = 1000, kMaxLooks = 16;

// The syntax tree: `join` and `either` hold children, `repeat` and the assertions one.
struct Node {
  enum class Kind { empty, set, join, either, repeat, look, assertion } kind = Kind::empty;
  Set set;
  std::vector<std::unique_ptr<Node>> parts;
  int low = 0, high = 0;              // repeat; high -1: no limit
  Op op = Op::accept;                 // look and assertion
};
using NodePtr = std::unique_ptr<Node>;

NodePtr node(Node::Kind kind) {
  auto made = std::make_unique<Node>();
  made->kind = kind;
  return made;
}

Set range(int first, int last) {
  Set set;
  for (int c = first; c <= last; ++c) set.set(static_cast<size_t>(c));
  return set;
}
Set one(char c) { return range(static_cast<unsigned char>(c), static_cast<unsigned char>(c)); }
const Set kDigits = range('0', '9');
const Set kWord = range('0', '9') | range('a', 'z') | range('A', 'Z') | one('_');
const Set kSpace = range('\t', '\r') | one(' ') | range(0x1c, 0x1f);

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<NodePtr> parse() {
    if (text_.size() > kMaxPattern) return error("is longer than " + std::to_string(kMaxPattern) + " bytes");
    NodePtr tree = either(0);
    if (!error_ && at_ < text_.size()) fail("has a ) without its (");
    if (error_) return *error_;
    return tree;
  }

 private:
  Status error(const std::string& what) const {
    return invalid_argument("the pattern \"" + std::string(text_.substr(0, 200)) + "\" " + what, kWhere);
  }
  void fail(const std::string& what) {
    if (!error_) error_ = error(what);
    at_ = text_.size();
  }
  bool more() const { return at_ < text_.size(); }
  bool take(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  NodePtr either(int depth) {
    NodePtr choice = node(Node::Kind::either);
    do choice->parts.push_back(join(depth));
    while (take("|"));
    return choice->parts.size() == 1 ? std::move(choice->parts[0]) : std::move(choice);
  }

  NodePtr join(int depth) {
    NodePtr list = node(Node::Kind::join);
    while (more() && text_[at_] != '|' && text_[at_] != ')') {
      NodePtr part = atom(depth);
      if (error_) break;
      list->parts.push_back(repeated(std::move(part)));
    }
    return list;
  }

  NodePtr atom(int depth) {
    const char c = text_[at_++];
    if (c == '(') return group(depth);
    if (c == '[') return set_node(bracket());
    if (c == '.') return set_node(~one('\n'));
    if (c == '^') return assertion(Op::begin);
    if (c == '$') return assertion(Op::end);
    if (c == '\\') return escape();
    if (c == '*' || c == '+' || c == '?') fail(std::string("has nothing to repeat before ") + c);
    return set_node(one(c));
  }

  NodePtr group(int depth) {
    if (depth >= kMaxDepth) {
      fail("nests more than " + std::to_string(kMaxDepth) + " groups");
      return node(Node::Kind::empty);
    }
    std::optional<Op> look;
    if (take("?:")) {
    } else if (take("?=")) look = Op::look_ahead;
    else if (take("?!")) look = Op::look_ahead_not;
    else if (take("?P<")) skip_name();
    else if (more() && text_[at_] == '?') fail("asks for (" + std::string(text_.substr(at_, 3)) + ", which this program does not do");
    in_look_ += look ? 1 : 0;
    NodePtr inner = either(depth + 1);
    in_look_ -= look ? 1 : 0;
    if (!error_ && !take(")")) fail("has a ( without its )");
    if (!look) return inner;
    if (in_look_ > 0) fail("has a lookahead inside a lookahead, which this program does not do");
    NodePtr made = node(Node::Kind::look);
    made->op = *look;
    made->parts.push_back(std::move(inner));
    return made;
  }

  void skip_name() {
    const size_t end = text_.find('>', at_);
    if (end == std::string_view::npos) fail("has a (?P< without its >");
    else at_ = end + 1;
  }

  NodePtr escape() {
    if (!more()) fail("ends with a lone backslash");
    if (error_) return node(Node::Kind::empty);
    const char c = text_[at_++];
    if (c == 'b') return assertion(Op::word_edge);
    if (c == 'B') return assertion(Op::no_word_edge);
    if (c == 'A') return assertion(Op::begin);
    if (c == 'Z') {
      NodePtr made = assertion(Op::end);
      made->low = 1;                       // the very end
      return made;
    }
    return set_node(escaped_set(c));
  }

  // What \c stands for, in or outside a class.
  Set escaped_set(char c) {
    switch (c) {
      case 'd': return kDigits;
      case 'D': return ~kDigits;
      case 'w': return kWord;
      case 'W': return ~kWord;
      case 's': return kSpace;
      case 'S': return ~kSpace;
      case 'n': return one('\n');
      case 't': return one('\t');
      case 'r': return one('\r');
      case 'f': return one('\f');
      case 'v': return one('\v');
    }
    if (std::isalnum(static_cast<unsigned char>(c))) fail(std::string("asks for \\") + c + ", which this program does not do");
    return one(c);
  }

  Set bracket() {
    const bool negated = take("^");
    Set set;
    for (bool first = true; more() && (first || text_[at_] != ']') && !error_; first = false) {
      const char c = text_[at_++];
      const bool is_class = c == '\\' && more() && std::string_view("dDwWsS").find(text_[at_]) != std::string_view::npos;
      const Set low = c == '\\' ? (more() ? escaped_set(text_[at_++]) : Set()) : one(c);
      if (is_class || at_ + 1 >= text_.size() || text_[at_] != '-' || text_[at_ + 1] == ']') set |= low;
      else set |= span(low);
    }
    if (!error_ && !take("]")) fail("has a [ without its ]");
    return negated ? ~set : set;
  }

  Set span(const Set& low) {
    ++at_;                                 // the dash
    char last = text_[at_++];
    Set high = one(last);
    if (last == '\\') high = more() ? escaped_set(text_[at_++]) : Set();
    const size_t first_byte = low._Find_first(), last_byte = high._Find_first();
    if (high.count() != 1 || low.count() != 1 || first_byte > last_byte) {
      fail("has a range in [] that does not ascend");
      return {};
    }
    return range(static_cast<int>(first_byte), static_cast<int>(last_byte));
  }

  NodePtr set_node(const Set& set) {
    NodePtr made = node(Node::Kind::set);
    made->set = set;
    return made;
  }
  NodePtr assertion(Op op) {
    NodePtr made = node(Node::Kind::assertion);
    made->op = op;
    return made;
  }

  NodePtr repeated(NodePtr part) {
    int low = 0, high = -1;
    if (take("*")) {
    } else if (take("+")) low = 1;
    else if (take("?")) high = 1;
    else if (!counts(low, high)) return part;
    if (take("+")) fail("asks for a possessive repeat, which this program does not do");
    take("?");                             // lazy: which match is found first does not matter here
    if (more() && (text_[at_] == '*' || text_[at_] == '+' || text_[at_] == '?')) fail("repeats a repeat");
    NodePtr made = node(Node::Kind::repeat);
    made->low = low;
    made->high = high;
    made->parts.push_back(std::move(part));
    return made;
  }

  // {m}, {m,}, {,n}, {m,n}; anything else after { is text, as in Python.
  bool counts(int& low, int& high) {
    if (!more() || text_[at_] != '{') return false;
    size_t i = at_ + 1;
    const auto number = [&](int& out) {
      const size_t start = i;
      for (out = 0; i < text_.size() && std::isdigit(static_cast<unsigned char>(text_[i])); ++i)
        out = std::min(out * 10 + (text_[i] - '0'), kMaxRepeat + 1);
      return i > start;
    };
    int first = 0, second = 0;
    const bool has_first = number(first);
    const bool comma = i < text_.size() && text_[i] == ',';
    if (comma) ++i;
    const bool has_second = comma && number(second);
    if (i >= text_.size() || text_[i] != '}' || !(has_first || has_second)) return false;
    at_ = i + 1;
    low = has_first ? first : 0;
    high = !comma ? first : has_second ? second : -1;
    if (low > kMaxRepeat || high > kMaxRepeat) fail("repeats more than " + std::to_string(kMaxRepeat) + " times");
    else if (high >= 0 && low > high) fail("has a repeat whose least is above its most");
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  int in_look_ = 0;
  std::optional<Status> error_;
};

// Tree to steps; stops adding once there are too many.
class Emitter {
 public:
  Emitter(std::vector<Step>& steps, std::vector<Set>& sets) : steps_(steps), sets_(sets) {}
  bool too_many() const { return steps_.size() > kMaxSteps || looks_ > kMaxLooks; }

  void emit(const Node& n) {
    if (too_many()) return;
    switch (n.kind) {
      case Node::Kind::empty: return;
      case Node::Kind::set:
        sets_.push_back(n.set);
        add(Op::set, static_cast<uint32_t>(sets_.size() - 1));
        return;
      case Node::Kind::join:
        for (const NodePtr& part : n.parts) emit(*part);
        return;
      case Node::Kind::either: return emit_either(n);
      case Node::Kind::repeat: return emit_repeat(n);
      case Node::Kind::assertion: add(n.op, static_cast<uint32_t>(n.low)); return;
      case Node::Kind::look: {
        ++looks_;
        const uint32_t at = add(n.op, 0);
        emit(*n.parts[0]);
        add(Op::accept, 0);
        steps_[at].to = here();
        return;
      }
    }
  }
  uint32_t add(Op op, uint32_t to) {
    steps_.push_back({op, to, 0});
    return here() - 1;
  }

 private:
  uint32_t here() const { return static_cast<uint32_t>(steps_.size()); }

  void emit_either(const Node& n) {
    std::vector<uint32_t> ends;
    for (size_t i = 0; i + 1 < n.parts.size(); ++i) {
      const uint32_t split = add(Op::split, here() + 1);
      emit(*n.parts[i]);
      ends.push_back(add(Op::jump, 0));
      steps_[split].other = here();
    }
    emit(*n.parts.back());
    for (const uint32_t end : ends) steps_[end].to = here();
  }

  void emit_repeat(const Node& n) {
    for (int i = 0; i < n.low; ++i) emit(*n.parts[0]);
    if (n.high < 0) {
      const uint32_t split = add(Op::split, here() + 1);
      emit(*n.parts[0]);
      add(Op::jump, split);
      steps_[split].other = here();
      return;
    }
    std::vector<uint32_t> splits;
    for (int i = n.low; i < n.high && !too_many(); ++i) {
      splits.push_back(add(Op::split, here() + 1));
      emit(*n.parts[0]);
    }
    for (const uint32_t split : splits) steps_[split].other = here();
  }

  std::vector<Step>& steps_;
  std::vector<Set>& sets_;
  int looks_ = 0;
};

bool is_word(std::string_view text, size_t at) { return at < text.size() && kWord[static_cast<unsigned char>(text[at])]; }
bool word_edge(std::string_view text, size_t at) { return (at > 0 && is_word(text, at - 1)) != is_word(text, at); }
bool at_end(std::string_view text, size_t at, bool very_end) {
  return at == text.size() || (!very_end && at + 1 == text.size() && text[at] == '\n');
}

}  // namespace

Result<NamePattern> NamePattern::compile(std::string_view pattern) {
  FEDLLM_ASSIGN_OR_RETURN(const NodePtr tree, Parser(pattern).parse());
  NamePattern made;
  Emitter emitter(made.steps_, made.sets_);
  emitter.emit(*tree);
  emitter.add(Op::accept, 0);
  if (emitter.too_many())
    return invalid_argument("the pattern \"" + std::string(pattern.substr(0, 200)) + "\" repeats too much", kWhere);
  return made;
}

bool NamePattern::search(uint32_t from, size_t at, std::string_view text, bool whole) const {
  std::vector<bool> seen(steps_.size() * (text.size() + 1));
  std::vector<std::pair<uint32_t, size_t>> open{{from, at}};
  while (!open.empty()) {
    const auto [step, place] = open.back();
    open.pop_back();
    const size_t key = step * (text.size() + 1) + place;
    if (seen[key]) continue;
    seen[key] = true;
    const Step& s = steps_[step];
    bool go_on = false;
    switch (s.op) {
      case Op::accept:
        if (!whole || place == text.size()) return true;
        break;
      case Op::set:
        if (place < text.size() && sets_[s.to][static_cast<unsigned char>(text[place])]) open.emplace_back(step + 1, place + 1);
        break;
      case Op::split:
        open.emplace_back(s.other, place);
        open.emplace_back(s.to, place);
        break;
      case Op::jump: open.emplace_back(s.to, place); break;
      case Op::look_ahead:
      case Op::look_ahead_not:
        if (search(step + 1, place, text, false) == (s.op == Op::look_ahead)) open.emplace_back(s.to, place);
        break;
      case Op::begin: go_on = place == 0; break;
      case Op::end: go_on = at_end(text, place, s.to == 1); break;
      case Op::word_edge: go_on = word_edge(text, place); break;
      case Op::no_word_edge: go_on = !word_edge(text, place); break;
    }
    if (go_on) open.emplace_back(step + 1, place);
  }
  return false;
}

}  // namespace fedllm
