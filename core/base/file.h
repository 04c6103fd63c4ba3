// Files without surprises: whole reads, atomic durable writes (temp + fsync + rename + fsync of the folder), read-only
// memory maps. Errors name the path and the system's reason; a full disk is RESOURCE_EXHAUSTED and leaves the old file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm {

// For files that are read whole: scenarios, configurations, tokenizers, saved states.
inline constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;
// The whole file; one of more than `limit` bytes (or an endless device) is RESOURCE_EXHAUSTED, before memory is taken.
Result<std::string> read_file(const std::string& path, uint64_t limit = kMaxFileBytes);
// drop: what nobody is about to read leaves the system's memory once it is on the disk, so that the next file finds pages that are
// in use already. In a virtual machine each new page costs an exit to its host: 6 ms of processor time instead of 1 at 3.7 MB.
enum class FileCache { keep, drop };
Status write_file_atomic(const std::string& path, std::string_view bytes, FileCache cache = FileCache::keep);
// The pieces one after the other.
Status write_file_atomic(const std::string& path, std::span<const std::string_view> pieces, FileCache cache = FileCache::keep);
Status make_dirs(const std::string& path);

// A read-only shared mapping of a whole file; empty files map to an empty span.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);
  ~MappedFile();
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  const std::string& path() const { return path_; }
  // Lets go of the memory behind a part of bytes(); what is read of it again comes from the file.
  static void forget(std::span<const std::byte> part);

 private:
  MappedFile() = default;
  std::string path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace fedllm
