// A file read once from front to back through one growing window, hashed on the way. The window is followed by padding
// that a SIMD parser may read over. Memory: one chunk, or the longest record. One thread; errors name the path.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "base/status.h"

namespace fedllm::data {

inline constexpr size_t kPadding = 64;
inline constexpr size_t kChunkBytes = 1 << 20;

class ByteStream {
 public:
  // `on_chunk` is called with the number of bytes just read; its error ends the reading.
  static Result<ByteStream> open(const std::string& path, std::function<Status(size_t)> on_chunk);
  ByteStream(ByteStream&& other) noexcept;
  ~ByteStream();

  std::string_view window() const { return {buffer_.data(), size_}; }
  uint64_t offset() const { return offset_; }        // of the window's first byte in the file
  // Drops the window's first `drop` bytes and reads on. False when the file has ended (nothing was added).
  Result<bool> more(size_t drop);
  const std::string& path() const { return path_; }
  // SHA-256 of everything read so far; ends the hashing.
  std::string sha256() { return hash_.hex(); }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  ByteStream() = default;
  std::string path_;
  int fd_ = -1;
  std::function<Status(size_t)> on_chunk_;
  size_t chunk_ = kChunkBytes;
  std::vector<char> buffer_;
  size_t size_ = 0;
  uint64_t offset_ = 0, bytes_read_ = 0;
  Sha256 hash_;
};

}  // namespace fedllm::data
