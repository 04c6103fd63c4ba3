#include "base/crc32.h"

#include <array>

namespace fedllm {
namespace {

using CrcTables = std::array<std::array<uint32_t, 256>, 8>;

// Eight bytes a step ("slicing by 8"); table k advances a byte by k further zero bytes.
constexpr CrcTables make_crc_tables() {
  CrcTables t{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
    t[0][i] = c;
  }
  for (size_t k = 1; k < 8; ++k)
    for (size_t i = 0; i < 256; ++i) t[k][i] = t[0][t[k - 1][i] & 255] ^ t[k - 1][i] >> 8;
  return t;
}
constexpr CrcTables kCrc = make_crc_tables();

uint32_t word(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (int k = 3; k >= 0; --k) value = value << 8 | static_cast<uint8_t>(bytes[offset + k]);
  return value;
}

}  // namespace

uint32_t crc32(std::string_view bytes, uint32_t so_far) {
  uint32_t crc = ~so_far;
  while (bytes.size() >= 8) {
    const uint32_t low = word(bytes, 0) ^ crc, high = word(bytes, 4);
    crc = kCrc[7][low & 255] ^ kCrc[6][low >> 8 & 255] ^ kCrc[5][low >> 16 & 255] ^ kCrc[4][low >> 24] ^ kCrc[3][high & 255] ^
          kCrc[2][high >> 8 & 255] ^ kCrc[1][high >> 16 & 255] ^ kCrc[0][high >> 24];
    bytes.remove_prefix(8);
  }
  for (const char c : bytes) crc = kCrc[0][(crc ^ static_cast<uint8_t>(c)) & 255] ^ crc >> 8;
  return ~crc;
}

}  // namespace fedllm
