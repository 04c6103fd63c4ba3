#include "data/piece_file.h"

#include <array>
#include <bit>
#include <cstring>
#include <unordered_set>

#include "base/text.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";
constexpr size_t kMaxPieces = size_t{1} << 24;

Status broken(const std::string& what) { return invalid_argument("not a SentencePiece model: " + what, kWhere); }
Status unsupported(const std::string& what) { return {Code::unimplemented, what + " is not supported", kWhere}; }

// One field of a message: a number (varint or fixed) or bytes.
struct Field {
  uint32_t number = 0;
  int wire = 0;             // 0 varint, 1 eight bytes, 2 bytes, 5 four bytes
  uint64_t value = 0;
  std::string_view bytes;
};

class Fields {
 public:
  explicit Fields(std::string_view bytes) : left_(bytes) {}
  bool more() const { return !left_.empty(); }
  Result<Field> next();

 private:
  Result<uint64_t> varint();
  Result<uint64_t> fixed(size_t size);
  std::string_view left_;
};

Result<uint64_t> Fields::varint() {
  uint64_t value = 0;
  for (size_t i = 0; i < 10 && i < left_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(left_[i]);
    value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      left_.remove_prefix(i + 1);
      return value;
    }
  }
  return broken("a number is cut off");
}

Result<uint64_t> Fields::fixed(size_t size) {
  if (left_.size() < size) return broken("a number is cut off");
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(left_[i]);
  left_.remove_prefix(size);
  return value;
}

Result<Field> Fields::next() {
  Field field;
  FEDLLM_ASSIGN_OR_RETURN(const uint64_t key, varint());
  field.wire = static_cast<int>(key & 7);
  if (key >> 3 == 0 || key >> 3 > 0x1FFFFFFF) return broken("field number " + std::to_string(key >> 3));
  field.number = static_cast<uint32_t>(key >> 3);
  if (field.wire == 0) {
    FEDLLM_ASSIGN_OR_RETURN(field.value, varint());
  } else if (field.wire == 1 || field.wire == 5) {
    FEDLLM_ASSIGN_OR_RETURN(field.value, fixed(field.wire == 1 ? 8 : 4));
  } else if (field.wire == 2) {
    FEDLLM_ASSIGN_OR_RETURN(const uint64_t size, varint());
    if (size > left_.size())
      return broken("field " + std::to_string(field.number) + ": expected " + std::to_string(size) + " bytes, got " +
                    std::to_string(left_.size()));
    field.bytes = left_.substr(0, size);
    left_.remove_prefix(size);
  } else {
    return broken("field " + std::to_string(field.number) + " has wire type " + std::to_string(field.wire));
  }
  return field;
}

Status expect_wire(const Field& field, int wire, const char* name) {
  if (field.wire == wire) return {};
  return broken(std::string(name) + ": expected wire type " + std::to_string(wire) + ", got " + std::to_string(field.wire));
}

Status read_piece(std::string_view bytes, PieceFile& file) {
  const std::string id = std::to_string(file.pieces.size());
  if (file.pieces.size() >= kMaxPieces) return broken("more than " + std::to_string(kMaxPieces) + " pieces");
  Piece piece;
  for (Fields fields(bytes); fields.more();) {
    FEDLLM_ASSIGN_OR_RETURN(const Field field, fields.next());
    if (field.number == 1) {
      FEDLLM_RETURN_IF_ERROR(expect_wire(field, 2, "piece"));
      piece.text = field.bytes;
    } else if (field.number == 2) {
      FEDLLM_RETURN_IF_ERROR(expect_wire(field, 5, "score"));
      piece.score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    } else if (field.number == 3) {
      FEDLLM_RETURN_IF_ERROR(expect_wire(field, 0, "type"));
      if (field.value < 1 || field.value > 6) return broken("piece " + id + " has type " + std::to_string(field.value));
      piece.type = static_cast<PieceType>(field.value);
    }
  }
  if (piece.text.empty()) return broken("piece " + id + " is empty");
  if (!is_valid_utf8(piece.text)) return broken("piece " + id + " is not valid UTF-8");
  if (!(piece.score > -1e30f && piece.score < 1e30f)) return broken("piece " + id + " has a score that is not a number");
  file.pieces.push_back(std::move(piece));
  return {};
}

