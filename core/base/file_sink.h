// A file written piece by piece, for what is larger than memory should hold: the bytes go to a temporary file beside it,
// commit() syncs and renames. Without a commit nothing is left behind and an older file stays. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm {

class FileSink {
 public:
  static Result<std::unique_ptr<FileSink>> create(const std::string& path);
  ~FileSink();
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  Status append(std::span<const std::byte> bytes);
  Status append(std::string_view bytes) { return append(std::as_bytes(std::span(bytes))); }
  uint64_t size() const { return size_; }
  Status commit();

 private:
  FileSink() = default;
  Status failed(const char* what);
  Status flush();

  std::string path_, temporary_, buffer_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace fedllm
