// Rendered records as token ids with the positions that are scored.
#include <algorithm>

#include "data/chat_format.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenize";

size_t common_prefix(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

size_t common_suffix(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  return static_cast<size_t>(std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first - a.rbegin());
}

// A text whose control tokens are the tokenizer's own can be cut before each of them without changing any id; so only the
// short pieces around a boundary are read twice.
class ChatTokenizer {
 public:
  ChatTokenizer(const RenderedRecord& rendered, const Tokenizer& tokenizer, int max_length)
      : rendered_(rendered), tokenizer_(tokenizer), limit_(static_cast<size_t>(max_length)) {}

  Example run() {
    find_cuts();
    for (size_t i = 0; i + 1 < cuts_.size() && example_.ids.size() <= limit_; ++i) piece(cuts_[i], cuts_[i + 1]);
    finish();
    return std::move(example_);
  }

 private:
  struct Cut {
    size_t at = 0;
    int32_t id = -1;       // the token that stands here
    size_t length = 0;     // of its text
    bool operator<(const Cut& other) const { return at < other.at; }
  };

  void find_cuts() {
    const std::string& text = rendered_.text;
    for (const std::string& token : control_tokens(rendered_.format)) {
      const int32_t id = single_token(tokenizer_, token);
      if (id < 0) continue;
      for (size_t at = text.find(token); at != std::string::npos; at = text.find(token, at + token.size()))
        cuts_.push_back({at, id, token.size()});
    }
    for (const TokenMark& mark : rendered_.marks)
      cuts_.push_back({mark.begin, mark.kind == TokenMark::Kind::eos ? tokenizer_.eos_id() : tokenizer_.bos_id(), mark.end - mark.begin});
    std::sort(cuts_.begin(), cuts_.end());
    if (cuts_.empty() || cuts_.front().at > 0) cuts_.insert(cuts_.begin(), Cut{});
    cuts_.push_back({text.size(), -1, 0});
  }

  void piece(const Cut& cut, const Cut& next) {
    const std::string_view text = std::string_view(rendered_.text).substr(cut.at, next.at - cut.at);
    if (text.empty()) return;
    std::vector<int32_t> ids = tokenizer_.encode(text, false);
    // A tokenizer may name a token as its EOS that it does not find in text: then the id stands for itself.
    const bool found = cut.id < 0 || (!ids.empty() && ids.front() == cut.id);
    if (!found) {
      ids = text.size() > cut.length ? tokenizer_.encode(text.substr(cut.length), false) : std::vector<int32_t>();
      ids.insert(ids.begin(), cut.id);
    }
    mark_boundaries(cut, text, ids, found);
    example_.ids.insert(example_.ids.end(), ids.begin(), ids.end());
  }

  // Positions of the scored spans' ends that lie inside the piece (its begin counts, its end is the next one's).
  void mark_boundaries(const Cut& cut, std::string_view text, const std::vector<int32_t>& ids, bool found) {
    const auto base = static_cast<int32_t>(example_.ids.size());
    for (; boundary_ < 2 * rendered_.scored.size(); ++boundary_) {
      const TextSpan& span = rendered_.scored[boundary_ / 2];
      const bool closes = boundary_ % 2 == 1;
      const size_t at = closes ? span.end : span.begin;
      const size_t end = cut.at + text.size();
      if (at > end || (at == end && !(closes && end == rendered_.text.size()))) return;
      const auto position = base + static_cast<int32_t>(locate({cut, text, ids, found}, at - cut.at, closes));
      if (closes) example_.scored.back().end = position;
      else example_.scored.push_back({position, position});
    }
  }

  struct Piece {
    const Cut& cut;
    std::string_view text;
    const std::vector<int32_t>& ids;
    bool found;   // the cut's token is read from the text
  };

  // How many of the piece's ids stand before its byte `offset`. A token across it is scored: it counts as behind where
  // scoring begins, as before where it ends.
  size_t locate(const Piece& piece, size_t offset, bool closes) const {
    const auto& [cut, text, ids, found] = piece;
    if (offset == 0) return 0;
    if (offset == text.size()) return ids.size();
    if (cut.id >= 0 && offset == cut.length) return 1;
    if (!found) return std::min(ids.size(), 1 + tokenizer_.encode(text.substr(cut.length, offset - cut.length), false).size());
    const std::vector<int32_t> before = tokenizer_.encode(text.substr(0, offset), false);
    const size_t same = common_prefix(before, ids);
    if (same == before.size()) return same;
    // Text may be cut otherwise when nothing follows it (a run of newlines): then count from the other side.
    const std::vector<int32_t> behind = tokenizer_.encode_continuation(text.substr(offset));
    const size_t same_behind = common_suffix(behind, ids);
    return same_behind == behind.size() || closes ? ids.size() - same_behind : same;
  }

  void finish() {
    std::vector<ScoredRange>& scored = example_.scored;
    const bool all_seen = boundary_ >= 2 * rendered_.scored.size();
    if (!all_seen && boundary_ % 2 == 1) scored.back().end = static_cast<int32_t>(example_.ids.size());
    std::erase_if(scored, [](const ScoredRange& range) { return range.begin >= range.end; });
    const size_t whole = all_seen && !scored.empty() ? static_cast<size_t>(scored.back().end) : example_.ids.size();
    example_.truncated = whole > limit_;
    cut_at(static_cast<int32_t>(std::min(whole, limit_)));
  }

  void cut_at(int32_t size) {
    std::vector<ScoredRange>& scored = example_.scored;
    example_.ids.resize(static_cast<size_t>(size));
    std::erase_if(scored, [&](const ScoredRange& range) { return range.begin >= size; });
    if (!scored.empty()) scored.back().end = std::min(scored.back().end, size);
    example_.prompt_length = scored.empty() ? size : scored.front().begin;
    if (scored.size() == 1 && scored[0].end == size) scored.clear();   // one response at the end needs no list
  }

  const RenderedRecord& rendered_;
  const Tokenizer& tokenizer_;
  const size_t limit_;
  std::vector<Cut> cuts_;
  size_t boundary_ = 0;   // the next of begin, end, begin, end, … of the scored spans
  Example example_;
};

Example tokenize_response(const RenderedRecord& rendered, const Tokenizer& tokenizer) {
  const std::string_view text = rendered.text;
  const std::string_view prompt = text.substr(0, rendered.response_start), response = text.substr(rendered.response_start);
  const int32_t eos = tokenizer.eos_id();
  Example example;
  example.ids = tokenizer.encode("", true);
  // A post-processor that ends texts must not end the prompt.
  if (!example.ids.empty() && example.ids.back() == eos && (example.ids.size() > 1 || eos != tokenizer.bos_id()))
    example.ids.pop_back();
  if (!prompt.empty()) {
    const std::vector<int32_t> ids = tokenizer.encode(prompt, false);
    example.ids.insert(example.ids.end(), ids.begin(), ids.end());
  }
  example.prompt_length = static_cast<int32_t>(example.ids.size());
  const std::vector<int32_t> ids = prompt.empty() ? tokenizer.encode(response, false) : tokenizer.encode_continuation(response);
  example.ids.insert(example.ids.end(), ids.begin(), ids.end());
  if (eos >= 0) example.ids.push_back(eos);
  return example;
}

}  // namespace

Result<Example> tokenize(const RenderedRecord& rendered, const Tokenizer& tokenizer, int max_length) {
  if (max_length < 1) return invalid_argument("expected a max_length of at least 1, got " + std::to_string(max_length), kWhere);
  if (rendered.response_start > rendered.text.size()) return internal_error("the response starts after the text", kWhere);
  if (!rendered.format.empty()) return ChatTokenizer(with_own_tokens(rendered, tokenizer), tokenizer, max_length).run();
  Example example = tokenize_response(rendered, tokenizer);
  if (example.ids.size() > static_cast<size_t>(max_length)) {
    example.ids.resize(static_cast<size_t>(max_length));
    example.prompt_length = std::min(example.prompt_length, max_length);
    example.truncated = true;
  }
  return example;
}

}  // namespace fedllm::data
