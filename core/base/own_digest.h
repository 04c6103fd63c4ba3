// SHA-256 (FIPS 180-4) and CRC-32 without a library: what base computes with where OpenSSL and libdeflate are not there
// (FEDLLM_ENGINE_ONLY). Three to six times slower than theirs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace fedllm {

class OwnSha256 {
 public:
  void update(std::span<const std::byte> bytes);
  // Finishes; the object may not be used afterwards.
  std::array<unsigned char, 32> digest();

 private:
  void block(const std::byte* bytes);

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> rest_{};   // bytes that do not fill a block yet
  size_t rest_size_ = 0;
  uint64_t size_ = 0;                  // bytes so far
};

uint32_t own_crc32(std::string_view bytes, uint32_t so_far);

}  // namespace fedllm
