#include "data/pre_tokenizer.h"

#include <algorithm>

#include "data/bpe_model.h"
#include "data/normalizer.h"
#include "data/onig_property.h"
#include "data/unicode.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.pre_tokenizer";
constexpr double kMaxGrowth = 4096;
// The cut of GPT-2 (Radford et al. 2019): contractions, words, numbers, other symbols, each with one space before it.
constexpr const char* kByteLevelPattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

Status unsupported(const std::string& what) { return {Code::unimplemented, what + " is not supported", kWhere}; }

}  // namespace

Result<PreTokenizer> PreTokenizer::from_json(const Json& json) {
  PreTokenizer result;
  if (!json.is_null()) FEDLLM_RETURN_IF_ERROR(result.add(json));
  return result;
}

Result<PreTokenizer::Behavior> PreTokenizer::behavior_from(const std::string& name) {
  if (name == "Removed" || name == "removed") return Behavior::removed;
  if (name == "Isolated" || name == "isolated") return Behavior::isolated;
  if (name == "MergedWithPrevious" || name == "merged_with_previous") return Behavior::merged_with_previous;
  if (name == "MergedWithNext" || name == "merged_with_next") return Behavior::merged_with_next;
  if (name == "Contiguous" || name == "contiguous") return Behavior::contiguous;
  return unsupported("split behaviour \"" + name + "\"");
}

Status PreTokenizer::add_built_in(const std::string& pattern, Behavior behavior, bool invert) {
  Step step;
  FEDLLM_ASSIGN_OR_RETURN(step.pattern, Regex::built_in(pattern));
  step.behavior = behavior;
  step.invert = invert;
  steps_.push_back(std::move(step));
  return {};
}

Status PreTokenizer::grow(double times) {
  growth_ *= times;
  return growth_ <= kMaxGrowth ? Status() : invalid_argument("the pre-tokenizers could make a text more than 4096 times as long", kWhere);
}

Status PreTokenizer::add_byte_level(const Json& json) {
  Step step;
  step.kind = Kind::byte_level;
  step.prefix_space = true;
  bool use_pattern = true;
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "add_prefix_space", step.prefix_space, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "use_regex", use_pattern, kWhere));
  FEDLLM_RETURN_IF_ERROR(grow(4));   // two bytes a letter, and a space before each piece
  if (use_pattern) {
    FEDLLM_ASSIGN_OR_RETURN(step.pattern, Regex::compile(kByteLevelPattern));
  }
  steps_.push_back(std::move(step));
  return {};
}

Status PreTokenizer::add_metaspace(const Json& json) {
  Step step;
  step.kind = Kind::metaspace;
  step.replacement = "\xE2\x96\x81";
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "replacement", step.replacement, kWhere));
  bool prefix = true;
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "add_prefix_space", prefix, kWhere));
  std::string scheme = prefix ? "always" : "never";
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "prepend_scheme", scheme, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "split", step.cut, kWhere));
  if (scheme != "always" && scheme != "first" && scheme != "never")
    return unsupported("Metaspace prepend_scheme \"" + scheme + "\"");
  if (step.replacement.empty() || utf8_length(static_cast<unsigned char>(step.replacement[0])) != step.replacement.size())
    return invalid_argument("Metaspace: expected one character as replacement, got \"" + step.replacement + "\"", kWhere);
  FEDLLM_RETURN_IF_ERROR(grow(2 * static_cast<double>(step.replacement.size())));
  step.prepend = scheme == "always" ? Prepend::always : scheme == "first" ? Prepend::first : Prepend::never;
  FEDLLM_ASSIGN_OR_RETURN(step.pattern, Regex::literal(step.replacement));
  step.behavior = Behavior::merged_with_next;
  steps_.push_back(std::move(step));
  return {};
}

Status PreTokenizer::add(const Json& json) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", kWhere));
  if (type == "Sequence") return each_part(json, "pretokenizers", kWhere, [this](const Json& part) { return add(part); });
  if (type == "ByteLevel") return add_byte_level(json);
  if (type == "Metaspace") return add_metaspace(json);
  if (type == "Whitespace") {
    const std::string word = rust_word_items();
    return add_built_in("[" + word + "]+|[^" + word + space_set().listed + "]+", Behavior::removed, true);
  }
  if (type == "WhitespaceSplit") return add_built_in(space_set().text(), Behavior::removed, false);
  if (type == "Digits") {
    bool individual = false;
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "individual_digits", individual, kWhere));
    return add_built_in("[" + rust_numeric_items() + "]", individual ? Behavior::isolated : Behavior::contiguous, false);
  }
  if (type == "Split" || type == "Punctuation") {
    std::string name = "Isolated";
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "behavior", name, kWhere));
    FEDLLM_ASSIGN_OR_RETURN(const Behavior behavior, behavior_from(name));
    if (type == "Punctuation") return add_built_in("[" + rust_punctuation_items() + "]", behavior, false);
    Step step;
    FEDLLM_ASSIGN_OR_RETURN(step.pattern, pattern_from_json(json, kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(json, "invert", step.invert, kWhere));
    step.behavior = behavior;
    steps_.push_back(std::move(step));
    return {};
  }
  if (type == "CharDelimiterSplit") {
    Step step;
    FEDLLM_ASSIGN_OR_RETURN(const std::string delimiter, read_string(json, "delimiter", kWhere));
    FEDLLM_ASSIGN_OR_RETURN(step.pattern, Regex::literal(delimiter));
    step.behavior = Behavior::removed;
    steps_.push_back(std::move(step));
    return {};
  }
  return unsupported("pre-tokenizer \"" + type + "\"");
}

