#include "data/piece_model.h"

#include <algorithm>
#include <cfloat>
#include <cstdio>
#include <queue>

#include "data/unigram_model.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81";   // U+2581
constexpr float kUnknownPenalty = 10;

struct Symbol { std::string_view text; int32_t previous = -1, next = -1; bool frozen = false; };
struct Candidate { float score; int32_t left, right; size_t size; };

bool is_text(PieceType type) {
  return type == PieceType::normal || type == PieceType::user_defined || type == PieceType::unused;
}

std::string with_spaces(std::string_view piece) {
  std::string out;
  for (size_t at = 0; at < piece.size();) {
    const bool space = piece.substr(at, 3) == kSpace;
    out += space ? ' ' : piece[at];
    at += space ? 3 : 1;
  }
  return out;
}

// One U+FFFD for each byte that is in no character.
void append_bytes(std::string_view bytes, std::string& text) {
  for (size_t at = 0; at < bytes.size();) {
    const std::string_view c = bytes.substr(at, utf8_length(static_cast<unsigned char>(bytes[at])));
    const bool good = is_valid_utf8(c);
    text += good ? c : std::string_view("\xEF\xBF\xBD");
    at += good ? c.size() : 1;
  }
}

}  // namespace

PieceModel::PieceModel(PieceFile file) : file_(std::move(file)), byte_ids_(256, -1), highest_(FLT_MIN) {
  std::vector<std::pair<std::string_view, int32_t>> text, defined;
  bool first = true;
  for (size_t i = 0; i < file_.pieces.size(); ++i) {
    const Piece& piece = file_.pieces[i];
    const auto id = static_cast<int32_t>(i);
    (is_text(piece.type) ? ids_ : reserved_).emplace(piece.text, id);
    if (is_text(piece.type) && piece.type != PieceType::unused) text.emplace_back(piece.text, id);
    if (piece.type == PieceType::user_defined) defined.emplace_back(piece.text, id);
    unsigned byte = 0;
    if (piece.type == PieceType::byte && std::sscanf(piece.text.c_str(), "<0x%2X>", &byte) == 1) byte_ids_[byte] = id;
    if (piece.type != PieceType::normal) continue;
    lowest_ = first ? piece.score : std::min(lowest_, piece.score);
    highest_ = std::max(highest_, piece.score);
    first = false;
  }
  trie_ = PieceTrie(std::move(text));
  user_defined_ = PieceTrie(std::move(defined));
}

int32_t PieceModel::id_of(std::string_view piece) const {
  const auto reserved = reserved_.find(piece);
  if (reserved != reserved_.end()) return reserved->second;
  const auto it = ids_.find(piece);
  return it == ids_.end() ? -1 : it->second;
}

void PieceModel::encode(std::string_view text, bool continues, std::vector<int32_t>& ids) const {
  const std::string normalized = normalize(text, continues);
  if (normalized.empty()) return;
  file_.is_bpe ? encode_bpe(normalized, ids) : encode_unigram(normalized, ids);
}

std::string PieceModel::normalize(std::string_view text, bool continues) const {
  const bool squeeze = file_.remove_extra_whitespaces;
  const std::string_view space = file_.escape_whitespaces ? kSpace : " ";
  while (squeeze && !continues && text.starts_with(' ') && user_defined_.longest_prefix_of(text) == 0) text.remove_prefix(1);
  std::string out;
  if (text.empty()) return out;
  if (file_.add_dummy_prefix && !continues) out += space;
  bool after_space = squeeze && !continues;
  while (!text.empty()) {
    size_t length = user_defined_.longest_prefix_of(text);
    if (length == 0) length = utf8_length(static_cast<unsigned char>(text[0]));
    std::string_view part = text.substr(0, length);
    text.remove_prefix(length);
    while (after_space && part.starts_with(' ')) part.remove_prefix(1);
    for (const char c : part) c == ' ' ? out += space : out += c;
    if (!part.empty()) after_space = squeeze && part.ends_with(' ');
  }
  while (squeeze && out.ends_with(space)) out.resize(out.size() - space.size());
  return out;
}