Status read_trainer(std::string_view bytes, PieceFile& file) {
  for (Fields fields(bytes); fields.more();) {
    FEDLLM_ASSIGN_OR_RETURN(const Field field, fields.next());
    switch (field.number) {
      case 3:
        if (field.value == 3 || field.value == 4) return unsupported(field.value == 3 ? "model type WORD" : "model type CHAR");
        if (field.value != 1 && field.value != 2) return unsupported("model type " + std::to_string(field.value));
        file.is_bpe = field.value == 2;
        break;
      case 24:
        if (field.value != 0) return unsupported("treat_whitespace_as_suffix");
        break;
      case 35: file.byte_fallback = field.value != 0; break;
      case 40: file.unk_id = static_cast<int32_t>(field.value); break;
      case 41: file.bos_id = static_cast<int32_t>(field.value); break;
      case 42: file.eos_id = static_cast<int32_t>(field.value); break;
      case 44: file.unk_surface = field.bytes; break;
      default: break;
    }
  }
  return {};
}

Status read_normalizer(std::string_view bytes, PieceFile& file) {
  std::string name;
  for (Fields fields(bytes); fields.more();) {
    FEDLLM_ASSIGN_OR_RETURN(const Field field, fields.next());
    switch (field.number) {
      case 1: name = field.bytes; break;
      case 2:
        if (!field.bytes.empty()) return unsupported("a precompiled_charsmap (normaliser \"" + shortened(name, 40) + "\")");
        break;
      case 3: file.add_dummy_prefix = field.value != 0; break;
      case 4: file.remove_extra_whitespaces = field.value != 0; break;
      case 5: file.escape_whitespaces = field.value != 0; break;
      default: break;
    }
  }
  return {};
}

Status read_denormalizer(std::string_view bytes) {
  for (Fields fields(bytes); fields.more();) {
    FEDLLM_ASSIGN_OR_RETURN(const Field field, fields.next());
    if (field.number == 2 && !field.bytes.empty()) return unsupported("a denormalizer's precompiled_charsmap");
  }
  return {};
}

Status check(PieceFile& file) {
  if (file.pieces.empty()) return broken("it has no pieces");
  const auto count = static_cast<int32_t>(file.pieces.size());
  const auto is_unknown = [&](int32_t id) { return id >= 0 && id < count && file.pieces[id].type == PieceType::unknown; };
  if (!is_unknown(file.unk_id)) return broken("unk_id " + std::to_string(file.unk_id) + " is not a piece of type unknown");
  for (int32_t* id : {&file.bos_id, &file.eos_id})
    if (*id < 0 || *id >= count || file.pieces[*id].type != PieceType::control) *id = -1;
  std::unordered_set<std::string_view> seen;
  std::array<bool, 256> bytes{};
  for (int32_t id = 0; id < count; ++id) {
    const Piece& piece = file.pieces[id];
    if (!seen.insert(piece.text).second) return broken("piece \"" + shortened(piece.text, 40) + "\" is there twice");
    if (piece.type == PieceType::unknown && id != file.unk_id) return broken("it has two pieces of type unknown");
    if (piece.type != PieceType::byte) continue;
    if (!file.byte_fallback) return broken("piece " + std::to_string(id) + " is a byte, but byte_fallback is off");
    unsigned value = 256;
    char rest = 0;
    if (piece.text.size() != 6 || std::sscanf(piece.text.c_str(), "<0x%2X>%c", &value, &rest) != 1 || value > 255)
      return broken("piece \"" + shortened(piece.text, 40) + "\" is not a byte like <0x0A>");
    bytes[value] = true;
  }
  for (int b = 0; b < 256 && file.byte_fallback; ++b)
    if (!bytes[b]) return broken("byte_fallback is on, but there is no piece for byte " + std::to_string(b));
  return {};
}

}  // namespace

Result<PieceFile> parse_piece_file(std::string_view bytes) {
  PieceFile file;
  for (Fields fields(bytes); fields.more();) {
    FEDLLM_ASSIGN_OR_RETURN(const Field field, fields.next());
    if (field.number > 5 || field.number == 4 || field.number == 0) continue;   // self test, extensions
    FEDLLM_RETURN_IF_ERROR(expect_wire(field, 2, "a part of the model"));
    if (field.number == 1) FEDLLM_RETURN_IF_ERROR(read_piece(field.bytes, file));
    if (field.number == 2) FEDLLM_RETURN_IF_ERROR(read_trainer(field.bytes, file));
    if (field.number == 3) FEDLLM_RETURN_IF_ERROR(read_normalizer(field.bytes, file));
    if (field.number == 5) FEDLLM_RETURN_IF_ERROR(read_denormalizer(field.bytes));
  }
  FEDLLM_RETURN_IF_ERROR(check(file));
  return file;
}

}  // namespace fedllm::data