Pieces PreTokenizer::apply(std::string text, Position position) const {
  Pieces pieces;
  pieces.text = std::move(text);
  if (!pieces.text.empty()) pieces.spans.push_back({0, pieces.text.size()});
  for (size_t i = 0; i < steps_.size(); ++i) {
    switch (steps_[i].kind) {
      case Kind::split: split(steps_[i], pieces); break;
      case Kind::byte_level: byte_level(steps_[i], i + 1 == steps_.size(), position, pieces); break;
      case Kind::metaspace: metaspace(steps_[i], position, pieces); break;
    }
  }
  return pieces;
}

void PreTokenizer::split(const Step& step, Pieces& pieces) {
  std::vector<Span> out;
  out.reserve(pieces.text.size() / 4 + 1);
  for (const Span piece : pieces.spans) split_one(step, pieces.text, piece, out);
  pieces.spans = std::move(out);
  if (!pieces.spans.empty() && pieces.spans[0].begin > 0) pieces.opens = false;
}

void PreTokenizer::split_one(const Step& step, std::string_view text, Span piece, std::vector<Span>& out) {
  const size_t first = out.size();
  bool previous_match = false, glue_next = false;
  const auto add = [&](size_t begin, size_t end, bool is_match) {
    if (step.invert) is_match = !is_match;
    const bool has_last = out.size() > first;
    switch (step.behavior) {
      case Behavior::removed:
        if (!is_match) out.push_back({begin, end});
        break;
      case Behavior::isolated: out.push_back({begin, end}); break;
      case Behavior::contiguous:
        if (has_last && is_match == previous_match) out.back().end = end;
        else out.push_back({begin, end});
        break;
      case Behavior::merged_with_previous:
        if (is_match && !previous_match && has_last) out.back().end = end;
        else out.push_back({begin, end});
        break;
      case Behavior::merged_with_next:
        // Of several matches in a row the last one joins what follows.
        if (!is_match && glue_next) out.back().end = end;
        else out.push_back({begin, end});
        glue_next = is_match;
        break;
    }
    previous_match = is_match;
  };
  Regex::Search search(*step.pattern, text.substr(piece.begin, piece.end - piece.begin));
  size_t done = piece.begin;
  while (const auto match = search.next()) {
    if (done < piece.begin + match->begin) add(done, piece.begin + match->begin, false);
    add(piece.begin + match->begin, piece.begin + match->end, true);
    done = piece.begin + match->end;
  }
  if (done < piece.end) add(done, piece.end, false);
  // A match of nothing cuts, but is no piece.
  out.erase(std::remove_if(out.begin() + static_cast<ptrdiff_t>(first), out.end(), [](Span s) { return s.begin == s.end; }), out.end());
}

void PreTokenizer::byte_level(const Step& step, bool last, Position position, Pieces& pieces) {
  const auto wants_space = [&](Span s) {
    return step.prefix_space && pieces.text[s.begin] != ' ' && !(position.continues && s.begin == 0);
  };
  bool rebuild = !last;
  for (const Span s : pieces.spans) rebuild = rebuild || wants_space(s);
  if (rebuild) {
    Pieces spaced;
    spaced.opens = pieces.opens;
    for (const Span s : pieces.spans) {
      const size_t begin = spaced.text.size();
      if (wants_space(s)) spaced.text += ' ';
      spaced.text.append(pieces.text, s.begin, s.end - s.begin);
      spaced.spans.push_back({begin, spaced.text.size()});
    }
    pieces = std::move(spaced);
  }
  if (step.pattern) split(step, pieces);
  pieces.raw_bytes = last;
  if (last) return;
  Pieces mapped;   // further steps see the printable alphabet
  mapped.opens = pieces.opens;
  for (const Span s : pieces.spans) {
    const size_t begin = mapped.text.size();
    mapped.text += in_byte_alphabet(std::string_view(pieces.text).substr(s.begin, s.end - s.begin));
    mapped.spans.push_back({begin, mapped.text.size()});
  }
  pieces = std::move(mapped);
}

void PreTokenizer::metaspace(const Step& step, Position position, Pieces& pieces) {
  Pieces out;
  out.opens = pieces.opens;
  for (size_t i = 0; i < pieces.spans.size(); ++i) {
    const Span s = pieces.spans[i];
    const bool opens = position.opens_input && pieces.opens && i == 0;
    const bool prefix =
        !(position.continues && i == 0) && (step.prepend == Prepend::always || (step.prepend == Prepend::first && opens));
    const std::string_view piece = std::string_view(pieces.text).substr(s.begin, s.end - s.begin);
    const size_t begin = out.text.size();
    if (prefix && piece[0] != ' ' && !piece.starts_with(step.replacement)) out.text += step.replacement;
    for (char c : piece) c == ' ' ? out.text += step.replacement : out.text += c;
    out.spans.push_back({begin, out.text.size()});
  }
  pieces = std::move(out);
  if (step.cut) split(step, pieces);
}

}  // namespace fedllm::data
