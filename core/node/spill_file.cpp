#include "node/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace fedllm::node {
namespace {

Status system_error(const char* what, const std::string& folder, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return Status(full ? Code::resource_exhausted : Code::unknown,
                std::string(what) + " a temporary file in " + folder + ": " + std::strerror(error), "node.spill");
}

}  // namespace

Result<std::unique_ptr<SpillFile>> SpillFile::create(const std::string& folder) {
  static std::atomic<uint64_t> number{0};
  const std::string path = folder + "/.spill" + std::to_string(::getpid()) + "-" + std::to_string(++number);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("cannot create", folder, errno);
  ::unlink(path.c_str());
  return std::unique_ptr<SpillFile>(new SpillFile(fd, folder));
}

SpillFile::~SpillFile() { ::close(fd_); }

Status SpillFile::failed(const char* what, int error) const { return system_error(what, folder_, error); }

Status SpillFile::write(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed("cannot write", n < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

Status SpillFile::read(uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed("cannot read", n < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

}  // namespace fedllm::node
