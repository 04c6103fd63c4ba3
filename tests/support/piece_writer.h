// Bytes of a SentencePiece tokenizer.model, by hand: length-delimited, varint and float fields of protocol buffers, pieces.
#pragma once

#include <cstdint>
#include <string>

#include "data/piece_file.h"

namespace fedllm::tests {

inline std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
inline std::string bytes(int field, const std::string& value) { return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(value.size()) + value; }
inline std::string number(int field, uint64_t value) { return varint(static_cast<uint64_t>(field) << 3) + varint(value); }
inline std::string real(int field, float value) {
  std::string out = varint(static_cast<uint64_t>(field) << 3 | 5);
  out.append(reinterpret_cast<const char*>(&value), 4);
  return out;
}
inline std::string piece(const std::string& text, float score, data::PieceType type = data::PieceType::normal) {
  return bytes(1, bytes(1, text) + real(2, score) + number(3, static_cast<uint64_t>(type)));
}

// <unk> <s> </s>, the printable characters of ASCII and the space, each a token of a BPE model.
inline std::string letters_model() {
  std::string model = piece("<unk>", 0, data::PieceType::unknown) + piece("<s>", 0, data::PieceType::control) + piece("</s>", 0, data::PieceType::control);
  for (char c = '!'; c <= '~'; ++c) model += piece(std::string(1, c), -static_cast<float>(c));
  return model + piece("\xE2\x96\x81", -1) + bytes(2, number(3, 2)) + bytes(3, "");
}

}  // namespace fedllm::tests
