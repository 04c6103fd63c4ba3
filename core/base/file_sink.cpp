#include "base/file_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace fedllm {
namespace {

constexpr size_t kBuffer = 1 << 20;

}  // namespace

Result<std::unique_ptr<FileSink>> FileSink::create(const std::string& path) {
  static std::atomic<int> count{0};
  std::unique_ptr<FileSink> sink(new FileSink);
  sink->path_ = path;
  sink->temporary_ = path + ".tmp" + std::to_string(::getpid()) + "s" + std::to_string(count++);
  sink->fd_ = ::open(sink->temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (sink->fd_ < 0) return sink->failed("cannot create");
  return sink;
}

FileSink::~FileSink() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

Status FileSink::failed(const char* what) {
  const int error = errno;
  const Code code = error == ENOSPC || error == EDQUOT || error == EFBIG ? Code::resource_exhausted
                    : error == ENOENT || error == ENOTDIR                ? Code::not_found
                    : error == EACCES || error == EROFS                  ? Code::permission_denied
                                                                         : Code::unknown;
  return {code, std::string(what) + " " + path_ + ": " + std::strerror(error), "base.file"};
}

Status FileSink::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot write");
    rest.remove_prefix(static_cast<size_t>(n));
  }
  buffer_.clear();
  return {};
}

Status FileSink::append(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const size_t part = std::min(bytes.size(), kBuffer - buffer_.size());
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), part);
    bytes = bytes.subspan(part);
    if (buffer_.size() >= kBuffer) FEDLLM_RETURN_IF_ERROR(flush());
  }
  return {};
}

Status FileSink::commit() {
  FEDLLM_RETURN_IF_ERROR(flush());
  if (::fsync(fd_) != 0) return failed("cannot write");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed("cannot write");
  ::close(fd_);
  fd_ = -1;
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  if (const int folder_fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC); folder_fd >= 0) {
    ::fsync(folder_fd);   // the new name, where the file system can
    ::close(folder_fd);
  }
  return {};
}

}  // namespace fedllm
