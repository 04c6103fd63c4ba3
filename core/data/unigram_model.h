// Unigram tokens: of all ways to cut a text into pieces of the vocabulary, the one with the largest sum of scores; a
// character in no piece costs the lowest score less 10 (Kudo 2018; ties go to the cut that starts earliest, as in
// SentencePiece and in the official library). Used for tokenizer.json (scores in double) and tokenizer.model (in float).
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "data/piece_trie.h"
#include "data/token_model.h"
#include "data/utf8.h"

namespace fedllm::data {

struct Cut { size_t begin, end; int32_t id; };   // id -1: unknown

// The best cut of `text` (valid UTF-8). score(value, length) is a piece's, `unknown` a character's that is in none.
template <class Real, class Score>
std::vector<Cut> best_cuts(const PieceTrie& trie, std::string_view text, Real unknown, Score score) {
  struct Node { Real score = 0; size_t begin = std::string_view::npos; int32_t id = -1; };
  std::vector<Node> best(text.size() + 1);   // by where a cut ends
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(static_cast<unsigned char>(text[at]));
    const Real before = best[at].score;
    bool covered = false;
    trie.prefixes_of(text.substr(at), [&](size_t n, int32_t id) {
      Node& node = best[at + n];
      const auto total = score(id, n) + before;
      if (node.begin == std::string_view::npos || total > node.score) node = {static_cast<Real>(total), at, id};
      covered = covered || n == length;
    });
    Node& node = best[at + length];
    if (!covered && (node.begin == std::string_view::npos || unknown + before > node.score)) node = {unknown + before, at, -1};
    at += length;
  }
  std::vector<Cut> cuts;
  for (size_t end = text.size(); end > 0; end = best[end].begin) cuts.push_back({best[end].begin, end, best[end].id});
  return {cuts.rbegin(), cuts.rend()};
}

struct UnigramParts {
  std::vector<std::pair<std::string, double>> tokens;   // by id
  int32_t unk_id = -1;
  bool byte_fallback = false;
};

class UnigramModel final : public TokenModel {
 public:
  static Result<std::unique_ptr<const UnigramModel>> build(UnigramParts parts);
  void encode_chars(std::string_view piece, std::vector<int32_t>& ids) const override;
  void encode_bytes(std::string_view piece, std::vector<int32_t>& ids) const override;
  int32_t id_of(std::string_view token) const override;
  const std::string* token(int32_t id) const override;
  int32_t id_limit() const override { return static_cast<int32_t>(parts_.tokens.size()); }
  int32_t size() const override { return id_limit(); }

 private:
  UnigramModel() = default;
  void append_unknown(std::string_view text, std::vector<int32_t>& ids) const;
  UnigramParts parts_;
  std::unordered_map<std::string_view, int32_t> ids_;   // views into parts_.tokens
  PieceTrie trie_;
  std::array<int32_t, 256> fallback_ids_{};             // "<0xNN>" -> id, -1 if none
  double unknown_ = 0;
};

}  // namespace fedllm::data
