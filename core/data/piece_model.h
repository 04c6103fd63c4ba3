// How SentencePiece cuts a text with a model file: its normaliser (spaces, user-defined symbols), then BPE by scores
// or Unigram, then bytes for what is unknown. Immutable; thread-safe.
// Source: Kudo and Richardson 2018; the order of ties is SentencePiece's.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/piece_file.h"
#include "data/piece_trie.h"

namespace fedllm::data {

class PieceModel {
 public:
  explicit PieceModel(PieceFile file);
  // Appends the ids of valid UTF-8. `continues`: the text goes on from earlier text, so it gets no space before it and
  // loses none.
  void encode(std::string_view text, bool continues, std::vector<int32_t>& ids) const;
  // The text of ids; control pieces are shown by name unless they are skipped.
  std::string decode(const std::vector<int32_t>& ids, bool skip_control) const;
  const PieceFile& file() const { return file_; }
  int32_t id_of(std::string_view piece) const;   // -1: none

 private:
  std::string normalize(std::string_view text, bool continues) const;
  void encode_bpe(std::string_view text, std::vector<int32_t>& ids) const;
  void encode_unigram(std::string_view text, std::vector<int32_t>& ids) const;
  void append_unknown(std::string_view text, std::vector<int32_t>& ids) const;

  PieceFile file_;
  std::unordered_map<std::string_view, int32_t> ids_;        // pieces that may stand for text
  std::unordered_map<std::string_view, int32_t> reserved_;   // control, unknown, bytes
  PieceTrie trie_, user_defined_;
  std::vector<int32_t> byte_ids_;
  float lowest_ = 0, highest_;   // of normal pieces; the highest starts at the smallest positive float, as in SentencePiece
};

}  // namespace fedllm::data
