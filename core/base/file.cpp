#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/text.h"

namespace fedllm {
namespace {

Code code_of(int error) {
  switch (error) {
    case ENOENT: case ENOTDIR: return Code::not_found;
    case EACCES: case EPERM: case EROFS: return Code::permission_denied;
    case ENOSPC: case EDQUOT: case EFBIG: return Code::resource_exhausted;
    default: return Code::unknown;
  }
}

Status system_error(std::string_view what, const std::string& path, int error) {
  return {code_of(error), std::string(what) + " " + path + ": " + std::strerror(error), "base.file"};
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { if (fd_ >= 0) ::close(fd_); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// What is left of `pieces` behind the first `written` bytes of them.
std::span<const std::string_view> skip(std::span<const std::string_view> pieces, size_t& written) {
  while (!pieces.empty() && written >= pieces[0].size()) {
    written -= pieces[0].size();
    pieces = pieces.subspan(1);
  }
  return pieces;
}

Status write_all(int fd, std::span<const std::string_view> pieces, const std::string& path) {
  size_t begun = 0;  // bytes of the first piece that are written
  for (pieces = skip(pieces, begun); !pieces.empty(); pieces = skip(pieces, begun)) {
    std::array<iovec, 64> parts;
    const size_t count = std::min(parts.size(), pieces.size());
    for (size_t i = 0; i < count; ++i) parts[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    parts[0] = {const_cast<char*>(pieces[0].data()) + begun, pieces[0].size() - begun};
    const ssize_t n = ::writev(fd, parts.data(), static_cast<int>(count));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot write", path, errno);
    begun += static_cast<size_t>(n);
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, uint64_t limit) {
  const auto too_large = [&] {
    return Status(Code::resource_exhausted, "expected a file of at most " + format_bytes(limit) + ", got a larger one: " + path,
                  "base.file");
  };
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return system_error("cannot open", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error("cannot read", path, errno);
  if (S_ISDIR(info.st_mode)) return invalid_argument("expected a file, got a folder: " + path, "base.file");
  if (static_cast<uint64_t>(info.st_size) > limit) return too_large();
  std::string bytes;
  bytes.reserve(static_cast<size_t>(info.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", path, errno);
    if (n == 0) return bytes;
    if (static_cast<uint64_t>(n) > limit - bytes.size()) return too_large();
    bytes.append(buffer, static_cast<size_t>(n));
  }
}

Status write_file_atomic(const std::string& path, std::string_view bytes, FileCache cache) {
  return write_file_atomic(path, {&bytes, 1}, cache);
}

Status write_file_atomic(const std::string& path, std::span<const std::string_view> pieces, FileCache cache) {
  static std::atomic<uint64_t> writes{0};  // threads write the same file, too
  const std::string temp = path + ".tmp" + std::to_string(::getpid()) + "." + std::to_string(++writes);
  {
    Fd fd(::open(temp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (fd.get() < 0) return system_error("cannot create", temp, errno);
    Status written = write_all(fd.get(), pieces, path);
    if (written.ok() && ::fsync(fd.get()) != 0) written = system_error("cannot write", path, errno);
    if (!written.ok()) {
      ::unlink(temp.c_str());
      return written;
    }
    if (cache == FileCache::drop) (void)::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
  }
  if (::rename(temp.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temp.c_str());
    return system_error("cannot replace", path, error);
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  Fd dir(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() >= 0) ::fsync(dir.get());
  return {};
}

Status make_dirs(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return error ? system_error("cannot create folder", path, error.value()) : Status();
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return system_error("cannot open", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error("cannot read", path, errno);
  if (!S_ISREG(info.st_mode)) return invalid_argument("expected a file: " + path, "base.file");
  std::shared_ptr<MappedFile> map(new MappedFile);
  map->path_ = path;
  map->size_ = static_cast<size_t>(info.st_size);
  if (map->size_ > 0) {
    void* address = ::mmap(nullptr, map->size_, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (address == MAP_FAILED) return system_error("cannot map", path, errno);
    map->data_ = static_cast<const std::byte*>(address);
  }
  return std::shared_ptr<const MappedFile>(std::move(map));
}

// Whole pages inside the part: its ends may share theirs with what is still in use.
void MappedFile::forget(std::span<const std::byte> part) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<uintptr_t>(part.data()) + page - 1) / page * page, end = reinterpret_cast<uintptr_t>(part.data() + part.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace fedllm
