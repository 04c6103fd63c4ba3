#include "data/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fedllm::data {
namespace {

Status cannot_read(const std::string& path, int error) {
  const Code code = error == ENOENT || error == ENOTDIR ? Code::not_found
                    : error == EACCES                   ? Code::permission_denied
                                                        : Code::unknown;
  return {code, "cannot read " + path + ": " + std::strerror(error), "data.import"};
}

}  // namespace

Result<ByteStream> ByteStream::open(const std::string& path, std::function<Status(size_t)> on_chunk) {
  ByteStream stream;
  stream.path_ = path;
  stream.on_chunk_ = std::move(on_chunk);
  stream.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (stream.fd_ < 0) return cannot_read(path, errno);
  struct stat info {};
  if (::fstat(stream.fd_, &info) != 0) return cannot_read(path, errno);
  if (!S_ISREG(info.st_mode)) return invalid_argument("expected a file, got something else: " + path, "data.import");
  ::posix_fadvise(stream.fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  // A small file needs no whole chunk; one byte more than its size shows its end.
  stream.chunk_ = std::clamp<size_t>(static_cast<size_t>(info.st_size) + 1, 4096, kChunkBytes);
  stream.buffer_.resize(stream.chunk_ + kPadding);
  return stream;
}

ByteStream::ByteStream(ByteStream&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(other.fd_),
      on_chunk_(std::move(other.on_chunk_)),
      chunk_(other.chunk_),
      buffer_(std::move(other.buffer_)),
      size_(other.size_),
      offset_(other.offset_),
      bytes_read_(other.bytes_read_),
      hash_(std::move(other.hash_)) {
  other.fd_ = -1;
}

ByteStream::~ByteStream() {
  if (fd_ >= 0) ::close(fd_);
}

Result<bool> ByteStream::more(size_t drop) {
  std::memmove(buffer_.data(), buffer_.data() + drop, size_ - drop);
  size_ -= drop;
  offset_ += drop;
  if (buffer_.size() < size_ + chunk_ + kPadding) buffer_.resize(2 * (size_ + chunk_) + kPadding);
  ssize_t n = 0;
  do n = ::read(fd_, buffer_.data() + size_, chunk_); while (n < 0 && errno == EINTR);
  if (n < 0) return cannot_read(path_, errno);
  if (n == 0) return false;
  hash_.update(std::string_view(buffer_.data() + size_, static_cast<size_t>(n)));
  size_ += static_cast<size_t>(n);
  bytes_read_ += static_cast<uint64_t>(n);
  FEDLLM_RETURN_IF_ERROR(on_chunk_(static_cast<size_t>(n)));
  return true;
}

}  // namespace fedllm::data
