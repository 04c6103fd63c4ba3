// A payload as chunks of at most 512 KiB, and back. The receiver learns total size and CRC-32 first and checks the size
// against what it expects before it allocates; a peer that lies about either gets INVALID_ARGUMENT or DATA_LOSS with
// expected and got. Sizes in bytes. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm::net {

inline constexpr size_t kChunkBytes = 512 * 1024;

// Cuts `payload` (not owned, must outlive the cutter) into consecutive pieces; an empty payload has no piece.
class ChunkCutter {
 public:
  explicit ChunkCutter(std::string_view payload) : rest_(payload) {}
  bool done() const { return rest_.empty(); }
  std::string_view next();

 private:
  std::string_view rest_;
};

class ChunkAssembler {
 public:
  // expected_bytes: the only size that is accepted.
  explicit ChunkAssembler(size_t expected_bytes) : expected_(expected_bytes) {}
  Status begin(uint64_t total_bytes, uint32_t crc32);
  Status add(std::string_view piece);
  // The whole payload once all bytes are there and the checksum fits.
  Result<std::string> finish();
  uint32_t crc32() const { return crc_; }   // of what is there
  bool begun() const { return begun_; }
  bool complete() const { return begun_ && bytes_.size() == expected_; }

 private:
  size_t expected_;
  uint32_t wanted_crc_ = 0, crc_ = 0;   // of what is there, so that the last piece is not waited for
  bool begun_ = false;
  std::string bytes_;
};

}  // namespace fedllm::net