// The pair whose joined text has the highest score is joined first, of equal ones the leftmost. A piece of type unused
// may arise on the way, but is taken apart again in the end.
void PieceModel::encode_bpe(std::string_view text, std::vector<int32_t>& ids) const {
  std::vector<Symbol> symbols;
  for (size_t at = 0; at < text.size();) {
    size_t length = user_defined_.longest_prefix_of(text.substr(at));
    const bool frozen = length > 0;
    if (!frozen) length = utf8_length(static_cast<unsigned char>(text[at]));
    const auto n = static_cast<int32_t>(symbols.size());
    symbols.push_back({text.substr(at, length), n - 1, n + 1, frozen});
    at += length;
  }
  symbols.back().next = -1;
  const auto later = [](const Candidate& a, const Candidate& b) { return a.score != b.score ? a.score < b.score : a.left > b.left; };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(later)> queue(later);
  std::unordered_map<std::string_view, std::pair<std::string_view, std::string_view>> parts_of_unused;
  const auto consider = [&](int32_t left, int32_t right) {
    if (left < 0 || right < 0 || symbols[left].frozen || symbols[right].frozen) return;
    const std::string_view joined(symbols[left].text.data(), symbols[left].text.size() + symbols[right].text.size());
    const auto it = ids_.find(joined);
    if (it == ids_.end()) return;
    queue.push({file_.pieces[it->second].score, left, right, joined.size()});
    if (file_.pieces[it->second].type == PieceType::unused) parts_of_unused[joined] = {symbols[left].text, symbols[right].text};
  };
  for (size_t i = 1; i < symbols.size(); ++i) consider(static_cast<int32_t>(i) - 1, static_cast<int32_t>(i));
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    Symbol& left = symbols[top.left];
    Symbol& right = symbols[top.right];
    if (left.text.empty() || right.text.empty() || left.text.size() + right.text.size() != top.size) continue;
    left.text = {left.text.data(), top.size};
    right.text = {};
    left.next = right.next;
    if (left.next >= 0) symbols[left.next].previous = top.left;
    consider(left.previous, top.left);
    consider(top.left, left.next);
  }
  std::string_view unknown;   // unknown neighbours are one token
  const auto flush = [&] {
    if (!unknown.empty()) append_unknown(unknown, ids);
    unknown = {};
  };
  std::vector<std::string_view> left_over;
  for (int32_t i = 0; i >= 0; i = symbols[i].next) {
    left_over.push_back(symbols[i].text);
    while (!left_over.empty()) {
      const std::string_view piece = left_over.back();
      left_over.pop_back();
      const int32_t id = id_of(piece);
      const auto parts = id >= 0 && file_.pieces[id].type == PieceType::unused ? parts_of_unused.find(piece) : parts_of_unused.end();
      if (parts != parts_of_unused.end()) {
        left_over.push_back(parts->second.second);
        left_over.push_back(parts->second.first);
      } else if (id < 0 || id == file_.unk_id) {
        unknown = unknown.empty() ? piece : std::string_view(unknown.data(), unknown.size() + piece.size());
      } else {
        flush();
        ids.push_back(id);
      }
    }
  }
  flush();
}

void PieceModel::encode_unigram(std::string_view text, std::vector<int32_t>& ids) const {
  const auto score = [this](int32_t id, size_t length) -> double {
    const Piece& piece = file_.pieces[id];
    // The sum is taken in double and kept in float, as SentencePiece does; so ties fall where its ties fall.
    if (piece.type == PieceType::user_defined) return static_cast<double>(static_cast<float>(length) * highest_) - 0.1;
    return piece.score;
  };
  const auto cuts = best_cuts<float>(trie_, text, lowest_ - kUnknownPenalty, score);
  for (size_t i = 0; i < cuts.size(); ++i) {
    if (cuts[i].id >= 0) {
      ids.push_back(cuts[i].id);
      continue;
    }
    const size_t begin = cuts[i].begin;
    while (i + 1 < cuts.size() && cuts[i + 1].id < 0) ++i;
    append_unknown(text.substr(begin, cuts[i].end - begin), ids);
  }
}

void PieceModel::append_unknown(std::string_view text, std::vector<int32_t>& ids) const {
  if (!file_.byte_fallback) return ids.push_back(file_.unk_id);
  for (const char c : text) ids.push_back(byte_ids_[static_cast<unsigned char>(c)]);
}

std::string PieceModel::decode(const std::vector<int32_t>& ids, bool skip_control) const {
  std::string text, bytes;
  bool first = true;   // before any text: a piece loses the space that the normaliser put there
  bool lost_space = false;
  const auto flush = [&] {
    append_bytes(bytes, text);
    bytes.clear();
  };
  for (const int32_t id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= file_.pieces.size()) continue;
    const Piece& piece = file_.pieces[id];
    if (piece.type == PieceType::byte) {
      unsigned byte = 0;
      if (std::sscanf(piece.text.c_str(), "<0x%2X>", &byte) == 1) bytes += static_cast<char>(byte);
      continue;
    }
    flush();
    if (lost_space || !text.empty()) first = false;
    lost_space = false;
    if (piece.type == PieceType::control) {
      if (!skip_control) text += piece.text;
    } else if (piece.type == PieceType::unknown) {
      text += file_.unk_surface;
    } else {
      std::string_view rest = piece.text;
      if (first && (file_.add_dummy_prefix || file_.remove_extra_whitespaces) && rest.starts_with(kSpace)) {
        rest.remove_prefix(kSpace.size());
        lost_space = !file_.remove_extra_whitespaces;
      }
      text += with_spaces(rest);
    }
  }
  flush();
  return text;
}

}  // namespace fedllm::data
