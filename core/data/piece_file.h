// A SentencePiece model file (tokenizer.model): the few fields of its ModelProto that say how text is cut, read with a
// bounds-checked reader of protocol buffers' wire format. Field numbers: sentencepiece_model.proto.
//   1 pieces {1 piece, 2 score (float), 3 type}   2 trainer_spec {3 model_type, 24 whitespace as suffix, 35 byte_fallback,
//   40 unk_id, 41 bos_id, 42 eos_id, 44 unk_surface}   3 normalizer_spec {2 precompiled_charsmap, 3 add_dummy_prefix,
//   4 remove_extra_whitespaces, 5 escape_whitespaces}   5 denormalizer_spec {2 precompiled_charsmap}
// Unknown fields are passed over, as protocol buffers ask for. What would change ids and is not done is refused by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace fedllm::data {

enum class PieceType : uint8_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

struct Piece {
  std::string text;
  float score = 0;
  PieceType type = PieceType::normal;
};

struct PieceFile {
  std::vector<Piece> pieces;               // by id
  bool is_bpe = false;                     // else Unigram
  bool byte_fallback = false;
  bool add_dummy_prefix = true, remove_extra_whitespaces = true, escape_whitespaces = true;
  int32_t unk_id = 0, bos_id = 1, eos_id = 2;   // bos, eos: -1 if the model has none
  std::string unk_surface = " \xE2\x81\x87 ";
};

Result<PieceFile> parse_piece_file(std::string_view bytes);

}  // namespace fedllm::data
