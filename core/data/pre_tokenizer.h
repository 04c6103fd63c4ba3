// Pre-tokenizers of a tokenizer.json: how normalised text is cut into the pieces that the model merges within. ByteLevel,
// Split, Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit, CharDelimiterSplit and sequences of them; any other
// type is refused by name. Immutable; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/json_view.h"
#include "data/regex.h"

namespace fedllm::data {

// Text and the pieces of it, in order. With `raw_bytes` a ByteLevel step came last: the model maps bytes itself.
struct Pieces {
  std::string text;
  std::vector<Span> spans;
  bool raw_bytes = false;
  bool opens = true;          // the first piece is the text's beginning: nothing before it was removed
};

// Where a stretch of text stands: only a stretch that opens the input gets what "first" asks for, and one that
// continues earlier text gets no prefix at all.
struct Position { bool opens_input = true, continues = false; };

class PreTokenizer {
 public:
  PreTokenizer() = default;   // one piece
  static Result<PreTokenizer> from_json(const Json& json);
  Pieces apply(std::string text, Position position) const;

 private:
  enum class Kind { split, byte_level, metaspace };
  enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };
  enum class Prepend { always, first, never };
  struct Step {
    Kind kind = Kind::split;
    std::optional<Regex> pattern;                  // split; byte_level with its built-in pattern
    Behavior behavior = Behavior::isolated;
    bool invert = false;
    bool prefix_space = false;                     // byte_level
    std::string replacement;                       // metaspace
    Prepend prepend = Prepend::always;             // metaspace
    bool cut = true;                               // metaspace: cut before each replacement
  };
  struct Part { Span span; bool is_match; };

  Status add(const Json& json);
  Status grow(double times);
  Status add_built_in(const std::string& pattern, Behavior behavior, bool invert);
  Status add_byte_level(const Json& json);
  Status add_metaspace(const Json& json);
  static Result<Behavior> behavior_from(const std::string& name);
  static void split(const Step& step, Pieces& pieces);
  static void split_one(const Step& step, std::string_view text, Span piece, std::vector<Span>& out);
  static void byte_level(const Step& step, bool last, Position position, Pieces& pieces);
  static void metaspace(const Step& step, Position position, Pieces& pieces);
  double growth_ = 1;   // how many times longer a text may become
  std::vector<Step> steps_;
};

}  // namespace fedllm::data
