// SpillFile: a file without a name for what is too much for memory; it is gone with its object or its process. Offsets and
// sizes in bytes. Several threads may use it where their places differ. Errors: RESOURCE_EXHAUSTED on a full disk, with the
// folder and the system's reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/status.h"

namespace fedllm::node {

class SpillFile {
 public:
  static Result<std::unique_ptr<SpillFile>> create(const std::string& folder);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  Status write(uint64_t offset, std::span<const std::byte> bytes);
  Status read(uint64_t offset, std::span<std::byte> bytes) const;

 private:
  SpillFile(int fd, std::string folder) : fd_(fd), folder_(std::move(folder)) {}
  Status failed(const char* what, int error) const;
  const int fd_;
  const std::string folder_;
};

}  // namespace fedllm::node
